//! The entrance: every operation on locations of either kind.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::local::{self, LocalReader, LocalUpload, off_runtime};
use crate::reader::Source;
use crate::s3::S3;
use crate::upload::Sink;
use crate::{Condition, Entry, Error, Location, Published, Reader, StorageArgs, Upload};

/// Objects that a listing holds at most: each takes about 200 bytes of memory.
pub const MOST_OBJECTS: usize = 1_000_000;

/// The longest [`Storage::close`] waits for aborts that are under way.
const LONGEST_CLOSE: Duration = Duration::from_secs(8);

/// Files and objects. Cheap to clone; all clones share one S3 client, made at its first use.
///
/// The asynchronous methods need a tokio runtime with I/O and time enabled.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    args: StorageArgs,
    s3: OnceCell<Arc<S3>>,
}

impl Storage {
    /// Takes the settings; connects to nothing and reads nothing.
    pub fn new(args: &StorageArgs) -> Storage {
        Storage(Arc::new(Inner { args: args.clone(), s3: OnceCell::new() }))
    }

    /// All files or objects below `folder`, at any depth, sorted by the bytes of path or key.
    ///
    /// A trailing `/` makes no difference: `s3://b/in` holds `in/a.csv`, never `inner.csv`. Where
    /// nothing is, the list is empty. Temporary files of uploads, empty objects whose key ends
    /// with `/`, and names beginning with `..` are left out. More than [`MOST_OBJECTS`] are an
    /// error.
    pub async fn list(&self, folder: &Location) -> Result<Vec<Entry>, Error> {
        self.list_at_most(folder, MOST_OBJECTS).await
    }

    /// The same with another limit than [`MOST_OBJECTS`], in objects.
    ///
    /// # Errors
    ///
    /// As [`Storage::list`]; [`Error::TooMany`] as soon as there is one more than `most`.
    pub async fn list_at_most(&self, folder: &Location, most: usize) -> Result<Vec<Entry>, Error> {
        match folder {
            Location::Local(path) => {
                let path = path.clone();
                off_runtime(move || local::list(&path, most)).await
            }
            Location::S3 { bucket, key } => self.s3().await?.list(bucket, key, most).await,
        }
    }

    /// Size and version of what is at the location; `None` where nothing is.
    pub async fn entry(&self, at: &Location) -> Result<Option<Entry>, Error> {
        match at {
            Location::Local(path) => {
                let path = path.clone();
                off_runtime(move || local::entry(&path)).await
            }
            Location::S3 { bucket, key } => self.s3().await?.entry(bucket, key).await,
        }
    }

    /// The whole content of a small file or object, at most `limit` bytes.
    ///
    /// Fails with [`Error::NotFound`] or [`Error::TooLarge`] before anything is read.
    pub async fn read(&self, at: &Location, limit: u64) -> Result<Vec<u8>, Error> {
        let not_found = || Error::NotFound { at: at.clone() };
        let entry = self.entry(at).await?.ok_or_else(not_found)?;
        if entry.size > limit {
            return Err(Error::TooLarge { at: at.clone(), size: entry.size, limit });
        }
        let mut reader = self.open(&entry, None).await?;
        let mut content = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        while let Some(piece) = reader.next().await? {
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }

    /// Opens the entry, or a range of its bytes (cut off at its size), in the version that was
    /// found.
    ///
    /// An object is fetched in ranges, several at once; each is resumed where a connection drops,
    /// and carries `If-Match`, so that another version is [`Error::Changed`].
    pub async fn open(&self, entry: &Entry, range: Option<Range<u64>>) -> Result<Reader, Error> {
        let range = range.unwrap_or(0..entry.size);
        let end = range.end.min(entry.size);
        let range = range.start.min(end)..end;
        let source = match &entry.location {
            Location::Local(_) => {
                let entry = entry.clone();
                Source::Local(Some(off_runtime(move || LocalReader::open(&entry, range)).await?))
            }
            Location::S3 { bucket, key } => {
                Source::S3(self.s3().await?.open(bucket, key, entry, range).await?)
            }
        };
        Ok(Reader(source))
    }

    /// Starts an upload; folders are made as needed, a bucket is not.
    pub async fn create(&self, at: &Location) -> Result<Upload, Error> {
        let sink = match at {
            Location::Local(path) => {
                let path = path.clone();
                Sink::Local {
                    at: at.clone(),
                    upload: Some(off_runtime(move || LocalUpload::create(&path)).await?),
                }
            }
            Location::S3 { bucket, key } => {
                Sink::S3(Box::new(self.s3().await?.create(bucket, key)?))
            }
        };
        Ok(Upload(sink))
    }

    /// Publishes `bytes` as one file or object.
    pub async fn put(
        &self,
        at: &Location,
        bytes: Bytes,
        when: Condition,
    ) -> Result<Published, Error> {
        let mut upload = self.create(at).await?;
        upload.write(bytes).await?;
        upload.publish(when).await
    }

    /// Removes a file or object; that it is not there is fine.
    pub async fn delete(&self, at: &Location) -> Result<(), Error> {
        match at {
            Location::Local(path) => {
                let path = path.clone();
                off_runtime(move || local::delete(&path)).await
            }
            Location::S3 { bucket, key } => self.s3().await?.delete(bucket, key).await,
        }
    }

    /// Makes the bucket of an S3 location, or a local folder; that it exists already is fine.
    pub async fn make_bucket(&self, at: &Location) -> Result<(), Error> {
        match at {
            Location::Local(path) => {
                let path = path.clone();
                off_runtime(move || local::make_folders(&path)).await
            }
            Location::S3 { bucket, .. } => self.s3().await?.make_bucket(bucket).await,
        }
    }

    /// Waits, for 8 seconds at most, until dropped uploads have been aborted on the server.
    ///
    /// To be called last, before the runtime ends: on SIGTERM, too, so that no parts are left
    /// behind.
    pub async fn close(&self) {
        if let Some(s3) = self.0.s3.get() {
            s3.close(LONGEST_CLOSE).await;
        }
    }

    async fn s3(&self) -> Result<Arc<S3>, Error> {
        let connect = || async { S3::new(&self.0.args).await.map(Arc::new) };
        self.0.s3.get_or_try_init(connect).await.cloned()
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Storage").field(&self.0.args).finish()
    }
}
