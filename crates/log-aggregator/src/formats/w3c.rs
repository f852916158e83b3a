//! The W3C extended log format: the columns are those of the last `#Fields` line.
//!
//! Source: <https://www.w3.org/TR/WD-logfile.html>; CloudFront's columns:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>.

use super::entry::Entry;
use super::fields::clock::iso;
use super::fields::escape::percent_decode;
use super::fields::number::number;
use super::fields::request::request;
use super::fields::{TimeUnit, client};
use super::line::Line;
use super::remark::Remark;
use super::scratch::Scratch;
use super::unparsed::Unparsed;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Skip,
    Date,
    Time,
    Client,
    Forwarded,
    Host,
    /// The host that the viewer asked for, where `Host` is a distribution's own.
    ViewerHost,
    Method,
    Stem,
    Query,
    Uri,
    Protocol,
    Status,
    Bytes,
    Referrer,
    Agent,
    Took(TimeUnit),
    /// A duration whose unit the log does not say.
    TookSomething,
}

/// Who writes a log: programs agree on the names of columns and not on their values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    /// Unknown: the values are what the standard says.
    #[default]
    Unknown,
    /// Microsoft's servers: durations in milliseconds, and a `+` for each blank of an agent.
    Iis,
    /// AWS CloudFront: durations in seconds, and agents percent-encoded.
    CloudFront,
}

/// The columns that the lines have from here on.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// The date of a `#Date` line, for logs whose lines have the time alone.
    date: Vec<u8>,
    /// What the last `#Software` line said, and the columns show.
    writer: Writer,
    /// Whether the times are those of the server's clock.
    is_local: bool,
    /// Whether the columns are those of a server that is no HTTP.
    is_ftp: bool,
}

