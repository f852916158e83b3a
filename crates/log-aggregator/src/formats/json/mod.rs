//! A JSON object on each line: nginx with `escape=json`, Caddy, Traefik and whatever names its
//! fields alike.

mod entry;
mod fields;
mod values;
mod walk;

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;

use super::entry::Entry;
use super::scratch::Scratch;
use super::unparsed::Unparsed;

pub use fields::JsonFields;

use fields::ROLES;
use values::LineValues;
use walk::Walk;

/// Reads one line. JSON is UTF-8, but servers also write targets whose bytes are not: these bytes
/// are read as U+FFFD.
pub(super) fn parse<'a>(
    fields: &JsonFields,
    line: &[u8],
    scratch: &'a mut Scratch,
) -> Result<Entry<'a>, Unparsed> {
    let (space, clock) = scratch.space_and_clock();
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
    let LineValues { space, values, sure } = found;
    entry::build(space, &values, sure, clock)
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
