//! The settings of storage, as flags and environment variables.

mod checksums;
mod durations;
mod keys;
mod storage_args;

pub use checksums::Checksums;
pub use keys::Keys;
pub use storage_args::StorageArgs;
