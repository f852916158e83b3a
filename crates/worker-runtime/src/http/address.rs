//! The address that something is served at.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// Where to listen: an address of this host with a port, or `:9090` for all of its
/// addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenAddr {
    /// This one.
    One(SocketAddr),
    /// All addresses, of IPv6 and IPv4.
    All {
        /// The port.
        port: u16,
    },
}

impl ListenAddr {
    /// The addresses to try, in this order; the first that can be bound is used. A host without
    /// IPv6 has no `[::]`; on others, `[::]` takes IPv4 connections as well.
    pub(crate) fn candidates(self) -> Vec<SocketAddr> {
        match self {
            ListenAddr::One(address) => vec![address],
            ListenAddr::All { port } => {
                vec![(Ipv6Addr::UNSPECIFIED, port).into(), (Ipv4Addr::UNSPECIFIED, port).into()]
            }
        }
    }
}

impl FromStr for ListenAddr {
    type Err = String;

    fn from_str(text: &str) -> Result<ListenAddr, String> {
        if let Ok(address) = text.parse() {
            return Ok(ListenAddr::One(address));
        }
        let port = text.strip_prefix(':').or_else(|| text.strip_prefix("*:"));
        match port.and_then(|port| port.parse().ok()) {
            Some(port) => Ok(ListenAddr::All { port }),
            None => Err("give an IP address and a port, such as 0.0.0.0:9090 or [::1]:9090, or \
                         :9090 for all addresses of the host"
                .to_owned()),
        }
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddr::One(address) => address.fmt(f),
            ListenAddr::All { port } => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_stands_for_all_addresses() {
        for (text, expected) in [
            (":9090", ListenAddr::All { port: 9090 }),
            ("*:9090", ListenAddr::All { port: 9090 }),
            ("127.0.0.1:0", ListenAddr::One(([127, 0, 0, 1], 0).into())),
            ("[::1]:80", ListenAddr::One((Ipv6Addr::LOCALHOST, 80).into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_remedy() {
        for text in
            ["", "9090", ":", ":99999", "localhost:9090", "0.0.0.0", "http://0.0.0.0:9090/metrics"]
        {
            let error = text.parse::<ListenAddr>().unwrap_err();
            assert!(
                error.contains("0.0.0.0:9090") && error.contains(":9090 for all"),
                "{text}: {error}"
            );
        }
    }
}
