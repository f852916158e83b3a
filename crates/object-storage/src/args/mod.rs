//! The settings of storage, as flags and environment variables.

mod checksums;
mod durations;
mod keys;
mod object_args;
mod storage_args;

pub use checksums::Checksums;
pub use keys::Keys;
pub use object_args::{Encryption, ObjectArgs};
pub use storage_args::StorageArgs;
