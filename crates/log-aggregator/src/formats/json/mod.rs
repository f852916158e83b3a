//! A JSON object on each line: nginx with `escape=json`, Caddy, Traefik and whatever names its
//! fields alike.

mod entry;
mod explain;
mod fields;
mod role;
mod values;
mod walk;

use super::entry::Entry;
use super::scratch::Scratch;
use super::unparsed::Unparsed;

pub(super) use explain::explain;
pub use fields::JsonFields;

use values::LineValues;
use walk::values_of;

/// Reads one line. JSON is UTF-8, but servers also write targets whose bytes are not: these bytes
/// are read as U+FFFD.
pub(super) fn parse<'a>(
    fields: &JsonFields,
    line: &[u8],
    scratch: &'a mut Scratch,
) -> Result<Entry<'a>, Unparsed> {
    scratch.clear();
    let Scratch { unescaped: space, reading, respelling, agent, .. } = scratch;
    let LineValues { space, values, sure } = values_of(fields, line, space)?;
    entry::build(space, &values, sure, reading, (respelling, agent))
}
