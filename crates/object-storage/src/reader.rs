//! Reading an entry, or a range of it, from beginning to end.

use std::io::{self, Read};

use crate::local::LocalReader;
use crate::s3::PumpedReader;

/// The bytes of one entry, or of a range of it, in order.
///
/// Ends only after the last byte; whatever keeps it from getting there is an error. An
/// [`Error`](crate::Error) travels inside the [`io::Error`]; [`Error::find`](crate::Error::find)
/// gets it back.
///
/// Local files are read straight into the caller's buffer: bring one of 256 KiB or more. Objects
/// are fetched ahead.
#[derive(Debug)]
pub struct Reader(Source);

#[derive(Debug)]
enum Source {
    Local(LocalReader),
    S3(PumpedReader),
}

impl Reader {
    pub(crate) fn local(reader: LocalReader) -> Reader {
        Reader(Source::Local(reader))
    }

    pub(crate) fn s3(reader: PumpedReader) -> Reader {
        Reader(Source::S3(reader))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Source::Local(reader) => Ok(reader.read(buffer)?),
            Source::S3(reader) => reader.read(buffer),
        }
    }
}
