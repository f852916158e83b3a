//! A JSON object a line: nginx with `escape=json`, Caddy, Traefik and whatever names its fields
//! alike.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::entry::Entry;
use crate::remark::Remark;

use super::client;
use super::clock::{self, Clock};
use super::field::{Unit, Unparsed, host_of, request};
use super::layout::Scratch;

/// What a field of a JSON line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Role {
    Client,
    Forwarded,
    Time,
    Host,
    Request,
    Method,
    Target,
    Protocol,
    Status,
    Bytes,
    Referrer,
    Agent,
    Took(Unit),
    Upstream(Unit),
}

const ROLES: usize = 14;

impl Role {
    fn place(self) -> usize {
        match self {
            Role::Client => 0,
            Role::Time => 1,
            Role::Host => 2,
            Role::Request => 3,
            Role::Method => 4,
            Role::Target => 5,
            Role::Protocol => 6,
            Role::Status => 7,
            Role::Bytes => 8,
            Role::Referrer => 9,
            Role::Agent => 10,
            Role::Took(_) => 11,
            Role::Upstream(_) => 12,
            Role::Forwarded => 13,
        }
    }

    /// The role that people name so in a setting.
    fn named(name: &str) -> Option<Role> {
        Some(match name {
            "client" => Role::Client,
            "forwarded" => Role::Forwarded,
            "time" => Role::Time,
            "host" => Role::Host,
            "request" => Role::Request,
            "method" => Role::Method,
            "target" => Role::Target,
            "protocol" => Role::Protocol,
            "status" => Role::Status,
            "bytes" => Role::Bytes,
            "referrer" => Role::Referrer,
            "agent" => Role::Agent,
            "response-time-s" => Role::Took(Unit::Seconds),
            "response-time-ms" => Role::Took(Unit::Millis),
            "response-time-us" => Role::Took(Unit::Micros),
            "response-time-ns" => Role::Took(Unit::Nanos),
            "upstream-time-s" => Role::Upstream(Unit::Seconds),
            "upstream-time-ms" => Role::Upstream(Unit::Millis),
            _ => return None,
        })
    }
}

/// The usual names, by role, the surest first. A dot goes into an object or a list.
const USUAL: &[(Role, &[&str])] = &[
    (
        Role::Client,
        &[
            "remote_addr",
            "request.client_ip",
            "request.remote_ip",
            "ClientHost",
            "ClientAddr",
            "client_ip",
            "clientip",
            "remote_ip",
            "client",
            "httpRequest.remoteIp",
            "ClientIP",
        ],
    ),
    (
        Role::Forwarded,
        &[
            "http_x_forwarded_for",
            "x_forwarded_for",
            "xff",
            "request.headers.X-Forwarded-For.0",
            "request_X-Forwarded-For",
            "http_x_real_ip",
            "x_real_ip",
        ],
    ),
    (
        Role::Time,
        &[
            "time_local",
            "time_iso8601",
            "msec",
            "ts",
            "StartUTC",
            "time",
            "timestamp",
            "@timestamp",
            "EdgeStartTimestamp",
            "StartLocal",
        ],
    ),
    (
        Role::Host,
        &[
            "http_host",
            "host",
            "server_name",
            "vhost",
            "request.host",
            "RequestHost",
            "ClientRequestHost",
        ],
    ),
    (Role::Request, &["request"]),
    (
        Role::Method,
        &[
            "request_method",
            "request.method",
            "RequestMethod",
            "method",
            "httpRequest.requestMethod",
            "ClientRequestMethod",
        ],
    ),
    (
        Role::Target,
        &[
            "request_uri",
            "request.uri",
            "RequestPath",
            "uri",
            "url",
            "path",
            "httpRequest.requestUrl",
            "ClientRequestURI",
        ],
    ),
    (
        Role::Protocol,
        &[
            "server_protocol",
            "request.proto",
            "RequestProtocol",
            "protocol",
            "httpRequest.protocol",
            "ClientRequestProtocol",
        ],
    ),
    (
        Role::Status,
        &["status", "DownstreamStatus", "status_code", "httpRequest.status", "EdgeResponseStatus"],
    ),
    (
        Role::Bytes,
        &[
            "body_bytes_sent",
            "bytes_sent",
            "size",
            "DownstreamContentSize",
            "bytes",
            "httpRequest.responseSize",
            "EdgeResponseBytes",
        ],
    ),
    (
        Role::Referrer,
        &[
            "http_referer",
            "http_referrer",
            "request.headers.Referer.0",
            "request_Referer",
            "referer",
            "referrer",
            "httpRequest.referer",
            "ClientRequestReferer",
        ],
    ),
    (
        Role::Agent,
        &[
            "http_user_agent",
            "request.headers.User-Agent.0",
            "request_User-Agent",
            "user_agent",
            "agent",
            "useragent",
            "httpRequest.userAgent",
            "ClientRequestUserAgent",
        ],
    ),
    (Role::Took(Unit::PointSeconds), &["request_time"]),
    (Role::Took(Unit::Seconds), &["duration", "httpRequest.latency"]),
    (Role::Took(Unit::Nanos), &["Duration"]),
    (Role::Upstream(Unit::PointSeconds), &["upstream_response_time"]),
    (Role::Upstream(Unit::Nanos), &["OriginDuration"]),
];

