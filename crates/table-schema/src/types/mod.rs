//! The types of the standard: what a cell of each means, and how the meanings compare.
//!
//! Nothing here knows of schemas or rows. A new type is a variant of [`FieldType`] and of
//! [`TypeName`], and the compiler names the places that have to decide about it.

pub(crate) mod byte_set;
pub(crate) mod datetime;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod utf8;

mod duration;
mod field_type;
mod geopoint;
mod iban;
mod identifier;
mod native;
mod parse;
mod string_format;
mod value;

pub(crate) use field_type::{FieldType, ListType, TemporalFormat, TypeName};
pub(crate) use geopoint::GeopointFormat;
pub(crate) use identifier::Identifier;
pub use native::Native;
pub(crate) use number::{Number, NumberFormat};
pub(crate) use string_format::{StringFormat, is_uuid};
pub(crate) use value::{Bound, Value, characters};
