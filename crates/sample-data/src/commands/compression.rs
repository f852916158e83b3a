//! Compression of the files that are written.

use std::io::{self, Write};

use clap::ValueEnum;
use flate2::write::GzEncoder;

/// The levels that gzip and zstd themselves start from; fixed, as the bytes depend on them.
const GZIP_LEVEL: u32 = 6;
/// For logs, of which there are many: not two thirds of the time, and a seventh longer.
const FAST_GZIP_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 3;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    /// Not at all
    None,
    /// RFC 1952, names end in .gz
    Gzip,
    /// RFC 8878, names end in .zst
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
        Encoder::with_gzip_level(writer, compression, GZIP_LEVEL)
    }

    /// The same in less time, where gzip is asked for.
    pub(crate) fn fast(writer: W, compression: Compression) -> io::Result<Encoder<W>> {
        Encoder::with_gzip_level(writer, compression, FAST_GZIP_LEVEL)
    }

    fn with_gzip_level(writer: W, compression: Compression, level: u32) -> io::Result<Encoder<W>> {
        Ok(match compression {
            Compression::None => Encoder::Plain(writer),
            Compression::Gzip => {
                Encoder::Gzip(GzEncoder::new(writer, flate2::Compression::new(level)))
            }
            Compression::Zstd => {
                Encoder::Zstd(zstd::stream::write::Encoder::new(writer, ZSTD_LEVEL)?)
            }
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