/// Names that say what unit a time has only in the lines of one server, and a name by which its
/// lines are known: `duration` is of seconds where Caddy writes it, and of milliseconds where
/// others do.
const SURE_WITH: [(&str, &[&str]); 4] = [
    ("duration", &["request.client_ip", "request.remote_ip"]),
    ("Duration", &["DownstreamStatus", "RequestPath"]),
    ("OriginDuration", &["DownstreamStatus", "RequestPath"]),
    ("httpRequest.latency", &["httpRequest.requestUrl"]),
];

/// Which of them is Google's.
const GOOGLE: usize = 3;

/// Which fields of a JSON line are what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFields {
    /// The role of each name, and how sure it is: less is surer.
    roles: HashMap<String, (Role, usize)>,
}

/// By which the names of a setting are known: it is surer than all usual ones.
const BY_SETTING: usize = 0;

/// A setting of a field's name that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no field: write ROLE=NAME, such as client=remote.ip; roles are client, time, \
     host, request, method, target, protocol, forwarded, status, bytes, referrer, agent, \
     response-time-s (-ms, -us, -ns), upstream-time-s (-ms)"
)]
pub struct UnknownRole(String);

impl Default for JsonFields {
    fn default() -> Self {
        let each = USUAL.iter().flat_map(|(role, names)| {
            names.iter().enumerate().map(|(rank, name)| (*name, *role, rank + 1))
        });
        JsonFields {
            roles: each.map(|(name, role, rank)| (name.to_owned(), (role, rank))).collect(),
        }
    }
}

impl JsonFields {
    /// The usual names and, surer than these, those of settings such as `client=remote.ip`.
    ///
    /// # Errors
    ///
    /// Where a setting is of another form or names an unknown role.
    pub fn with<'s>(
        settings: impl IntoIterator<Item = &'s str>,
    ) -> Result<JsonFields, UnknownRole> {
        let mut fields = JsonFields::default();
        for setting in settings {
            let role = setting
                .split_once('=')
                .and_then(|(role, name)| Some((Role::named(role.trim())?, name.trim())));
            let (role, name) = role.ok_or_else(|| UnknownRole(setting.to_owned()))?;
            fields.roles.insert(name.to_owned(), (role, BY_SETTING));
        }
        Ok(fields)
    }

    /// Reads one line. JSON is UTF-8; servers write bytes of a target that are not all the same,
    /// and these are read as U+FFFD.
    pub(super) fn parse<'a>(
        &self,
        line: &[u8],
        scratch: &'a mut Scratch,
    ) -> Result<Entry<'a>, Unparsed> {
        let (space, clock) = scratch.space_and_clock();
        let mut found = Found { space, values: [const { None }; ROLES], sure: 0 };
        if self.walk(line, &mut found).is_err() {
            let readable = match String::from_utf8_lossy(line) {
                Cow::Owned(readable) => readable,
                Cow::Borrowed(_) => return Err(Unparsed::Json),
            };
            found.space.clear();
            (found.values, found.sure) = ([const { None }; ROLES], 0);
            self.walk(readable.as_bytes(), &mut found).map_err(|_| Unparsed::Json)?;
        }
        let Found { space, values, sure } = found;
        build(space, &values, sure, clock)
    }

    fn walk(&self, line: &[u8], found: &mut Found<'_>) -> Result<(), serde_json::Error> {
        let mut json = serde_json::Deserializer::from_slice(line);
        Walk { fields: self, path: &mut String::new(), found }.deserialize(&mut json)?;
        json.end()
    }
}

