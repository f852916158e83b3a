//! What a pod reads: which files a name stands for, and their bytes.

mod blocks;
mod chain;
mod find;
mod foreign;
mod glob;
mod listing;
mod names;
mod published;
mod source;
mod template;
mod twins;

pub use self::glob::Glob;
pub use blocks::Blocks;
pub use chain::part as part_folder;
pub use find::Input;
pub use foreign::Foreign;
pub use listing::NamedFile;
pub use source::{OpenSource, Source, fingerprint};
pub use template::{Template, TemplateError, output_location};
pub use twins::{Alike, Twins};
