//! Undoing compression, which is recognised by the first bytes.

use std::io::{self, BufRead, Read};

use super::gzip::Members;
use super::kind::Compression;

/// The largest window of a zstd frame, as a power of two: 32 MiB, which level 20 uses. A reader
/// must keep that much of what it has read, which has to fit into a pod with 64 MiB of memory. The
/// library's own default is 128 MiB.
const LARGEST_WINDOW: u32 = 25;

/// Turns the library's error about a larger window into one that says what to do.
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use clap::ValueEnum as _;

    use super::*;
    use crate::compression::Encoder;

    fn encode(bytes: &[u8], compression: Compression) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new(), compression).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The kinds that compress.
    fn compressing() -> impl Iterator<Item = Compression> {
        Compression::value_variants().iter().copied().filter(|kind| *kind != Compression::None)
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
        for compression in compressing() {
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
        for compression in compressing() {
            let whole = encode(&[b'x'; 4000], compression);
            for length in 4..whole.len() {
                assert!(decode(&whole[..length]).is_err(), "{compression:?} cut to {length} bytes");
            }
        }
    }
}
