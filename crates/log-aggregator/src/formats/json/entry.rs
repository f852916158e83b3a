//! The entry that the values of a JSON line make.

use crate::formats::entry::Entry;
use crate::formats::fields::clock::{Clock, epoch};
use crate::formats::fields::escape::percent_decode;
use crate::formats::fields::number::number as digits_of;
use crate::formats::fields::request::{host_of, request};
use crate::formats::fields::written_time::written_time;
use crate::formats::fields::{Reading, TimeUnit, client};
use crate::formats::remark::Remark;
use crate::formats::scratch::Respelling;
use crate::formats::unparsed::Unparsed;

use super::fields::{BY_SETTING, CADDY, CLIENT_OF_ACCESS_LOG, CLOUDFRONT, GOOGLE, PINO, SURE_WITH};
use super::role::{ROLES, Role};
use super::values::{Content, FoundValue};

/// Seconds since 1970 of a number of seconds, milliseconds, microseconds or nanoseconds. Times of
/// our days show their unit by their size: a thousandth of one is in 1971, and a thousand times one
/// is about the year 50,000.
fn seconds(number: f64) -> i64 {
    const UNITS: [(f64, f64); 3] = [(1e17, 1e9), (1e14, 1e6), (1e11, 1e3)];
    let unit =
        UNITS.into_iter().find(|(least, _)| number.abs() >= *least).map_or(1.0, |(_, unit)| unit);
    (number / unit) as i64
}

/// The same for a text.
fn seconds_of_text(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    std::str::from_utf8(text).ok()?.parse().ok().filter(|_| digits).map(seconds)
}

/// Seconds since 1970 of a time in any form, and whether it says or implies its zone.
fn time(text: &[u8], clock: &mut Clock) -> Option<(i64, bool)> {
    // Fourteen digits are a date and a time.
    let number = || seconds_of_text(text).filter(|_| text.len() != 14).or_else(|| epoch(text));
    clock
        .common(text)
        .map(|seconds| (seconds, true))
        .or_else(|| clock.iso(text))
        .or_else(|| number().map(|seconds| (seconds, true)))
        .or_else(|| written_time(text).map(|time| clock.seconds(time)))
}

/// The time of CloudFront's JSON, which is in UTC, as its other logs are.
#[cold]
fn of_date_and_clock(date: &[u8], clock: &[u8]) -> Option<(i64, bool)> {
    let both = [date, b"T", clock, b"Z"].concat();
    Clock::default().iso(&both)
}

/// Whether lines of this logger or category tell of requests that others tell of, too: what Caddy
/// did with one, and where it went wrong, and the rules of a firewall of Azure that one has met.
#[cold]
fn tells_again(logger: &[u8], sure: u8) -> bool {
    let is_of_caddy = sure & CADDY != 0 && logger.starts_with(b"http.");
    (is_of_caddy && !logger.starts_with(b"http.log.access"))
        || logger.ends_with(b"FirewallLog")
        || logger.ends_with(b"HealthProbeLog")
}

/// Whether a time is a number of seconds or of parts of them.
#[cold]
fn is_number(space: &[u8], time: &FoundValue) -> bool {
    match &time.content {
        Content::Number(_) | Content::Whole(_) => true,
        Content::Text(range) => {
            let text = &space[range.clone()];
            text.len() != 14 && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        }
    }
}

/// Whether a value of the time's field is a time.
pub(super) fn is_time(space: &[u8], content: &Content) -> bool {
    match content {
        Content::Number(_) | Content::Whole(_) => true,
        Content::Text(range) => time(&space[range.clone()], &mut Clock::default()).is_some(),
    }
}

