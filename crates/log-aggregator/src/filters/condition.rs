//! One condition of a filter: `KEY=VALUE`.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use crate::counting::{is_bot, path};
use crate::formats::{Entry, Presence, client_address, is_private};

use super::glob::Glob;

/// What a request must be like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// Its client is in a network.
    Network(IpNet),
    /// Its client has a private address.
    Private,
    /// A text of it is of a pattern.
    Text(Text, Glob),
    /// It has no such text.
    NoText(Text),
    /// Its status is one of these; 0 stands for none.
    Status(RangeInclusive<u16>),
    /// It was sent by a program, or was not.
    Bot(bool),
}

/// A text of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Path,
    Host,
    Agent,
    Method,
}

/// The keys, and what each takes.
const KEYS: [(&str, &str); 7] = [
    ("client", "an address, a network such as 192.0.2.0/24, or private"),
    ("path", "a path without its query, such as /healthz, /api/* or *.php"),
    ("host", "a virtual host, such as www.example.org or *.example.org"),
    ("status", "a status, a class or a range, such as 404, 5xx or 400-499, or - for none"),
    ("agent", "a user agent, such as *Googlebot* or kube-probe/*, or - for none"),
    ("method", "a method, such as OPTIONS"),
    ("sender", "bot or person"),
];

/// A text that is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// There is no key before the value.
    #[error("{0:?} is no KEY=VALUE: write one such as path=/healthz* ({keys})", keys = keys())]
    Shape(String),
    /// The key is unknown.
    #[error("{0:?} is nothing that requests are filtered by: the keys are {keys}", keys = keys())]
    Key(String),
    /// The value is none of its key's.
    #[error("{value:?} is no value of {key}: write {takes}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What the key takes.
        takes: &'static str,
    },
}

fn keys() -> String {
    KEYS.map(|(key, _)| key).join(", ")
}

impl Condition {
    /// The condition that a setting is, and its key.
    ///
    /// # Errors
    ///
    /// If the text is none, with what would be one.
    pub(super) fn parse(text: &str) -> Result<(&'static str, Condition), ConditionError> {
        let shape = || ConditionError::Shape(text.to_owned());
        let (name, value) = text.split_once('=').ok_or_else(shape)?;
        let (name, value) = (name.trim(), value.trim());
        let (key, takes) = KEYS
            .into_iter()
            .find(|(key, _)| *key == name)
            .ok_or_else(|| ConditionError::Key(name.to_owned()))?;
        let condition = match key {
            "client" => network(value),
            "path" => of_text(Text::Path, value).filter(|_| is_path(value)),
            "host" => of_text(Text::Host, value.strip_suffix('.').unwrap_or(value)),
            "agent" => of_text(Text::Agent, value),
            "method" => of_text(Text::Method, value).filter(|_| !value.contains(' ')),
            "status" => statuses(value).map(Condition::Status),
            _ => match value {
                "bot" => Some(Condition::Bot(true)),
                "person" => Some(Condition::Bot(false)),
                _ => None,
            },
        };
        let condition = condition.ok_or_else(|| ConditionError::Value {
            key,
            value: value.to_owned(),
            takes,
        })?;
        Ok((key, condition))
    }

    /// The field that it asks for, where a format may lack it.
    pub(super) fn field(&self) -> Presence {
        match self {
            Condition::Text(text, _) | Condition::NoText(text) => match text {
                Text::Path => Presence::default(),
                Text::Host => Presence::HOST,
                Text::Agent => Presence::AGENT,
                Text::Method => Presence::METHOD,
            },
            Condition::Status(_) => Presence::STATUS,
            Condition::Bot(_) => Presence::AGENT,
            Condition::Network(_) | Condition::Private => Presence::default(),
        }
    }

    /// Whether a request is like that. What it does not have is like `-` alone.
    pub(super) fn holds(&self, entry: &Entry<'_>) -> bool {
        match self {
            Condition::Network(network) => {
                client_address(entry.client).is_some_and(|address| network.contains(&address))
            }
            Condition::Private => is_private(entry.client),
            Condition::Text(text, glob) => text.of(entry).is_some_and(|text| glob.is_match(text)),
            Condition::NoText(text) => text.of(entry).is_none(),
            Condition::Status(statuses) => statuses.contains(&entry.status.unwrap_or(0)),
            Condition::Bot(bot) => is_bot(entry.agent) == *bot,
        }
    }
}

impl Text {
    /// This text of a request, where it has one.
    fn of<'a>(self, entry: &Entry<'a>) -> Option<&'a [u8]> {
        match self {
            Text::Path => Some(path(entry.target, false)).filter(|path| !path.is_empty()),
            Text::Host => entry.host,
            Text::Agent => entry.agent,
            Text::Method => Some(entry.method).filter(|method| !method.is_empty()),
        }
    }
}

