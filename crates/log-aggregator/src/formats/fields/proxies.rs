//! Whose word about the client of a request is believed.

use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

use super::client::{self, address};

/// The proxies that are trusted. Without a setting these are the private addresses, and of a list
/// of addresses the first one is the client. With one, the client is the last address that is not a
/// trusted proxy's: whoever sends a request may begin the list, and each proxy adds who asked it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Option<Arc<Trusted>>);

#[derive(Debug, PartialEq, Eq)]
struct Trusted {
    networks: Vec<IpNet>,
    is_private: bool,
}

/// A setting that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no network: write an address or a network such as 192.0.2.0/24 or 2001:db8::/32, or \
     private for all private addresses"
)]
pub struct ProxyError(String);

impl Proxies {
    /// Those of a setting: networks, addresses and `private`. Without any, as if there were no
    /// setting.
    ///
    /// # Errors
    ///
    /// If one is something else.
    pub fn trusted<'s>(settings: impl IntoIterator<Item = &'s str>) -> Result<Proxies, ProxyError> {
        let mut trusted = Trusted { networks: Vec::new(), is_private: false };
        for setting in settings.into_iter().map(str::trim).filter(|setting| !setting.is_empty()) {
            if setting.eq_ignore_ascii_case("private") {
                trusted.is_private = true;
                continue;
            }
            let address = || setting.parse::<std::net::IpAddr>().map(IpNet::from);
            let network = IpNet::from_str(setting).or_else(|_| address());
            trusted.networks.push(network.map_err(|_| ProxyError(setting.to_owned()))?);
        }
        let is_empty = trusted.networks.is_empty() && !trusted.is_private;
        Ok(Proxies((!is_empty).then(|| Arc::new(trusted))))
    }

    /// Whether this is the address of a proxy that is believed.
    pub(in crate::formats) fn trust(&self, text: &[u8]) -> bool {
        let Some(trusted) = &self.0 else { return client::is_proxy(text) };
        let is_in = |address| trusted.networks.iter().any(|network| network.contains(&address));
        (trusted.is_private && client::is_proxy(text)) || address(text).is_some_and(is_in)
    }

    /// The client that a field names, without a port: an address, or one of a list.
    pub(in crate::formats) fn client<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        match self.0 {
            Some(_) if memchr::memchr(b',', text).is_some() => {
                self.forwarded(text).unwrap_or_default()
            }
            _ => client::client(text),
        }
    }

    /// The client that a header of a proxy names, where there is one.
    pub(in crate::formats) fn forwarded<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        if self.0.is_none() {
            return client::forwarded(text);
        }
        let mut found = None;
        // What is no address was not written by a proxy that is trusted, and neither was what
        // stands before it.
        for part in text.rsplit(|byte| *byte == b',') {
            let Some(part) = client::known(part).map(client::without_port) else { continue };
            if address(part).is_none() {
                return found.or(Some(part));
            }
            found = Some(part);
            if !self.trust(part) {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_last_address_that_is_no_trusted_proxy() {
        let none = Proxies::default();
        let some = Proxies::trusted(["10.0.0.0/8", "2001:db8:1::/48", "198.51.100.7"]).unwrap();
        let private = Proxies::trusted(["private"]).unwrap();
        for (text, with_none, with_some, with_private) in [
            ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, 10.0.0.1", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("203.0.113.9, 192.0.2.1, 10.0.0.1", "203.0.113.9", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, 198.51.100.7:80", "192.0.2.1", "192.0.2.1", "198.51.100.7"),
            ("192.0.2.1, 172.16.0.1", "192.0.2.1", "172.16.0.1", "192.0.2.1"),
            ("10.0.0.2, 10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2"),
            ("x, 10.0.0.1", "x", "10.0.0.1", "10.0.0.1"),
            ("192.0.2.1, [2001:db8:1::5]:443", "192.0.2.1", "192.0.2.1", "2001:db8:1::5"),
            ("192.0.2.1, ::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, unknown", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
            (
                "for=192.0.2.1;proto=https, For=\"10.0.0.1:80\"",
                "192.0.2.1",
                "192.0.2.1",
                "192.0.2.1",
            ),
        ] {
            for (proxies, expected) in
                [(&none, with_none), (&some, with_some), (&private, with_private)]
            {
                let found = proxies.forwarded(text.as_bytes()).unwrap();
                assert_eq!(String::from_utf8_lossy(found), expected, "{text} {proxies:?}");
                let client = proxies.client(text.as_bytes());
                assert!(client == found || !text.contains(','), "{text}");
            }
        }
        assert_eq!(some.forwarded(b"-"), None);
        assert_eq!(Proxies::trusted([""]).unwrap(), none);
        assert!(Proxies::trusted(["10.0.0.0/33"]).unwrap_err().to_string().contains("10.0.0.0/33"));
    }
}
