//! Which fields of a JSON line are what, by their usual names and by those of `--fields`.

use std::collections::HashMap;

use crate::formats::fields::TimeUnit;

use super::role::Role;

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
            "properties.clientIp",
            "properties.clientIP",
            "properties.socketIp",
            "c-ip",
            "sourceIp",
            "identity.sourceIp",
            "downstream_remote_address",
            "source.ip",
            "source.address",
            "http.client_ip",
            "req.remoteAddress",
            "remote-address",
            "ip",
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
            "requestHeaders.X-Forwarded-For",
            "x-forwarded-for",
            "req.headers.x-forwarded-for",
            "meta.req.headers.x-forwarded-for",
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
            "requestTime",
            "requestTimeEpoch",
            "start_time",
            "timestamp(ms)",
            "timeStamp",
            "datetime",
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
            "properties.originalHost",
            "properties.hostName",
            "properties.host",
            "x-host-header",
            "cs(Host)",
            "authority",
            "domainName",
            "http.host",
            "url.domain",
            "http.url_details.host",
            ":authority",
            "req.headers.host",
            "req-headers.host",
            "meta.req.headers.host",
        ],
    ),
    (Role::Request, &["request"]),
    (Role::Date, &["date"]),
    (
        Role::Method,
        &[
            "request_method",
            "request.method",
            "RequestMethod",
            "method",
            "httpRequest.requestMethod",
            "ClientRequestMethod",
            "properties.httpMethod",
            "cs-method",
            "httpMethod",
            "http.request.method",
            "http.method",
            "req.method",
            "meta.req.method",
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
            "properties.requestUri",
            "cs-uri-stem",
            "resourcePath",
            "url.original",
            "http.url",
            "http.url_details.path",
            "url.path",
            "x-envoy-origin-path",
            "req.url",
            "meta.req.originalUrl",
            "meta.req.url",
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
            "properties.httpVersion",
            "cs-protocol-version",
        ],
    ),
    (
        Role::Status,
        &[
            "status",
            "DownstreamStatus",
            "status_code",
            "httpRequest.status",
            "EdgeResponseStatus",
            "properties.httpStatusCode",
            "properties.httpStatus",
            "sc-status",
            "response_code",
            "http.response.status_code",
            "http.status_code",
            "res.statusCode",
            "status-code",
            "meta.res.statusCode",
        ],
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
            "properties.responseBytes",
            "properties.sentBytes",
            "sc-bytes",
            "responseLength",
            "http.response.body.bytes",
            "network.bytes_written",
            "res.headers.content-length",
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
            "properties.referer",
            "properties.referrer",
            "cs(Referer)",
            "http.request.referrer",
            "http.referer",
            "req.headers.referer",
            "req-headers.referer",
            "meta.req.headers.referer",
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
            "properties.userAgent",
            "cs(User-Agent)",
            "userAgent",
            "identity.userAgent",
            "user_agent.original",
            "http.useragent",
            "user-agent",
            "req.headers.user-agent",
            "req-headers.user-agent",
            "meta.req.headers.user-agent",
        ],
    ),
    (Role::Took(TimeUnit::PointSeconds), &["request_time", "properties.timeTaken"]),
    (Role::Took(TimeUnit::Seconds), &["duration", "httpRequest.latency", "time-taken"]),
    (Role::Took(TimeUnit::Nanos), &["Duration", "event.duration"]),
    (Role::Took(TimeUnit::Millis), &["responseTime", "meta.responseTime", "response-time"]),
    (Role::Upstream(TimeUnit::PointSeconds), &["upstream_response_time"]),
    (Role::Upstream(TimeUnit::Nanos), &["OriginDuration"]),
    (Role::Upstream(TimeUnit::Millis), &["upstream_service_time", "x-envoy-upstream-service-time"]),
    (Role::Logger, &["logger", "category"]),
];

