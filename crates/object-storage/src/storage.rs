//! The entrance: every operation on locations of either kind.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use worker_runtime::Shutdown;

use crate::local::{self, FolderLock, LocalReader, LocalUpload};
use crate::s3::Remote;
use crate::{Action, Condition, Entry, Error, Location, Published, Reader, StorageArgs, Upload};

/// Objects that a listing holds at most: each takes about 200 bytes of memory.
pub const MOST_OBJECTS: usize = 1_000_000;

/// How often a small file is read before it counts as one that never holds still. A replacement
/// takes longer than a reading, so a second one nearly always does; 16 cost a few milliseconds.
const READINGS: usize = 16;

/// Files and objects. Cheap to clone; all clones share one S3 client, made at its first use.
///
/// Every method may block, and must not be called on a thread that runs asynchronous code.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    args: StorageArgs,
    shutdown: Shutdown,
    remote: Mutex<Option<Remote>>,
}

impl Storage {
    /// Takes the settings; connects to nothing and reads nothing.
    pub fn new(args: &StorageArgs) -> Storage {
        Storage::until(&Shutdown::new(), args)
    }

    /// The same for a worker that may be asked to stop. A request to a server that is under way
    /// then, or begins later, may take a second, and one that publishes an object two; after that
    /// it is given up with [`Error::ShuttingDown`].
    pub fn until(shutdown: &Shutdown, args: &StorageArgs) -> Storage {
        let (args, shutdown) = (args.clone(), shutdown.clone());
        Storage(Arc::new(Inner { args, shutdown, remote: Mutex::new(None) }))
    }

    /// All files or objects below `folder`, at any depth, sorted by the bytes of path or key.
    ///
    /// A trailing `/` makes no difference: `s3://b/in` holds `in/a.csv`, never `inner.csv`. Where
    /// nothing is, the list is empty. Temporary files of uploads, empty objects whose key ends
    /// with `/`, and names beginning with `..` are left out. More than [`MOST_OBJECTS`] are an
    /// error.
    pub fn list(&self, folder: &Location) -> Result<Vec<Entry>, Error> {
        self.list_at_most(folder, MOST_OBJECTS)
    }

    /// The same with another limit than [`MOST_OBJECTS`], in objects.
    ///
    /// # Errors
    ///
    /// As [`Storage::list`]; [`Error::TooMany`] as soon as there is one more than `most`.
    pub fn list_at_most(&self, folder: &Location, most: usize) -> Result<Vec<Entry>, Error> {
        match folder {
            Location::Local(path) => local::list(path, most),
            Location::S3 { bucket, key } => self.remote(folder)?.list(bucket, key, most),
        }
    }

    /// Size and version of what is at the location; `None` where nothing is.
    pub fn entry(&self, at: &Location) -> Result<Option<Entry>, Error> {
        match at {
            Location::Local(path) => local::entry(path),
            Location::S3 { bucket, key } => self.remote(at)?.entry(bucket, key),
        }
    }

    /// The whole content of a small file or object, at most `limit` bytes.
    ///
    /// It is the content of one version. Where somebody replaces it between the look and the end
    /// of the reading, it is read again, a few times at most: pods that finish at the same
    /// instant write the same summary one after the other, and none of them may stumble over it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] or [`Error::TooLarge`] before anything is read; [`Error::Changed`] for
    /// what is replaced faster than it can be read.
    pub fn read(&self, at: &Location, limit: u64) -> Result<Vec<u8>, Error> {
        for _ in 1..READINGS {
            match self.read_once(at, limit) {
                Err(Error::Changed { .. }) => {}
                read => return read,
            }
        }
        self.read_once(at, limit)
    }

    fn read_once(&self, at: &Location, limit: u64) -> Result<Vec<u8>, Error> {
        let not_found = || Error::NotFound { at: at.clone() };
        let entry = self.entry(at)?.ok_or_else(not_found)?;
        if entry.size > limit {
            return Err(Error::TooLarge { at: at.clone(), size: entry.size, limit });
        }
        let mut content = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        self.open(&entry, 0..entry.size)?
            .read_to_end(&mut content)
            .map_err(|error| Error::carried_by(error, Action::Read, at))?;
        Ok(content)
    }

