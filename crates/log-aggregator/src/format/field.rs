//! The fields of a line: what a part of it says of the request.

use crate::entry::Entry;
use crate::near::find_near;
use crate::remark::Remark;

use super::client;
use super::clock::{self, Clock};

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Something that nobody counts.
    Skip,
    /// Whoever sent the request, or a list of addresses that begins with it.
    Client,
    /// A client with a port behind its last colon.
    ClientPort,
    /// Whoever is connected, where something else is the client.
    Peer,
    /// The client that a proxy names, or a list of addresses that begins with it.
    Forwarded,
    /// The same, where the format was found by looking: what is no address is another format.
    ForwardedOnly,
    /// Values of several upstreams that nobody counts.
    SkipList,
    Host,
    /// The host of TLS, where there is one.
    ServerName,
    Time(Time),
    /// The whole request line: method, target, protocol.
    Request,
    /// A request line whose target has the scheme and the host.
    RequestOfUrl,
    Method,
    /// The path of the target, without its query.
    Path,
    Protocol,
    Status,
    Bytes,
    /// What was sent, headers included.
    Sent,
    Referrer,
    Agent,
    /// How long the request took.
    Took(Unit),
    /// How long the upstream took: one time, or several with commas or colons between them.
    Upstream(Unit),
}

/// How many bytes the values of a field have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Always as many, none of which is the byte that ends the field.
    Fixed(usize),
    /// Few.
    Short,
    /// Perhaps many.
    Long,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// `10/Oct/2000:13:55:36 -0700`
    Common,
    /// `2000-10-10T13:55:36-07:00`
    Iso,
    /// Seconds since 1970, perhaps with a fraction.
    Seconds,
    /// Thousandths of a second since 1970.
    Millis,
    /// Millionths of a second since 1970.
    Micros,
}

/// The unit of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// Seconds with a decimal point, as nginx writes them. What has none is something else:
    /// microseconds, or a size.
    PointSeconds,
}

/// Why a line is no entry: the field that is wrong, or what should have stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Unparsed {
    /// The line has more than [`super::MAX_LINE_BYTES`].
    #[error("the line is too long")]
    TooLong,
    /// What stands between two fields of the format is not there.
    #[error("a field or what separates it is missing")]
    Shape,
    /// There is more on the line than the format has.
    #[error("the line goes on after its last field")]
    Surplus,
    /// A time that is none.
    #[error("the time is wrong")]
    Time,
    /// The line names no client.
    #[error("the client is missing")]
    Client,
    /// A status that is no number from 100 to 999.
    #[error("the status is wrong")]
    Status,
    /// A size that is no number.
    #[error("the size is wrong")]
    Bytes,
    /// A duration that is no number.
    #[error("the response time is wrong")]
    Duration,
    /// A line of JSON that is none, or lacks a field that must be there.
    #[error("the line is not the JSON of a request")]
    Json,
    /// Nobody knows the format of the line's file.
    #[error("the format of the file is unknown")]
    Format,
}

impl Unparsed {
    /// All of them.
    pub const ALL: [Unparsed; 10] = [
        Unparsed::TooLong,
        Unparsed::Shape,
        Unparsed::Surplus,
        Unparsed::Time,
        Unparsed::Client,
        Unparsed::Status,
        Unparsed::Bytes,
        Unparsed::Duration,
        Unparsed::Json,
        Unparsed::Format,
    ];
}

impl Field {
    /// Whether its value may be a list with blanks in it, such as `10.0.0.1:80, 10.0.0.2:80 :
    /// 10.0.1.1:80`: of proxies, or of the upstreams that were tried one after the other.
    #[inline]
    pub(super) fn is_list(self) -> bool {
        matches!(self, Field::Client | Field::Forwarded | Field::SkipList | Field::Upstream(_))
    }

    /// Whether it says how large the answer was.
    pub(super) fn is_size(self) -> bool {
        matches!(self, Field::Bytes | Field::Sent)
    }

