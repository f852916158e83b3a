//! Storage for tests that are asynchronous, so that many operations can run at once: each blocks a
//! thread of its own.

use std::io::{Read as _, Write as _};
use std::ops::Range;

use bytes::Bytes;
use object_storage::{Condition, Entry, Error, Location, Published, StorageArgs};
use tokio::task::spawn_blocking;

/// Bytes of a piece that [`Reader::next`] gives.
const PIECE: usize = 1 << 20;

/// [`object_storage::Storage`] with `await`.
#[derive(Clone, Debug)]
pub struct Storage(object_storage::Storage);

/// A reader with `await`. It is away while another thread reads.
#[derive(Debug)]
pub struct Reader(Option<object_storage::Reader>);

/// An upload with `await`. It is away while another thread writes.
#[derive(Debug)]
pub struct Upload(Option<object_storage::Upload>);

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(work).await.expect("no panic")
}

fn storage_error(error: std::io::Error) -> Error {
    error.downcast().expect("a storage's errors are its own")
}

impl Storage {
    /// As [`object_storage::Storage::new`].
    pub fn new(args: &StorageArgs) -> Storage {
        Storage(object_storage::Storage::new(args))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&object_storage::Storage) -> T + Send + 'static,
    ) -> T {
        let storage = self.0.clone();
        blocking(move || work(&storage)).await
    }

    /// As [`object_storage::Storage::list`].
    pub async fn list(&self, folder: &Location) -> Result<Vec<Entry>, Error> {
        let folder = folder.clone();
        self.run(move |storage| storage.list(&folder)).await
    }

    /// As [`object_storage::Storage::list_at_most`].
    pub async fn list_at_most(&self, folder: &Location, most: usize) -> Result<Vec<Entry>, Error> {
        let folder = folder.clone();
        self.run(move |storage| storage.list_at_most(&folder, most)).await
    }

    /// As [`object_storage::Storage::entry`].
    pub async fn entry(&self, at: &Location) -> Result<Option<Entry>, Error> {
        let at = at.clone();
        self.run(move |storage| storage.entry(&at)).await
    }

    /// As [`object_storage::Storage::read`].
    pub async fn read(&self, at: &Location, limit: u64) -> Result<Vec<u8>, Error> {
        let at = at.clone();
        self.run(move |storage| storage.read(&at, limit)).await
    }

    /// As [`object_storage::Storage::open`]; all of the entry without a range.
    pub async fn open(&self, entry: &Entry, range: Option<Range<u64>>) -> Result<Reader, Error> {
        let entry = entry.clone();
        let range = range.unwrap_or(0..entry.size);
        Ok(Reader(Some(self.run(move |storage| storage.open(&entry, range)).await?)))
    }

    /// As [`object_storage::Storage::create`].
    pub async fn create(&self, at: &Location) -> Result<Upload, Error> {
        let at = at.clone();
        Ok(Upload(Some(self.run(move |storage| storage.create(&at)).await?)))
    }

    /// Publishes `bytes` on this condition.
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

    /// As [`object_storage::Storage::delete`].
    pub async fn delete(&self, at: &Location) -> Result<(), Error> {
        let at = at.clone();
        self.run(move |storage| storage.delete(&at)).await
    }

    /// As [`object_storage::Storage::make_bucket`].
    pub async fn make_bucket(&self, at: &Location) -> Result<(), Error> {
        let at = at.clone();
        self.run(move |storage| storage.make_bucket(&at)).await
    }

    /// As [`object_storage::Storage::close`].
    pub async fn close(&self) {
        self.run(object_storage::Storage::close).await;
    }
}

impl Reader {
    /// The next bytes (never empty), or `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(mut reader) = self.0.take() else { return Ok(None) };
        let (reader, piece) = blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = reader.read(&mut piece);
            (reader, read.map(|size| Bytes::from(piece).slice(..size)))
        })
        .await;
        let piece = piece.map_err(storage_error)?;
        if piece.is_empty() {
            return Ok(None);
        }
        self.0 = Some(reader);
        Ok(Some(piece))
    }

    /// The reader itself, for a thread.
    pub fn into_blocking(self) -> object_storage::Reader {
        self.0.expect("it has not failed")
    }
}

impl Upload {
    /// Appends `bytes`. An error is final.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        let mut upload = self.0.take().expect("it has not failed");
        let (upload, written) = blocking(move || {
            let written = upload.write_all(&bytes);
            (upload, written)
        })
        .await;
        self.0 = Some(upload);
        written.map_err(storage_error)
    }

    /// As [`object_storage::Upload::publish`].
    pub async fn publish(self, when: Condition) -> Result<Published, Error> {
        let upload = self.0.expect("it has not failed");
        blocking(move || upload.publish(when)).await
    }

    /// As [`object_storage::Upload::abort`].
    pub async fn abort(self) {
        blocking(move || drop(self)).await;
    }

    /// The upload itself, for a thread.
    pub fn into_blocking(self) -> object_storage::Upload {
        self.0.expect("it has not failed")
    }
}
