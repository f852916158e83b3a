//! What a person says of the encoding of files, by the names that are in use.

use std::fmt;
use std::str::FromStr;

use encoding_rs::Encoding;

/// The encoding that files are said to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16; the byte order is told by the mark, or by looking.
    Utf16,
    /// What the first bytes show: a mark, UTF-16 or UTF-8.
    Auto,
    /// Another one.
    Other(OtherEncoding),
}

/// An encoding that is neither UTF-8 nor to be found out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OtherEncoding {
    pub(super) encoding: &'static Encoding,
    /// Its usual name, in lower case.
    pub(super) name: &'static str,
    pub(super) rule: Rule,
}

/// Which single bytes are none of the encoding's, although the decoder has a character for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// What the decoder says.
    Decoder,
    /// Those that would be the control characters U+0080 to U+009F: the standards of these code
    /// pages have none, and in a file they are a sign of another code page.
    NoControls,
    /// Those from 0x80 to 0x9f: ISO 8859 leaves them free.
    Iso8859,
    /// All from 0x80 on.
    Ascii,
    /// What the decoder says, but for 0x80 where it is not the second byte of a character: it has a
    /// control character for it, and JIS X 0208 has none.
    ShiftJis,
}

/// A name that stands for no encoding that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no encoding that can be read: give utf-8, utf-16, utf-16le, utf-16be, \
     windows-1250 to windows-1258, iso-8859-1 to iso-8859-16, us-ascii, koi8-r, macintosh, ibm866, \
     shift_jis, euc-jp, gbk, gb18030, big5, euc-kr or auto; convert others first (iconv -t utf-8)"
)]
pub struct UnknownEncoding(String);

/// Names that are in use and not among the labels of the WHATWG's Encoding Standard.
const ALSO: [(&str, &str); 15] = [
    ("utf8-sig", "utf-8"),
    ("utf-8-sig", "utf-8"),
    ("utf16", "utf-16"),
    ("utf16le", "utf-16le"),
    ("utf16be", "utf-16be"),
    ("utf-16-le", "utf-16le"),
    ("utf-16-be", "utf-16be"),
    ("latin-1", "latin1"),
    ("latin-9", "iso-8859-15"),
    ("latin9", "iso-8859-15"),
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
    ("mac-roman", "macintosh"),
];

/// Encodings with a state of their own from character to character, and those that are none.
const NOT_READ: [&Encoding; 3] =
    [encoding_rs::ISO_2022_JP, encoding_rs::REPLACEMENT, encoding_rs::X_USER_DEFINED];

impl FromStr for InputEncoding {
    type Err = UnknownEncoding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownEncoding(text.to_owned());
        let label = text.trim().to_ascii_lowercase();
        let dashed = label.replace('_', "-");
        let also = ALSO.iter().find(|(name, _)| *name == label || *name == dashed);
        let label = also.map_or(label, |(_, name)| (*name).to_owned());
        match label.as_str() {
            "auto" => return Ok(InputEncoding::Auto),
            "utf-16" => return Ok(InputEncoding::Utf16),
            _ => {}
        }
        let found = Encoding::for_label(label.as_bytes())
            .or_else(|| Encoding::for_label(label.replace('_', "-").as_bytes()));
        let encoding = found.filter(|found| !NOT_READ.contains(found)).ok_or_else(unknown)?;
        if encoding == encoding_rs::UTF_8 {
            return Ok(InputEncoding::Utf8);
        }
        let (name, rule) = name_and_rule(encoding, &label);
        Ok(InputEncoding::Other(OtherEncoding { encoding, name, rule }))
    }
}

