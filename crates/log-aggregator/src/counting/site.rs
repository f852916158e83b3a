//! Which site a referrer is on, and which sites are one's own.

use std::sync::Arc;

/// Sites that are one's own, besides the virtual host that a request asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnSites(Arc<[String]>);

impl OwnSites {
    /// Those of these names, each with all below it; `None` where one is no name of a site.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<OwnSites> {
        let name = |name: &str| {
            let plain = name.trim().trim_end_matches('.').to_ascii_lowercase();
            let is_site = !plain.is_empty() && plain.bytes().all(is_of_host);
            is_site.then_some(plain)
        };
        let names: Option<Vec<String>> = names.into_iter().map(name).collect();
        names.map(|names| OwnSites(names.into()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their names.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether a site is one of them, or the virtual host of the request, with or without `www.`.
    #[inline]
    pub(super) fn have(&self, site: &[u8], host: Option<&[u8]>) -> bool {
        host.is_some_and(|host| without_www(host).eq_ignore_ascii_case(site))
            || self.0.iter().any(|own| is_below(site, without_www(own.as_bytes())))
    }
}

/// Whether a site is another one, or has a name below its.
fn is_below(site: &[u8], own: &[u8]) -> bool {
    let above = site.len().checked_sub(own.len());
    above.is_some_and(|above| {
        site[above..].eq_ignore_ascii_case(own) && (above == 0 || site[above - 1] == b'.')
    })
}

/// The host of a referrer without its port and `www.`; `None` where it has none. The case of its
/// letters is as it was sent.
///
/// Source: RFC 3986, 3.2.
#[inline]
pub(super) fn site(referrer: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', referrer)?;
    let authority = referrer[colon..].strip_prefix(b"://")?;
    let end = authority.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let authority = &authority[..end.unwrap_or(authority.len())];
    let host = match memchr::memrchr(b'@', authority) {
        Some(at) => &authority[at + 1..],
        None => authority,
    };
    let host = match host {
        // An address of IPv6 has colons and no port behind them.
        [b'[', ..] => &host[..memchr::memchr(b']', host)? + 1],
        _ => &host[..memchr::memchr(b':', host).unwrap_or(host.len())],
    };
    let host = without_www(host.strip_suffix(b".").unwrap_or(host));
    (!host.is_empty() && host.iter().copied().all(is_of_host)).then_some(host)
}

fn without_www(host: &[u8]) -> &[u8] {
    match host.split_at_checked(4) {
        Some((www, rest)) if www.eq_ignore_ascii_case(b"www.") && !rest.is_empty() => rest,
        _ => host,
    }
}

/// Whether a byte may be in a host. Names in other scripts are sent in ASCII, or as UTF-8.
fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'[' | b']' | b':')
        || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_of_a_referrer_is_its_host() {
        for (referrer, expected) in [
            ("https://www.Example.org/a?b=http://c/", Some("Example.org")),
            ("http://example.org", Some("example.org")),
            ("http://user:pass@example.org:8080/", Some("example.org")),
            ("android-app://com.google.android.gm/", Some("com.google.android.gm")),
            ("http://[2001:db8::1]:80/x", Some("[2001:db8::1]")),
            ("https://www.", Some("www")),
            ("http://a b/", None),
            ("http:///x", None),
            ("example.org/a", None),
            ("-", None),
            ("", None),
        ] {
            let found = site(referrer.as_bytes()).map(|site| String::from_utf8_lossy(site));
            assert_eq!(found.as_deref(), expected, "{referrer}");
        }
    }

    #[test]
    fn own_sites_are_those_named_with_all_below_them_and_the_host_of_the_request() {
        let own = OwnSites::new(["Example.org", "www.example.net."]).unwrap();
        for (site, host, expected) in [
            ("example.org", None, true),
            ("shop.EXAMPLE.org", None, true),
            ("badexample.org", None, false),
            ("example.net", None, true),
            ("example.com", None, false),
            ("example.com", Some("www.Example.com"), true),
            ("shop.example.com", Some("example.com"), false),
        ] {
            let host = host.map(str::as_bytes);
            assert_eq!(own.have(site.as_bytes(), host), expected, "{site} {host:?}");
        }
        assert_eq!(OwnSites::new(["https://example.org/"]), None);
        assert_eq!(OwnSites::new([""]), None);
        assert!(OwnSites::default().is_empty());
    }
}
