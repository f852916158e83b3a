//! Compression of the files that are written.

use std::io::{self, Write};

use clap::ValueEnum;
use flate2::write::GzEncoder;

/// The levels that gzip and zstd themselves start from; fixed, as the bytes depend on them.
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    /// Not at all: data_0.csv
    None,
    /// RFC 1952: data_0.csv.gz
    Gzip,
    /// RFC 8878: data_0.csv.zst
    Zstd,
}

impl Compression {
    /// What is appended to a file's name.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}

/// Writes compressed. No time and no name goes into the header.
pub(crate) enum Encoder<W: Write> {
    Plain(W),
    Gzip(GzEncoder<W>),
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Encoder<W> {
    pub(crate) fn new(writer: W, compression: Compression) -> io::Result<Encoder<W>> {
        Ok(match compression {
            Compression::None => Encoder::Plain(writer),
            Compression::Gzip => Encoder::Gzip(GzEncoder::new(writer, flate2::Compression::new(GZIP_LEVEL))),
            Compression::Zstd => Encoder::Zstd(zstd::stream::write::Encoder::new(writer, ZSTD_LEVEL)?),
        })
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Encoder::Plain(writer) => writer.write_all(bytes),
            Encoder::Gzip(encoder) => encoder.write_all(bytes),
            Encoder::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    /// Writes what is left and gives the writer back.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Encoder::Plain(writer) => Ok(writer),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }
}