impl Columns {
    /// Reads a line of values, or a directive.
    pub(super) fn parse<'a>(
        &mut self,
        line: &'a [u8],
        scratch: &'a mut Scratch,
    ) -> Result<Line<'a>, Unparsed> {
        if let Some(directive) = line.strip_prefix(b"#") {
            if let Some(names) = directive.strip_prefix(b"Fields:") {
                let names =
                    names.split(|byte| byte.is_ascii_whitespace()).filter(|name| !name.is_empty());
                let names: Vec<Vec<u8>> = names.map(<[u8]>::to_ascii_lowercase).collect();
                self.writer = self.writer.with_columns(&names);
                let has = |name: &[u8]| names.iter().any(|known| known == name);
                self.is_local = has(b"time-local") && !has(b"time");
                self.is_ftp = has(b"x-session") && has(b"x-fullpath");
                self.columns = names.iter().map(|name| column(name, self.writer)).collect();
            } else if let Some(date) = directive.strip_prefix(b"Date:") {
                self.date = date.trim_ascii().iter().copied().take(10).collect();
            } else if let Some(software) = directive.strip_prefix(b"Software:") {
                let is_microsoft = memchr::memmem::find(software, b"Microsoft")
                    .or(memchr::memmem::find(software, b"IIS"));
                self.writer = is_microsoft.map_or(Writer::Unknown, |_| Writer::Iis);
            }
            return Ok(Line::Nothing);
        }
        if line.trim_ascii().is_empty() {
            return Ok(Line::Nothing);
        }
        self.values(line, scratch).map(Line::Entry)
    }

    fn values<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Result<Entry<'a>, Unparsed> {
        scratch.clear();
        let Scratch { unescaped: space, respelling, reading, .. } = scratch;
        let proxies = &reading.proxies;
        let tabs = memchr::memchr(b'\t', line).is_some();
        let mut values = LineColumns { rest: Some(line), tabs };
        let mut entry = Entry::default();
        let (mut date, mut time, mut stem, mut query, mut agent) =
            (self.date.as_slice(), None, None, None, None);
        let (mut forwarded, mut viewer_host, mut has_size) = (None, None, false);
        for column in &self.columns {
            let Some(ColumnValue { text: value, quoted }) = values.next() else {
                // Columns at the end that are not counted may be missing.
                if *column != Column::Skip {
                    return Err(Unparsed::Shape);
                }
                entry.remarks.add(Remark::ColumnsMissing);
                continue;
            };
            let known = (!matches!(value, b"-" | b"")).then_some(value);
            match column {
                Column::Skip => {}
                Column::Date => date = value,
                Column::Time => time = Some(value),
                Column::Client => entry.client = proxies.client(known.ok_or(Unparsed::Client)?),
                Column::Forwarded => {
                    forwarded = forwarded.or(known.and_then(|text| proxies.forwarded(text)))
                }
                Column::ViewerHost => viewer_host = known,
                Column::Host => entry.host = entry.host.or(known),
                Column::Method => entry.method = known.unwrap_or_default(),
                Column::Stem => stem = known,
                Column::Query => query = known,
                Column::Uri => entry.target = known.unwrap_or_default(),
                Column::Protocol => entry.protocol = known.unwrap_or_default(),
                Column::Status => entry.status = status(known.unwrap_or(b"-"))?,
                Column::Bytes => {
                    has_size = known.is_some();
                    entry.bytes = known
                        .map_or(Some(0), |value| number(value).map(i64::unsigned_abs))
                        .ok_or(Unparsed::Bytes)?
                }
                Column::Referrer => entry.referrer = known,
                Column::Agent => agent = known.map(|text| ColumnValue { text, quoted }),
                Column::Took(unit) => {
                    entry.response_time = known
                        .map(|value| unit.micros(value).ok_or(Unparsed::Duration))
                        .transpose()?
                }
                // The standard has seconds, with or without a point. Without one, other programs
                // may mean milliseconds.
                Column::TookSomething => {
                    match known
                        .map(|value| (value.contains(&b'.'), TimeUnit::Seconds.micros(value)))
                    {
                        Some((true, Some(micros))) => entry.response_time = Some(micros),
                        Some((_, None)) => return Err(Unparsed::Duration),
                        Some((false, _)) => entry.remarks.add(Remark::NoUnit),
                        None => {}
                    }
                }
            }
        }
        if self.columns.is_empty() || self.is_ftp || is_command(entry.method, stem) {
            return Err(Unparsed::Shape);
        }
        if values.next().is_some() {
            return Err(Unparsed::Surplus);
        }
        entry.host = viewer_host.or(entry.host).map(client::host);
        if let Some(forwarded) = forwarded
            && (entry.client.is_empty() || proxies.trust(entry.client))
        {
            entry.client = forwarded;
        }
        if !has_size {
            entry.remarks.add(Remark::NoSize);
        }
        if entry.client.is_empty() {
            return Err(Unparsed::Client);
        }
        entry.time = seconds(date, time.ok_or(Unparsed::Time)?).ok_or(Unparsed::Time)?;
        if self.is_local {
            entry.remarks.add(Remark::NoZone);
        }
        // Two values are not as they were sent: the target stands in two columns, and the blanks of
        // the agent are encoded.
        entry.client = respelling.of(entry.client);
        if let Some(stem) = stem {
            space.extend_from_slice(stem);
            if let Some(query) = query {
                space.push(b'?');
                space.extend_from_slice(query);
            }
        }
        let target = space.len();
        if let Some(agent) = agent {
            match self.writer {
                _ if agent.quoted => space.extend_from_slice(agent.text),
                Writer::Iis => space
                    .extend(agent.text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte })),
                Writer::CloudFront | Writer::Unknown => percent_decode(agent.text, space),
            }
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

/// A value of a line, without quotes around it.
#[derive(Clone, Copy, Debug)]
struct ColumnValue<'a> {
    text: &'a [u8],
    quoted: bool,
}

/// The values of a line, with tabs or blanks between them; between blanks they may be quoted.
struct LineColumns<'a> {
    rest: Option<&'a [u8]>,
    tabs: bool,
}

impl<'a> Iterator for LineColumns<'a> {
    type Item = ColumnValue<'a>;

    fn next(&mut self) -> Option<ColumnValue<'a>> {
        let mut rest = self.rest?;
        if !self.tabs {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                self.rest = None;
                return None;
            }
            if let [b'"', behind @ ..] = rest
                && let Some(end) = memchr::memmem::find(behind, b"\" ")
                    .or(behind.ends_with(b"\"").then(|| behind.len() - 1))
            {
                self.rest = Some(&behind[end + 1..]);
                return Some(ColumnValue { text: &behind[..end], quoted: true });
            }
        }
        let end = memchr::memchr(if self.tabs { b'\t' } else { b' ' }, rest);
        self.rest = end.map(|end| &rest[end + 1..]);
        Some(ColumnValue { text: &rest[..end.unwrap_or(rest.len())], quoted: false })
    }
}

