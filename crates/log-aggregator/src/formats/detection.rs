//! Which format a log has, found by looking at its first lines.

use job_files::Foreign;

use super::format::Format;
use super::json::JsonFields;
use super::known;
use super::layout::Progress;
use super::line::Line;
use super::parser::Parser;
use super::remark::Remark;
use super::unparsed::Unparsed;
use super::unwrapper::{Inside, Unwrapper};
use super::w3c;
use super::wrapper::Wrapper;

/// The most lines that are looked at.
const LINES: usize = 200;

/// A log that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetectionError {
    /// Its lines have no known format.
    #[error(
        "the first lines {wrapped}are of no known format; the first one is {first:?}; {} (tried \
         {})",
        why.as_deref().unwrap_or_else(|| remedy(first)),
        known::tried().join(", ")
    )]
    Unknown {
        /// The beginning of the first line.
        first: String,
        /// What stands around them, as words of the sentence.
        wrapped: String,
        /// What is wrong with it, where that can be told.
        why: Option<String>,
    },
    /// It is compressed, or an archive, or something else that is not text.
    #[error(
        "it is {name}, which is not read: unpack or convert it to plain text, which may be \
         compressed by gzip, zstd, bzip2 or xz"
    )]
    Foreign {
        /// What it is.
        name: &'static str,
    },
    /// It is text of two bytes a character.
    #[error("it is UTF-16 text, which is not read: convert it by iconv -f UTF-16 -t UTF-8")]
    Utf16,
}

/// What to do about a log whose first line begins like this.
fn remedy(first: &str) -> &'static str {
    if first.trim_start().starts_with('{') {
        "say which fields its JSON has by --fields, such as \
         client=remote.ip,time=when,request=line,status=code"
    } else {
        "say what stands where by --format: a name, or the server's own LogFormat string"
    }
}

/// What a file is that has no lines to look at, whatever format is expected. `None` where it may
/// have some.
pub(crate) fn not_text(head: &[u8]) -> Option<DetectionError> {
    if let Some(Foreign { name, .. }) = Foreign::of(head) {
        return Some(DetectionError::Foreign { name });
    }
    // In UTF-16 without a byte order mark, every other byte of a text in Latin script is 0.
    let alternate = |zero: usize| {
        head.len() >= 32
            && head[..32].iter().enumerate().all(|(at, byte)| (at % 2 == zero) == (*byte == 0))
    };
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    (marked || alternate(0) || alternate(1)).then_some(DetectionError::Utf16)
}

/// The format of a log that begins with `head`: the one by which most of its first lines can be
/// read, and more than half of them. `None` where there is no line at all. The last line may be cut
/// off, so it is left out unless it is the only one.
///
/// # Errors
///
/// If neither one format nor two fit more than half of the lines.
pub fn detect(head: &[u8]) -> Result<Option<Format>, DetectionError> {
    detect_with(head, &Format::json(JsonFields::default()))
}

/// The same, where JSON lines are read as `json` says.
///
/// # Errors
///
/// If neither one format nor two fit more than half of the lines.
pub fn detect_with(head: &[u8], json: &Format) -> Result<Option<Format>, DetectionError> {
    if let Some(error) = not_text(head) {
        return Err(error);
    }
    let lines = first_lines(head);
    // The first line that says something of a request, where it can be told.
    let first = lines.iter().find(|line| !line.starts_with(b"#")).or(lines.first());
    let Some(first) = first else { return Ok(None) };
    let bare = best(&lines, json);
    // A word before the client may be a host, or part of a wrapper: a time, or the name of a pod.
    if let Some(format) = bare.as_ref().filter(|format| !format.name().starts_with("vhost-")) {
        return Ok(Some(format.clone()));
    }
    let mut around = None;
    for wrapper in Wrapper::ALL {
        let (inside, pieces) = unwrapped(wrapper, &lines);
        let of = lines.len() - pieces;
        let Some(first) = inside.first().filter(|_| inside.len() * 2 > of) else { continue };
        let refs: Vec<&[u8]> = inside.iter().map(Vec::as_slice).collect();
        if let Some(format) = best(&refs, json) {
            return Ok(Some(format.within(wrapper)));
        }
        around = around.or_else(|| Some((wrapper, first.clone())));
    }
    if let Some(format) = bare {
        return Ok(Some(format));
    }
    match around {
        Some((wrapper, first)) => {
            Err(unknown(&first, format!("inside the {} ", wrapper.name()), json))
        }
        None => match more_frequent_of_two(&lines, json) {
            Some(format) => Ok(Some(format)),
            None => Err(unknown(first, String::new(), json)),
        },
    }
}

