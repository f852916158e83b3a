//! What a Job's pod reads and publishes.
//!
//! Inputs are found by name ([`Template`], [`Input`]), read with their compression undone and their
//! contents fingerprinted ([`OpenSource`]), block by block ([`Blocks`]). Outputs are compressed and
//! hashed as they are written ([`Output`]) and become visible in an order that a reader can trust
//! ([`Publication`]): `_SUCCESS`, a [`Manifest`], comes last. The last step over all pods' outputs
//! is [`finish`].

mod belt;
mod compression;
mod error;
mod input;
mod manifest;
mod output;
mod within;

pub use belt::{Arrivals, Belt};
pub use compression::{Compression, Decoder, Encoder, InputCompression, Members};
pub use error::{Error, storage_exit};
pub use input::{
    Alike, Blocks, Foreign, Glob, Input, NamedFile, OpenSource, Source, Template, TemplateError,
    Twins, fingerprint, output_location, part_folder,
};
pub use manifest::{
    BINARY, InputFile, LARGEST_JSON, MANIFEST_FORMAT, MANIFEST_NAME, Manifest, OUTPUT_NAME,
    OutputFile, Work, json_bytes, settings_of_the_run,
};
pub use output::{
    Finish, Finished, GATHER, LARGEST_OF_WHOLE, LeaveOut, Look, Output, Progress, Publication,
    Whole, WholeManifest, already_done, blake3, finish,
};
pub use within::{below, lies_within};
