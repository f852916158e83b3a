//! What container runtimes, log collectors and terminals put around each line of a log.
//!
//! A wrapper is taken off where the lines fit no format as they are and fit one without it. The
//! wrapper's own time is ignored: the time in the log says when the request was.

use std::borrow::Cow;

use serde::Deserialize;

use super::line::MAX_LINE_BYTES;

/// What stands around a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// `2024-05-12T08:00:00.123456789Z stdout F line`, as containerd and CRI-O write below
    /// `/var/log/pods`.
    Cri,
    /// `{"log":"line\n","stream":"stdout","time":"..."}` of Docker's json-file driver, Fluentd and
    /// Fluent Bit, the same with `message` of Filebeat and with `MESSAGE` of journald.
    Json,
    /// `<190>May 12 08:00:00 host nginx[7]: line`, `<190>1 2024-05-12T08:00:00Z host nginx 7 - -
    /// line`, and both without the number.
    Syslog,
    /// `web-1  | line`, as `docker compose logs` prints it.
    Compose,
    /// `[pod/web-0/nginx] line`, as `kubectl logs --prefix` prints it.
    Kubectl,
    /// `2024-05-12T08:00:00.123456789Z line`, as `kubectl logs --timestamps` and `docker logs
    /// --timestamps` print it.
    Timestamps,
}

#[derive(Deserialize)]
struct JsonRecord<'a> {
    #[serde(borrow, alias = "message", alias = "MESSAGE")]
    log: Cow<'a, str>,
}

impl Wrapper {
    /// All of them, in the order in which they are tried. A line of some others also begins like
    /// one of the last.
    pub(super) const ALL: [Wrapper; 6] = [
        Wrapper::Cri,
        Wrapper::Json,
        Wrapper::Syslog,
        Wrapper::Compose,
        Wrapper::Kubectl,
        Wrapper::Timestamps,
    ];

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Wrapper::Cri => "CRI lines",
            Wrapper::Json => "JSON records (Docker json-file, collectors)",
            Wrapper::Syslog => "syslog lines",
            Wrapper::Compose => "docker compose logs",
            Wrapper::Kubectl => "kubectl logs --prefix",
            Wrapper::Timestamps => "logs --timestamps",
        }
    }

    /// Whether a line may come in pieces, on lines of their own: the other pieces of it may stand
    /// on either side of a place where its file is cut.
    pub(super) fn has_pieces(self) -> bool {
        self == Wrapper::Cri
    }

    /// What is inside the wrapper: in the line itself or, with its escapes undone, in `space`.
    /// `None` where the line has no such wrapper, or is a piece of a longer line.
    pub(super) fn off<'a>(self, line: &'a [u8], space: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        match self {
            Wrapper::Cri => cri(line),
            Wrapper::Json => {
                let inside = match serde_json::from_slice::<JsonRecord<'a>>(line).ok()?.log {
                    Cow::Borrowed(inside) => inside.as_bytes(),
                    Cow::Owned(inside) => {
                        space.clear();
                        space.extend_from_slice(inside.as_bytes());
                        space
                    }
                };
                Some(inside.strip_suffix(b"\n").unwrap_or(inside))
            }
            Wrapper::Syslog => syslog(line),
            Wrapper::Compose => {
                let (name, inside) = split(line, b'|')?;
                let name = name.trim_ascii_end();
                let is_name =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
                (!name.is_empty() && name.iter().all(is_name)).then_some(())?;
                inside.strip_prefix(b" ")
            }
            Wrapper::Kubectl => {
                let (name, inside) = split(line.strip_prefix(b"[pod/")?, b']')?;
                (!name.contains(&b' ')).then_some(())?;
                inside.strip_prefix(b" ")
            }
            Wrapper::Timestamps => {
                split(line, b' ').filter(|(time, _)| is_iso(time)).map(|(_, inside)| inside)
            }
        }
    }
}

/// A line of the CRI format that is a whole one, or the last piece of one.
fn cri(line: &[u8]) -> Option<&[u8]> {
    CriLine::read(line).filter(|line| line.is_end).map(|line| line.inside)
}

/// Source: `k8s.io/cri-api`'s log format: time, stream, tags, line. containerd and CRI-O cut a line
/// of more than 16 KiB; the tag `P` is on all pieces but the last one, which has `F`. The pieces of
/// one stream may have lines of the other one between them.
struct CriLine<'a> {
    /// 0 of stdout, 1 of stderr.
    stream: usize,
    is_end: bool,
    inside: &'a [u8],
}

impl CriLine<'_> {
    fn read(line: &[u8]) -> Option<CriLine<'_>> {
        let (time, rest) = split(line, b' ')?;
        let (stream, rest) = split(rest, b' ')?;
        let (tags, inside) = split(rest, b' ')?;
        let stream = [b"stdout", b"stderr"].into_iter().position(|name| name == stream)?;
        let is_end = match tags.split(|byte| *byte == b':').next()? {
            b"F" => true,
            b"P" => false,
            _ => return None,
        };
        is_iso(time).then_some(CriLine { stream, is_end, inside })
    }
}

