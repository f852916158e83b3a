//! What a Job's pod reads and publishes.
//!
//! Inputs are found by name ([`Template`], [`Input`]), read with their compression undone and their
//! contents fingerprinted ([`OpenSource`]), block by block ([`Blocks`]). Outputs are compressed and
//! hashed as they are written ([`Output`]) and become visible in an order that a reader can trust
//! ([`Publication`]): `_SUCCESS`, a [`Manifest`], comes last.

mod belt;
mod blocking_storage;
mod blocks;
mod chain;
mod compression;
mod error;
mod foreign;
mod gzip;
mod input;
mod manifest;
mod output;
mod publication;
mod source;
mod template;
mod twins;
mod within;

pub use belt::{Arrivals, Belt};
pub use blocking_storage::BlockingStorage;
pub use blocks::Blocks;
pub use chain::part as part_folder;
pub use compression::{Compression, Decoder, Encoder};
pub use error::{Error, storage_exit};
pub use foreign::Foreign;
pub use gzip::Members;
pub use input::{Glob, Input, NamedFile};
pub use manifest::{
    BINARY, InputFile, MANIFEST_FORMAT, MANIFEST_NAME, Manifest, OutputFile, Work, json_bytes,
    settings_of_the_run,
};
pub use output::{Finished, GATHER, Output, blake3};
pub use publication::{LARGEST_JSON, Publication};
pub use source::{OpenSource, Source, fingerprint};
pub use template::{Template, TemplateError, output_location};
pub use twins::{Alike, Twins};
pub use within::{below, lies_within};
