//! JSON objects whose numbers keep the digits they were written with.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::display::shortened;
use crate::error::{Place, SchemaError};

/// The members of a JSON object, in order, with their values unparsed: `0.10` stays `0.10`.
///
/// No name is there twice. Of two values a JSON parser silently takes the last one, while a person
/// who reads the schema may well look at the first.
#[derive(Default)]
pub(crate) struct Properties(Vec<(String, Box<RawValue>)>);

/// The members of a JSON object as they are written, a name perhaps twice.
struct Members(Vec<(String, Box<RawValue>)>);

impl Properties {
    /// The descriptor of a whole schema.
    pub(crate) fn of_schema(json: &[u8]) -> Result<Properties, SchemaError> {
        let members: Members = serde_json::from_slice(json)
            .map_err(|error| SchemaError::NotJson { reason: error.to_string() })?;
        members.once(Place::schema)
    }

    /// The members of the object `raw`, which stands at `whole`; `at` is where each of them does.
    pub(crate) fn of_object(
        raw: &RawValue,
        whole: impl FnOnce() -> Place,
        at: impl Fn(&str) -> Place,
    ) -> Result<Properties, SchemaError> {
        read_raw::<Members>(raw, whole, "an object")?.once(at)
    }

    /// The properties of the field at `index` (from 0) of a schema.
    pub(crate) fn of_field(raw: &RawValue, index: usize) -> Result<Properties, SchemaError> {
        let whole = || Place::whole_field(&format!("#{}", index + 1));
        let members: Members = read_raw(raw, whole, "an object with a \"name\"")?;
        let mut names = members.0.iter().filter(|(name, _)| name == "name");
        let name = match (names.next(), names.next()) {
            (Some((_, name)), None) => serde_json::from_str(name.get()).ok(),
            _ => None,
        };
        let name: String = name.unwrap_or_else(|| format!("#{}", index + 1));
        members.once(|property| Place::field(&name, property))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), &**value))
    }

    /// The property `name` as a `T`; if it is not one, an error that says it must be `what`.
    /// `null` is the same as not there.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        at: impl FnOnce() -> Place,
        what: &str,
    ) -> Result<Option<T>, SchemaError> {
        match self.get(name) {
            None => Ok(None),
            Some(raw) if raw.get() == "null" => Ok(None),
            Some(raw) => read_raw(raw, at, what).map(Some),
        }
    }
}

/// `raw` as a `T`; if it is not one, an error that says it must be `what`.
pub(crate) fn read_raw<T: DeserializeOwned>(
    raw: &RawValue,
    at: impl FnOnce() -> Place,
    what: &str,
) -> Result<T, SchemaError> {
    serde_json::from_str(raw.get()).map_err(|_| {
        at().invalid(
            format!("{} is not {what}", shortened(raw.get().as_bytes())),
            format!("give {what}"),
        )
    })
}

impl Members {
    /// The properties, unless one of them is given twice.
    fn once(self, at: impl Fn(&str) -> Place) -> Result<Properties, SchemaError> {
        let Members(members) = self;
        for (index, (name, _)) in members.iter().enumerate() {
            if members[..index].iter().any(|(other, _)| other == name) {
                return Err(at(name).invalid(
                    format!("\"{}\" is given twice", shortened(name.as_bytes())),
                    "keep the one that is meant",
                ));
            }
        }
        Ok(Properties(members))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
