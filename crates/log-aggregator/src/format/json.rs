//! A JSON object a line: nginx with `escape=json`, Caddy, Traefik and whatever names its fields alike.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::entry::Entry;

use super::clock::{self, Clock};
use super::field::{Unit, Unparsed, request};
use super::layout::Scratch;

/// What a field of a JSON line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Role {
    Client,
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

const ROLES: usize = 13;

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
        }
    }

    /// The role that people name so in a setting.
    fn named(name: &str) -> Option<Role> {
        Some(match name {
            "client" => Role::Client,
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
            "client_ip",
            "clientip",
            "remote_ip",
            "client",
        ],
    ),
    (Role::Time, &["time_local", "time_iso8601", "msec", "ts", "StartUTC", "time", "timestamp", "@timestamp"]),
    (Role::Host, &["http_host", "host", "server_name", "vhost", "request.host", "RequestHost"]),
    (Role::Request, &["request"]),
    (Role::Method, &["request_method", "request.method", "RequestMethod", "method"]),
    (Role::Target, &["request_uri", "request.uri", "RequestPath", "uri", "url", "path"]),
    (Role::Protocol, &["server_protocol", "request.proto", "RequestProtocol", "protocol"]),
    (Role::Status, &["status", "DownstreamStatus", "status_code"]),
    (Role::Bytes, &["body_bytes_sent", "bytes_sent", "size", "DownstreamContentSize", "bytes"]),
    (
        Role::Referrer,
        &["http_referer", "http_referrer", "request.headers.Referer.0", "request_Referer", "referer", "referrer"],
    ),
    (
        Role::Agent,
        &["http_user_agent", "request.headers.User-Agent.0", "request_User-Agent", "user_agent", "agent", "useragent"],
    ),
    (Role::Took(Unit::Seconds), &["request_time", "duration"]),
    (Role::Took(Unit::Nanos), &["Duration"]),
    (Role::Upstream(Unit::Seconds), &["upstream_response_time"]),
    (Role::Upstream(Unit::Nanos), &["OriginDuration"]),
];

/// Which fields of a JSON line are what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFields {
    /// The role of each name, and how sure it is: less is surer.
    roles: HashMap<String, (Role, usize)>,
}

/// A setting of a field's name that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no field: write ROLE=NAME, such as client=remote.ip; roles are client, time, host, request, method, target, protocol, \
     status, bytes, referrer, agent, response-time-s (-ms, -us, -ns), upstream-time-s (-ms)"
)]
pub struct UnknownRole(String);

impl Default for JsonFields {
    fn default() -> Self {
        let each = USUAL
            .iter()
            .flat_map(|(role, names)| names.iter().enumerate().map(|(rank, name)| (*name, *role, rank + 1)));
        JsonFields { roles: each.map(|(name, role, rank)| (name.to_owned(), (role, rank))).collect() }
    }
}

impl JsonFields {
    /// The usual names and, surer than these, those of settings such as `client=remote.ip`.
    ///
    /// # Errors
    ///
    /// Where a setting is of another form or names an unknown role.
    pub fn with<'s>(settings: impl IntoIterator<Item = &'s str>) -> Result<JsonFields, UnknownRole> {
        let mut fields = JsonFields::default();
        for setting in settings {
            let role = setting.split_once('=').and_then(|(role, name)| Some((Role::named(role.trim())?, name.trim())));
            let (role, name) = role.ok_or_else(|| UnknownRole(setting.to_owned()))?;
            fields.roles.insert(name.to_owned(), (role, 0));
        }
        Ok(fields)
    }

    /// Reads one line. JSON is UTF-8; servers write bytes of a target that are not all the same, and these are read as U+FFFD.
    pub(super) fn parse<'a>(&self, line: &[u8], scratch: &'a mut Scratch) -> Result<Entry<'a>, Unparsed> {
        let (space, clock) = scratch.space_and_clock();
        let mut found = Found { space, values: [const { None }; ROLES] };
        if self.walk(line, &mut found).is_err() {
            let readable = match String::from_utf8_lossy(line) {
                Cow::Owned(readable) => readable,
                Cow::Borrowed(_) => return Err(Unparsed::Json),
            };
            found.space.clear();
            found.values = [const { None }; ROLES];
            self.walk(readable.as_bytes(), &mut found).map_err(|_| Unparsed::Json)?;
        }
        let Found { space, values } = found;
        build(space, &values, clock)
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
}

enum What {
    Text(Range<usize>),
    Number(f64),
}

struct Found<'s> {
    space: &'s mut Vec<u8>,
    values: [Option<Value>; ROLES],
}

fn build<'a>(space: &'a [u8], values: &[Option<Value>; ROLES], clock: &mut Clock) -> Result<Entry<'a>, Unparsed> {
    let value = |role: Role| values[role.place()].as_ref();
    let text = |role| match value(role) {
        Some(Value { what: What::Text(range), .. }) => {
            Some(&space[range.clone()]).filter(|text| !matches!(*text, b"" | b"-"))
        }
        _ => None,
    };
    let mut entry = Entry { client: text(Role::Client).ok_or(Unparsed::Client)?, ..Entry::default() };
    entry.time = match value(Role::Time).map(|value| &value.what) {
        Some(What::Number(seconds)) => *seconds as i64,
        Some(What::Text(range)) => {
            let text = &space[range.clone()];
            clock.common(text).or_else(|| clock::iso(text)).or_else(|| clock::epoch(text)).ok_or(Unparsed::Time)?
        }
        None => return Err(Unparsed::Time),
    };
    if let Some(line) = text(Role::Request) {
        request(line, &mut entry);
    }
    entry.host = text(Role::Host);
    entry.method = text(Role::Method).unwrap_or(entry.method);
    entry.target = text(Role::Target).unwrap_or(entry.target);
    entry.protocol = text(Role::Protocol).unwrap_or(entry.protocol);
    entry.referrer = text(Role::Referrer);
    entry.agent = text(Role::Agent);
    let number = |role: Role| -> Result<Option<u64>, ()> {
        match value(role).map(|value| &value.what) {
            None => Ok(None),
            Some(What::Number(number)) if *number >= 0.0 => Ok(Some(*number as u64)),
            Some(What::Number(_)) => Err(()),
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
    entry.bytes = number(Role::Bytes).map_err(|()| Unparsed::Bytes)?.unwrap_or(0);
    let micros = |role: Role| -> Result<Option<u64>, Unparsed> {
        let Some(value) = value(role) else { return Ok(None) };
        let (Role::Took(unit) | Role::Upstream(unit)) = value.role else { return Ok(None) };
        match &value.what {
            What::Number(number) => Ok(Some((number.max(0.0) * unit.in_micros()).round() as u64)),
            What::Text(range) => unit.read_sum(&space[range.clone()]),
        }
    };
    entry.response_time = micros(Role::Took(Unit::Seconds))?;
    entry.upstream_time = micros(Role::Upstream(Unit::Seconds))?;
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
        let Some((role, rank)) = self.fields.roles.get(self.path.as_str()) else { return };
        let place = &mut self.found.values[role.place()];
        if place.as_ref().is_none_or(|value| *rank < value.rank) {
            *place = Some(Value { role: *role, rank: *rank, what: what(self.found.space) });
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
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
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