pub(super) fn build<'a>(
    space: &'a [u8],
    values: &[Option<FoundValue>; ROLES],
    sure: u8,
    Reading { clock, proxies }: &mut Reading,
    (respelling, decoded): (&'a mut Respelling, &'a mut Vec<u8>),
) -> Result<Entry<'a>, Unparsed> {
    let value = |role: Role| values[role.place()].as_ref();
    let text = |role| match value(role) {
        Some(FoundValue { content: Content::Text(range), .. }) => {
            Some(&space[range.clone()]).filter(|text| !matches!(*text, b"" | b"-"))
        }
        _ => None,
    };
    if text(Role::Logger).is_some_and(|logger| tells_again(logger, sure)) {
        return Err(Unparsed::NoRequest);
    }
    // The logger of a request puts it into each message of the application, too; only the line at
    // its end has an answer or a time.
    if sure & PINO != 0
        && value(Role::Status).is_none()
        && value(Role::Took(TimeUnit::Millis)).is_none()
    {
        return Err(Unparsed::NoRequest);
    }
    let connected =
        text(Role::Client).map(|text| proxies.client(text)).filter(|client| !client.is_empty());
    let forwarded = text(Role::Forwarded).and_then(|text| proxies.forwarded(text));
    let asks = [Role::Request, Role::Method, Role::Target, Role::Status];
    if value(Role::Client).is_some_and(|client| client.rank > CLIENT_OF_ACCESS_LOG)
        && asks.iter().all(|role| value(*role).is_none())
    {
        return Err(Unparsed::Client);
    }
    let client = match (connected, forwarded) {
        (Some(connected), Some(forwarded)) if proxies.trust(connected) => forwarded,
        (connected, forwarded) => connected.or(forwarded).ok_or(Unparsed::Client)?,
    };
    let mut entry = Entry { client: respelling.of(client), ..Entry::default() };
    entry.time = match value(Role::Time).map(|value| &value.content) {
        Some(Content::Number(number) | Content::Whole(number)) => seconds(*number),
        Some(Content::Text(range)) => {
            let text_of_time = &space[range.clone()];
            let (seconds, has_zone) = time(text_of_time, clock)
                .or_else(|| of_date_and_clock(text(Role::Date)?, text_of_time))
                .ok_or(Unparsed::Time)?;
            if !has_zone {
                entry.remarks.add(Remark::NoZone);
            }
            seconds
        }
        None => {
            let date = text(Role::Date).and_then(|date| time(date, clock));
            let (seconds, has_zone) = date.ok_or(Unparsed::Time)?;
            if !has_zone {
                entry.remarks.add(Remark::NoZone);
            }
            seconds
        }
    };
    if clock.is_as_logged() && value(Role::Time).is_some_and(|time| is_number(space, time)) {
        entry.remarks.add(Remark::NoClock);
    }
    if let Some(line) = text(Role::Request) {
        request(line, &mut entry);
    }
    entry.host = text(Role::Host).map(client::host);
    entry.method = text(Role::Method).unwrap_or(entry.method);
    entry.target = text(Role::Target).unwrap_or(entry.target);
    entry.host = entry.host.or_else(|| host_of(entry.target).map(client::host));
    entry.protocol = text(Role::Protocol).unwrap_or(entry.protocol);
    entry.referrer = text(Role::Referrer);
    entry.agent = text(Role::Agent);
    if sure & CLOUDFRONT != 0
        && let Some(agent) = entry.agent
    {
        decoded.clear();
        percent_decode(agent, decoded);
        entry.agent = Some(decoded);
    }
    let number = |role: Role| -> Result<Option<u64>, ()> {
        match value(role).map(|value| &value.content) {
            None => Ok(None),
            Some(Content::Number(number) | Content::Whole(number)) if *number >= 0.0 => {
                Ok(Some(*number as u64))
            }
            Some(Content::Number(_) | Content::Whole(_)) => Err(()),
            Some(Content::Text(range)) => match &space[range.clone()] {
                b"" | b"-" => Ok(None),
                digits => digits_of(digits).map(|number| Some(number.unsigned_abs())).ok_or(()),
            },
        }
    };
    entry.status = match number(Role::Status).map_err(|()| Unparsed::Status)? {
        None | Some(0) => None,
        Some(status @ 100..=999) => Some(status as u16),
        Some(_) => return Err(Unparsed::Status),
    };
    match number(Role::Bytes).map_err(|()| Unparsed::Bytes)? {
        // Somebody wrote a -1 as an unsigned number.
        Some(bytes) if bytes > i64::MAX.unsigned_abs() => return Err(Unparsed::Bytes),
        Some(bytes) => entry.bytes = bytes,
        None => entry.remarks.add(Remark::NoSize),
    }
    let mut micros = |role: Role| -> Result<Option<u64>, Unparsed> {
        let Some(value) = value(role) else { return Ok(None) };
        let (Role::Took(unit) | Role::Upstream(unit)) = value.role else { return Ok(None) };
        let sure = value.only_with & sure;
        let is_sure = value.only_with == 0 || sure != 0;
        // Which of the servers it is says the unit.
        let unit = SURE_WITH.get(sure.trailing_zeros() as usize).map_or(unit, |(_, unit, _)| *unit);
        let read = match &value.content {
            _ if !is_sure => Err(Unparsed::Duration),
            Content::Whole(_) if unit == TimeUnit::PointSeconds => Err(Unparsed::Duration),
            Content::Number(number) | Content::Whole(number) => {
                Ok(Some((number.max(0.0) * unit.in_micros()).round() as u64))
            }
            // Google writes the unit into the value.
            Content::Text(range) => match &space[range.clone()] {
                [time @ .., b's'] if sure == GOOGLE => unit.read_sum(time),
                time => unit.read_sum(time),
            },
        };
        match read {
            // A setting names the unit, so another form is an error.
            Err(error) if value.rank == BY_SETTING => Err(error),
            Err(_) => {
                entry.remarks.add(Remark::NoUnit);
                Ok(None)
            }
            read => read,
        }
    };
    let times =
        (micros(Role::Took(TimeUnit::Seconds))?, micros(Role::Upstream(TimeUnit::Seconds))?);
    (entry.response_time, entry.upstream_time) = times;
    Ok(entry)
}
