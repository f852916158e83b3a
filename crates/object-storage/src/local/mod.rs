//! Files of this machine. Everything here may block, and knows nothing of S3.

mod file;
mod list;
mod lock;
mod reader;
mod unpublished;
mod upload;

pub(crate) use file::{delete, entry};
pub(crate) use list::list;
pub use lock::FolderLock;
pub(crate) use lock::lock;
pub(crate) use reader::LocalReader;
pub(crate) use upload::{LocalUpload, make_folders};