/// A value that was found, with its role and how sure it is.
struct Value {
    role: Role,
    rank: usize,
    what: What,
    /// Which of [`SURE_WITH`] it is.
    only_with: Option<usize>,
}

enum What {
    Text(Range<usize>),
    Number(f64),
    /// A number without a point.
    Whole(f64),
}

struct Found<'s> {
    space: &'s mut Vec<u8>,
    values: [Option<Value>; ROLES],
    /// Which of [`SURE_WITH`] have one of their names in the line, as bits.
    sure: u8,
}

/// Seconds since 1970 of a number of seconds, or of milliseconds, microseconds or nanoseconds:
/// times of our days are told apart by their size, since a thousandth of one is of 1971 and a
/// thousand times one is of the year 50,000 or so.
fn seconds(number: f64) -> i64 {
    const UNITS: [(f64, f64); 3] = [(1e17, 1e9), (1e14, 1e6), (1e11, 1e3)];
    let unit =
        UNITS.into_iter().find(|(least, _)| number.abs() >= *least).map_or(1.0, |(_, unit)| unit);
    (number / unit) as i64
}

/// The same of a text.
fn seconds_of_text(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    std::str::from_utf8(text).ok()?.parse().ok().filter(|_| digits).map(seconds)
}

fn build<'a>(
    space: &'a [u8],
    values: &[Option<Value>; ROLES],
    sure: u8,
    clock: &mut Clock,
) -> Result<Entry<'a>, Unparsed> {
    let value = |role: Role| values[role.place()].as_ref();
    let text = |role| match value(role) {
        Some(Value { what: What::Text(range), .. }) => {
            Some(&space[range.clone()]).filter(|text| !matches!(*text, b"" | b"-"))
        }
        _ => None,
    };
    let connected = text(Role::Client).map(client::client).filter(|client| !client.is_empty());
    let forwarded = text(Role::Forwarded).and_then(client::forwarded);
    let client = match (connected, forwarded) {
        (Some(connected), Some(forwarded)) if client::is_proxy(connected) => forwarded,
        (connected, forwarded) => connected.or(forwarded).ok_or(Unparsed::Client)?,
    };
    let mut entry = Entry { client, ..Entry::default() };
    entry.time = match value(Role::Time).map(|value| &value.what) {
        Some(What::Number(number) | What::Whole(number)) => seconds(*number),
        Some(What::Text(range)) => {
            let text = &space[range.clone()];
            let iso = || {
                let (seconds, has_zone) = clock::iso(text)?;
                if !has_zone {
                    entry.remarks.add(Remark::NoZone);
                }
                Some(seconds)
            };
            clock
                .common(text)
                .or_else(iso)
                .or_else(|| seconds_of_text(text))
                .or_else(|| clock::epoch(text))
                .ok_or(Unparsed::Time)?
        }
        None => return Err(Unparsed::Time),
    };
    if let Some(line) = text(Role::Request) {
        request(line, &mut entry);
    }
    entry.host = text(Role::Host).map(client::without_port);
    entry.method = text(Role::Method).unwrap_or(entry.method);
    entry.target = text(Role::Target).unwrap_or(entry.target);
    entry.host = entry.host.or_else(|| host_of(entry.target).map(client::without_port));
    entry.protocol = text(Role::Protocol).unwrap_or(entry.protocol);
    entry.referrer = text(Role::Referrer);
    entry.agent = text(Role::Agent);
    let number = |role: Role| -> Result<Option<u64>, ()> {
        match value(role).map(|value| &value.what) {
            None => Ok(None),
            Some(What::Number(number) | What::Whole(number)) if *number >= 0.0 => {
                Ok(Some(*number as u64))
            }
            Some(What::Number(_) | What::Whole(_)) => Err(()),
            Some(What::Text(range)) => match &space[range.clone()] {
                b"" | b"-" => Ok(None),
                digits => clock::number(digits).map(|number| Some(number.unsigned_abs())).ok_or(()),
            },
        }
    };
    entry.status = match number(Role::Status).map_err(|()| Unparsed::Status)? {
        None | Some(0) => None,
        Some(status @ 100..=999) => Some(status as u16),
        Some(_) => return Err(Unparsed::Status),
    };
    match number(Role::Bytes).map_err(|()| Unparsed::Bytes)? {
        // A -1 that somebody wrote as an unsigned number.
        Some(bytes) if bytes > i64::MAX.unsigned_abs() => return Err(Unparsed::Bytes),
        Some(bytes) => entry.bytes = bytes,
        None => entry.remarks.add(Remark::NoSize),
    }
    let mut micros = |role: Role| -> Result<Option<u64>, Unparsed> {
        let Some(value) = value(role) else { return Ok(None) };
        let (Role::Took(unit) | Role::Upstream(unit)) = value.role else { return Ok(None) };
        let is_sure = value.only_with.is_none_or(|number| sure & 1 << number != 0);
        let read = match &value.what {
            _ if !is_sure => Err(Unparsed::Duration),
            What::Whole(_) if unit == Unit::PointSeconds => Err(Unparsed::Duration),
            What::Number(number) | What::Whole(number) => {
                Ok(Some((number.max(0.0) * unit.in_micros()).round() as u64))
            }
            // Google has the unit in the value.
            What::Text(range) => match &space[range.clone()] {
                [time @ .., b's'] if value.only_with == Some(GOOGLE) => unit.read_sum(time),
                time => unit.read_sum(time),
            },
        };
        match read {
            // What a setting names is of the unit that it names.
            Err(error) if value.rank == BY_SETTING => Err(error),
            Err(_) => {
                entry.remarks.add(Remark::NoUnit);
                Ok(None)
            }
            read => read,
        }
    };
    let times = (micros(Role::Took(Unit::Seconds))?, micros(Role::Upstream(Unit::Seconds))?);
    (entry.response_time, entry.upstream_time) = times;
    Ok(entry)
}

