//! Goes through the JSON of a line, whatever it holds, and keeps the values that have a role.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::formats::unparsed::Unparsed;

use super::fields::JsonFields;
use super::role::ROLES;
use super::values::{Content, FoundValue, LineValues};

/// The values of a line that have a role; their texts go into `space`, which is empty.
pub(super) fn values_of<'s>(
    fields: &JsonFields,
    line: &[u8],
    space: &'s mut Vec<u8>,
) -> Result<LineValues<'s>, Unparsed> {
    // Many a line that is asked here is a text one, and an error of the JSON reader is costly.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(Unparsed::Json);
    }
    let mut found = LineValues { space, values: [const { None }; ROLES], sure: 0 };
    if walk(fields, line, &mut found).is_err() {
        let readable = match String::from_utf8_lossy(line) {
            Cow::Owned(readable) => readable,
            Cow::Borrowed(_) => return Err(Unparsed::Json),
        };
        found.space.clear();
        (found.values, found.sure) = ([const { None }; ROLES], 0);
        walk(fields, readable.as_bytes(), &mut found).map_err(|_| Unparsed::Json)?;
    }
    Ok(found)
}

fn walk(
    fields: &JsonFields,
    line: &[u8],
    found: &mut LineValues<'_>,
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(line);
    Walk { fields, path: &mut String::new(), found }.deserialize(&mut json)?;
    json.end()
}

/// Goes through a value and keeps what has a role.
struct Walk<'w, 's> {
    fields: &'w JsonFields,
    path: &'w mut String,
    found: &'w mut LineValues<'s>,
}

impl Walk<'_, '_> {
    fn keep(self, content: impl FnOnce(&mut Vec<u8>) -> Content) {
        let path = self.path.as_str();
        let Some(meaning) = self.fields.meanings.get(path) else { return };
        self.found.sure |= meaning.makes_sure;
        let place = &mut self.found.values[meaning.role.place()];
        if place.as_ref().is_none_or(|value| meaning.rank < value.rank) {
            *place = Some(FoundValue {
                role: meaning.role,
                rank: meaning.rank,
                content: content(self.found.space),
                only_with: meaning.only_with,
            });
        }
    }

    /// Goes on with the value that is called `name` in here.
    fn inside<R>(&mut self, name: &str, walk: impl FnOnce(Walk<'_, '_>) -> R) -> R {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let done = walk(Walk { fields: self.fields, path: self.path, found: self.found });
        self.path.truncate(length);
        done
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.keep(|space| {
            let from = space.len();
            space.extend_from_slice(text.as_bytes());
            Content::Text(from..space.len())
        });
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.keep(|_| Content::Number(number));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.keep(|_| Content::Whole(number as f64));
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.keep(|_| Content::Whole(number as f64));
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        // A header is a list, and its first value counts.
        if self.inside("0", |walk| list.next_element_seed(walk))?.is_some() {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            self.inside(&name, |walk| map.next_value_seed(walk))?;
        }
        Ok(())
    }
}