impl Writer {
    /// Who writes a log with these columns: some only one program has, whatever the log says of
    /// itself.
    fn with_columns(self, names: &[Vec<u8>]) -> Writer {
        let has = |known: &[&[u8]]| names.iter().any(|name| known.contains(&name.as_slice()));
        if names.iter().any(|name| name.starts_with(b"x-edge-")) {
            Writer::CloudFront
        } else if has(&[b"sc-win32-status", b"sc-substatus", b"s-sitename"]) {
            Writer::Iis
        } else {
            self
        }
    }
}

/// What a column of this name, in lower case, is.
fn column(name: &[u8], writer: Writer) -> Column {
    match name {
        b"date" | b"date-local" => Column::Date,
        b"time" | b"time-local" => Column::Time,
        b"c-ip" => Column::Client,
        b"x-forwarded-for" | b"cs(x-forwarded-for)" => Column::Forwarded,
        b"cs-host" | b"cs(host)" => Column::Host,
        b"x-host-header" => Column::ViewerHost,
        b"cs-method" => Column::Method,
        b"cs-uri-stem" => Column::Stem,
        b"cs-uri-query" => Column::Query,
        b"cs-uri" => Column::Uri,
        b"cs-version" | b"cs-protocol-version" => Column::Protocol,
        b"sc-status" => Column::Status,
        b"sc-bytes" => Column::Bytes,
        b"cs(referer)" | b"cs(referrer)" => Column::Referrer,
        b"cs(user-agent)" => Column::Agent,
        // https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging
        b"time-taken" => match writer {
            Writer::Iis => Column::Took(TimeUnit::Millis),
            Writer::CloudFront => Column::Took(TimeUnit::Seconds),
            Writer::Unknown => Column::TookSomething,
        },
        // The latter is that of IIS' Advanced Logging.
        b"time-taken-ms" | b"timetakenms" => Column::Took(TimeUnit::Millis),
        _ => Column::Skip,
    }
}

/// Whether this is a command to an FTP or mail server: IIS has them in logs of the same columns,
/// beside those of its sites. Old versions number the connection in front of it, as in `[2]USER`.
fn is_command(method: &[u8], stem: Option<&[u8]>) -> bool {
    let is_path = stem.is_some_and(|stem| stem.starts_with(b"/"));
    method.starts_with(b"[") || (!is_path && COMMANDS.contains(&method))
}

/// Those that no HTTP server is sent.
const COMMANDS: [&[u8]; 14] = [
    b"USER",
    b"PASS",
    b"RETR",
    b"STOR",
    b"CWD",
    b"PASV",
    b"QUIT",
    b"ControlChannelOpened",
    b"ControlChannelClosed",
    b"DataChannelOpened",
    b"EHLO",
    b"HELO",
    b"MAIL",
    b"RCPT",
];

/// Whether a line is of a log that has such commands, whatever its columns are.
pub(super) fn has_command(line: &[u8]) -> bool {
    line.split(|byte| *byte == b' ').any(|value| {
        let rest = value.strip_prefix(b"[").and_then(|value| {
            let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
            value[digits..].strip_prefix(b"]").filter(|_| digits > 0)
        });
        rest.is_some_and(|rest| !rest.is_empty()) || COMMANDS.contains(&value)
    })
}

/// The date and the time of a line, which are in UTC.
fn seconds(date: &[u8], time: &[u8]) -> Option<i64> {
    let mut text = [b'T'; 19];
    text[..10].copy_from_slice(date.get(..10).filter(|_| date.len() == 10)?);
    text[11..].copy_from_slice(time.get(..8)?);
    let fraction = &time[8..];
    let whole = fraction.is_empty()
        || (fraction[0] == b'.' && fraction[1..].iter().all(u8::is_ascii_digit));
    whole.then(|| iso(&text)).flatten().map(|time| time.clock)
}

/// CloudFront writes 000 for a viewer that left before there was an answer.
fn status(value: &[u8]) -> Result<Option<u16>, Unparsed> {
    match value {
        b"-" | b"000" => Ok(None),
        digits => match number(digits).map(u16::try_from) {
            Some(Ok(status @ 100..=999)) => Ok(Some(status)),
            _ => Err(Unparsed::Status),
        },
    }
}
