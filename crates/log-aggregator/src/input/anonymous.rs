//! Clients without what tells people apart.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bumpalo::Bump;

/// The client with the last octet of its address, or the last 80 bits of IPv6, set to 0: what is
/// left is the network of a provider or a company. A name is `-`, since nobody can tell which part
/// of it is a person's.
///
/// Source: the same parts as Google Analytics' IP masking and AWStats' `DNSLookup=3` forget.
pub(super) fn anonymous<'a>(client: &[u8], arena: &'a Bump) -> &'a [u8] {
    let text = std::str::from_utf8(client).unwrap_or_default();
    let address = match text.split_once('%') {
        Some((address, _)) => address,
        None => text,
    };
    let network = match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => return b"-",
    };
    let mut text = [0; 45];
    let mut rest = text.as_mut_slice();
    // The longest address has 39 bytes.
    let _ = write!(rest, "{network}");
    let length = 45 - rest.len();
    arena.alloc_slice_copy(&text[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_client_is_its_network() {
        let arena = Bump::new();
        for (client, left) in [
            ("192.0.2.171", "192.0.2.0"),
            ("255.255.255.255", "255.255.255.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("2001:db8::5", "2001:db8::"),
            ("fe80::1%eth0", "fe80::"),
            ("::ffff:192.0.2.171", "192.0.2.0"),
            ("client.example.org", "-"),
            ("-", "-"),
            ("", "-"),
        ] {
            let found = String::from_utf8_lossy(anonymous(client.as_bytes(), &arena));
            assert_eq!(found, left, "{client}");
        }
    }
}
