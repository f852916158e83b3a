//! Writing a file or object that appears under its name at once, or never.

use bytes::Bytes;

use crate::blocking_upload::BlockingUpload;
use crate::local::{LocalUpload, off_runtime};
use crate::s3::S3Upload;
use crate::{Action, Error, Location};

/// When [`Upload::publish`] may put the content under the final name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// In any case; what is there is replaced in one step.
    Always,
    /// Only where nothing is there yet; otherwise [`Error::AlreadyExists`].
    ///
    /// Atomic for local files and for servers that know `If-None-Match: *`; on other servers it is
    /// a look before an unconditional write.
    IfAbsent,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The size in bytes.
    pub size: u64,
    /// The entity tag the server gave, without quotes; `None` for local files.
    pub etag: Option<String>,
}

/// Content on its way to a location; nothing is visible there before [`Upload::publish`].
///
/// Dropping it leaves nothing: a local temporary file is removed, a multipart upload is aborted in
/// the background ([`Storage::close`](crate::Storage::close) waits for that).
#[derive(Debug)]
pub struct Upload(pub(crate) Sink);

#[derive(Debug)]
pub(crate) enum Sink {
    /// `upload` is empty only while a write runs on another thread, and after a failed one.
    Local {
        at: Location,
        upload: Option<LocalUpload>,
    },
    S3(Box<S3Upload>),
}

impl Upload {
    /// Appends `bytes`. An error is final: the upload can only be aborted or dropped.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        match &mut self.0 {
            Sink::S3(upload) => upload.write(bytes).await,
            Sink::Local { at, upload } => {
                let mut inner = upload.take().ok_or_else(|| failed_before(at))?;
                let inner = off_runtime(move || inner.write(&bytes).map(|()| inner)).await?;
                *upload = Some(inner);
                Ok(())
            }
        }
    }

    /// Makes the content durable and visible under the final name, in one step.
    pub async fn publish(self, when: Condition) -> Result<Published, Error> {
        match self.0 {
            Sink::S3(upload) => upload.publish(when).await,
            Sink::Local { at, upload } => {
                let upload = upload.ok_or_else(|| failed_before(&at))?;
                off_runtime(move || upload.publish(when)).await
            }
        }
    }

    /// Throws the content away. A failure to clean up is logged, not returned.
    pub async fn abort(self) {
        match self.0 {
            Sink::S3(upload) => upload.abort().await,
            Sink::Local { upload, .. } => drop(upload),
        }
    }

    /// An [`std::io::Write`] for a thread outside the runtime. Must be called inside the runtime.
    pub fn into_blocking(self) -> BlockingUpload {
        BlockingUpload::new(self)
    }
}

/// What any use of an upload after its failure gets.
pub(crate) fn failed_before(at: &Location) -> Error {
    Error::Io {
        action: Action::Write,
        at: at.clone(),
        source: std::io::Error::other("writing it has failed before"),
    }
}
