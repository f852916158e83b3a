//! The client of a request: its address without a port and brackets, and the first one of a list.

use std::net::{IpAddr, Ipv6Addr};

/// The client that a field names, without a port. Of a list of addresses, as proxies write it, the
/// first one that is known; empty where none is.
///
/// Source: RFC 7239, 4 and 6, for `unknown`, brackets and ports; MDN's "X-Forwarded-For" for the
/// order.
pub(in crate::formats) fn client(text: &[u8]) -> &[u8] {
    if memchr::memchr(b',', text).is_none() {
        return without_port(text);
    }
    text.split(|byte| *byte == b',').find_map(known).map(without_port).unwrap_or_default()
}

/// The client that a header of a proxy names, where there is one.
pub(in crate::formats) fn forwarded(text: &[u8]) -> Option<&[u8]> {
    text.split(|byte| *byte == b',').find_map(known).map(without_port)
}

/// One of a list of addresses, where it is known.
pub(super) fn known(text: &[u8]) -> Option<&[u8]> {
    let text = of_forwarded(text.trim_ascii());
    (!matches!(text, b"" | b"-") && !text.eq_ignore_ascii_case(b"unknown")).then_some(text)
}

/// Whether a text is a list of addresses, or `-`. This tells a header of a proxy from a cookie or a
/// token.
pub(in crate::formats) fn are_addresses(text: &[u8]) -> bool {
    text == b"-"
        || text
            .split(|byte| *byte == b',')
            .all(|part| known(part).is_none_or(|part| address(without_port(part)).is_some()))
}

/// Whether an address belongs to something beside the server, such as a proxy, and not to somebody
/// on the internet: it is private, local to the machine or the link, or a socket without an
/// address. Only then is a header believed that names another client, since anybody on the internet
/// may write into it whatever they like.
///
/// Source: RFC 1918, RFC 3927, RFC 4193, RFC 6598.
pub(crate) fn is_proxy(text: &[u8]) -> bool {
    match address(text) {
        Some(IpAddr::V4(address)) => {
            let [a, b, ..] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || (a == 100 && b & 0xc0 == 64)
        }
        Some(IpAddr::V6(address)) => {
            address.is_loopback()
                || address.segments()[0] & 0xfe00 == 0xfc00
                || address.segments()[0] & 0xffc0 == 0xfe80
        }
        None => text == b"unix:",
    }
}

/// The address of an element of the header `Forwarded`, such as
/// `for="[2001:db8::1]:80";proto=http`. Any other text is returned as it is.
fn of_forwarded(text: &[u8]) -> &[u8] {
    if memchr::memchr(b'=', text).is_none() {
        return text;
    }
    let pairs = text.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let found = pairs.filter_map(|pair| pair.split_at_checked(4));
    let found = found.filter(|(name, _)| name.eq_ignore_ascii_case(b"for="));
    found.map(|(_, value)| value.trim_ascii()).next().map_or(text, |value| {
        let inside = value.strip_prefix(b"\"").and_then(|inside| inside.strip_suffix(b"\""));
        inside.unwrap_or(value)
    })
}

/// The address, without its zone. An IPv4 address that is written as an IPv6 one counts as IPv4.
pub(crate) fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    match text.split_once('%') {
        Some((address, _)) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse::<IpAddr>().ok().map(|address| address.to_canonical()),
    }
}

/// An address or a name without its port: `192.0.2.1:443`, `[2001:db8::1]:443`. An IPv6 address
/// without brackets has no port, since nobody could tell where the port begins.
pub(in crate::formats) fn without_port(text: &[u8]) -> &[u8] {
    if let [b'[', rest @ ..] = text {
        return match memchr::memchr(b']', rest).map(|end| rest.split_at(end)) {
            Some((address, b"]")) => address,
            Some((address, [b']', b':', port @ ..])) if is_port(port) => address,
            _ => text,
        };
    }
    match memchr::memchr(b':', text).map(|colon| text.split_at(colon)) {
        Some((address, [_, port @ ..])) if !address.is_empty() && is_port(port) => address,
        _ => text,
    }
}

/// A virtual host without its port, and without the point that ends a full name.
pub(in crate::formats) fn host(text: &[u8]) -> &[u8] {
    match without_port(text) {
        [name @ .., b'.'] if !name.is_empty() => name,
        name => name,
    }
}

fn is_port(text: &[u8]) -> bool {
    (1..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_no_port_and_is_the_first_of_a_list() {
        for (text, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:49190", "192.0.2.1"),
            ("[2001:db8::5]:5000", "2001:db8::5"),
            ("[2001:db8::5]", "2001:db8::5"),
            ("2001:db8::5", "2001:db8::5"),
            ("::1", "::1"),
            ("fe80::1%7", "fe80::1%7"),
            ("::ffff:192.0.2.10", "::ffff:192.0.2.10"),
            ("client.example.org", "client.example.org"),
            ("client.example.org:80", "client.example.org"),
            ("unix:", "unix:"),
            ("192.0.2.1:999999", "192.0.2.1:999999"),
            ("203.0.113.5, 10.0.0.1", "203.0.113.5"),
            ("203.0.113.5:80,10.0.0.1", "203.0.113.5"),
            ("unknown, -, 203.0.113.5", "203.0.113.5"),
            ("unknown, -", ""),
            ("-", "-"),
        ] {
            assert_eq!(client(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn only_a_proxy_beside_the_server_is_believed() {
        for proxy in [
            "10.0.0.9",
            "172.31.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "::1",
            "fd00::1",
            "fe80::1%eth0",
            "100.64.0.1",
        ] {
            assert!(is_proxy(proxy.as_bytes()), "{proxy}");
        }
        assert!(is_proxy(b"::ffff:10.0.0.9") && is_proxy(b"unix:"));
        for other in [
            "192.0.2.10",
            "172.32.0.1",
            "2001:db8::1",
            "100.128.0.1",
            "localhost",
            "-",
            "",
            "10.0.0",
        ] {
            assert!(!is_proxy(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_list_of_addresses_is_told_from_other_text() {
        for list in ["-", "192.0.2.1", "192.0.2.1, 10.0.0.1:80", "unknown, [::1]:5", "2001:db8::1"]
        {
            assert!(are_addresses(list.as_bytes()), "{list}");
        }
        for other in ["session=1", "192.0.2.1, x", "17", "0.250"] {
            assert!(!are_addresses(other.as_bytes()), "{other}");
        }
    }
}