/// A name, its unit, and names of the same line.
type SureWith = (&'static str, TimeUnit, &'static [&'static str]);

/// Names whose unit is known only in the lines of one server, that unit, and the names by which its
/// lines are known: `duration` is in seconds where Caddy writes it, and in milliseconds in Envoy's.
pub(super) const SURE_WITH: [SureWith; 8] = [
    ("duration", TimeUnit::Seconds, &["request.client_ip", "request.remote_ip"]),
    ("Duration", TimeUnit::Nanos, &["DownstreamStatus", "RequestPath"]),
    ("OriginDuration", TimeUnit::Nanos, &["DownstreamStatus", "RequestPath"]),
    ("httpRequest.latency", TimeUnit::Seconds, &["httpRequest.requestUrl"]),
    ("duration", TimeUnit::Millis, &["downstream_remote_address", "upstream_service_time"]),
    ("time-taken", TimeUnit::Seconds, &["x-host-header", "cs(Host)"]),
    // pino-http and its kind, and bunyan's of Express.
    ("responseTime", TimeUnit::Millis, &["req.remoteAddress", "req.method"]),
    ("response-time", TimeUnit::Millis, &["status-code"]),
];

/// The one of them that is Caddy's, as a bit.
pub(super) const CADDY: u8 = 1;

/// The one of them that is Google's, as a bit.
pub(super) const GOOGLE: u8 = 1 << 3;

/// The one of them that is pino-http's, as a bit.
pub(super) const PINO: u8 = 1 << 6;

/// What the name of a field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub role: Role,
    /// A lower one is surer.
    pub rank: usize,
    /// Which of [`SURE_WITH`] the name makes sure, as bits.
    pub makes_sure: u8,
    /// Which of them the name is of. Without one of them being sure, its unit is not known.
    pub only_with: u8,
}

impl Meaning {
    fn of(name: &str, role: Role, rank: usize) -> Meaning {
        let bits = |is: &dyn Fn(&SureWith) -> bool| {
            (0..).zip(&SURE_WITH).map(|(at, each)| u8::from(is(each)) << at).sum()
        };
        let is_usual = rank != BY_SETTING;
        Meaning {
            role,
            rank,
            makes_sure: bits(&|(_, _, names)| names.contains(&name)),
            only_with: bits(&|(other, _, _)| is_usual && *other == name),
        }
    }
}

/// Names of clients up to this rank are those of access logs. Others stand in any log, so that a
/// line is a request only if it also says what was asked for.
pub(super) const CLIENT_OF_ACCESS_LOG: usize = 11;

/// The one of [`SURE_WITH`] that is CloudFront's, as a bit.
pub(super) const CLOUDFRONT: u8 = 1 << 5;

/// Which fields of a JSON line are what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFields {
    /// What each name says.
    pub(super) meanings: HashMap<String, Meaning>,
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
            meanings: each
                .map(|(name, role, rank)| (name.to_owned(), Meaning::of(name, role, rank)))
                .collect(),
        }
    }
}

impl JsonFields {
    /// The name of a field by its role and rank.
    pub(super) fn name_of(&self, role: Role, rank: usize) -> Option<&str> {
        let mut all = self.meanings.iter();
        let found = all.find(|(_, known)| (known.role, known.rank) == (role, rank));
        found.map(|(name, _)| name.as_str())
    }

    /// The usual names and, surer than these, the names of settings such as `client=remote.ip`.
    ///
    /// # Errors
    ///
    /// If a setting has another form or names an unknown role.
    pub fn with<'s>(
        settings: impl IntoIterator<Item = &'s str>,
    ) -> Result<JsonFields, UnknownRole> {
        let mut fields = JsonFields::default();
        for setting in settings {
            let role = setting
                .split_once('=')
                .and_then(|(role, name)| Some((Role::named(role.trim())?, name.trim())));
            let (role, name) = role.ok_or_else(|| UnknownRole(setting.to_owned()))?;
            fields.meanings.insert(name.to_owned(), Meaning::of(name, role, BY_SETTING));
        }
        Ok(fields)
    }
}
