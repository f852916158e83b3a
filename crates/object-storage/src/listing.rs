//! What a listing has found so far.

use crate::{Entry, Error, Location};

/// Entries in memory, up to a limit.
pub(crate) struct Listing {
    at: Location,
    most: usize,
    entries: Vec<Entry>,
}

impl Listing {
    /// Nothing found yet below `at`.
    pub(crate) fn new(at: Location, most: usize) -> Listing {
        Listing { at, most, entries: Vec::new() }
    }

    /// Adds an entry; [`Error::TooMany`] past the limit.
    pub(crate) fn push(&mut self, entry: Entry) -> Result<(), Error> {
        if self.entries.len() == self.most {
            return Err(Error::TooMany { at: self.at.clone(), limit: self.most });
        }
        self.entries.push(entry);
        Ok(())
    }

    /// All that was found.
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}