/// Takes the wrappers off the lines of a log, and joins the lines that came in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Unwrapper {
    /// The pieces of each stream whose last one has not come yet.
    pieces: [Vec<u8>; 2],
    /// What is inside the last line, where it does not stand in it as it is.
    inside: Vec<u8>,
}

/// What a line has inside its wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside<'a> {
    /// A whole line of the log.
    Line(&'a [u8]),
    /// A piece of one, which is kept.
    Piece,
}

impl Unwrapper {
    /// Takes the wrapper off a line; `None` where it has none. Of a line that is longer than
    /// [`MAX_LINE_BYTES`] as much is given as shows it.
    pub(super) fn take<'a>(&'a mut self, wrapper: Wrapper, line: &'a [u8]) -> Option<Inside<'a>> {
        if wrapper.has_pieces() {
            let CriLine { stream, is_end, inside } = CriLine::read(line)?;
            let pieces = &mut self.pieces[stream];
            if is_end && pieces.is_empty() {
                return Some(Inside::Line(inside));
            }
            let room = (MAX_LINE_BYTES + 1).saturating_sub(pieces.len());
            pieces.extend_from_slice(&inside[..inside.len().min(room)]);
            if !is_end {
                return Some(Inside::Piece);
            }
            self.inside.clear();
            std::mem::swap(&mut self.inside, pieces);
            return Some(Inside::Line(&self.inside));
        }
        wrapper.off(line, &mut self.inside).map(Inside::Line)
    }

    /// Takes out what has come of lines that have no end.
    pub(super) fn take_unfinished(&mut self) -> impl Iterator<Item = Vec<u8>> {
        self.pieces.iter_mut().map(std::mem::take).filter(|pieces| !pieces.is_empty())
    }
}

/// Source: RFC 3164, 4.1; RFC 5424, 6. rsyslog writes files with either time and without the
/// number.
fn syslog(line: &[u8]) -> Option<&[u8]> {
    let rest = match line.strip_prefix(b"<") {
        Some(rest) => {
            let (priority, rest) = split(rest, b'>')?;
            (!priority.is_empty() && priority.iter().all(u8::is_ascii_digit)).then_some(rest)?
        }
        None => line,
    };
    if let Some(rest) = rest.strip_prefix(b"1 ") {
        // Time, host, program, process, kind of message, and data in brackets or none.
        let (time, mut rest) = split(rest, b' ')?;
        for _ in 0..4 {
            (_, rest) = split(rest, b' ')?;
        }
        let inside = match rest.strip_prefix(b"- ") {
            Some(inside) => inside,
            None => &rest[memchr::memmem::find(rest.strip_prefix(b"[")?, b"] ")? + 3..],
        };
        return (is_iso(time) || time == b"-")
            .then(|| inside.strip_prefix(b"\xef\xbb\xbf").unwrap_or(inside));
    }
    // `May  2 08:00:00` is always as long.
    let behind = match rest.split_first_chunk::<16>() {
        Some(([month @ .., _, _, _, _, _, b':', _, _, b':', _, _, b' '], behind))
            if is_month(month) =>
        {
            behind
        }
        _ => split(rest, b' ').filter(|(time, _)| is_iso(time))?.1,
    };
    let (_, behind) = split(behind, b' ')?;
    let (program, inside) = split(behind, b' ')?;
    program.ends_with(b":").then_some(inside)
}

fn is_month(text: &[u8]) -> bool {
    const MONTHS: &[u8] = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
    MONTHS.chunks(4).any(|month| month == text)
}

/// Whether it is a time such as `2024-05-12T08:00:00Z`.
fn is_iso(text: &[u8]) -> bool {
    matches!(text, [y, _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _, ..] if y.is_ascii_digit())
}