fn unknown(first: &[u8], wrapped: String, json: &Format) -> DetectionError {
    let why = json
        .explain(first)
        .or_else(|| no_requests(first).map(str::to_owned))
        .or_else(|| nearly(first));
    DetectionError::Unknown { first: beginning(first), wrapped, why }
}

/// Where a line stops to be of a known format.
fn nearly(line: &[u8]) -> Option<String> {
    let (name, Progress { at, why, .. }) = Format::nearest(line)?;
    let there = String::from_utf8_lossy(&line[at..line.len().min(at + 40)]);
    Some(format!(
        "it is nearly {name}, but at byte {at}, {there:?}, {why}; say what stands where by \
         --format: the server's own LogFormat or log_format string"
    ))
}

/// What a log is that has no requests in it, by one of its lines.
fn no_requests(line: &[u8]) -> Option<&'static str> {
    let has = |text: &[u8]| memchr::memmem::find(line, text).is_some();
    if line.starts_with(b"tls ") && has(b" net/") {
        return Some(
            "these are connections of an AWS Network Load Balancer and not requests, so that no \
             --format reads them: leave them out of --input",
        );
    }
    // 2024/05/12 08:00:00 [error] 7#7: of nginx, [Sun May 12 08:00:00.1 2024] [core:error] of
    // Apache.
    if w3c::has_command(line) {
        return Some(
            "this is a log of an FTP or mail server and not of requests, so that no --format reads \
             it: leave it out of --input",
        );
    }
    if line.starts_with(b"[") && (has(b"] ") && has(b" TLSv1") && !has(b"\" 2")) {
        return Some(
            "this is Apache's ssl_request_log, whose requests are in ssl_access_log, too: leave it \
             out of --input, by a glob such as ssl_access_log*",
        );
    }
    let level = [b"emerg]", b"alert]", b"error]", b"debug]"].iter().any(|level| has(*level))
        || [b"crit]", b"warn]", b"info]"].iter().any(|level| has(*level))
        || has(b"notice]");
    let is_nginx = line.get(4) == Some(&b'/') && line.get(19..21) == Some(b" [");
    let is_apache = line.starts_with(b"[") && has(b"] [");
    (level && (is_nginx || is_apache)).then_some(
        "this is a log of errors and not of requests, so that no --format reads it: leave it out \
         of --input, by a glob such as access.log*",
    )
}

/// A format that was given by a setting, for a log that begins with `head`: as it is, or inside a
/// wrapper where more lines can be read when that is taken off.
pub(crate) fn fitted(format: &Format, head: &[u8]) -> Format {
    let lines = first_lines(head);
    let bare = LineFit::of(format, &lines);
    let wrapped = |wrapper: Wrapper| {
        let (inside, _) = unwrapped(wrapper, &lines);
        let refs: Vec<&[u8]> = inside.iter().map(Vec::as_slice).collect();
        LineFit::of(format, &refs).entries > bare.entries
    };
    match Wrapper::ALL
        .into_iter()
        .find(|wrapper| bare.entries * 2 < lines.len() && wrapped(*wrapper))
    {
        Some(wrapper) => format.clone().within(wrapper),
        None => format.clone(),
    }
}

