//! One [`Location`] for a local path or an S3 object: list, read, publish atomically.
//!
//! [`Storage`] is the entrance. Local work never touches the S3 client: it is made at the first
//! `s3://` location that is used, so a worker on local files pays nothing for it.
//!
//! What holds for both kinds of location:
//! - nothing is visible under the final name before [`Upload::publish`] has returned;
//! - what a [`Reader`] gives is exactly the bytes of the [`Entry`] it was opened for, or an error;
//! - memory is bounded by [`StorageArgs`], never by the size of an object.

mod args;
mod entry;
mod error;
mod listing;
mod local;
mod location;
mod reader;
mod s3;
mod storage;
mod upload;

pub use args::{Checksums, Encryption, Keys, ObjectArgs, StorageArgs};
pub use entry::{Condition, Entry, Published, Version};
pub use error::{Action, Error, ErrorKind};
pub use local::FolderLock;
pub use location::{Location, LocationError};
pub use reader::Reader;
pub use storage::{MOST_OBJECTS, Storage};
pub use upload::Upload;
