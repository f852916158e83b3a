//! Files that are not UTF-8 or not plain CSV, made into both before records are looked for.
//!
//! [`TableDialect`] says how files are written, and [`Rewriter`] makes plain CSV of them, record by
//! record. [`InputEncoding`] is what a person says of their encoding, [`look`] what the first bytes
//! show, [`TextDecoder`] makes the text, and [`TextMap`] knows where each of its bytes stood in the
//! file and what could not be read there. Nothing is replaced silently: what is not of the encoding
//! is written as `\x81` and noted, so that its record can be rejected.

mod decoder;
mod encoding_name;
mod looking;
mod map;
mod plain_parser;
mod rewriter;
mod sep_line;
mod table_dialect;
mod union;

pub use decoder::TextDecoder;
pub use encoding_name::{InputEncoding, OtherEncoding, UnknownEncoding};
pub use looking::{Looked, LookedWrong, look};
pub use map::{Note, Problem, Shift, TextMap};
pub use rewriter::Rewriter;
pub use sep_line::{SepLine, sep_line};
pub use table_dialect::{LineEnd, TableDialect};
pub use union::{Union, UnionColumn};
