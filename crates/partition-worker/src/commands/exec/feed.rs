//! The bytes that a program gets on its standard input, counted.

use crate::error::Error;

/// Bytes on their way to a program. It counts them, and gives the last record of each file a line
/// end.
pub(crate) struct Feed<'w> {
    write: &'w mut dyn FnMut(&[u8]) -> Result<(), Error>,
    given: u64,
    last: Option<u8>,
}

impl<'w> Feed<'w> {
    /// A feed into `write`.
    pub(crate) fn new(write: &'w mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Self {
        Feed { write, given: 0, last: None }
    }

    /// How many bytes were given.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// Gives further bytes of a file.
    pub(super) fn give(&mut self, bytes: &[u8]) -> Result<(), Error> {
        (self.write)(bytes)?;
        self.given += bytes.len() as u64;
        self.last = bytes.last().copied().or(self.last);
        Ok(())
    }

    /// Whether the file that is given has no line end behind what was given of it so far.
    pub(super) fn is_unended(&self) -> bool {
        self.last.is_some_and(|last| last != b'\n')
    }

    /// Ends a file. Without a line end its last record would be glued to the first one of the next
    /// file, and a shell's `while read` would drop it.
    pub(super) fn end_line(&mut self, line_end: &[u8]) -> Result<(), Error> {
        match self.last.take() {
            None | Some(b'\n') => Ok(()),
            // Cut between CR and LF.
            Some(b'\r') => self.give(b"\n"),
            Some(_) => self.give(line_end),
        }
    }

    /// Ends a file whose last bytes are given as they are.
    pub(super) fn end_file(&mut self) {
        self.last = None;
    }
}