fn of_text(text: Text, value: &str) -> Option<Condition> {
    match value {
        "" => None,
        "-" => Some(Condition::NoText(text)),
        // Paths and methods that differ in the case of their letters are others.
        pattern => {
            let ignores_case = matches!(text, Text::Host | Text::Agent);
            Some(Condition::Text(text, Glob::new(pattern, ignores_case)))
        }
    }
}

/// Whether some path may be of a pattern: a path begins with a slash and has no query here.
fn is_path(pattern: &str) -> bool {
    let has_query = pattern.split_once('?').is_some_and(|(_, query)| query.contains('='));
    !has_query && !pattern.contains('#') && pattern.starts_with(['/', '*', '?', '-'])
}

/// A network, an address or `private`.
fn network(value: &str) -> Option<Condition> {
    if value.eq_ignore_ascii_case("private") {
        return Some(Condition::Private);
    }
    let address = || value.parse::<IpAddr>().ok().map(|address| address.to_canonical().into());
    value.parse::<IpNet>().ok().or_else(address).map(Condition::Network)
}

fn statuses(value: &str) -> Option<RangeInclusive<u16>> {
    let status = |text: &str| match text.len() {
        3 => text.parse::<u16>().ok().filter(|status| (100..1000).contains(status)),
        _ => None,
    };
    if value == "-" {
        return Some(0..=0);
    }
    if let [class @ b'1'..=b'9', b'x' | b'X', b'x' | b'X'] = value.as_bytes() {
        let class = u16::from(class - b'0') * 100;
        return Some(class..=class + 99);
    }
    let (from, to) = value.split_once('-').unwrap_or((value, value));
    let (from, to) = (status(from)?, status(to)?);
    (from <= to).then_some(from..=to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(condition: &str, entry: &Entry<'_>) -> bool {
        Condition::parse(condition).unwrap().1.holds(entry)
    }

    #[test]
    fn a_condition_is_held_against_its_field() {
        let entry = Entry {
            client: b"2001:db8::5",
            host: Some(b"WWW.example.org"),
            method: b"GET",
            target: b"/api/items?id=5",
            status: Some(404),
            agent: Some(b"Mozilla/5.0 (compatible; Googlebot/2.1)"),
            ..Entry::default()
        };
        for (condition, expected) in [
            ("client=2001:db8::/32", true),
            ("client=2001:0db8:0::5", true),
            ("client=192.0.2.0/24", false),
            ("client=private", false),
            ("path=/api/*", true),
            ("path=/api/items", true),
            ("path=/API/*", false),
            ("host=www.example.org", true),
            ("host=*.example.org.", true),
            ("host=example.org", false),
            ("host=-", false),
            ("status=404", true),
            ("status=4xx", true),
            ("status=400-403", false),
            ("status=-", false),
            ("agent=*googlebot*", true),
            ("agent=Googlebot", false),
            ("method=GET", true),
            ("method=P*", false),
            ("sender=bot", true),
            ("sender=person", false),
        ] {
            assert_eq!(holds(condition, &entry), expected, "{condition}");
        }
        let bare = Entry { client: b"10.1.2.3", ..Entry::default() };
        for (condition, expected) in [
            ("client=10.0.0.0/8", true),
            ("client=::ffff:10.1.2.3", true),
            ("client=private", true),
            ("host=-", true),
            ("host=*", false),
            ("agent=-", true),
            ("path=-", true),
            ("status=-", true),
            ("status=2xx", false),
            ("method=-", true),
        ] {
            assert_eq!(holds(condition, &bare), expected, "{condition}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_what_would_be_one() {
        for (text, says) in [
            ("/healthz", "no KEY=VALUE: write one such as path=/healthz*"),
            ("url=/healthz", "the keys are client, path, host, status, agent, method, sender"),
            ("client=10.0.0.0/33", "192.0.2.0/24, or private"),
            ("client=example.org", "an address, a network"),
            ("path=", "\"\" is no value of path"),
            ("path=/api?id=5", "a path without its query"),
            ("path=healthz", "a path without its query, such as /healthz"),
            ("status=44", "404, 5xx or 400-499"),
            ("status=499-400", "404, 5xx or 400-499"),
            ("status=+44", "404, 5xx or 400-499"),
            ("status=0xx", "404, 5xx or 400-499"),
            ("status=404,500", "404, 5xx or 400-499"),
            ("method=GET POST", "OPTIONS"),
            ("sender=bots", "bot or person"),
        ] {
            let error = Condition::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
