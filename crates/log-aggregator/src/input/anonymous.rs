//! What is stored in the place of clients, so that it tells no person apart.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bumpalo::Bump;

/// What is stored in the place of a client.
#[derive(Clone)]
pub(crate) enum Anonymizer {
    /// The client as it was logged.
    Off,
    /// The network that its address is of: the last octet is 0, or the last 80 bits of IPv6. A name
    /// is `-`, since nobody can tell which part of it is a person's.
    ///
    /// Source: the same parts as Google Analytics' IP masking and AWStats' `DNSLookup=3` forget.
    Network,
    /// 16 hexadecimal digits of its BLAKE3 hash by a key: whoever has no key cannot try out which
    /// address it is, and the same client is the same in every month of the key.
    Hash(Box<[u8; 32]>),
}

/// What a key is for, so that the same secret elsewhere gives other hashes.
const CONTEXT: &str = "job-workers 2026-11-28 log-aggregator clients";

impl Anonymizer {
    /// One that hashes by this secret, of any length.
    pub(crate) fn by_key(secret: &[u8]) -> Anonymizer {
        Anonymizer::Hash(Box::new(blake3::derive_key(CONTEXT, secret)))
    }

    /// Whether clients are stored as they were logged.
    pub(crate) fn is_off(&self) -> bool {
        matches!(self, Anonymizer::Off)
    }

    /// How clients are stored, as the settings of a month name it; a key by its fingerprint, from
    /// which nobody can tell it.
    pub(crate) fn setting(&self) -> String {
        match self {
            Anonymizer::Off => "false".to_owned(),
            Anonymizer::Network => "true".to_owned(),
            Anonymizer::Hash(key) => format!("hash {}", digits(key, b"fingerprint of the key")),
        }
    }

    /// What is stored in the place of this client.
    pub(super) fn stored<'a>(&self, client: &'a [u8], arena: &'a Bump) -> &'a [u8] {
        match self {
            Anonymizer::Off => client,
            Anonymizer::Network => network(client, arena),
            // A client that is not known is nobody.
            Anonymizer::Hash(_) if matches!(client, b"" | b"-") => b"-",
            Anonymizer::Hash(key) => arena.alloc_slice_copy(digits(key, client).as_bytes()),
        }
    }
}

/// The first 64 bits: among ten million clients two of them are taken for one once in 400,000 runs.
fn digits(key: &[u8; 32], bytes: &[u8]) -> String {
    let hash = blake3::keyed_hash(key, bytes).to_hex();
    hash[..16].to_owned()
}

fn network<'a>(client: &[u8], arena: &'a Bump) -> &'a [u8] {
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
            let found = String::from_utf8_lossy(network(client.as_bytes(), &arena));
            assert_eq!(found, left, "{client}");
        }
    }

    #[test]
    fn a_hash_is_the_same_for_the_same_client_and_key_and_for_no_other() {
        let arena = Bump::new();
        let (one, other) = (Anonymizer::by_key(b"one key"), Anonymizer::by_key(b"another"));
        let stored = |by: &Anonymizer, client: &'static str| {
            String::from_utf8(by.stored(client.as_bytes(), &arena).to_vec()).unwrap()
        };
        let first = stored(&one, "192.0.2.171");
        assert!(first.len() == 16 && first.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(first, stored(&Anonymizer::by_key(b"one key"), "192.0.2.171"));
        assert_ne!(first, stored(&one, "192.0.2.172"));
        assert_ne!(first, stored(&other, "192.0.2.171"));
        assert_eq!((stored(&one, "-"), stored(&one, "")), ("-".to_owned(), "-".to_owned()));
        let settings = [one.setting(), other.setting(), Anonymizer::Network.setting()];
        assert!(settings[0] != settings[1] && settings[0].starts_with("hash "), "{settings:?}");
    }
}
