//! Which server is asked, and the errors that are about the server as such.

use crate::Error;

/// The region of a bucket that was made without saying one; servers other than AWS take it, too.
pub(super) const DEFAULT_REGION: &str = "us-east-1";

/// A server, as messages name it.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// The user's endpoint, or AWS with its region.
    pub(super) url: String,
    /// Whether the endpoint is the user's own rather than AWS'.
    pub(super) is_own: bool,
    pub(super) region: String,
}

impl Endpoint {
    pub(super) fn no_such_bucket(&self, bucket: &str) -> Error {
        Error::NoSuchBucket { bucket: bucket.to_owned(), endpoint: self.url.clone() }
    }

    pub(super) fn not_s3(&self, detail: &str) -> Error {
        self.is_wrong(format!("what answers there does not speak S3: {detail}"))
    }

    pub(super) fn is_wrong(&self, detail: String) -> Error {
        Error::WrongEndpoint { endpoint: self.url.clone(), detail }
    }
}
