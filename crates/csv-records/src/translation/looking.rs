//! What the first bytes of a file show of its encoding.

use super::encoding_name::{InputEncoding, OtherEncoding};
use crate::encoding::UTF8_MARK;

/// NULs are rare in text of one byte a character, and in UTF-16 every second byte of ASCII is one:
/// of the first bytes, one in so many has to be a NUL for UTF-16 without a mark.
const NULS_OF_UTF16: usize = 16;

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It is UTF-8; a mark, if any, still stands there.
    Utf8,
    /// It is to be decoded, from behind its mark of so many bytes.
    Decode {
        /// The encoding.
        encoding: OtherEncoding,
        /// Bytes of the mark.
        mark: usize,
    },
}

/// Why the first bytes cannot be what a file is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookedWrong {
    /// The mark of another encoding.
    #[error(
        "it begins with the byte order mark of {found}, and --encoding says {said}: give {found}"
    )]
    OtherMark {
        /// The encoding of the mark.
        found: &'static str,
        /// The encoding that was given.
        said: InputEncoding,
    },
    /// A mark of an encoding that is not read.
    #[error(
        "it begins with the byte order mark of UTF-32: convert it first (iconv -f utf-32 -t utf-8)"
    )]
    Utf32,
    /// The byte order of UTF-16 cannot be told.
    #[error(
        "its byte order cannot be told, as it has no byte order mark: give --encoding utf-16le or \
         utf-16be"
    )]
    ByteOrder,
    /// NULs, and not as in UTF-16.
    #[error(
        "its encoding cannot be told by looking: it has NULs, and not where UTF-16 has them; give \
         --encoding by its name, if it is text"
    )]
    Nuls,
    /// Neither UTF-16 nor UTF-8.
    #[error(
        "its encoding cannot be told by looking: it is not UTF-8 (byte {at}), and encodings of one \
         byte a character look all alike; give it by its name, such as --encoding windows-1252"
    )]
    NotUtf8 {
        /// The first byte that is not UTF-8.
        at: usize,
    },
}

/// Finds out how a file with these `first_bytes` is to be read that is `said` to have an encoding;
/// `whole` says that the file has no more bytes.
///
/// # Errors
///
/// If the bytes contradict what is said, or do not show what is asked.
pub fn look(first_bytes: &[u8], whole: bool, said: InputEncoding) -> Result<Looked, LookedWrong> {
    let is_utf16 =
        |is_big: bool, mark| Looked::Decode { encoding: OtherEncoding::utf16(is_big), mark };
    let found = match first_bytes {
        // UTF-32 in little-endian order begins as UTF-16 does. Two NULs behind the mark would be
        // the character NUL.
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Err(LookedWrong::Utf32),
        [0xff, 0xfe, ..] => Some(("utf-16le", is_utf16(false, 2))),
        [0xfe, 0xff, ..] => Some(("utf-16be", is_utf16(true, 2))),
        bytes if bytes.starts_with(UTF8_MARK) => Some(("utf-8", Looked::Utf8)),
        _ => None,
    };
    if let Some((found, looked)) = found {
        let agrees = match said {
            InputEncoding::Auto => true,
            InputEncoding::Utf8 => found == "utf-8",
            InputEncoding::Utf16 => found != "utf-8",
            InputEncoding::Other(other) => other.name == found,
        };
        return if agrees { Ok(looked) } else { Err(LookedWrong::OtherMark { found, said }) };
    }
    match said {
        InputEncoding::Utf8 => Ok(Looked::Utf8),
        InputEncoding::Other(encoding) => Ok(Looked::Decode { encoding, mark: 0 }),
        InputEncoding::Utf16 => match byte_order(first_bytes) {
            _ if first_bytes.is_empty() => Ok(is_utf16(false, 0)),
            Some(is_big) => Ok(is_utf16(is_big, 0)),
            None => Err(LookedWrong::ByteOrder),
        },
        InputEncoding::Auto => {
            if let Some(is_big) = byte_order(first_bytes) {
                return Ok(is_utf16(is_big, 0));
            }
            match std::str::from_utf8(first_bytes) {
                _ if count_nuls(first_bytes, 0) * NULS_OF_UTF16 > first_bytes.len() => {
                    Err(LookedWrong::Nuls)
                }
                Err(error) if whole || error.error_len().is_some() => {
                    Err(LookedWrong::NotUtf8 { at: error.valid_up_to() })
                }
                _ => Ok(Looked::Utf8),
            }
        }
    }
}

