//! What an error means for the run as a whole.

use super::error_type::Error;

/// What an error means for the run as a whole; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input is not there.
    NotFound,
    /// A service stayed unreachable or overloaded; a later run can succeed.
    Unavailable,
    /// Input or output failed or is inconsistent; a later run can succeed.
    Io,
    /// The identity lacks a permission; no retry helps.
    Denied,
    /// A setting or a name is wrong; no retry helps.
    Configuration,
    /// The worker was asked to stop before it was done; a later run can succeed.
    Stopped,
}

impl Error {
    /// What the error means for the run as a whole.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::NotFound { .. } | Error::Archived { .. } => ErrorKind::NotFound,
            Error::Unreachable { .. }
            | Error::Unavailable { .. }
            | Error::UploadGone { .. }
            | Error::CredentialsUnavailable { .. } => ErrorKind::Unavailable,
            Error::Denied { .. }
            | Error::ProxyRefused { .. }
            | Error::CredentialsRefused { .. }
            | Error::CredentialsWithheld { .. }
            | Error::MissingCredentials { .. } => ErrorKind::Denied,
            Error::NoSuchBucket { .. }
            | Error::NoFolderThere { .. }
            | Error::NotAFile { .. }
            | Error::NotAFolder { .. }
            | Error::CredentialsSetting { .. }
            | Error::WrongRegion { .. }
            | Error::RegionName { .. }
            | Error::NotAsStored { .. }
            | Error::WrongEndpoint { .. }
            | Error::ObjectSetting { .. }
            | Error::Authorities { .. }
            | Error::TooLarge { .. }
            | Error::TooMany { .. }
            | Error::Refused { .. } => ErrorKind::Configuration,
            Error::Changed { .. }
            | Error::Truncated { .. }
            | Error::AlreadyExists { .. }
            | Error::DiskFull { .. }
            | Error::ServerFull { .. }
            | Error::Io { .. } => ErrorKind::Io,
            Error::ShuttingDown { .. } => ErrorKind::Stopped,
        }
    }
}
