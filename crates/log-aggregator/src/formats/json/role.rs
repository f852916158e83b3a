//! What the fields of a JSON line are.

use crate::formats::fields::TimeUnit;

/// What a field of a JSON line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    Client,
    Forwarded,
    Time,
    /// A date beside a time that is that of a clock alone.
    Date,
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
    /// The part of the server that writes the line, or what kind of line it is.
    Logger,
}

pub(super) const ROLES: usize = 16;

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
            Role::Date => 14,
            Role::Logger => 15,
        }
    }

    /// The role that people name so in a setting.
    pub(super) fn named(name: &str) -> Option<Role> {
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
