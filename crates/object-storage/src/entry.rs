//! What is known of a file or object before it is read, and after it was published.

use crate::Location;

/// A file or object that was found, in the version that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub location: Location,
    /// Its size in bytes.
    pub size: u64,
    /// Which content it had; reading fails with [`Error::Changed`](crate::Error::Changed) on any
    /// other.
    pub version: Version,
}

/// Identifies one content of a location.
///
/// Two entries with equal location, size and version have the same content, as far as the store
/// tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// The entity tag that the server gave, without its quotes.
    Etag(String),
    /// The time of the last change, in nanoseconds since 1970: of a local file, and of an object
    /// whose listing shows no entity tag.
    Modified {
        /// Nanoseconds since 1970-01-01T00:00:00Z; negative before.
        unix_ns: i128,
    },
}

impl Version {
    /// The entity tag, if that is how the store tells versions apart.
    pub fn etag(&self) -> Option<&str> {
        match self {
            Version::Etag(etag) => Some(etag),
            Version::Modified { .. } => None,
        }
    }
}

/// When [`Upload::publish`](crate::Upload::publish) may put the content under the final name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// In any case; what is there is replaced in one step.
    Always,
    /// Only where nothing is there yet; otherwise
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists).
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
    /// Which content is there now; `None` if the server did not tell.
    pub version: Option<Version>,
}

impl Published {
    /// The entity tag the server gave, without quotes; `None` for local files.
    pub fn etag(&self) -> Option<&str> {
        self.version.as_ref().and_then(Version::etag)
    }
}
