//! Undoing compression, which is recognised by the first bytes.

use std::io::{self, BufRead, Read};

use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::XzReader;

use super::gzip::Members;
use super::kind::InputCompression;

/// The largest window of a zstd frame, as a power of two: 32 MiB, which level 20 uses. A reader
/// must keep that much of what it has read, which has to fit into a pod with 64 MiB of memory. The
/// library's own default is 128 MiB.
const LARGEST_WINDOW: u32 = 25;

/// KiB that a block of an xz file may need: a dictionary of 32 MiB, which preset 8 uses, and what
/// the decoder keeps beside it.
const LARGEST_XZ: u32 = (1 << (LARGEST_WINDOW - 10)) + 1024;

/// Turns the libraries' errors about a larger window into one that says what to do.
fn about_window(error: io::Error) -> io::Error {
    let window = 1u32 << (LARGEST_WINDOW - 20);
    if error.kind() == io::ErrorKind::OutOfMemory {
        return io::Error::other(format!(
            "a block wants more than {window} MiB of memory: compress it with at most xz -8"
        ));
    }
    if error.to_string().contains("too much memory") {
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
    /// All streams of a bzip2 file.
    Bzip2(Box<MultiBzDecoder<R>>),
    /// All streams of an xz file.
    Xz(Box<XzReader<R>>),
}

impl<R: BufRead> Decoder<R> {
    /// Looks at the first bytes of `reader` and decides.
    pub fn new(mut reader: R) -> io::Result<Self> {
        Ok(match InputCompression::of(reader.fill_buf()?) {
            InputCompression::None => Decoder::Plain(reader),
            InputCompression::Gzip => Decoder::Gzip(Box::new(Members::new(reader))),
            InputCompression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
                decoder.window_log_max(LARGEST_WINDOW)?;
                Decoder::Zstd(Box::new(decoder))
            }
            InputCompression::Bzip2 => Decoder::Bzip2(Box::new(MultiBzDecoder::new(reader))),
            InputCompression::Xz => {
                Decoder::Xz(Box::new(XzReader::new_mem_limit(reader, true, LARGEST_XZ)))
            }
        })
    }

    /// How the reader is compressed.
    pub fn compression(&self) -> InputCompression {
        match self {
            Decoder::Plain(_) => InputCompression::None,
            Decoder::Gzip(_) => InputCompression::Gzip,
            Decoder::Zstd(_) => InputCompression::Zstd,
            Decoder::Bzip2(_) => InputCompression::Bzip2,
            Decoder::Xz(_) => InputCompression::Xz,
        }
    }

    /// Gives the reader back.
    pub fn into_inner(self) -> R {
        match self {
            Decoder::Plain(reader) => reader,
            Decoder::Gzip(decoder) => decoder.into_inner(),
            Decoder::Zstd(decoder) => decoder.finish(),
            Decoder::Bzip2(decoder) => decoder.into_inner(),
            Decoder::Xz(decoder) => decoder.into_inner(),
        }
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Decoder::Plain(reader) => reader.read(buffer),
            Decoder::Gzip(reader) => reader.read(buffer),
            Decoder::Zstd(reader) => reader.read(buffer).map_err(about_window),
            Decoder::Bzip2(reader) => reader.read(buffer),
            Decoder::Xz(reader) => reader.read(buffer).map_err(about_window),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::compression::{Compression, Encoder};

    /// The kinds that compress.
    const COMPRESSING: [InputCompression; 4] = [
        InputCompression::Gzip,
        InputCompression::Zstd,
        InputCompression::Bzip2,
        InputCompression::Xz,
    ];

    fn encode(bytes: &[u8], compression: InputCompression) -> Vec<u8> {
        let ours = |compression| {
            let mut encoder = Encoder::new(Vec::new(), compression).unwrap();
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        match compression {
            InputCompression::None => ours(Compression::None),
            InputCompression::Gzip => ours(Compression::Gzip),
            InputCompression::Zstd => ours(Compression::Zstd),
            InputCompression::Bzip2 => {
                let level = bzip2::Compression::default();
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            InputCompression::Xz => xz(bytes, 6),
        }
    }

    fn xz(bytes: &[u8], preset: u32) -> Vec<u8> {
        let options = lzma_rust2::XzOptions::with_preset(preset);
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decode(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut decoded = Vec::new();
        Decoder::new(bytes)?.read_to_end(&mut decoded).map(|_| decoded)
    }

    #[test]
    fn what_was_encoded_is_recognised_and_decoded() {
        for compression in [&COMPRESSING[..], &[InputCompression::None]].concat() {
            for bytes in [&b"a,b\n1,2\n"[..], b""] {
                let encoded = encode(bytes, compression);
                assert_eq!(InputCompression::of(&encoded), compression);
                assert_eq!(decode(&encoded).unwrap(), bytes);
                assert_eq!(encoded, encode(bytes, compression));
            }
        }
    }

    #[test]
    fn what_the_tools_themselves_write_is_read() {
        // printf 'a,b\n1,2\n' | bzip2, and the same with xz.
        let bzip2 =
            b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xbf\x87\x40\x7f\x00\x00\x03\x59\x00\x00\
            \x10\x00\x04\x30\x00\x30\x00\x20\x00\x30\xc0\x08\x69\xb2\x88\x23\x27\x8b\xb9\x22\
            \x9c\x28\x48\x5f\xc3\xa0\x3f\x80";
        let xz =
            b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\
            \x74\x2f\xe5\xa3\x01\x00\x07\x61\x2c\x62\x0a\x31\x2c\x32\x0a\x00\xbe\x9c\xbd\x49\
            \xb5\x12\x2a\xfe\x00\x01\x20\x08\xbb\x19\xd9\xbb\x1f\xb6\xf3\x7d\x01\x00\x00\x00\
            \x00\x04\x59\x5a";
        for (bytes, compression) in
            [(&bzip2[..], InputCompression::Bzip2), (&xz[..], InputCompression::Xz)]
        {
            assert_eq!(InputCompression::of(bytes), compression);
            assert_eq!(decode(bytes).unwrap(), b"a,b\n1,2\n");
        }
        // xz pads a file with zeros by fours.
        assert_eq!(decode(&[&xz[..], &[0; 8], xz].concat()).unwrap(), b"a,b\n1,2\n".repeat(2));
        for behind in [&b"x"[..], &[0; 3], b"more text behind it"] {
            assert!(decode(&[&xz[..], behind].concat()).is_err(), "{behind:?}");
            assert!(decode(&[&bzip2[..], behind].concat()).is_err(), "{behind:?}");
        }
    }

    #[test]
    fn a_text_that_begins_like_a_magic_is_a_text() {
        for text in ["BZh,n\n1,2\n", "BZh91\n", "7zXZ\n", "BZh91AYxyz\n"] {
            assert_eq!(decode(text.as_bytes()).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn an_xz_file_whose_dictionary_would_fill_the_memory_is_refused() {
        assert_eq!(decode(&xz(b"a,b\n", 8)).unwrap(), b"a,b\n");
        let error = decode(&xz(b"a,b\n", 9)).unwrap_err().to_string();
        assert!(error.contains("more than 32 MiB") && error.contains("xz -8"), "{error}");
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
        for compression in COMPRESSING {
            let two = [encode(b"one", compression), encode(b"two", compression)].concat();
            assert_eq!(decode(&two).unwrap(), b"onetwo");
        }
    }

    #[test]
    fn zeros_behind_a_gzip_member_are_padding_and_anything_else_is_an_error() {
        let member = encode(b"a,b\n1,2\n", InputCompression::Gzip);
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
        for compression in COMPRESSING {
            let whole = encode(&[b'x'; 4000], compression);
            // Fewer bytes than a magic has are no compressed file.
            for length in 10..whole.len() {
                assert!(decode(&whole[..length]).is_err(), "{compression:?} cut to {length} bytes");
            }
        }
    }
}
