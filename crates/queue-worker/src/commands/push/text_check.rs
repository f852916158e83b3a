//! Whether input is text at all: what is compressed, or written in another encoding, would be cut
//! into tasks that no handler can read, and pushed with success.

/// What stands at the beginning of a UTF-8 file that says so.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Looks at the first bytes of a source: an error for another encoding and for compressed data.
pub(super) fn beginning(bytes: &[u8]) -> Result<(), String> {
    let unpack = |what: &str, by: &str| {
        Err(format!("this is {what} and no text; unpack it first: {by} FILE | queue-worker push"))
    };
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(utf_16("UTF-16")),
        [0x1f, 0x8b, ..] => unpack("gzip", "gzip -dc"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => unpack("zstd", "zstd -dc"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..] => {
            unpack("bzip2", "bzip2 -dc")
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => unpack("xz", "xz -dc"),
        [b'P', b'K', 3, 4, ..] => unpack("a zip archive", "unzip -p"),
        _ => Ok(()),
    }
}

/// An error for a line that has a NUL. `behind` is what was read of the lines behind the first one,
/// where the line is that: a short line alone does not show whether every second byte is a NUL.
pub(super) fn no_nul_in_line(line: &[u8], behind: Option<&[u8]>) -> Result<(), String> {
    // Of an empty first line of UTF-16LE the NUL stands behind its line end.
    let is_cut = line.is_empty() && behind.is_some_and(|behind| behind.starts_with(b"\0"));
    if memchr::memchr(0, line).is_none() && !is_cut {
        return Ok(());
    }
    match behind {
        Some(behind) => no_nul(&[line, b"\n", behind].concat()),
        // A line of UTF-16LE is cut in the middle of the line end before it.
        None => no_nul(line.strip_prefix(b"\0").filter(|rest| rest.contains(&0)).unwrap_or(line)),
    }
}

/// An error for a part of the input that has a NUL, which no text has. In UTF-16 every second byte
/// is one, as far as the text is ASCII.
pub(super) fn no_nul(bytes: &[u8]) -> Result<(), String> {
    if memchr::memchr(0, bytes).is_none() {
        return Ok(());
    }
    let nuls = |at: usize| bytes.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let (evens, odds) = (bytes.len().div_ceil(2), bytes.len() / 2);
    // Not every character has to be ASCII, and a line that is cut out of UTF-16 begins or ends in
    // the middle of one.
    let is_little = odd >= 2 && odd * 4 >= odds * 3 && even * 4 <= evens;
    let is_big = even >= 2 && even * 4 >= evens * 3 && odd * 4 <= odds;
    Err(if is_little || is_big {
        utf_16(if is_little { "UTF-16LE" } else { "UTF-16BE" })
    } else {
        "there is a NUL byte, which no text has: is this binary data? Encode it first, as base64 \
         does"
            .to_owned()
    })
}

/// The words for input whose lines end with CR alone.
pub(super) const CR_ALONE: &str = "its lines end with CR alone, as an old spreadsheet writes them, \
     and only LF ends a line: all of it would be one task; convert it first: tr '\\r' '\\n' < FILE \
     | queue-worker push";

/// Whether a line that has lost its own end has a CR inside it.
pub(super) fn has_inner_return(line: &[u8]) -> bool {
    memchr::memchr(b'\r', line).is_some()
}

fn utf_16(encoding: &str) -> String {
    format!(
        "this is UTF-16, as PowerShell writes it; convert it first: iconv -f {encoding} -t UTF-8"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_data_and_utf_16_are_told_by_their_first_bytes() {
        for (bytes, says) in [
            (&b"\x1f\x8b\x08\x00"[..], "gzip -dc"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd -dc"),
            (b"\xff\xfea\0", "iconv -f UTF-16 "),
            (b"\xfe\xff\0a", "iconv -f UTF-16 "),
            (b"BZh91AY&SY\x0f", "bzip2 -dc"),
            (b"\xfd7zXZ\0\0\x04", "xz -dc"),
            (b"PK\x03\x04\x14", "unzip -p"),
        ] {
            assert!(beginning(bytes).unwrap_err().contains(says), "{says}");
        }
        for text in [&b""[..], b"(\xb5/", b"\xef\xbb\xbftask", b"BZh9 is a task", b"PK"] {
            assert_eq!(beginning(text), Ok(()));
        }
    }

    #[test]
    fn a_nul_in_every_second_byte_is_utf_16_and_any_other_is_no_text() {
        for (bytes, says) in [
            (&b"t\0a\0s\0k\0"[..], "UTF-16LE"),
            (b"t\0a\0s\0k\0\r\0", "UTF-16LE"),
            (b"\0t\0a\0s\0k\0", "UTF-16BE"),
            (b"a task\0", "NUL byte"),
            (b"\0", "NUL byte"),
            (b"1,\0", "NUL byte"),
            (b"b\0", "NUL byte"),
            (b"\0\0\0\0\0\0\0\0", "NUL byte"),
        ] {
            let error = no_nul(bytes).unwrap_err();
            assert!(error.contains(says), "{}: {error}", bytes.escape_ascii());
        }
        assert_eq!(no_nul("task é".as_bytes()), Ok(()));
    }

    #[test]
    fn utf_16_without_a_mark_is_told_by_its_first_line_however_short_that_is() {
        for text in ["1\n2\n", "1\n", "\n\n", "7\r\n日本\r\n8\r\n", "a task\n"] {
            for (encoding, bytes) in [
                ("UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
                ("UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            ] {
                let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
                let told = no_nul_in_line(&bytes[..end], Some(&bytes[end + 1..])).unwrap_err();
                assert!(told.contains(encoding), "{text:?} in {encoding}: {told}");
            }
        }
        // The first line has no NUL where none of its characters is ASCII.
        assert!(no_nul_in_line(b"\0t\0a\0s\0k\0\r\0", None).unwrap_err().contains("UTF-16LE"));
        assert!(no_nul_in_line(b"a\0b", Some(b"more")).unwrap_err().contains("NUL byte"));
    }
}
