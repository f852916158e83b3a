//! All members of a gzip file, and the zeros behind them.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Reads the members one after the other. Zeros behind a member are padding, as tapes and block
/// devices leave it: gzip itself and Python pass over them, too. Anything else that is no member is
/// an error, and so is a member that is cut short.
pub struct Members<R: BufRead> {
    /// `None` only while a member is followed by the next.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    /// Reads what `reader` holds.
    pub fn new(reader: R) -> Self {
        Members { member: Some(GzDecoder::new(reader)) }
    }

    /// Gives the reader back.
    ///
    /// # Panics
    ///
    /// Never: there is a member between two reads.
    pub fn into_inner(self) -> R {
        self.member.expect("a member is there between two reads").into_inner()
    }

    /// Whether more than padding follows.
    fn next_follows(reader: &mut R) -> io::Result<bool> {
        loop {
            let bytes = reader.fill_buf()?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let more = zeros < bytes.len();
            reader.consume(zeros);
            if more {
                return Ok(true);
            }
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else { return Ok(0) };
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() || !Self::next_follows(member.get_mut())? {
                return Ok(count);
            }
            self.member = self.member.take().map(|member| GzDecoder::new(member.into_inner()));
        }
    }
}
