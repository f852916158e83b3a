//! Compression of inputs, recognised by their first bytes, and of outputs.

mod decoder;
mod encoder;
mod gzip;
mod kind;

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use gzip::Members;
pub use kind::{Compression, InputCompression};
