//! JSON objects whose numbers keep the digits they were written with.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Place, SchemaError};
use crate::shown::shortened;

/// The members of a JSON object, in order, values unparsed: `0.10` stays `0.10`.
#[derive(Default)]
pub(crate) struct Properties(Vec<(String, Box<RawValue>)>);

impl Properties {
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), &**value))
    }

    /// The property `name` as a `T`; an error that says it must be `what` where it is none.
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

/// `raw` as a `T`; an error that says it must be `what` where it is none.
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

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Properties, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if members.iter().any(|(other, _)| *other == key) {
                        return Err(A::Error::custom(format!(
                            "the property \"{key}\" is given twice"
                        )));
                    }
                    members.push((key, value));
                }
                Ok(Properties(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A JSON value as far as constraints need to tell values apart.
#[derive(Debug)]
pub(crate) enum Literal<'a> {
    /// The decoded text of a string.
    Text(String),
    /// A number as it was written.
    Number(&'a str),
    Boolean(bool),
    Null,
    /// An array or an object as it was written.
    Compound(&'a str),
}

impl<'a> Literal<'a> {
    pub(crate) fn of(raw: &'a RawValue) -> Literal<'a> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map_or(Literal::Compound(text), Literal::Text),
            Some(b't') => Literal::Boolean(true),
            Some(b'f') => Literal::Boolean(false),
            Some(b'n') => Literal::Null,
            Some(b'{' | b'[') => Literal::Compound(text),
            _ => Literal::Number(text),
        }
    }
}
