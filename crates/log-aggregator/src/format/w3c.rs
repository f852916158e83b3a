//! The W3C extended log format: the columns are those of the last `#Fields` line.
//!
//! Source: <https://www.w3.org/TR/WD-logfile.html>; CloudFront's columns:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>.

use crate::entry::Entry;

use super::Line;
use super::clock;
use super::escape::hex;
use super::field::{Unit, Unparsed, request};
use super::layout::Scratch;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Skip,
    Date,
    Time,
    Client,
    Host,
    Method,
    Stem,
    Query,
    Uri,
    Protocol,
    Status,
    Bytes,
    Referrer,
    Agent,
    Took(Unit),
}

/// The columns that the lines have from here on.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// The date of a `#Date` line, for logs whose lines have the time alone.
    date: Vec<u8>,
}

impl Columns {
    /// Reads a line of values, or a directive.
    pub(super) fn parse<'a>(&mut self, line: &'a [u8], scratch: &'a mut Scratch) -> Result<Line<'a>, Unparsed> {
        if let Some(directive) = line.strip_prefix(b"#") {
            if let Some(names) = directive.strip_prefix(b"Fields:") {
                let names = names.split(|byte| byte.is_ascii_whitespace()).filter(|name| !name.is_empty());
                self.columns = names.map(column).collect();
            } else if let Some(date) = directive.strip_prefix(b"Date:") {
                self.date = date.trim_ascii().iter().copied().take(10).collect();
            }
            return Ok(Line::Nothing);
        }
        self.values(line, scratch).map(Line::Entry)
    }

    fn values<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Result<Entry<'a>, Unparsed> {
        let tabs = memchr::memchr(b'\t', line).is_some();
        let mut values = line
            .split(|byte| if tabs { *byte == b'\t' } else { *byte == b' ' })
            .filter(|value| tabs || !value.is_empty());
        let mut entry = Entry::default();
        let (mut date, mut time, mut stem, mut query, mut agent) = (self.date.as_slice(), None, None, None, None);
        for column in &self.columns {
            let value = values.next().ok_or(Unparsed::Shape)?;
            let known = (value != b"-").then_some(value);
            match column {
                Column::Skip => {}
                Column::Date => date = value,
                Column::Time => time = Some(value),
                Column::Client => entry.client = known.ok_or(Unparsed::Client)?,
                Column::Host => entry.host = entry.host.or(known),
                Column::Method => entry.method = known.unwrap_or_default(),
                Column::Stem => stem = known,
                Column::Query => query = known,
                Column::Uri => entry.target = known.unwrap_or_default(),
                Column::Protocol => entry.protocol = known.unwrap_or_default(),
                Column::Status => entry.status = status(value)?,
                Column::Bytes => {
                    entry.bytes = known
                        .map_or(Some(0), |value| clock::number(value).map(i64::unsigned_abs))
                        .ok_or(Unparsed::Bytes)?
                }
                Column::Referrer => entry.referrer = known,
                Column::Agent => agent = known,
                Column::Took(unit) => {
                    entry.response_time = known.map(|value| unit.micros(value).ok_or(Unparsed::Duration)).transpose()?
                }
            }
        }
        if self.columns.is_empty() {
            return Err(Unparsed::Shape);
        }
        if values.next().is_some() {
            return Err(Unparsed::Surplus);
        }
        if entry.client.is_empty() {
            return Err(Unparsed::Client);
        }
        entry.time = moment(date, time.ok_or(Unparsed::Time)?).ok_or(Unparsed::Time)?;
        // Two values that are not as they were sent: the target in two columns, and an agent with its blanks encoded.
        let space = scratch.space();
        if let Some(stem) = stem {
            space.extend_from_slice(stem);
            if let Some(query) = query {
                space.push(b'?');
                space.extend_from_slice(query);
            }
        }
        let target = space.len();
        if let Some(agent) = agent {
            decode(agent, space);
        }
        let space: &'a [u8] = space;
        if stem.is_some() {
            entry.target = &space[..target];
        }
        if agent.is_some() {
            entry.agent = Some(&space[target..]);
        }
        if entry.method.is_empty() && !entry.target.is_empty() && stem.is_none() {
            request(entry.target, &mut entry);
        }
        Ok(entry)
    }
}

fn column(name: &[u8]) -> Column {
    match name.to_ascii_lowercase().as_slice() {
        b"date" => Column::Date,
        b"time" => Column::Time,
        b"c-ip" => Column::Client,
        b"cs-host" | b"cs(host)" | b"x-host-header" => Column::Host,
        b"cs-method" => Column::Method,
        b"cs-uri-stem" => Column::Stem,
        b"cs-uri-query" => Column::Query,
        b"cs-uri" => Column::Uri,
        b"cs-version" | b"cs-protocol-version" => Column::Protocol,
        b"sc-status" => Column::Status,
        b"sc-bytes" => Column::Bytes,
        b"cs(referer)" => Column::Referrer,
        b"cs(user-agent)" => Column::Agent,
        // IIS writes milliseconds into the first; the standard and CloudFront seconds with a fraction.
        b"time-taken" => Column::Took(Unit::Seconds),
        b"time-taken-ms" => Column::Took(Unit::Millis),
        _ => Column::Skip,
    }
}

/// The date and the time of a line, which are in UTC.
fn moment(date: &[u8], time: &[u8]) -> Option<i64> {
    let mut text = [b'T'; 19];
    text[..10].copy_from_slice(date.get(..10).filter(|_| date.len() == 10)?);
    text[11..].copy_from_slice(time.get(..8)?);
    let fraction = &time[8..];
    let whole = fraction.is_empty() || (fraction[0] == b'.' && fraction[1..].iter().all(u8::is_ascii_digit));
    whole.then(|| clock::iso(&text)).flatten()
}

/// CloudFront has 000 for a viewer that left before there was an answer.
fn status(value: &[u8]) -> Result<Option<u16>, Unparsed> {
    match value {
        b"-" | b"000" => Ok(None),
        digits => match clock::number(digits).map(u16::try_from) {
            Some(Ok(status @ 100..=999)) => Ok(Some(status)),
            _ => Err(Unparsed::Status),
        },
    }
}

/// Undoes what keeps blanks out of a value: `+` (IIS) and `%20`, which CloudFront encodes twice as `%2520`.
fn decode(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'%', [b'2', b'5', high, low, behind @ ..]) if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
                out.push(high << 4 | low);
                rest = behind;
            }
            (b'%', [high, low, behind @ ..]) if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
                out.push(high << 4 | low);
                rest = behind;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
    }
}
