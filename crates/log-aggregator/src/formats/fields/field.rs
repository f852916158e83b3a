//! The fields of a line: what each part of it says of the request.

use crate::formats::entry::Entry;
use crate::formats::remark::Remark;
use crate::formats::unparsed::Unparsed;

use super::client;
use super::clock::{self, Time};
use super::reading::Reading;
use super::request::{host_of, request, request_of_url};
use super::spelling::respelled;
use super::time_unit::TimeUnit;
use super::value::{bytes, present, status};

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Field {
    /// Something that is not counted.
    Skip,
    /// Whoever sent the request, or a list of addresses that begins with it.
    Client,
    /// A client with a port behind its last colon.
    ClientPort,
    /// Whoever is connected, where something else is the client.
    Peer,
    /// The client that a proxy names, or a list of addresses that begins with it.
    Forwarded,
    /// The same, where the format was found by looking: anything else than addresses means that it
    /// is another format.
    ForwardedOnly,
    /// Values of several upstreams that are not counted.
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
    /// The whole target, which may be a URL.
    Url,
    /// The request line of a Classic Load Balancer, whose connections of TCP have none.
    RequestOfUrlIfAny,
    /// HAProxy's frontend, or what a connection failed at before there was a request.
    Frontend,
    /// HAProxy's time until the server was connected. Of a connection of TCP it is the last time,
    /// and what follows are bytes and a state of two letters.
    ConnectTime,
    /// What S3 did: something that nobody asked for is no request.
    Operation,
    /// The path of the target, without its query.
    Path,
    Protocol,
    Status,
    /// The same, with 0 or -1 where there was no answer.
    StatusIfAny,
    Bytes,
    /// What was sent, headers included.
    Sent,
    Referrer,
    Agent,
    /// How long the request took.
    Took(TimeUnit),
    /// The same, with blanks before it.
    PaddedTook(TimeUnit),
    /// How long the upstream took: one time, or several with commas or colons between them.
    Upstream(TimeUnit),
}

/// How long the values of a field are, which decides how their end is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Length {
    /// Always this many bytes, none of which is the byte that ends the field.
    Fixed(usize),
    /// A few bytes.
    Short,
    /// Perhaps many bytes.
    Long,
}

impl Field {
    /// Whether its value may be a list with blanks in it, such as `10.0.0.1:80, 10.0.0.2:80 :
    /// 10.0.1.1:80`: of proxies, or of the upstreams that were tried one after the other.
    #[inline]
    pub(in crate::formats) fn is_list(self) -> bool {
        matches!(
            self,
            Field::Client
                | Field::Forwarded
                | Field::SkipList
                | Field::Upstream(_)
                | Field::PaddedTook(_)
        )
    }

    /// Whether it says how large the answer was.
    pub(in crate::formats) fn is_size(self) -> bool {
        matches!(self, Field::Bytes | Field::Sent)
    }

    /// How long its values are.
    #[inline]
    pub(in crate::formats) fn length(self) -> Length {
        match self {
            Field::Time(Time::Common) => Length::Fixed(clock::COMMON),
            Field::Request
            | Field::RequestOfUrl
            | Field::RequestOfUrlIfAny
            | Field::Path
            | Field::Url
            | Field::Referrer
            | Field::Agent => Length::Long,
            _ => Length::Short,
        }
    }

