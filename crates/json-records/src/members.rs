//! The members of an object, found by `serde_json` without looking into their values.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Where a value stands in its line; empty for a member that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Takes the members of one object.
pub(crate) struct Members<'r> {
    /// The line that is read, to tell where in it a value stands.
    pub(crate) line: &'r str,
    pub(crate) names: &'r [String],
    pub(crate) places: &'r mut [Place],
    /// The names that are not among these, unless all are allowed.
    pub(crate) unknown: Option<&'r mut Vec<String>>,
    /// The first member that was there before.
    pub(crate) twice: &'r mut Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Members { line, names, places, mut unknown, twice } = self;
        let mut likely = 0;
        while let Some(name) =
            map.next_key_seed(Name { names, likely, unknown: unknown.as_deref_mut() })?
        {
            let Some(index) = name else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value::<&RawValue>()?.get();
            let from = value.as_ptr() as usize - line.as_ptr() as usize;
            if places[index] != Place::default() {
                twice.get_or_insert(index);
            }
            places[index] = Place { from, to: from + value.len() };
            likely = index + 1;
        }
        Ok(())
    }
}

/// The name of a member: which of the names it is.
struct Name<'r> {
    names: &'r [String],
    /// Most objects of a file have their members in the same order.
    likely: usize,
    unknown: Option<&'r mut Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        let index = match self.names.get(self.likely) {
            Some(likely) if likely == name => Some(self.likely),
            _ => self.names.iter().position(|known| known == name),
        };
        if let (None, Some(unknown)) = (index, self.unknown) {
            unknown.push(name.to_owned());
        }
        Ok(index)
    }
}