    /// The same, or `None` where nothing is there.
    ///
    /// # Errors
    ///
    /// As [`Storage::read`], but for [`Error::NotFound`].
    pub fn read_if_present(&self, at: &Location, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.read(at, limit) {
            Ok(content) => Ok(Some(content)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a range of the entry's bytes (cut off at its size), in the version that was found.
    ///
    /// An object is fetched in ranges, several at once; each is resumed where a connection drops,
    /// and carries `If-Match`, so that another version is [`Error::Changed`].
    pub fn open(&self, entry: &Entry, range: Range<u64>) -> Result<Reader, Error> {
        let end = range.end.min(entry.size);
        let range = range.start.min(end)..end;
        Ok(match &entry.location {
            Location::Local(_) => Reader::local(LocalReader::open(entry, range)?),
            Location::S3 { bucket, key } => {
                Reader::s3(self.remote(&entry.location)?.open(bucket, key, entry, range)?)
            }
        })
    }

    /// Starts an upload; folders are made as needed, a bucket is not.
    pub fn create(&self, at: &Location) -> Result<Upload, Error> {
        Ok(match at {
            Location::Local(path) => Upload::local(LocalUpload::create(path)?),
            Location::S3 { bucket, key } => Upload::s3(self.remote(at)?.create(bucket, key)?),
        })
    }

    /// Publishes `bytes` as one file or object, replacing what is there.
    pub fn put(&self, at: &Location, bytes: impl AsRef<[u8]>) -> Result<Published, Error> {
        self.put_when(at, bytes, Condition::Always)
    }

    /// The same on a condition.
    ///
    /// # Errors
    ///
    /// As [`Upload::publish`].
    pub fn put_when(
        &self,
        at: &Location,
        bytes: impl AsRef<[u8]>,
        when: Condition,
    ) -> Result<Published, Error> {
        let mut upload = self.create(at)?;
        upload
            .write_all(bytes.as_ref())
            .map_err(|error| Error::carried_by(error, Action::Write, at))?;
        upload.publish(when)
    }

    /// Removes a file or object; that it is not there is fine.
    pub fn delete(&self, at: &Location) -> Result<(), Error> {
        match at {
            Location::Local(path) => local::delete(path),
            Location::S3 { bucket, key } => self.remote(at)?.delete(bucket, key),
        }
    }

    /// Keeps others out of a local folder, which is made where it is missing, until what this
    /// returns is dropped: those who lock it, too. `None` where nothing can be locked: S3 has no
    /// such thing, and neither have some file systems.
    pub fn lock(&self, folder: &Location) -> Result<Option<FolderLock>, Error> {
        match folder {
            Location::Local(path) => local::lock(path),
            Location::S3 { .. } => Ok(None),
        }
    }

    /// Makes the bucket of an S3 location, or a local folder; that it exists already is fine.
    pub fn make_bucket(&self, at: &Location) -> Result<(), Error> {
        match at {
            Location::Local(path) => local::make_folders(path),
            Location::S3 { bucket, .. } => self.remote(at)?.make_bucket(bucket),
        }
    }

    /// Waits, for 8 seconds at most, until dropped uploads have been aborted on the server; for
    /// half a second where it has not answered in time after a request to stop.
    ///
    /// To be called last: on SIGTERM, too, so that no parts are left behind. Readers and uploads
    /// that are still there fail from then on; the next operation on a location connects anew.
    pub fn close(&self) {
        let remote = self.0.remote.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(remote) = remote {
            remote.close();
        }
    }

    fn remote(&self, at: &Location) -> Result<Remote, Error> {
        let mut remote = self.0.remote.lock().unwrap_or_else(PoisonError::into_inner);
        match &*remote {
            Some(remote) => Ok(remote.clone()),
            None => {
                Ok(remote.insert(Remote::new(&self.0.args, at, self.0.shutdown.clone())?).clone())
            }
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Storage").field(&self.0.args).finish()
    }
}
