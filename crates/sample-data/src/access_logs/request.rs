//! One request, before any format.

use crate::random::{Words, by_weight};

use super::{
    calendar::Moment,
    site::{Kind, Site},
    visitor::{Visitor, Visitors},
    word::LogWord,
};

/// Weights in parts of 1,000.
type Weights<T> = &'static [(u32, T)];

const STATIC_STATUSES: Weights<u16> = &[(820, 200), (160, 304), (15, 206), (5, 404)];
const PAGE_STATUSES: Weights<u16> =
    &[(930, 200), (30, 301), (15, 302), (10, 304), (5, 500), (3, 502), (2, 503), (5, 499)];
const API_STATUSES: Weights<u16> = &[
    (850, 200),
    (60, 201),
    (20, 204),
    (25, 400),
    (20, 401),
    (5, 403),
    (5, 429),
    (10, 500),
    (5, 504),
];
const MISSING_STATUSES: Weights<u16> = &[(900, 404), (80, 403), (20, 410)];
const ODD_STATUSES: Weights<u16> = &[(600, 200), (400, 404)];

const STATIC_METHODS: Weights<&str> = &[(990, "GET"), (10, "HEAD")];
const PAGE_METHODS: Weights<&str> = &[(940, "GET"), (20, "HEAD"), (40, "POST")];
const API_METHODS: Weights<&str> =
    &[(600, "GET"), (250, "POST"), (60, "PUT"), (30, "PATCH"), (40, "DELETE"), (20, "OPTIONS")];
const MISSING_METHODS: Weights<&str> = &[(850, "GET"), (120, "POST"), (30, "HEAD")];

const PEOPLES_PROTOCOLS: Weights<&str> = &[(680, "HTTP/2.0"), (220, "HTTP/1.1"), (100, "HTTP/3.0")];
const BOTS_PROTOCOLS: Weights<&str> = &[(900, "HTTP/1.1"), (70, "HTTP/2.0"), (30, "HTTP/1.0")];

const QUERIES: Weights<&str> = &[
    (800, ""),
    (50, "page=2"),
    (50, "utm_source=newsletter&utm_medium=email"),
    (50, "q=caf%C3%A9+noir"),
    (50, "sort=price&dir=asc&filter[]=blue"),
];
const REFERRERS: Weights<&str> = &[
    (420, ""),
    (380, "https://www.example.com/"),
    (80, "https://www.example.com/search?q=lamp&page=2"),
    (90, "https://www.google.com/"),
    (20, "https://duckduckgo.com/"),
    (10, "https://forum.example.org/t/\"best\"-lamps/42"),
];

/// What a server knows of a request when it is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) at: Moment,
    pub(super) visitor: Visitor,
    pub(super) user: &'static str,
    pub(super) method: &'static str,
    /// The path's number on the site.
    pub(super) path: u32,
    /// Empty for none, as are user and referrer.
    pub(super) query: &'static str,
    pub(super) protocol: &'static str,
    pub(super) status: u16,
    /// Bytes of the body that were sent.
    pub(super) bytes: u64,
    pub(super) referrer: &'static str,
    pub(super) micros: u64,
    /// Of these, how many the application took; `None` where it was not asked.
    pub(super) upstream_micros: Option<u64>,
    pub(super) port: u16,
    /// Whether the client spoke HTTP at all: a server that gets a TLS greeting on a plain port
    /// logs 400 and no request.
    pub(super) is_http: bool,
}

impl Request {
    /// The request that the words of a line make.
    pub(super) fn new(at: Moment, words: &Words, site: &Site, visitors: &Visitors) -> Request {
        let visitor = visitors.choose(words);
        let (kind, path) = site.choose(words);
        // One word for what is rare, digit by digit, so that none depends on another.
        let rest = words.below(LogWord::Rest, u32::MAX);
        let (is_http, has_user, query, port) = (
            !rest.is_multiple_of(2000),
            (rest / 2000).is_multiple_of(50),
            rest / 100_000 % 20,
            rest / 2_000_000,
        );
        let (methods_part, protocols_part) = split(words.below(LogWord::Method, 1_000_000));
        let (statuses, methods) = match kind {
            Kind::Static => (STATIC_STATUSES, STATIC_METHODS),
            Kind::Page => (PAGE_STATUSES, PAGE_METHODS),
            Kind::Api => (API_STATUSES, API_METHODS),
            Kind::Missing => (MISSING_STATUSES, MISSING_METHODS),
            Kind::Odd => (ODD_STATUSES, STATIC_METHODS),
        };
        let status = if is_http { words.weigh(LogWord::Status, statuses) } else { 400 };
        let method = by_weight(methods_part, methods);
        let protocols = if visitor.is_bot { BOTS_PROTOCOLS } else { PEOPLES_PROTOCOLS };
        let size = words.below(LogWord::Size, 1 << 16);
        let (micros, upstream_micros) = durations(kind, words);
        Request {
            at,
            visitor,
            user: if kind == Kind::Api && has_user { "reporting" } else { "" },
            method,
            path,
            query: match kind {
                Kind::Page | Kind::Api => by_weight(query * 50, QUERIES),
                Kind::Static | Kind::Missing | Kind::Odd => "",
            },
            protocol: by_weight(protocols_part, protocols),
            status,
            bytes: bytes(kind, path, status, method, size),
            referrer: if visitor.is_bot { "" } else { words.weigh(LogWord::Referrer, REFERRERS) },
            micros,
            upstream_micros: upstream_micros.filter(|_| is_http),
            port: 1024 + 30 * port as u16,
            is_http,
        }
    }
}

/// A number below a million as two below a thousand.
fn split(number: u32) -> (u32, u32) {
    (number / 1000, number % 1000)
}

/// Files have a size each, pages and answers nearly so.
fn bytes(kind: Kind, path: u32, status: u16, method: &str, random: u32) -> u64 {
    if method == "HEAD" {
        return 0;
    }
    let own = u64::from(path.wrapping_mul(0x85EB_CA6B) >> 12);
    match (status, kind) {
        (204 | 304 | 499, _) => 0,
        (301 | 302, _) => 178,
        (400.., _) => 150 + u64::from(random & 511),
        (206, _) => 65_536,
        (_, Kind::Static) => 400 + own / 8,
        (_, Kind::Page) => 9_000 + own / 32 + u64::from(random & 1023),
        (_, Kind::Api | Kind::Missing | Kind::Odd) => 60 + u64::from(random & 8191),
    }
}

/// Each doubling of the time is as likely as the one before, within the bounds of the kind.
fn durations(kind: Kind, words: &Words) -> (u64, Option<u64>) {
    let (first, levels) = match kind {
        Kind::Static => (80, 5),
        Kind::Page => (4_000, 8),
        Kind::Api => (1_500, 11),
        Kind::Missing | Kind::Odd => (300, 4),
    };
    let base: u32 = first << words.below(LogWord::DurationLevel, levels);
    let micros = u64::from(base + words.below(LogWord::Duration, base));
    let upstream = matches!(kind, Kind::Page | Kind::Api).then(|| micros - micros / 16 - 30);
    (micros, upstream)
}