/// Whether the bytes are UTF-16 in big-endian order (or in little-endian): its ASCII characters
/// have their NULs in the first (or second) byte of two. `None` where the NULs do not say so.
fn byte_order(bytes: &[u8]) -> Option<bool> {
    let (first, second) = (count_nuls(bytes, 0), count_nuls(bytes, 1));
    let first = first - second;
    let many = |nuls: usize, others: usize| {
        nuls * NULS_OF_UTF16 >= bytes.len() && nuls > others * NULS_OF_UTF16
    };
    match (many(first, second), many(second, first)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// All NULs, or with `from` 1 those at odd offsets.
fn count_nuls(bytes: &[u8], from: usize) -> usize {
    let step = from + 1;
    bytes.iter().skip(from).step_by(step).filter(|byte| **byte == 0).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(bytes: &[u8], said: &str) -> Result<Looked, String> {
        look(bytes, true, said.parse().unwrap()).map_err(|wrong| wrong.to_string())
    }

    fn utf16(text: &str, is_big: bool) -> Vec<u8> {
        let units = text.encode_utf16();
        units
            .flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn a_mark_says_what_a_file_is() {
        for is_big in [false, true] {
            let file = utf16("\u{feff}id,n\n", is_big);
            let expected = Ok(Looked::Decode { encoding: OtherEncoding::utf16(is_big), mark: 2 });
            let name = if is_big { "utf-16be" } else { "utf-16le" };
            for said in ["auto", "utf-16", name] {
                assert_eq!(looked(&file, said), expected);
            }
            let other = if is_big { "utf-16le" } else { "utf-16be" };
            for said in [other, "utf-8", "windows-1252"] {
                let wrong = looked(&file, said).unwrap_err();
                assert!(wrong.contains(&format!("mark of {name}, and --encoding says {said}")));
            }
        }
        let marked = b"\xef\xbb\xbfid\n";
        assert_eq!(looked(marked, "auto"), Ok(Looked::Utf8));
        assert_eq!(looked(marked, "utf-8"), Ok(Looked::Utf8));
        assert!(looked(marked, "latin1").unwrap_err().contains("mark of utf-8"));
        assert!(looked(b"\xff\xfe\0\0i\0\0\0", "auto").unwrap_err().contains("UTF-32"));
    }

    #[test]
    fn without_a_mark_utf16_is_told_by_its_nuls_and_nothing_else_is_guessed() {
        for is_big in [false, true] {
            let expected = Ok(Looked::Decode { encoding: OtherEncoding::utf16(is_big), mark: 0 });
            for text in ["id,name\n1,M\u{fc}ller\n", "\n1,\u{65e5}\u{672c}\u{8a9e}\n2,a\n", "a"] {
                assert_eq!(looked(&utf16(text, is_big), "auto"), expected, "{text}");
                assert_eq!(looked(&utf16(text, is_big), "utf-16"), expected, "{text}");
            }
            let no_ascii = utf16("\u{65e5}\u{672c}\u{8a9e}", is_big);
            assert!(looked(&no_ascii, "auto").is_err());
            assert!(looked(&no_ascii, "utf-16").unwrap_err().contains("byte order cannot be told"));
        }
        for text in ["", "id,n\n", "M\u{fc}ller\n", "a\0b, one NUL in a long line of text\n"] {
            assert_eq!(looked(text.as_bytes(), "auto"), Ok(Looked::Utf8), "{text}");
        }
        assert!(looked(b"id\nM\xfcller\n", "auto").unwrap_err().contains("not UTF-8 (byte 4)"));
        assert!(looked(b"\0\0\0i\0\0\0d", "auto").unwrap_err().contains("it has NULs"));
        // What follows may complete the character.
        assert_eq!(look(b"M\xc3", false, InputEncoding::Auto), Ok(Looked::Utf8));
        assert!(look(b"M\xc3", true, InputEncoding::Auto).is_err());
    }
}
