//! Files that are not UTF-8, made into UTF-8 before records are looked for.
//!
//! [`InputEncoding`] is what a person says of the files, [`look`] what their first bytes show,
//! [`TextDecoder`] makes the text, and [`TextMap`] knows where each of its bytes stood in the file
//! and what could not be read there. Nothing is replaced silently: what is not of the encoding is
//! written as `\x81` and noted, so that its record can be rejected.

mod decoder;
mod encoding_name;
mod looking;
mod map;

pub use decoder::TextDecoder;
pub use encoding_name::{InputEncoding, OtherEncoding, UnknownEncoding};
pub use looking::{Looked, LookedWrong, look};
pub use map::{Note, Problem, Shift, TextMap};
