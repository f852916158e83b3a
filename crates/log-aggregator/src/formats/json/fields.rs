//! Which fields of a JSON line are what, by their usual names and by those of `--fields`.

use std::collections::HashMap;

use crate::formats::fields::TimeUnit;

/// What a field of a JSON line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
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
    Took(TimeUnit),
    Upstream(TimeUnit),
}

pub(super) const ROLES: usize = 14;

impl Role {
    pub(super) fn place(self) -> usize {
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
            "response-time-s" => Role::Took(TimeUnit::Seconds),
            "response-time-ms" => Role::Took(TimeUnit::Millis),
            "response-time-us" => Role::Took(TimeUnit::Micros),
            "response-time-ns" => Role::Took(TimeUnit::Nanos),
            "upstream-time-s" => Role::Upstream(TimeUnit::Seconds),
            "upstream-time-ms" => Role::Upstream(TimeUnit::Millis),
            _ => return None,
        })
    }
}

/// The usual names of each role, the surest first. A dot leads into an object or a list.
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
    (Role::Took(TimeUnit::PointSeconds), &["request_time"]),
    (Role::Took(TimeUnit::Seconds), &["duration", "httpRequest.latency"]),
    (Role::Took(TimeUnit::Nanos), &["Duration"]),
    (Role::Upstream(TimeUnit::PointSeconds), &["upstream_response_time"]),
    (Role::Upstream(TimeUnit::Nanos), &["OriginDuration"]),
];

/// Names whose unit is known only in the lines of one server, and the names by which its lines are
/// known: `duration` is in seconds where Caddy writes it, and in milliseconds where others do.
pub(super) const SURE_WITH: [(&str, &[&str]); 4] = [
    ("duration", &["request.client_ip", "request.remote_ip"]),
    ("Duration", &["DownstreamStatus", "RequestPath"]),
    ("OriginDuration", &["DownstreamStatus", "RequestPath"]),
    ("httpRequest.latency", &["httpRequest.requestUrl"]),
];

/// The one of them that is Google's.
pub(super) const GOOGLE: usize = 3;

/// Which fields of a JSON line are what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFields {
    /// The role of each name, and its rank: a lower one is surer.
    pub(super) roles: HashMap<String, (Role, usize)>,
}

/// The rank of names from a setting: they are surer than all usual ones.
pub(super) const BY_SETTING: usize = 0;

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
    /// The name of a field by its role and rank.
    pub(super) fn name_of(&self, role: Role, rank: usize) -> Option<&str> {
        let found = self.roles.iter().find(|(_, known)| **known == (role, rank));
        found.map(|(name, _)| name.as_str())
    }

    /// The usual names and, surer than these, the names of settings such as `client=remote.ip`.
    ///
    /// # Errors
    ///
    /// Where a setting has another form or names an unknown role.
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
}
