//! A program's standard input, and how much of it the program has read.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::ChildStdin;

use crate::error::Error;

/// The pipe into a program. That the program stops reading is no error of writing: what it means is
/// known at its end.
pub(super) struct ProgramInput {
    pipe: Option<ChildStdin>,
    given: GivenInput,
}

/// What the pipe took, after its last byte.
#[derive(Default)]
pub(super) struct GivenInput {
    /// Bytes that the pipe took.
    taken: u64,
    /// The other end of the pipe, until it is known what was left there.
    rest: Option<File>,
    /// Bytes that were left there.
    left: u64,
    /// There was more than the pipe took.
    stopped: bool,
}

impl ProgramInput {
    /// An open pipe.
    pub(super) fn new(pipe: ChildStdin) -> Self {
        ProgramInput { pipe: Some(pipe), given: GivenInput::default() }
    }

    /// Writes, as long as the program reads. Returns whether it does.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<bool, Error> {
        while let Some(pipe) = &mut self.pipe
            && !bytes.is_empty()
        {
            match pipe.write(bytes) {
                Ok(count) => {
                    self.given.taken += count as u64;
                    bytes = &bytes[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    self.given.stopped = true;
                    self.close();
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(!self.given.stopped)
    }

    /// How many bytes the program has read, where it has stopped before their end.
    pub(super) fn read_until_it_stopped(&mut self) -> io::Result<u64> {
        Ok(self.given.read_of_more()?.unwrap_or(self.given.taken))
    }

    /// Ends the input.
    pub(super) fn end(mut self) -> GivenInput {
        self.close();
        self.given
    }

    fn close(&mut self) {
        // Opened before the writing end is closed, as nobody could open it afterwards, and after
        // the last byte, as writing would wait for this reader otherwise. A pipe keeps what nobody
        // has read until the last of its ends is closed (Linux, `pipe_release`).
        self.given.rest = self.given.rest.take().or(self
            .pipe
            .take()
            .and_then(|pipe| File::open(format!("/proc/self/fd/{}", pipe.as_raw_fd())).ok()));
    }
}

impl GivenInput {
    /// How many bytes the program has read, if those were not all. To be asked for when the program
    /// has ended.
    pub(super) fn read_of_more(&mut self) -> io::Result<Option<u64>> {
        if let Some(mut rest) = self.rest.take() {
            let mut buffer = [0; 16 * 1024];
            loop {
                match rest.read(&mut buffer)? {
                    0 => break,
                    count => self.left += count as u64,
                }
            }
        }
        let is_more = self.stopped || self.left > 0;
        Ok(is_more.then(|| self.taken.saturating_sub(self.left)))
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// What a shell that runs `script` has read of `bytes`, if not all.
    fn read_of(script: &str, bytes: &[u8]) -> Option<u64> {
        let mut shell =
            Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = ProgramInput::new(shell.stdin.take().unwrap());
        for piece in bytes.chunks(1000) {
            input.write(piece).unwrap();
        }
        let mut given = input.end();
        shell.wait().unwrap();
        given.read_of_more().unwrap()
    }

    #[test]
    fn it_is_known_to_the_byte_how_much_a_program_has_read() {
        // More and less than a pipe holds.
        for length in [5000, 300_000] {
            let bytes = vec![b'x'; length];
            assert_eq!(read_of("cat >/dev/null", &bytes), None);
            assert_eq!(read_of("exit 0", &bytes), Some(0));
            assert_eq!(read_of("dd bs=1 count=10 of=/dev/null status=none", &bytes), Some(10));
        }
        assert_eq!(read_of("exit 0", b""), None);
    }
}