    /// How long its values are.
    #[inline]
    pub(super) fn length(self) -> Length {
        match self {
            Field::Time(Time::Common) => Length::Fixed(clock::COMMON),
            Field::Request | Field::RequestOfUrl | Field::Path | Field::Referrer | Field::Agent => {
                Length::Long
            }
            _ => Length::Short,
        }
    }

    /// Sets what this field says to what stands there.
    #[inline]
    pub(super) fn set<'a>(
        self,
        text: &'a [u8],
        entry: &mut Entry<'a>,
        clock: &mut Clock,
    ) -> Result<(), Unparsed> {
        match self {
            Field::Skip => {}
            Field::Peer | Field::SkipList => {}
            Field::Client => set_client(client::client(text), entry)?,
            Field::ClientPort => {
                let colon = memchr::memrchr(b':', text).unwrap_or(text.len());
                // What is left of an address of IPv6 may have brackets.
                set_client(client::without_port(&text[..colon]), entry)?;
            }
            Field::ForwardedOnly if !client::are_addresses(text) => return Err(Unparsed::Surplus),
            Field::Forwarded | Field::ForwardedOnly => {
                if let Some(found) = client::forwarded(text)
                    && (entry.client.is_empty() || client::is_proxy(entry.client))
                {
                    entry.client = found;
                }
            }
            // A list of addresses begins here, and no host is followed by a client.
            Field::Host if text.ends_with(b",") => return Err(Unparsed::Shape),
            Field::Host => entry.host = known(text).map(client::without_port),
            Field::ServerName => entry.host = known(text).map(client::without_port).or(entry.host),
            Field::Time(Time::Iso) => {
                let (seconds, has_zone) = clock::iso(text).ok_or(Unparsed::Time)?;
                entry.time = seconds;
                if !has_zone {
                    entry.remarks.add(Remark::NoZone);
                }
            }
            Field::Time(time) => entry.time = time.read(text, clock).ok_or(Unparsed::Time)?,
            Field::Request => request(text, entry),
            Field::RequestOfUrl => request_of_url(text, entry),
            Field::Method => entry.method = known(text).unwrap_or_default(),
            Field::Path => entry.target = known(text).unwrap_or_default(),
            Field::Protocol => entry.protocol = known(text).unwrap_or_default(),
            Field::Status => entry.status = status(text)?,
            Field::Bytes | Field::Sent => entry.bytes = bytes(text)?,
            Field::Referrer => entry.referrer = known(text),
            Field::Agent => entry.agent = known(text),
            Field::Took(unit) => entry.response_time = unit.read(text)?,
            Field::Upstream(unit) => entry.upstream_time = unit.read_sum(text)?,
        }
        Ok(())
    }
}

/// Sets the client, if a proxy's word for it is not there and to be believed.
fn set_client<'a>(found: &'a [u8], entry: &mut Entry<'a>) -> Result<(), Unparsed> {
    if found.is_empty() {
        return Err(Unparsed::Client);
    }
    if entry.client.is_empty() || !client::is_proxy(found) {
        entry.client = found;
    }
    Ok(())
}

/// Takes a request line apart whose target is a whole URL, and takes the host from it. A load balancer has `- http://host:80- -` for
/// what was no HTTP.
fn request_of_url<'a>(line: &'a [u8], entry: &mut Entry<'a>) {
    request(line, entry);
    if line.starts_with(b"- ") && entry.method.is_empty() {
        let host = host_of(line[2..].split(|byte| *byte == b' ').next().unwrap_or_default());
        entry.host = host.and_then(|host| host.strip_suffix(b"-").or(Some(host)));
        entry.target = b"";
    } else {
        entry.host = host_of(entry.target);
    }
    entry.host = entry.host.map(client::without_port);
}

/// What stands between the scheme and the path of a URL.
pub(super) fn host_of(url: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(url, b"://")?;
    let host = &url[at + 3..];
    let end = host.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(host.len());
    (end > 0).then(|| &host[..end])
}