/// The WHATWG reads ASCII and some of ISO 8859 as the code page of Windows that has more
/// characters. Here they are what they say: a file with others is said to be another encoding.
fn name_and_rule(encoding: &'static Encoding, label: &str) -> (&'static str, Rule) {
    let is_ascii = label.contains("ascii") || label.contains("ansi") || label.contains("646");
    let is_windows = label.contains("windows") || label.contains("cp") || label.contains("dos");
    let name = match encoding.name() {
        "windows-1252" if is_ascii => return ("us-ascii", Rule::Ascii),
        "windows-1252" if !is_windows => "iso-8859-1",
        "windows-1254" if !is_windows => "iso-8859-9",
        "windows-874" if !is_windows => "iso-8859-11",
        "UTF-16LE" => "utf-16le",
        "UTF-16BE" => "utf-16be",
        "Shift_JIS" => "shift_jis",
        "GBK" => "gbk",
        "Big5" => "big5",
        "EUC-JP" => "euc-jp",
        "EUC-KR" => "euc-kr",
        "IBM866" => "ibm866",
        "KOI8-R" => "koi8-r",
        "KOI8-U" => "koi8-u",
        "ISO-8859-8-I" => "iso-8859-8",
        name => name,
    };
    // The standard's own spelling of the rest of ISO 8859 is in capitals.
    let name = ISO_8859.iter().find(|iso| iso.eq_ignore_ascii_case(name)).copied().unwrap_or(name);
    let rule = match name {
        "shift_jis" => Rule::ShiftJis,
        _ if !encoding.is_single_byte() => Rule::Decoder,
        name if name.starts_with("iso-8859-") => Rule::Iso8859,
        _ => Rule::NoControls,
    };
    (name, rule)
}

const ISO_8859: [&str; 13] = [
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "iso-8859-1",
];

impl OtherEncoding {
    /// Its usual name, in lower case.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether it is UTF-16 in one of its byte orders.
    pub(super) fn is_utf16(self) -> bool {
        self.encoding == encoding_rs::UTF_16LE || self.encoding == encoding_rs::UTF_16BE
    }

    /// UTF-16 in this byte order.
    pub(super) fn utf16(is_big: bool) -> OtherEncoding {
        let (encoding, name) = if is_big {
            (encoding_rs::UTF_16BE, "utf-16be")
        } else {
            (encoding_rs::UTF_16LE, "utf-16le")
        };
        OtherEncoding { encoding, name, rule: Rule::Decoder }
    }
}

impl fmt::Debug for OtherEncoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl fmt::Display for InputEncoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            InputEncoding::Utf8 => "utf-8",
            InputEncoding::Utf16 => "utf-16",
            InputEncoding::Auto => "auto",
            InputEncoding::Other(other) => other.name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_has_the_names_that_people_use() {
        for (label, name) in [
            ("utf-8", "utf-8"),
            ("UTF8", "utf-8"),
            ("utf-8-sig", "utf-8"),
            ("auto", "auto"),
            ("UTF-16", "utf-16"),
            ("utf-16-le", "utf-16le"),
            ("UTF-16BE", "utf-16be"),
            ("latin1", "iso-8859-1"),
            ("latin-1", "iso-8859-1"),
            ("ISO-8859-1", "iso-8859-1"),
            ("iso_8859_15", "iso-8859-15"),
            ("cp1252", "windows-1252"),
            ("Windows-1252", "windows-1252"),
            ("windows_1252", "windows-1252"),
            ("iso-8859-9", "iso-8859-9"),
            ("windows-1254", "windows-1254"),
            ("tis-620", "iso-8859-11"),
            ("windows-874", "windows-874"),
            ("us-ascii", "us-ascii"),
            ("Shift_JIS", "shift_jis"),
            ("cp932", "shift_jis"),
            ("GB18030", "gb18030"),
            ("gb2312", "gbk"),
            ("koi8-r", "koi8-r"),
        ] {
            let encoding: InputEncoding = label.parse().unwrap();
            assert_eq!(encoding.to_string(), name, "{label}");
            assert_eq!(name.parse(), Ok(encoding), "the name itself is a label");
        }
        for label in ["", "utf-7", "utf-32", "cp437", "iso-2022-jp", "x-user-defined", "ebcdic"] {
            assert!(label.parse::<InputEncoding>().is_err(), "{label}");
        }
    }

    #[test]
    fn every_encoding_is_named_in_lower_case_by_a_label_of_its_own() {
        for number in (1..=16).filter(|number| *number != 12) {
            let label = format!("ISO-8859-{number}");
            let encoding: InputEncoding = label.parse().unwrap();
            assert_eq!(encoding.to_string(), label.to_ascii_lowercase());
        }
        for number in 1250..=1258 {
            let label = format!("windows-{number}");
            assert_eq!(label.parse::<InputEncoding>().unwrap().to_string(), label);
        }
    }
}
