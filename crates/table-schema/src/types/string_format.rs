//! The formats of the type `string`.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::identifier::Identifier;
use crate::display::is_invisible;

/// A format of the type `string`. Each expects UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StringFormat {
    Default,
    Email,
    Uri,
    Binary,
    Uuid,
    /// An extension of the standard.
    Identifier(Identifier),
}

impl StringFormat {
    pub(crate) fn of(name: &str) -> Option<StringFormat> {
        Some(match name {
            "default" => StringFormat::Default,
            "email" => StringFormat::Email,
            "uri" => StringFormat::Uri,
            "binary" => StringFormat::Binary,
            "uuid" => StringFormat::Uuid,
            _ => StringFormat::Identifier(Identifier::of(name)?),
        })
    }

    pub(crate) fn accepts(self, text: &[u8]) -> bool {
        match self {
            StringFormat::Default => true,
            StringFormat::Email => is_email(text),
            StringFormat::Uri => is_uri(text),
            StringFormat::Binary => is_base64(text),
            StringFormat::Uuid => is_uuid(text),
            StringFormat::Identifier(identifier) => identifier.accepts(text),
        }
    }
}

/// Eight hexadecimal digits, a dash, three times four and a dash, twelve, in either case.
///
/// Source: RFC 9562, section 4; version and variant are not looked at.
#[inline]
pub(crate) fn is_uuid(text: &[u8]) -> bool {
    let Ok(text) = <&[u8; 36]>::try_from(text) else {
        return false;
    };
    const DASHES: u64 = 1 << 8 | 1 << 13 | 1 << 18 | 1 << 23;
    let mut good = true;
    for (at, &byte) in text.iter().enumerate() {
        let dash = DASHES >> at & 1 == 1;
        good &= if dash { byte == b'-' } else { HEX[usize::from(byte)] };
    }
    good
}

const HEX: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_hexdigit();
        byte += 1;
    }
    table
};

/// The base64 alphabet with padding, in groups of four, without line breaks.
///
/// Source: RFC 4648, section 4.
fn is_base64(text: &[u8]) -> bool {
    let data = match text {
        [rest @ .., b'=', b'='] | [rest @ .., b'='] => rest,
        _ => text,
    };
    text.len().is_multiple_of(4)
        && data.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

/// A mail address: a dot-atom or a quoted string of at most 64 bytes, an `@`, and a host name or
/// an address in brackets.
///
/// Source: RFC 5321, section 4.1.2, with RFC 6531 for what is not ASCII.
fn is_email(text: &[u8]) -> bool {
    let Some(at) = text.iter().rposition(|&b| b == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let atom =
        |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b) || b >= 0x80;
    let good_local = match local {
        [b'"', inner @ .., b'"'] if !inner.is_empty() => {
            let mut bytes = inner.iter();
            loop {
                match bytes.next() {
                    None => break true,
                    Some(b'\\') if matches!(bytes.next(), Some(b' '..=b'~')) => {}
                    Some(b'\\' | b'"' | 0..0x20 | 0x7f) => break false,
                    Some(_) => {}
                }
            }
        }
        _ => local
            .split(|&b| b == b'.')
            .all(|part| !part.is_empty() && part.iter().all(|&b| atom(b))),
    };
    let good_domain = match domain {
        [b'[', address @ .., b']'] => {
            std::str::from_utf8(address).is_ok_and(|address| match address.strip_prefix("IPv6:") {
                Some(address) => address.parse::<Ipv6Addr>().is_ok(),
                None => address.parse::<Ipv4Addr>().is_ok(),
            })
        }
        _ => domain.split(|&b| b == b'.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with(b"-")
                && !label.ends_with(b"-")
                && std::str::from_utf8(label).is_ok_and(|label| {
                    label.chars().all(|c| {
                        c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && !is_invisible(c))
                    })
                })
        }),
    };
    local.len() <= 64 && domain.len() <= 255 && good_local && good_domain
}

/// A URI with its scheme, in ASCII. Relative references and IRIs are not accepted.
///
/// Source: RFC 3986, appendix A.
fn is_uri(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&b| b == b':') else {
        return false;
    };
    let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
    let good_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    let (rest, fragment) = cut(rest, b'#');
    let (rest, query) = cut(rest, b'?');
    let (authority, path) = match rest.strip_prefix(b"//") {
        None => (None, rest),
        Some(rest) => {
            let end = rest.iter().position(|&b| b == b'/').unwrap_or(rest.len());
            (Some(&rest[..end]), &rest[end..])
        }
    };
    good_scheme
        && authority.is_none_or(is_authority)
        && is_made_of(path, b":@/")
        && query.is_none_or(|part| is_made_of(part, b":@/?"))
        && fragment.is_none_or(|part| is_made_of(part, b":@/?"))
}

