//! What container runtimes, log collectors and terminals put around each line of a log.
//!
//! A wrapper is taken off where the lines fit no format as they are and fit one without it. The
//! wrapper's own time is ignored: the time in the log says when the request was.

use std::borrow::Cow;

use serde::Deserialize;

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

/// A line without its wrapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unwrapped<'a> {
    /// What is inside, with its escapes undone.
    pub text: Cow<'a, [u8]>,
    pub part: Part,
}

/// Which part of a line of the log stands on one line. Streams are 0 of stdout and 1 of stderr: the
/// pieces of one may have lines of the other one between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// A piece that others follow.
    Piece(usize),
    /// The last piece, or all of it.
    End(usize),
    /// Text of Docker without a line end: a piece, or all of it where nothing in the log has one.
    Open(usize),
}

#[derive(Deserialize)]
struct JsonRecord<'a> {
    #[serde(borrow)]
    log: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "MESSAGE")]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    stream: Option<Cow<'a, str>>,
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
        matches!(self, Wrapper::Cri | Wrapper::Json)
    }

    /// What is inside the wrapper. `None` where the line has no such wrapper.
    pub(super) fn take_off(self, line: &[u8]) -> Option<Unwrapped<'_>> {
        let whole = |text| Some(Unwrapped { text: Cow::Borrowed(text), part: Part::Whole });
        match self {
            Wrapper::Cri => cri(line),
            Wrapper::Json => json(line),
            other => other.around_whole_lines(line).and_then(whole),
        }
    }

    /// What is inside a wrapper that never cuts lines.
    fn around_whole_lines(self, line: &[u8]) -> Option<&[u8]> {
        match self {
            Wrapper::Cri | Wrapper::Json => None,
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

/// Source: `k8s.io/cri-api`'s log format: time, stream, tags, line. containerd and CRI-O cut a line
/// of more than 16 KiB; the tag `P` is on all pieces but the last one, which has `F`.
fn cri(line: &[u8]) -> Option<Unwrapped<'_>> {
    let (time, rest) = split(line, b' ')?;
    let (name, rest) = split(rest, b' ')?;
    let (tags, inside) = split(rest, b' ')?;
    let stream = stream(name)?;
    let part = match tags.split(|byte| *byte == b':').next()? {
        b"F" => Part::End(stream),
        b"P" => Part::Piece(stream),
        _ => return None,
    };
    is_iso(time).then_some(Unwrapped { text: Cow::Borrowed(inside), part })
}

/// Source: Docker's json-file driver, `daemon/logger/copier.go` and `jsonfilelog` of moby: `log`
/// has the line with its end; of a line of more than 16 KiB only the last piece has it. Collectors
/// write lines without their ends, and under other names.
fn json(line: &[u8]) -> Option<Unwrapped<'_>> {
    let JsonRecord { log, message, stream: name } = serde_json::from_slice(line).ok()?;
    let stream = name.filter(|_| log.is_some()).and_then(|name| stream(name.as_bytes()));
    let mut text = match log.or(message)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let has_end = text.ends_with(b"\n");
    if has_end {
        match &mut text {
            Cow::Borrowed(text) => *text = &text[..text.len() - 1],
            Cow::Owned(text) => text.truncate(text.len() - 1),
        }
    }
    let part = match stream {
        None => Part::Whole,
        Some(stream) if has_end => Part::End(stream),
        Some(stream) => Part::Open(stream),
    };
    Some(Unwrapped { text, part })
}

fn stream(name: &[u8]) -> Option<usize> {
    [b"stdout", b"stderr"].into_iter().position(|known| known == name)
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
                let off = other.take_off(wrapped.as_bytes()).map(|off| off.text.into_owned());
                let expected = (other == wrapper).then(|| line.as_bytes().to_vec());
                assert_eq!(off, expected, "{other:?}: {wrapped}");
            }
        }
    }

    #[test]
    fn a_bare_line_has_no_wrapper() {
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
                Wrapper::ALL.into_iter().all(|wrapper| wrapper.take_off(line.as_bytes()).is_none()),
                "{line}"
            );
        }
    }
}
