//! One spelling of each address, so that a client is one row whatever server wrote it.

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use arrayvec::ArrayString;

/// The longest address of IPv6, and a zone.
const LONGEST: usize = 39 + 40;

/// An address of IPv6 as RFC 5952 spells it, or the address of IPv4 that it stands for. `None`
/// where the text is spelled so, or is another one.
#[inline(never)]
pub(in crate::formats) fn respelled(text: &[u8]) -> Option<ArrayString<LONGEST>> {
    // Most clients are of IPv4.
    memchr::memchr(b':', text)?;
    let text = std::str::from_utf8(text).ok()?;
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    let address: Ipv6Addr = address.parse().ok()?;
    let mut spelled = ArrayString::new();
    match (address.to_ipv4_mapped(), zone) {
        (Some(address), _) => write!(spelled, "{address}").ok()?,
        (None, None) => write!(spelled, "{address}").ok()?,
        (None, Some(zone)) => write!(spelled, "{address}%{zone}").ok()?,
    }
    (*spelled != *text).then_some(spelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for (text, spelled) in [
            ("2001:DB8::5", Some("2001:db8::5")),
            ("2001:db8:0:0:0:0:0:5", Some("2001:db8::5")),
            ("2001:0db8::0005", Some("2001:db8::5")),
            ("2001:db8:1:2:3:4::5", Some("2001:db8:1:2:3:4:0:5")),
            ("::ffff:192.0.2.10", Some("192.0.2.10")),
            ("::FFFF:C000:20A", Some("192.0.2.10")),
            ("FE80::1%eth0", Some("fe80::1%eth0")),
            ("2001:db8::5", None),
            ("fe80::1%eth0", None),
            ("192.0.2.10", None),
            ("host.example:80", None),
            ("unix:", None),
            ("2001:db8::x", None),
        ] {
            let found = respelled(text.as_bytes());
            assert_eq!(found.as_deref(), spelled, "{text}");
        }
    }
}