/// Goes through a value and keeps what has a role.
struct Walk<'w, 's> {
    fields: &'w JsonFields,
    path: &'w mut String,
    found: &'w mut Found<'s>,
}

impl Walk<'_, '_> {
    fn keep(self, what: impl FnOnce(&mut Vec<u8>) -> What) {
        let path = self.path.as_str();
        let Some((role, rank)) = self.fields.roles.get(path) else { return };
        for (number, (_, names)) in SURE_WITH.iter().enumerate() {
            self.found.sure |= u8::from(names.contains(&path)) << number;
        }
        let place = &mut self.found.values[role.place()];
        if place.as_ref().is_none_or(|value| *rank < value.rank) {
            let only_with = SURE_WITH
                .iter()
                .position(|(name, _)| *name == path)
                .filter(|_| *rank != BY_SETTING);
            *place =
                Some(Value { role: *role, rank: *rank, what: what(self.found.space), only_with });
        }
    }

    /// Goes on with what is called `name` in here.
    fn inside<R>(&mut self, name: &str, walk: impl FnOnce(Walk<'_, '_>) -> R) -> R {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let done = walk(Walk { fields: self.fields, path: self.path, found: self.found });
        self.path.truncate(length);
        done
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.keep(|space| {
            let from = space.len();
            space.extend_from_slice(text.as_bytes());
            What::Text(from..space.len())
        });
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.keep(|_| What::Number(number));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.keep(|_| What::Whole(number as f64));
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.keep(|_| What::Whole(number as f64));
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        // A header is a list, of which the first counts.
        if self.inside("0", |walk| list.next_element_seed(walk))?.is_some() {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            self.inside(&name, |walk| map.next_value_seed(walk))?;
        }
        Ok(())
    }
}
