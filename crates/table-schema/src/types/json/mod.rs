//! JSON text checked and taken apart in place, without a tree and without allocating.
//!
//! Source: RFC 8259. Nesting deeper than 128 is refused, as by most parsers.

mod canonical;
mod geojson;
mod scan;

pub(crate) use canonical::{canonical, with_length};
pub(crate) use geojson::is_geojson;
pub(crate) use scan::{array_len, elements, is_value, member, members, object_len};