/// What is before the first `mark`, and what behind it if there is one.
fn cut(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&b| b == mark) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Whether there are only unreserved characters, sub-delimiters, `more` and `%` escapes.
fn is_made_of(text: &[u8], more: &[u8]) -> bool {
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte == b'%' {
            let Some((escape, behind)) = rest.split_first_chunk::<2>() else {
                return false;
            };
            if !escape.iter().all(u8::is_ascii_hexdigit) {
                return false;
            }
            rest = behind;
        } else if !(byte.is_ascii_alphanumeric()
            || b"-._~!$&'()*+,;=".contains(&byte)
            || more.contains(&byte))
        {
            return false;
        }
    }
    true
}

fn is_authority(authority: &[u8]) -> bool {
    let (user, host) = match authority.iter().position(|&b| b == b'@') {
        Some(at) => (&authority[..at], &authority[at + 1..]),
        None => (&b""[..], authority),
    };
    let (good_host, port) = match host.strip_prefix(b"[") {
        Some(literal) => {
            let Some(end) = literal.iter().position(|&b| b == b']') else {
                return false;
            };
            (is_ip_literal(&literal[..end]), &literal[end + 1..])
        }
        None => {
            let end = host.iter().position(|&b| b == b':').unwrap_or(host.len());
            (is_made_of(&host[..end], b""), &host[end..])
        }
    };
    let good_port = match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_made_of(user, b":") && good_host && good_port
}

fn is_ip_literal(literal: &[u8]) -> bool {
    if let [b'v' | b'V', rest @ ..] = literal {
        let (version, Some(address)) = cut(rest, b'.') else {
            return false;
        };
        return !version.is_empty()
            && version.iter().all(u8::is_ascii_hexdigit)
            && !address.is_empty()
            && !address.contains(&b'%')
            && is_made_of(address, b":");
    }
    std::str::from_utf8(literal).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_take_what_their_standards_take() {
        use StringFormat::{Binary, Email, Uri, Uuid};
        for (format, text) in [
            (Email, "test@gmail.com"),
            (Email, "a.b+c@x-y.example"),
            (Email, "user@localhost"),
            (Email, "\"a b\\\"@\"@example.com"),
            (Email, "müller@exämple.de"),
            (Email, "a@[127.0.0.1]"),
            (Email, "a@[IPv6:::1]"),
            (Uri, "http://google.com"),
            (Uri, "ftp://ftp.is.co.za/rfc/rfc1808.txt"),
            (Uri, "ldap://[2001:db8::7]/c=GB?objectClass?one"),
            (Uri, "mailto:John.Doe@example.com"),
            (Uri, "news:comp.infosystems.www.servers.unix"),
            (Uri, "tel:+1-816-555-1212"),
            (Uri, "telnet://192.0.2.16:80/"),
            (Uri, "urn:oasis:names:specification:docbook:dtd:xml:4.1.2"),
            (Uri, "https://u:p@h:8080/a%20b?c=d#e"),
            (Uri, "http://[v1.fe:x]/"),
            (Uri, "a:"),
            (Binary, "dGVzdA=="),
            (Binary, "YWI="),
            (Binary, ""),
            (Uuid, "95ecc380-afe9-11e4-9b6c-751b66dd541e"),
            (Uuid, "95ECC380-AFE9-11E4-9B6C-751B66DD541E"),
        ] {
            assert!(format.accepts(text.as_bytes()), "{format:?} {text}");
        }
        for (format, text) in [
            (Email, "notanemail"),
            (Email, "@example.com"),
            (Email, "a@"),
            (Email, "a..b@example.com"),
            (Email, "a b@example.com"),
            (Email, "a@-x.com"),
            (Email, "a@x..com"),
            (Email, "a@exa\u{a0}mple.com"),
            (Email, "a@exa\u{200b}mple.com"),
            (Email, "a@exa\u{ad}mple.com"),
            (Email, "a@[1.2.3]"),
            (Uri, "notauri"),
            (Uri, "//no/scheme"),
            (Uri, "1a:b"),
            (Uri, "http://a b"),
            (Uri, "http://a/%zz"),
            (Uri, "http://[::1"),
            (Uri, "http://h:80a/"),
            (Uri, "http://é/"),
            (Uri, "http://a/#b#c"),
            (Binary, "dGVzdA="),
            (Binary, "d==="),
            (Binary, "dGVz dA=="),
            (Uuid, "95ecc380afe911e49b6c751b66dd541e"),
            (Uuid, "95ecc380-afe9-11e4-9b6c-751b66dd541g"),
            (Uuid, "{5ecc380-afe9-11e4-9b6c-751b66dd541}"),
        ] {
            assert!(!format.accepts(text.as_bytes()), "{format:?} {text}");
        }
    }
}
