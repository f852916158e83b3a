//! What container runtimes, log collectors and terminals put around each line of a log.
//!
//! A wrapper is taken off where the lines fit no format as they stand and fit one without it. Its
//! own time is not looked at: that of the log is when the request was.

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

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, alias = "message", alias = "MESSAGE")]
    log: Cow<'a, str>,
}

impl Wrapper {
    /// All of them. Some of the others begin as the last one does.
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

    /// What is inside, where it stands there as it is or, with its escapes undone, in `space`.
    /// `None` where the line has no such wrapper, or is a piece of one that was too long for
    /// it.
    pub(super) fn off<'a>(self, line: &'a [u8], space: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        match self {
            Wrapper::Cri => cri(line),
            Wrapper::Json => {
                let inside = match serde_json::from_slice::<Record<'a>>(line).ok()?.log {
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

/// Source: `k8s.io/cri-api`'s log format: time, stream, tags, line. The tag `P` is on a part of a
/// line of more than 16 KiB.
fn cri(line: &[u8]) -> Option<&[u8]> {
    let (time, rest) = split(line, b' ')?;
    let (stream, rest) = split(rest, b' ')?;
    let (tags, inside) = split(rest, b' ')?;
    let is_whole = tags == b"F" || tags.starts_with(b"F:");
    (is_iso(time) && matches!(stream, b"stdout" | b"stderr") && is_whole).then_some(inside)
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

/// What stands before and behind the first such byte.
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
}
