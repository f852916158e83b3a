//! Formats that are not what the workers read, by their first bytes, so that an error can name
//! them.

/// A format by the bytes that it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What people call it, with its article.
    pub name: &'static str,
    /// How it becomes what the workers read.
    pub remedy: &'static str,
    magic: &'static [u8],
}

const fn foreign(magic: &'static [u8], name: &'static str, remedy: &'static str) -> Foreign {
    Foreign { name, remedy, magic }
}

const EXPORT: &str = "export it as CSV in UTF-8";
const UNPACK: &str =
    "unpack it, and give the files inside as they are or compressed with gzip, zstd, bzip2 or xz";

/// Its magic bytes come later in the file.
const TAR: &Foreign = &foreign(b"ustar", "a tar archive", UNPACK);

/// Taken from the formats' own documents.
const FOREIGN: &[Foreign] = &[
    foreign(
        b"PK\x03\x04",
        "a zip archive (or an Excel or OpenDocument workbook)",
        "unpack it, or export the sheet as CSV in UTF-8",
    ),
    foreign(
        b"PK\x05\x06",
        "an empty zip archive",
        "unpack it, or export the sheet as CSV in UTF-8",
    ),
    foreign(
        b"PAR1",
        "a Parquet file",
        "partition-worker validate reads it (--input-format parquet, or a name that ends in \
         .parquet); for others export it as CSV in UTF-8",
    ),
    foreign(b"PARE", "an encrypted Parquet file", EXPORT),
    foreign(b"Obj\x01", "an Avro file", EXPORT),
    foreign(b"ORC", "an ORC file", EXPORT),
    foreign(b"ARROW1\0\0", "an Arrow file", EXPORT),
    foreign(b"SQLite format 3\0", "an SQLite database", EXPORT),
    foreign(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", EXPORT),
    foreign(b"%PDF-", "a PDF document", EXPORT),
    foreign(
        b"\x1f\x8b",
        "gzip inside its own compression",
        "it was compressed twice: unpack it once",
    ),
    foreign(
        b"\x28\xb5\x2f\xfd",
        "zstd inside its own compression",
        "it was compressed twice: unpack it once",
    ),
    foreign(b"BZh", "bzip2 inside its own compression", "it was compressed twice: unpack it once"),
    foreign(
        b"\xfd7zXZ\0",
        "xz inside its own compression",
        "it was compressed twice: unpack it once",
    ),
    foreign(b"\x04\x22\x4d\x18", "an lz4 file", UNPACK),
    foreign(b"\xff\x06\0\0sNaPpY", "a snappy file", UNPACK),
    foreign(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    foreign(b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    foreign(b"\x1f\x9d", "a file of compress (.Z)", UNPACK),
    foreign(
        b"<?xml",
        "an XML document, perhaps a server's error in the place of the file",
        "look into it",
    ),
    foreign(
        b"<!DOCTYPE html",
        "an HTML page, perhaps a log-in or error page in the place of the file",
        "look into it",
    ),
    foreign(
        b"<html",
        "an HTML page, perhaps a log-in or error page in the place of the file",
        "look into it",
    ),
];

impl Foreign {
    /// The format that `first_bytes` (decompressed) are the beginning of, if they are of one.
    pub fn of(first_bytes: &[u8]) -> Option<&'static Foreign> {
        if first_bytes.get(257..262) == Some(b"ustar") {
            return Some(TAR);
        }
        FOREIGN.iter().find(|foreign| {
            let begins = |magic: &[u8]| {
                first_bytes
                    .get(..magic.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(magic))
            };
            match foreign.magic {
                [b'<', ..] => begins(foreign.magic),
                // The header of a CSV file may begin like that, too: ORCID, PARENT, PAR1.
                b"PAR1" | b"PARE" | b"ORC" => {
                    first_bytes.strip_prefix(foreign.magic).is_some_and(is_binary)
                }
                b"BZh" => {
                    matches!(first_bytes, [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..])
                }
                magic => first_bytes.starts_with(magic),
            }
        })
    }
}

/// Whether what follows a magic of letters is no text: a line feed at once, or a control character
/// that no text has among the next 64 bytes.
fn is_binary(rest: &[u8]) -> bool {
    rest.first() == Some(&b'\n')
        || rest.iter().take(64).any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes_and_text_is_none() {
        for (bytes, name) in [
            (b"PK\x03\x04\x14\0".as_slice(), "zip"),
            (b"PAR1\x15\x04", "Parquet"),
            (b"\x1f\x8b\x08\0", "gzip inside"),
            (b"BZh91AY", "bzip2 inside"),
            (b"<!doctype HTML>\n", "HTML"),
            (b"ORC\x0a", "ORC"),
        ] {
            assert!(
                Foreign::of(bytes).is_some_and(|foreign| foreign.name.contains(name)),
                "{name}"
            );
        }
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(Foreign::of(&tar).map(|foreign| foreign.name), Some("a tar archive"));
        for text in [
            "id,n\n1,2\n",
            "",
            "P",
            "PARTNER,x\n",
            "BZ,h\n",
            "ORCID,name\n",
            "PARENT,child\n",
            "PAR1\tPAR2\n",
            "BZh,n\n",
        ] {
            assert_eq!(Foreign::of(text.as_bytes()), None, "{text:?}");
        }
    }
}
