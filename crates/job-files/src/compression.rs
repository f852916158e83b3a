//! Compression of inputs, recognised by their first bytes, and of outputs.

use std::io::{self, BufRead, Read, Write};

use clap::ValueEnum;
use flate2::write::GzEncoder;

use crate::gzip::Members;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952), one member or many.
    Gzip,
    /// Zstandard (RFC 8878), one frame or many.
    Zstd,
}

/// zstd's own default: its ratio is better than gzip's best at several times the speed.
const ZSTD_LEVEL: i32 = 3;

impl Compression {
    /// What the first bytes of a file say. Fewer than four bytes may not be enough.
    pub fn of(first_bytes: &[u8]) -> Self {
        match first_bytes {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            // A zstd file may begin with a skippable frame.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The name itself, as in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    /// What is appended to the name of such a file.
    pub fn suffix(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}

/// The largest window of a zstd frame, as a power of two: 32 MiB, which level 20 uses. A reader
/// must keep so much of what it has read, and a pod with 64 MiB of memory must bear it; by its own
/// default the library takes 128 MiB.
const LARGEST_WINDOW: u32 = 25;

/// Says what to do about a frame whose window is larger.
fn about_window(error: io::Error) -> io::Error {
    if error.to_string().contains("too much memory") {
        let window = 1u32 << (LARGEST_WINDOW - 20);
        return io::Error::other(format!(
            "a frame wants a window of more than {window} MiB of memory: compress it with at most \
             level 20, and without --long"
        ));
    }
    error
}

/// Reads what a compressed reader holds.
pub enum Decoder<R: BufRead> {
    /// As it is.
    Plain(R),
    /// All members of a gzip file.
    Gzip(Box<Members<R>>),
    /// All frames of a zstd file.
    Zstd(Box<zstd::stream::read::Decoder<'static, R>>),
}

impl<R: BufRead> Decoder<R> {
    /// Looks at the first bytes of `reader` and decides.
    pub fn new(mut reader: R) -> io::Result<Self> {
        Ok(match Compression::of(reader.fill_buf()?) {
            Compression::None => Decoder::Plain(reader),
            Compression::Gzip => Decoder::Gzip(Box::new(Members::new(reader))),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
                decoder.window_log_max(LARGEST_WINDOW)?;
                Decoder::Zstd(Box::new(decoder))
            }
        })
    }

    /// How the reader is compressed.
    pub fn compression(&self) -> Compression {
        match self {
            Decoder::Plain(_) => Compression::None,
            Decoder::Gzip(_) => Compression::Gzip,
            Decoder::Zstd(_) => Compression::Zstd,
        }
    }

    /// Gives the reader back.
    pub fn into_inner(self) -> R {
        match self {
            Decoder::Plain(reader) => reader,
            Decoder::Gzip(decoder) => decoder.into_inner(),
            Decoder::Zstd(decoder) => decoder.finish(),
        }
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Decoder::Plain(reader) => reader.read(buffer),
            Decoder::Gzip(reader) => reader.read(buffer),
            Decoder::Zstd(reader) => reader.read(buffer).map_err(about_window),
        }
    }
}

/// Writes compressed. The bytes depend on the input and the level alone: no name and no time goes
/// into the header.
pub enum Encoder<W: Write> {
    /// As it is.
    Plain(W),
    /// One gzip member.
    Gzip(GzEncoder<W>),
    /// One zstd frame, with a checksum.
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Encoder<W> {
    /// An encoder onto `writer`.
    pub fn new(writer: W, compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Encoder::Plain(writer),
            Compression::Gzip => Encoder::Gzip(GzEncoder::new(writer, flate2::Compression::new(6))),
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(writer, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Encoder::Zstd(encoder)
            }
        })
    }

    /// Writes the end of the stream and gives the writer back.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Encoder::Plain(writer) => Ok(writer),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }

    /// Writes all of `bytes`.
    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Encoder::Plain(writer) => writer.write_all(bytes),
            Encoder::Gzip(encoder) => encoder.write_all(bytes),
            Encoder::Zstd(encoder) => encoder.write_all(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(bytes: &[u8], compression: Compression) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new(), compression).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut decoded = Vec::new();
        Decoder::new(bytes)?.read_to_end(&mut decoded).map(|_| decoded)
    }

    #[test]
    fn what_was_encoded_is_recognised_and_decoded() {
        for compression in Compression::value_variants() {
            let encoded = encode(b"a,b\n1,2\n", *compression);
            assert_eq!(Compression::of(&encoded), *compression);
            assert_eq!(decode(&encoded).unwrap(), b"a,b\n1,2\n");
            assert_eq!(encoded, encode(b"a,b\n1,2\n", *compression));
        }
    }

    #[test]
    fn a_frame_whose_window_would_fill_the_memory_is_refused() {
        let wide = |window: u32| {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            encoder.window_log(window).unwrap();
            encoder.write_all(b"a,b\n").unwrap();
            encoder.flush().unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(decode(&wide(LARGEST_WINDOW)).unwrap(), b"a,b\n");
        let error = decode(&wide(LARGEST_WINDOW + 1)).unwrap_err().to_string();
        assert!(error.contains("more than 32 MiB") && error.contains("--long"), "{error}");
    }

    #[test]
    fn all_members_and_frames_are_read() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let two = [encode(b"one", compression), encode(b"two", compression)].concat();
            assert_eq!(decode(&two).unwrap(), b"onetwo");
        }
    }

    #[test]
    fn zeros_behind_a_gzip_member_are_padding_and_anything_else_is_an_error() {
        let member = encode(b"a,b\n1,2\n", Compression::Gzip);
        let zeros = [0; 1000];
        for padding in [1, 7, 512, 1000] {
            assert_eq!(decode(&[&member, &zeros[..padding]].concat()).unwrap(), b"a,b\n1,2\n");
        }
        let two = [&member, &zeros[..512], &member, &zeros[..3]].concat();
        assert_eq!(decode(&two).unwrap(), b"a,b\n1,2\na,b\n1,2\n");
        assert!(decode(&[member.as_slice(), b"x"].concat()).is_err());
        assert!(decode(&[member.as_slice(), &zeros, b"x"].concat()).is_err());
        assert!(
            decode(&[&member[..member.len() - 4], &zeros].concat()).is_err(),
            "the checksum is gone"
        );
    }

    #[test]
    fn a_truncated_file_is_an_error_and_never_a_short_result() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let whole = encode(&[b'x'; 4000], compression);
            for length in 4..whole.len() {
                assert!(decode(&whole[..length]).is_err(), "{compression:?} cut to {length} bytes");
            }
        }
    }
}
