//! Which format a log has, found by looking.

use crate::remark::Remark;

use super::{Format, JsonFields, Line, Parser};

/// The formats that are tried, the one that says more first: what fits a format with fewer fields may fit one with more. `combined-time` is
/// none of them: numbers behind a line may be times, sizes or anything.
const TRIED: [&str; 11] = [
    "json",
    "w3c",
    "aws-alb",
    "ingress-nginx",
    "traefik-clf",
    "nginx-timed",
    "nginx-main",
    "vhost-combined",
    "combined",
    "vhost-common",
    "common",
];

/// Lines that are looked at, at most.
const LINES: usize = 200;

/// A log that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SniffError {
    /// Its lines are of no format that is known.
    #[error(
        "the first lines are of no known format (tried {}); the first one is {first:?}; give the format with --format: a name or the \
         server's own LogFormat string", TRIED.join(", ")
    )]
    Unknown {
        /// The beginning of the first line.
        first: String,
    },
    /// It is compressed, or an archive, in a way that is not read.
    #[error("it is {kind} data, which is not read: unpack it by {program}, or compress it by gzip or zstd")]
    Compressed {
        /// The format.
        kind: &'static str,
        /// What unpacks it.
        program: &'static str,
    },
    /// It is text of two bytes a character.
    #[error("it is UTF-16 text, which is not read: convert it by iconv -f UTF-16 -t UTF-8")]
    Utf16,
}

/// What a file is that has no lines to be looked at, whatever format is expected. `None` where it may have some.
pub fn foreign(head: &[u8]) -> Option<SniffError> {
    const MAGIC: [(&[u8], &str, &str); 6] = [
        (b"BZh", "bzip2", "bunzip2"),
        (b"\xfd7zXZ\0", "xz", "unxz"),
        (b"PK\x03\x04", "zip", "unzip"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z"),
        (b"\x04\x22\x4d\x18", "lz4", "unlz4"),
        (b"\x1f\x9d", "compress (.Z)", "uncompress"),
    ];
    if let Some((_, kind, program)) = MAGIC.into_iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some(SniffError::Compressed { kind, program });
    }
    // A tar archive says so behind the entry of its first file.
    if head.get(257..262) == Some(b"ustar") {
        return Some(SniffError::Compressed { kind: "tar", program: "tar -x" });
    }
    // Without a mark, every other byte of a text in a Latin script is 0.
    let alternate = |zero: usize| {
        head.len() >= 32 && head[..32].iter().enumerate().all(|(at, byte)| (at % 2 == zero) == (*byte == 0))
    };
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    (marked || alternate(0) || alternate(1)).then_some(SniffError::Utf16)
}

/// The format of a log that begins with `head`, by its first lines: that by which most of them can be read, and more than
/// half. `None` where there is no line at all. A last line that may be cut off is not looked at, unless it is the only one.
///
/// # Errors
///
/// Where no format fits more than half of the lines.
pub fn sniff(head: &[u8]) -> Result<Option<Format>, SniffError> {
    sniff_with(head, &Format::json(JsonFields::default()))
}

/// The same, where JSON lines are read as `json` says.
///
/// # Errors
///
/// Where no format fits more than half of the lines.
pub fn sniff_with(head: &[u8], json: &Format) -> Result<Option<Format>, SniffError> {
    if let Some(foreign) = foreign(head) {
        return Err(foreign);
    }
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let is_text = |line: &&[u8]| line.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    let lines: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').filter(is_text).take(LINES).collect();
    let Some(first) = lines.first() else { return Ok(None) };
    let mut best: Option<(usize, Format)> = None;
    for format in
        TRIED.into_iter().filter_map(|name| if name == json.name() { Some(json.clone()) } else { Format::named(name) })
    {
        let mut parser = Parser::new(&format);
        // A line that goes on behind its fields fits, and better fits a format that has them.
        let (mut entries, mut going_on, mut directives) = (0, 0, 0);
        for line in &lines {
            match parser.parse(line) {
                Ok(Line::Entry(entry)) => {
                    entries += 1;
                    going_on += usize::from(entry.remarks.iter().any(|remark| remark == Remark::GoesOn));
                }
                Ok(Line::Nothing) => directives += 1,
                Err(_) => {}
            }
        }
        let of = lines.len() - directives;
        let fits = if of == 0 { directives > 0 } else { entries * 2 > of };
        let score = 2 * entries - going_on;
        if fits && best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, format));
        }
    }
    let beginning = || String::from_utf8_lossy(&first[..first.len().min(160)]).into_owned();
    best.map(|(_, format)| Some(format)).ok_or_else(|| SniffError::Unknown { first: beginning() })
}