/// The lines that are complete and not blank.
fn first_lines(head: &[u8]) -> Vec<&[u8]> {
    let whole = memchr::memrchr(b'\n', head).map_or(head, |end| &head[..end]);
    let is_text = |line: &&[u8]| line.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0);
    whole.split(|byte| *byte == b'\n').filter(is_text).take(LINES).collect()
}

/// What is inside the lines that have such a wrapper, and how many of them are pieces of others.
fn unwrapped(wrapper: Wrapper, lines: &[&[u8]]) -> (Vec<Vec<u8>>, usize) {
    let (mut unwrapper, mut inside, mut pieces) = (Unwrapper::default(), Vec::new(), 0);
    for line in lines {
        match unwrapper.take(wrapper, line.strip_suffix(b"\r").unwrap_or(line)) {
            Some(Inside::Line(line)) => inside.push(line.to_vec()),
            Some(Inside::Piece) => pieces += 1,
            None => {}
        }
    }
    (inside, pieces)
}

fn beginning(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(160)]).into_owned()
}

/// The format that most of the lines fit, and more than half.
fn best(lines: &[&[u8]], json: &Format) -> Option<Format> {
    let mut best: Option<(usize, Format)> = None;
    for format in tried(json) {
        let fit = LineFit::of(&format, lines);
        let of = lines.len() - fit.directives - fit.messages;
        let is_empty = of == 0 && fit.messages == 0;
        let fits = if is_empty { fit.directives > 0 } else { fit.entries * 2 > of };
        // A line with further fields fits, but a format that knows them fits better.
        let score = 2 * fit.entries - fit.going_on;
        if fits && best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, format));
        }
    }
    best.map(|(_, format)| format)
}

/// The more frequent of two formats by which more than half of the lines can be read together: the
/// lines of the other one are read as [`Others`](super::others::Others) says.
fn more_frequent_of_two(lines: &[&[u8]], json: &Format) -> Option<Format> {
    let most = |lines: &[&[u8]]| {
        let formats = tried(json).map(|format| (LineFit::of(&format, lines).entries, format));
        // The first of equal ones says more.
        formats.rev().max_by_key(|(entries, _)| *entries).filter(|(entries, _)| *entries > 0)
    };
    let (first, one) = most(lines)?;
    let mut parser = Parser::new(&one);
    let others: Vec<&[u8]> =
        lines.iter().copied().filter(|line| parser.parse(line).is_err()).collect();
    let (second, _) = most(&others)?;
    ((first + second) * 2 > lines.len()).then_some(one)
}

/// The formats that are tried, in their order; JSON lines are read as `json` says.
fn tried(json: &Format) -> impl DoubleEndedIterator<Item = Format> {
    let named = |name| if name == json.name() { Some(json.clone()) } else { Format::named(name) };
    known::tried().into_iter().filter_map(named)
}

/// Whether a line of JSON has a level, as messages have.
fn has_level(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"\"level\"").is_some()
}

/// How lines fit a format.
#[derive(Default)]
struct LineFit {
    entries: usize,
    /// Entries with more behind their last field.
    going_on: usize,
    directives: usize,
    /// Lines of JSON that say what the server does, which some write among those of requests.
    messages: usize,
}

impl LineFit {
    fn of(format: &Format, lines: &[&[u8]]) -> LineFit {
        let mut parser = Parser::new(format);
        let mut fit = LineFit::default();
        for line in lines {
            match parser.parse(line) {
                Ok(Line::Entry(entry)) => {
                    fit.entries += 1;
                    fit.going_on +=
                        usize::from(entry.remarks.iter().any(|remark| remark == Remark::GoesOn));
                }
                Ok(Line::Nothing) => fit.directives += 1,
                Err(Unparsed::Client) if format.is_json() && has_level(line) => fit.messages += 1,
                Err(_) => {}
            }
        }
        fit
    }
}
