//! A server and the thread that talks to it: S3 for callers that block.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::network::{Network, PATIENCE};
use super::pumped_reader::PumpedReader;
use super::served_upload::ServedUpload;
use super::server::S3;
use crate::{Action, Entry, Error, Location, StorageArgs};
use worker_runtime::Shutdown;

/// The longest [`Remote::close`] waits for aborts that are under way.
const LONGEST_CLOSE: Duration = Duration::from_secs(8);

/// The same where the server has not answered in time after a request to stop: nor will it answer
/// an abort.
const LONGEST_STALLED_CLOSE: Duration = Duration::from_millis(500);

/// Objects of a server. Clones share the connection.
#[derive(Clone, Debug)]
pub(crate) struct Remote {
    s3: Arc<S3>,
    network: Arc<Network>,
}

impl Remote {
    /// Reads the AWS configuration and starts the thread; connects to nothing. `at` is the location
    /// that it is wanted for.
    pub(crate) fn new(
        args: &StorageArgs,
        at: &Location,
        shutdown: Shutdown,
    ) -> Result<Remote, Error> {
        let network =
            Network::start(shutdown).map_err(|error| Error::from_io(Action::Inspect, at, error))?;
        let stalled = || Err(Error::ShuttingDown { action: Action::Inspect, at: at.clone() });
        let s3 =
            network.block_on_unless_stalled(PATIENCE, S3::new(args)).unwrap_or_else(stalled)?;
        Ok(Remote { s3: Arc::new(s3), network: Arc::new(network) })
    }

    /// All objects below the folder `key`.
    pub(crate) fn list(&self, bucket: &str, key: &str, most: usize) -> Result<Vec<Entry>, Error> {
        self.wait(Action::List, bucket, key, self.s3.list(bucket, key, most))
    }

    /// Size and version of an object; `None` where none is.
    pub(crate) fn entry(&self, bucket: &str, key: &str) -> Result<Option<Entry>, Error> {
        self.wait(Action::Inspect, bucket, key, self.s3.entry(bucket, key))
    }

    /// Begins to fetch `range`, which must lie within the size of the entry.
    pub(crate) fn open(
        &self,
        bucket: &str,
        key: &str,
        entry: &Entry,
        range: Range<u64>,
    ) -> Result<PumpedReader, Error> {
        let opened = self.s3.open(bucket, key, entry, range);
        let reader = self.wait(Action::Read, bucket, key, opened)?;
        Ok(PumpedReader::new(reader, Arc::clone(&self.network)))
    }

    /// Begins an upload; sends nothing yet.
    pub(crate) fn create(&self, bucket: &str, key: &str) -> Result<ServedUpload, Error> {
        Ok(ServedUpload::new(self.s3.create(bucket, key)?, Arc::clone(&self.network)))
    }

    /// Deletes an object; that it is not there is fine.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> Result<(), Error> {
        self.wait(Action::Delete, bucket, key, self.s3.delete(bucket, key))
    }

    /// Makes a bucket; that it is there and usable already is fine.
    pub(crate) fn make_bucket(&self, bucket: &str) -> Result<(), Error> {
        self.wait(Action::Make, bucket, "", self.s3.make_bucket(bucket))
    }

    /// Waits until dropped uploads have been aborted, and ends the thread.
    pub(crate) fn close(&self) {
        let longest = if self.network.is_stalled() { LONGEST_STALLED_CLOSE } else { LONGEST_CLOSE };
        self.network.block_on(self.s3.close(longest));
        self.network.stop();
    }

    fn wait<T>(
        &self,
        action: Action,
        bucket: &str,
        key: &str,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let stalled = || Err(Error::ShuttingDown { action, at: Location::object(bucket, key) });
        self.network.block_on_unless_stalled(PATIENCE, request).unwrap_or_else(stalled)
    }
}
