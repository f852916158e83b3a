//! The bytes that a program gets on its standard input, counted.

use std::io::Write;

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

    /// Ends a file. Without a line end its last record would be glued to the first one of the next
    /// file, and a shell's `while read` would drop it.
    pub(super) fn end_line(&mut self, line_end: &[u8]) -> Result<(), Error> {
        match self.last.take() {
            None | Some(b'\n') => Ok(()),
            Some(_) => self.give(line_end),
        }
    }

    /// Ends a file whose last bytes are given as they are.
    pub(super) fn end_file(&mut self) {
        self.last = None;
    }
}

/// A program's standard input. That the program stops reading is not an error: its exit status says
/// whether it has failed.
pub(crate) struct ProgramInput<W> {
    pipe: Option<W>,
}

impl<W: Write> ProgramInput<W> {
    /// An open pipe.
    pub(crate) fn new(pipe: W) -> Self {
        ProgramInput { pipe: Some(pipe) }
    }

    /// Writes, as long as the program reads.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        match pipe.write_all(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => self.pipe = None,
            written => written?,
        }
        Ok(())
    }
}
