//! Converting errors of the operating system into storage errors, and back.

use std::error::Error as StdError;
use std::io;

use super::action::Action;
use super::error_type::Error;
use crate::Location;

impl Error {
    /// The first storage error in a chain of causes, also where it travelled inside an
    /// [`io::Error`].
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref::<Error>() {
                return Some(found);
            }
            let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = match carried {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }

    /// The storage error that a reader or an upload has put into an [`io::Error`].
    pub(crate) fn carried_by(error: io::Error, action: Action, at: &Location) -> Error {
        error.downcast().unwrap_or_else(|error| Error::from_io(action, at, error))
    }

    /// The storage error that an error of the operating system amounts to.
    pub(crate) fn from_io(action: Action, at: &Location, source: io::Error) -> Error {
        let at = at.clone();
        match source.kind() {
            // Where something is written, what is missing is no input.
            io::ErrorKind::NotFound if !matches!(action, Action::Write | Action::Make) => {
                Error::NotFound { at }
            }
            io::ErrorKind::IsADirectory => Error::NotAFile { at },
            io::ErrorKind::NotADirectory => Error::NotAFolder { at },
            io::ErrorKind::AlreadyExists => Error::AlreadyExists { at },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Error::Denied { action, at, detail: source.to_string() }
            }
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Error::DiskFull { at, source },
            _ => Error::Io { action, at, source },
        }
    }
}

impl From<Error> for io::Error {
    /// Carries the storage error as the payload; [`Error::find`] gets it back.
    fn from(error: Error) -> io::Error {
        let kind = match &error {
            Error::NotFound { .. } => io::ErrorKind::NotFound,
            Error::Denied { .. } => io::ErrorKind::PermissionDenied,
            Error::AlreadyExists { .. } => io::ErrorKind::AlreadyExists,
            Error::Truncated { .. } => io::ErrorKind::UnexpectedEof,
            Error::DiskFull { .. } | Error::ServerFull { .. } => io::ErrorKind::StorageFull,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Location {
        text.parse().expect("a valid location")
    }

    #[test]
    fn a_storage_error_is_found_behind_an_io_error_and_its_wrappers() {
        #[derive(Debug, thiserror::Error)]
        #[error("while reading rows")]
        struct Outer(#[source] io::Error);

        let inner = io::Error::from(Error::Changed { at: at("a") });
        let again = io::Error::other(inner);
        let found = Error::find(&Outer(again)).map(ToString::to_string);
        assert_eq!(
            found.as_deref(),
            Some(
                "a was changed or replaced while it was being read; run again when its writer has \
                 finished"
            )
        );
        assert!(Error::find(&io::Error::other("something else")).is_none());
    }

    #[test]
    fn errors_of_the_system_are_sorted_by_what_to_do() {
        let sorted = |kind: io::ErrorKind| Error::from_io(Action::Write, &at("a"), kind.into());
        let read = Error::from_io(Action::Read, &at("a"), io::ErrorKind::NotFound.into());
        assert!(matches!(read, Error::NotFound { .. }));
        assert!(matches!(sorted(io::ErrorKind::NotFound), Error::Io { .. }));
        assert!(matches!(sorted(io::ErrorKind::StorageFull), Error::DiskFull { .. }));
        assert!(matches!(sorted(io::ErrorKind::FileTooLarge), Error::DiskFull { .. }));
        assert!(matches!(sorted(io::ErrorKind::ReadOnlyFilesystem), Error::Denied { .. }));
        assert!(matches!(sorted(io::ErrorKind::BrokenPipe), Error::Io { .. }));
    }
}
