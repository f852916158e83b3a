//! Storage for the thread that does the work.

use std::ops::Range;

use object_storage::{
    BlockingReader, BlockingUpload, Condition, Entry, Error, Location, Published, Storage,
};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// [`Storage`] without `await`, for a thread outside the runtime.
#[derive(Clone)]
pub struct BlockingStorage {
    storage: Storage,
    runtime: Handle,
}

impl BlockingStorage {
    /// Must be called inside the runtime.
    pub fn new(storage: Storage) -> Self {
        BlockingStorage { storage, runtime: Handle::current() }
    }

    /// Runs `task` beside the work.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.runtime.spawn(task)
    }

    /// A reader of `range` of `entry`.
    pub fn open(&self, entry: &Entry, range: Range<u64>) -> Result<BlockingReader, Error> {
        self.runtime
            .block_on(async { Ok(self.storage.open(entry, Some(range)).await?.into_blocking()) })
    }

    /// A new file or object, invisible until it is published.
    pub fn create(&self, at: &Location) -> Result<BlockingUpload, Error> {
        self.runtime.block_on(async { Ok(self.storage.create(at).await?.into_blocking()) })
    }

    /// Publishes a small file or object, replacing what is there.
    pub fn put(&self, at: &Location, bytes: Vec<u8>) -> Result<Published, Error> {
        self.runtime.block_on(self.storage.put(at, bytes.into(), Condition::Always))
    }

    /// What is there, if anything.
    pub fn entry(&self, at: &Location) -> Result<Option<Entry>, Error> {
        self.runtime.block_on(self.storage.entry(at))
    }

    /// A small file or object whole, if it is there.
    pub fn read(&self, at: &Location, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.runtime.block_on(self.storage.read(at, limit)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a file or object, if it is there.
    pub fn delete(&self, at: &Location) -> Result<(), Error> {
        self.runtime.block_on(self.storage.delete(at))
    }
}