/// What stands there, if it does: a log has `-` for nothing.
#[inline]
pub(super) fn known(text: &[u8]) -> Option<&[u8]> {
    (!matches!(text, b"-" | b"")).then_some(text)
}

/// Takes a request line apart. One that is broken is a target without a method.
///
/// Source: RFC 9112, 3. The target may hold blanks, which some servers let pass: the protocol is
/// what follows the last one.
#[inline]
pub(super) fn request<'a>(line: &'a [u8], entry: &mut Entry<'a>) {
    // Nearly all are one of these, and are as they should be.
    let method = match line {
        [b'G', b'E', b'T', b' ', ..] => Some(3),
        [b'P', b'O', b'S', b'T', b' ', ..] | [b'H', b'E', b'A', b'D', b' ', ..] => Some(4),
        _ => None,
    };
    if let Some(method) = method
        && let (method, [b' ', rest @ ..]) = line.split_at(method)
        && let Some((target, protocol)) = rest.split_last_chunk::<9>()
        && protocol.starts_with(b" HTTP/")
        && let [.., b'0'..=b'9', b'.', b'0'..=b'9'] = protocol
    {
        (entry.method, entry.target, entry.protocol) = (method, target, &protocol[1..]);
        return;
    }
    unusual_request(line, entry);
}

/// The same, whatever the line is.
#[inline(never)]
fn unusual_request<'a>(line: &'a [u8], entry: &mut Entry<'a>) {
    (entry.method, entry.target, entry.protocol) = (b"", known(line).unwrap_or_default(), b"");
    let Some(space) = find_near([b' '], line) else { return };
    let (method, rest) = (&line[..space], &line[space + 1..]);
    if method == b"-" {
        // A load balancer has `- - -` for what was no HTTP.
        if line.iter().all(|byte| matches!(byte, b'-' | b' ')) {
            entry.target = b"";
        }
        return;
    }
    // The characters of a token, without the rare ones.
    if method.is_empty()
        || !method.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    {
        return;
    }
    (entry.method, entry.target) = (method, rest);
    if let Some(space) = memchr::memrchr(b' ', rest)
        && rest[space + 1..].starts_with(b"HTTP/")
    {
        (entry.target, entry.protocol) = (&rest[..space], &rest[space + 1..]);
    }
}

#[inline]
pub(super) fn status(text: &[u8]) -> Result<Option<u16>, Unparsed> {
    match *text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            Ok(Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')))
        }
        // nginx has 000 for a connection that ended before there was one.
        [b'-'] | [b'0', b'0', b'0'] => Ok(None),
        _ => Err(Unparsed::Status),
    }
}

#[inline]
pub(super) fn bytes(text: &[u8]) -> Result<u64, Unparsed> {
    match text {
        [b'-'] => Ok(0),
        digits => clock::number(digits).map(i64::unsigned_abs).ok_or(Unparsed::Bytes),
    }
}

impl Time {
    #[inline]
    fn read(self, text: &[u8], clock: &mut Clock) -> Option<i64> {
        match self {
            Time::Common => clock.common(text),
            Time::Iso => clock::iso(text).map(|(seconds, _)| seconds),
            Time::Seconds => clock::epoch(text),
            Time::Millis => Some(clock::number(text)? / 1000),
            Time::Micros => Some(clock::number(text)? / 1_000_000),
        }
    }
}

impl Unit {
    /// Microseconds; `None` for `-`, and for the `-1` by which AWS means that there was no answer.
    #[inline]
    fn read(self, text: &[u8]) -> Result<Option<u64>, Unparsed> {
        if text.is_empty() || text.starts_with(b"-") {
            return Ok(None);
        }
        self.micros(text).map(Some).ok_or(Unparsed::Duration)
    }

