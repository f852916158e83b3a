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
        let readable = readable(line).ok_or(Unparsed::Json)?;
        found.space.clear();
        (found.values, found.sure) = ([const { None }; ROLES], 0);
        walk(fields, &readable, &mut found).map_err(|_| Unparsed::Json)?;
    }
    Ok(found)
}

/// A line that has what JSON must not have, as JSON. These are the escapes of a text log, such as
/// `\x22`, which nginx writes without `escape=json` (and then every backslash as `\x5C`), and bytes
/// that are not UTF-8. `None` where it has neither.
#[cold]
fn readable(line: &[u8]) -> Option<Vec<u8>> {
    let escaped = with_json_escapes(line);
    match String::from_utf8_lossy(escaped.as_deref().unwrap_or(line)) {
        Cow::Owned(readable) => Some(readable.into_bytes()),
        Cow::Borrowed(_) => escaped,
    }
}

/// The line with `\u0022` in the place of `\x22`, and with bytes above ASCII as they are. `None`
/// where there is nothing like that.
fn with_json_escapes(line: &[u8]) -> Option<Vec<u8>> {
    let (mut escaped, mut rest, mut found) = (Vec::with_capacity(line.len() + 64), line, false);
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, from) = rest.split_at(at);
        escaped.extend_from_slice(before);
        let byte = match *from {
            [_, b'x', one, two, ..] => byte_of([one, two]),
            _ => None,
        };
        match byte {
            Some(0..0x80) => {
                escaped.extend_from_slice(b"\\u00");
                escaped.extend_from_slice(&from[2..4]);
            }
            Some(byte) => escaped.push(byte),
            // A backslash behind this one escapes nothing.
            None => escaped.extend_from_slice(&from[..from.len().min(2)]),
        }
        found |= byte.is_some();
        rest = &from[if byte.is_some() { 4 } else { from.len().min(2) }..];
    }
    escaped.extend_from_slice(rest);
    found.then_some(escaped)
}

/// The byte of two hexadecimal digits.
fn byte_of(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    Some((high? << 4 | low?) as u8)
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
