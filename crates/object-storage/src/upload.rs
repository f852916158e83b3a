//! Writing a file or object that appears under its name at once, or never.

use std::io::{self, Write};

use crate::local::LocalUpload;
use crate::s3::ServedUpload;
use crate::{Action, Condition, Error, Location, Published};

/// Content on its way to a location; nothing is visible there before [`Upload::publish`].
///
/// Local files are written straight from the caller's slice: hand in pieces of 64 KiB or more, or
/// put a [`std::io::BufWriter`] around. Objects are sent by the thread that waits for the network.
/// An [`Error`] travels inside the [`io::Error`]; [`Error::find`] gets it back.
///
/// Dropping it leaves nothing: a local temporary file is removed, a multipart upload is aborted in
/// the background ([`Storage::close`](crate::Storage::close) waits for that).
#[derive(Debug)]
pub struct Upload(Sink);

#[derive(Debug)]
enum Sink {
    Local(LocalUpload),
    S3(ServedUpload),
    /// After a failure, which was returned when it happened.
    Failed(Location),
}

impl Upload {
    pub(crate) fn local(upload: LocalUpload) -> Upload {
        Upload(Sink::Local(upload))
    }

    pub(crate) fn s3(upload: ServedUpload) -> Upload {
        Upload(Sink::S3(upload))
    }

    /// Makes the content durable and visible under the final name, in one step.
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] where the condition forbids to replace what is there; whatever the
    /// file system or the server says otherwise, and any use after a failed write.
    pub fn publish(self, when: Condition) -> Result<Published, Error> {
        match self.0 {
            Sink::Local(upload) => upload.publish(when),
            Sink::S3(upload) => upload.publish(when),
            Sink::Failed(at) => Err(failed_before(&at)),
        }
    }

    /// Throws the content away. A failure to clean up is logged.
    pub fn abort(self) {
        drop(self);
    }
}

/// What any use of an upload after its failure gets.
fn failed_before(at: &Location) -> Error {
    Error::Io {
        action: Action::Write,
        at: at.clone(),
        source: io::Error::other("writing it has failed before"),
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (result, at) = match &mut self.0 {
            Sink::Local(upload) => (upload.write(bytes), upload.location()),
            Sink::S3(upload) => (upload.write(bytes), upload.location()),
            Sink::Failed(at) => return Err(failed_before(at).into()),
        };
        match result {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.0 = Sink::Failed(at.clone());
                Err(error.into())
            }
        }
    }

    /// Does nothing: only publishing makes anything visible or durable.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