    /// Sets this field of the entry to the value in the line.
    #[inline]
    pub(in crate::formats) fn set<'a>(
        self,
        text: &'a [u8],
        entry: &mut Entry<'a>,
        reading: &mut Reading,
    ) -> Result<(), Unparsed> {
        match self {
            Field::Skip => {}
            Field::Peer | Field::SkipList => {}
            Field::Client => set_client(reading.proxies.client(text), entry, reading)?,
            Field::ClientPort => {
                let colon = memchr::memrchr(b':', text).unwrap_or(text.len());
                // What is left of an address of IPv6 may have brackets.
                set_client(client::without_port(&text[..colon]), entry, reading)?;
            }
            Field::ForwardedOnly if !client::are_addresses(text) => return Err(Unparsed::Surplus),
            Field::Forwarded | Field::ForwardedOnly => {
                if let Some(found) = reading.proxies.forwarded(text)
                    && (entry.client.is_empty() || reading.proxies.trust(entry.client))
                {
                    entry.client = found;
                    entry.remarks.set_respell(respelled(found).is_some());
                }
            }
            // A list of addresses begins here, and not a host with a client behind it.
            Field::Host if text.ends_with(b",") => return Err(Unparsed::Shape),
            Field::Host => entry.host = present(text).map(client::host),
            Field::ServerName => entry.host = present(text).map(client::host).or(entry.host),
            Field::Time(Time::Iso) => {
                let (seconds, has_zone) = reading.clock.iso(text).ok_or(Unparsed::Time)?;
                entry.time = seconds;
                if !has_zone {
                    entry.remarks.add(Remark::NoZone);
                }
            }
            Field::Time(Time::CommonWithoutZone | Time::Seconds | Time::Millis | Time::Micros)
            | Field::Url
            | Field::Operation
            | Field::RequestOfUrlIfAny
            | Field::Frontend
            | Field::ConnectTime
            | Field::StatusIfAny
            | Field::PaddedTook(_) => return self.set_of_a_few_formats(text, entry, reading),
            Field::Time(time) => {
                entry.time = time.read(text, &mut reading.clock).ok_or(Unparsed::Time)?
            }
            Field::Request => request(text, entry),
            Field::RequestOfUrl => request_of_url(text, entry),
            Field::Method => entry.method = present(text).unwrap_or_default(),
            Field::Path => entry.target = present(text).unwrap_or_default(),
            Field::Protocol => entry.protocol = present(text).unwrap_or_default(),
            Field::Status => entry.status = status(text)?,
            Field::Bytes | Field::Sent => entry.bytes = bytes(text)?,
            Field::Referrer => entry.referrer = present(text),
            Field::Agent => entry.agent = present(text),
            Field::Took(unit) => entry.response_time = unit.read(text)?,
            Field::Upstream(unit) => entry.upstream_time = unit.read_sum(text)?,
        }
        Ok(())
    }

    /// The same for fields that only a few formats have: apart, so that the code of the others
    /// stays small.
    #[inline(never)]
    fn set_of_a_few_formats<'a>(
        self,
        text: &'a [u8],
        entry: &mut Entry<'a>,
        reading: &mut Reading,
    ) -> Result<(), Unparsed> {
        match self {
            Field::Time(time @ (Time::Seconds | Time::Millis | Time::Micros)) => {
                entry.time = time.read(text, &mut reading.clock).ok_or(Unparsed::Time)?;
                if reading.clock.is_as_logged() {
                    entry.remarks.add(Remark::NoClock);
                }
            }
            Field::Time(_) => {
                entry.time = reading.clock.common_without_zone(text).ok_or(Unparsed::Time)?;
                entry.remarks.add(Remark::NoZone);
            }
            Field::Url => {
                entry.target = present(text).unwrap_or_default();
                entry.host = host_of(entry.target).map(client::host);
            }
            // What the bucket's own rules did, and each object of a request that deletes many.
            Field::Operation if text.starts_with(b"S3.") || text.starts_with(b"BATCH.") => {
                return Err(Unparsed::NoRequest);
            }
            Field::RequestOfUrlIfAny if text == b"- - - " && entry.status.is_none() => {
                return Err(Unparsed::NoRequest);
            }
            Field::RequestOfUrlIfAny => request_of_url(text, entry),
            Field::Frontend if text.ends_with(b":") && text.contains(&b'/') => {
                return Err(Unparsed::NoRequest);
            }
            Field::ConnectTime if text.contains(&b' ') => {
                return Err(if is_tcp(text) { Unparsed::NoRequest } else { Unparsed::Shape });
            }
            Field::StatusIfAny if matches!(text, b"0" | b"-1") => entry.status = None,
            Field::StatusIfAny => entry.status = status(text)?,
            Field::PaddedTook(unit) => {
                entry.response_time = unit.read(text.trim_ascii_start())?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether this is the end of a connection of TCP: its time, its bytes, and how it ended.
fn is_tcp(text: &[u8]) -> bool {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b' ').collect();
    match parts.as_slice() {
        // HAProxy writes a + before what is not all of it yet, with `option logasap`.
        [time, bytes, state, sessions] => {
            is_number(time.strip_prefix(b"+").unwrap_or(time))
                && is_number(bytes.strip_prefix(b"+").unwrap_or(bytes))
                && state.len() == 2
                && !state.iter().any(u8::is_ascii_digit)
                && is_number(sessions)
        }
        _ => false,
    }
}

/// Sets the client, unless a proxy beside the server has named it already.
fn set_client<'a>(
    found: &'a [u8],
    entry: &mut Entry<'a>,
    reading: &Reading,
) -> Result<(), Unparsed> {
    if found.is_empty() {
        return Err(Unparsed::Client);
    }
    if entry.client.is_empty() || !reading.proxies.trust(found) {
        entry.client = found;
        entry.remarks.set_respell(respelled(found).is_some());
    }
    Ok(())
}