/// What stands before and behind the first byte of this value.
fn split(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_is_taken_off_and_what_is_none_is_left() {
        let line = r#"192.0.2.1 - - [12/May/2024:08:00:00 +0000] "GET / HTTP/1.1" 200 1"#;
        let escaped = line.replace('"', "\\\"");
        for (wrapper, wrapped) in [
            (Wrapper::Cri, format!("2024-05-12T08:00:00.123456789Z stdout F {line}")),
            (Wrapper::Cri, format!("2024-05-12T08:00:00.1+02:00 stderr F {line}")),
            (
                Wrapper::Json,
                format!(
                    r#"{{"log":"{escaped}\n","stream":"stdout","time":"2024-05-12T08:00:00Z"}}"#
                ),
            ),
            (
                Wrapper::Json,
                format!(r#"{{"stream": "stdout", "log": "{escaped}", "attrs": {{"a": "b"}}}}"#),
            ),
            (Wrapper::Json, format!(r#"{{"MESSAGE":"{escaped}","_HOSTNAME":"web1"}}"#)),
            (
                Wrapper::Json,
                format!(r#"{{"@timestamp":"2024-05-12T08:00:00Z","message":"{escaped}"}}"#),
            ),
            (Wrapper::Timestamps, format!("2024-05-12T08:00:00.123456789Z {line}")),
            (Wrapper::Syslog, format!("May 12 08:00:00 lb1 nginx[7]: {line}")),
            (Wrapper::Syslog, format!("<190>May  2 08:00:00 lb1 nginx: {line}")),
            (Wrapper::Syslog, format!("2024-05-12T08:00:00.1+02:00 lb1 nginx: {line}")),
            (Wrapper::Syslog, format!("<190>1 2024-05-12T08:00:00Z lb1 nginx 7 - - {line}")),
            (Wrapper::Syslog, format!("1 - lb1 nginx - - [a@1 b=\"c\"] \u{feff}{line}")),
            (Wrapper::Compose, format!("web-1  | {line}")),
            (Wrapper::Kubectl, format!("[pod/web-0/nginx] {line}")),
        ] {
            // What begins with a time is that of the first one that fits.
            let first = Wrapper::ALL.iter().position(|other| *other == wrapper).unwrap();
            for other in Wrapper::ALL.into_iter().take(first + 1) {
                let mut space = Vec::new();
                let off = other.off(wrapped.as_bytes(), &mut space);
                let expected = (other == wrapper).then_some(line.as_bytes());
                assert_eq!(off, expected, "{other:?}: {wrapped}");
            }
        }
    }

    #[test]
    fn a_piece_of_a_line_and_a_bare_line_have_no_wrapper() {
        for line in [
            r#"192.0.2.1 - - [12/May/2024:08:00:00 +0000] "GET /a|b HTTP/1.1" 200 1"#,
            r#"{"time":"2024-05-12T08:00:00Z","status":200}"#,
            "<190>May 12",
            "1 2 3",
            "",
            "[pod/web-0",
            "May 12 08:00:00 lb1 no program here",
        ] {
            assert!(
                Wrapper::ALL
                    .into_iter()
                    .all(|wrapper| wrapper.off(line.as_bytes(), &mut Vec::new()).is_none()),
                "{line}"
            );
        }
        let piece = b"2024-05-12T08:00:00.1Z stdout P 192.0.2.1 - -";
        assert_eq!(Wrapper::Cri.off(piece, &mut Vec::new()), None);
    }

    #[test]
    fn the_pieces_of_each_stream_are_joined_with_their_own_end() {
        let line = |stream: &str, tags: &str, text: &str| {
            format!("2024-05-12T08:00:00.1Z {stream} {tags} {text}").into_bytes()
        };
        let mut unwrapper = Unwrapper::default();
        let mut take = |stream: &str, tags: &str, text: &str| {
            let line = line(stream, tags, text);
            match unwrapper.take(Wrapper::Cri, &line) {
                Some(Inside::Line(inside)) => Some(String::from_utf8(inside.to_vec()).unwrap()),
                Some(Inside::Piece) => None,
                None => panic!("a line of the format"),
            }
        };
        assert_eq!(take("stdout", "P", "192.0.2.1 - "), None);
        assert_eq!(take("stderr", "F", "a warning"), Some("a warning".to_owned()));
        assert_eq!(take("stderr", "P", "an "), None);
        assert_eq!(take("stdout", "P:x", "- [12/May"), None);
        assert_eq!(take("stdout", "F", "/2024]"), Some("192.0.2.1 - - [12/May/2024]".to_owned()));
        assert_eq!(take("stderr", "F:x", "error"), Some("an error".to_owned()));
        assert_eq!(take("stdout", "F", "next"), Some("next".to_owned()));
        assert_eq!(take("stdout", "P", "never ended"), None);
        let unfinished: Vec<Vec<u8>> = unwrapper.take_unfinished().collect();
        assert_eq!(unfinished, [b"never ended"]);
        assert_eq!(unwrapper.take_unfinished().count(), 0);
    }

    #[test]
    fn a_line_of_many_pieces_takes_no_more_memory_than_the_longest_line() {
        let piece = [b"2024-05-12T08:00:00.1Z stdout P ".as_slice(), &[b'x'; 16 << 10]].concat();
        let mut unwrapper = Unwrapper::default();
        for _ in 0..100 {
            assert_eq!(unwrapper.take(Wrapper::Cri, &piece), Some(Inside::Piece));
        }
        let end = b"2024-05-12T08:00:00.1Z stdout F x";
        let Some(Inside::Line(line)) = unwrapper.take(Wrapper::Cri, end) else { panic!("a line") };
        assert_eq!(line.len(), MAX_LINE_BYTES + 1);
    }
}