    /// The sum of several times: `0.010, 0.020 : -`.
    pub(super) fn read_sum(self, text: &[u8]) -> Result<Option<u64>, Unparsed> {
        let mut sum = None;
        for part in text.split(|byte| matches!(byte, b',' | b':')) {
            if let Some(micros) = self.read(part.trim_ascii())? {
                sum = Some(sum.unwrap_or(0_u64).saturating_add(micros));
            }
        }
        Ok(sum)
    }

    /// How many microseconds one of it is.
    pub(super) fn in_micros(self) -> f64 {
        match self {
            Unit::Seconds | Unit::PointSeconds => 1e6,
            Unit::Millis => 1e3,
            Unit::Micros => 1.0,
            Unit::Nanos => 1e-3,
        }
    }

    pub(super) fn micros(self, text: &[u8]) -> Option<u64> {
        if self == Unit::Nanos {
            return Some(clock::number(text)?.unsigned_abs() / 1000);
        }
        let (whole, fraction) = match memchr::memchr(b'.', text) {
            Some(point) => (&text[..point], Some(&text[point + 1..])),
            None => (text, None),
        };
        let one = match (self, fraction) {
            (Unit::PointSeconds, None) => return None,
            (Unit::Seconds | Unit::PointSeconds, _) => 1_000_000,
            (Unit::Millis, _) => 1000,
            (Unit::Micros | Unit::Nanos, _) => 1,
        };
        let mut micros = clock::number(whole)?.unsigned_abs().checked_mul(one)?;
        let mut place = one;
        for byte in fraction.unwrap_or_default() {
            let digit = byte.wrapping_sub(b'0');
            place /= 10;
            micros = (digit < 10).then(|| micros.saturating_add(u64::from(digit) * place))?;
        }
        Some(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> (String, String, String) {
        let mut entry = Entry::default();
        request(line.as_bytes(), &mut entry);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(entry.method), text(entry.target), text(entry.protocol))
    }

    #[test]
    fn request_lines_are_taken_apart_also_when_they_are_broken() {
        for (line, method, target, protocol) in [
            ("GET /a HTTP/1.1", "GET", "/a", "HTTP/1.1"),
            ("GET /with space HTTP/1.1", "GET", "/with space", "HTTP/1.1"),
            ("GET /old", "GET", "/old", ""),
            ("M-SEARCH * HTTP/1.1", "M-SEARCH", "*", "HTTP/1.1"),
            ("-", "", "", ""),
            ("- - - ", "", "", ""),
            ("- http://lb:80- -", "", "- http://lb:80- -", ""),
            ("", "", "", ""),
            ("\x16\x03\x01", "", "\x16\x03\x01", ""),
            ("\x16\x03 x", "", "\x16\x03 x", ""),
        ] {
            assert_eq!(
                split(line),
                (method.to_owned(), target.to_owned(), protocol.to_owned()),
                "{line:?}"
            );
        }
    }

    #[test]
    fn durations_are_read_in_their_unit() {
        for (unit, text, micros) in [
            (Unit::Seconds, "0.123", Ok(Some(123_000))),
            (Unit::Seconds, "12", Ok(Some(12_000_000))),
            (Unit::Millis, "1.5", Ok(Some(1500))),
            (Unit::Micros, "850", Ok(Some(850))),
            (Unit::PointSeconds, "850", Err(Unparsed::Duration)),
            (Unit::PointSeconds, "0.850", Ok(Some(850_000))),
            (Unit::Seconds, "-", Ok(None)),
            (Unit::Seconds, "-1", Ok(None)),
            (Unit::Seconds, "1.2.3", Err(Unparsed::Duration)),
            (Unit::Seconds, "abc", Err(Unparsed::Duration)),
        ] {
            assert_eq!(unit.read(text.as_bytes()), micros, "{unit:?} {text}");
        }
        assert_eq!(Unit::Seconds.read_sum(b"0.010, 0.020 : -"), Ok(Some(30_000)));
        assert_eq!(Unit::Seconds.read_sum(b"-"), Ok(None));
    }
}
