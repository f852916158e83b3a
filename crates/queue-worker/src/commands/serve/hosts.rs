//! Whether a request was meant for this page, by the name that it was asked for under. Pure.
//!
//! Whoever owns a name can let it point to an address of others, and so let a page of theirs read
//! this one in a browser that reaches it (DNS rebinding). An address, or a name that nobody outside
//! can own, was meant; any other has to be allowed.

use std::net::IpAddr;

/// Last labels that no registry gives away:
/// <https://www.iana.org/assignments/special-use-domain-names>, `.internal` by a resolution of
/// ICANN, and `.svc`, which Kubernetes searches in the cluster.
const INNER: [&str; 6] = [".localhost", ".local", ".internal", ".home.arpa", ".test", ".svc"];

/// The names of the page.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    allowed: Vec<String>,
}

impl Hosts {
    /// Those that were allowed beside the ones that need no word.
    pub(super) fn new(allowed: Vec<String>) -> Hosts {
        Hosts { allowed }
    }

    /// Whether a header `Host` of this text means the page. `is_local` if it listens to this host
    /// alone.
    pub(super) fn are_meant_by(&self, host: &str, is_local: bool) -> bool {
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
        });
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        if self.allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name)) {
            return true;
        }
        match name.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback() || !is_local,
            Err(_) if is_local => name == "localhost",
            Err(_) => {
                let is_inner = INNER.iter().any(|last| name.ends_with(last));
                !name.is_empty() && (is_inner || !name.contains('.'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_this_host_alone_is_meant_by_its_own_names() {
        let hosts = Hosts::default();
        for own in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "127.1.2.3"] {
            assert!(hosts.are_meant_by(own, true), "{own}");
        }
        for foreign in ["", "evil.example", "10.0.0.1", "127.0.0.1.evil.example", "queue-page"] {
            assert!(!hosts.are_meant_by(foreign, true), "{foreign}");
        }
    }

    #[test]
    fn a_page_of_the_cluster_is_meant_by_addresses_and_by_names_that_nobody_outside_can_own() {
        let hosts = Hosts::default();
        for own in [
            "10.1.2.3:8080",
            "[fd00::1]",
            "queue-page",
            "queue-page:80",
            "queue-page.jobs.svc",
            "queue-page.jobs.svc.cluster.local.",
            "localhost:8080",
        ] {
            assert!(hosts.are_meant_by(own, false), "{own}");
        }
        for foreign in ["", ".", "evil.example", "svc.evil.example:80", "10.1.2.3.evil.example"] {
            assert!(!hosts.are_meant_by(foreign, false), "{foreign}");
        }
    }

    #[test]
    fn a_name_that_is_allowed_is_meant_and_no_name_below_it() {
        let hosts = Hosts::new(vec!["queues.example.org".into()]);
        for is_local in [true, false] {
            assert!(hosts.are_meant_by("Queues.example.org:443", is_local));
            assert!(!hosts.are_meant_by("evil.queues.example.org", is_local));
        }
    }
}
