//! Which format a log has, found by looking.

use super::{Format, JsonFields, Line, Parser};

/// The formats that are tried, the one that says more first: what fits a format with fewer fields may fit one with more.
const TRIED: [&str; 9] =
    ["json", "w3c", "aws-alb", "nginx-timed", "combined-time", "vhost-combined", "combined", "vhost-common", "common"];

/// Lines that are looked at, at most.
const LINES: usize = 200;

/// A log whose format nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the first lines are of no known format (tried {}); the first one is {first:?}; give the format with --format: a name or the \
     server's own LogFormat string", TRIED.join(", ")
)]
pub struct SniffError {
    /// The beginning of the first line.
    first: String,
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
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let lines: Vec<&[u8]> =
        whole.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(LINES).collect();
    let Some(first) = lines.first() else { return Ok(None) };
    let mut best: Option<(usize, Format)> = None;
    for format in
        TRIED.into_iter().filter_map(|name| if name == json.name() { Some(json.clone()) } else { Format::named(name) })
    {
        let mut parser = Parser::new(&format);
        let (mut entries, mut directives) = (0, 0);
        for line in &lines {
            match parser.parse(line) {
                Ok(Line::Entry(_)) => entries += 1,
                Ok(Line::Nothing) => directives += 1,
                Err(_) => {}
            }
        }
        let of = lines.len() - directives;
        let fits = if of == 0 { directives > 0 } else { entries * 2 > of };
        if fits && best.as_ref().is_none_or(|(most, _)| entries > *most) {
            best = Some((entries, format));
        }
    }
    let beginning = || String::from_utf8_lossy(&first[..first.len().min(160)]).into_owned();
    best.map(|(_, format)| Some(format)).ok_or_else(|| SniffError { first: beginning() })
}
