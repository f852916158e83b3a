//! The proxy that requests go through, as the environment names it for all programs of a pod.
//!
//! The variables are those of curl and the AWS command line: `HTTPS_PROXY` for https,
//! `HTTP_PROXY` for http, `ALL_PROXY` for both, in capitals or small letters; `NO_PROXY` names what
//! is reached directly. Which host `NO_PROXY` means is decided by the HTTP client's own rules.

use std::fmt;

use aws_smithy_http_client::proxy::ProxyConfig;
use hyper_util::client::proxy::matcher::Matcher;
use worker_runtime::redact_one_url;

use crate::Error;

/// Stands for AWS where no endpoint is set: each bucket has a host below it.
const AWS: &str = "https://s3.amazonaws.com";

/// The proxy that applies to an endpoint.
#[derive(Clone)]
pub(super) struct Proxy {
    variable: &'static str,
    url: String,
    exceptions: String,
    is_for_https: bool,
}

impl Proxy {
    /// The proxy for requests to `endpoint` (AWS without one), if the environment names one and
    /// does not take the endpoint out.
    ///
    /// # Errors
    ///
    /// [`Error::ObjectSetting`] for a proxy that is no URL of an HTTP proxy.
    pub(super) fn of_environment(endpoint: Option<&str>) -> Result<Option<Proxy>, Error> {
        Proxy::of(endpoint, |name| std::env::var(name).ok())
    }

    fn of(
        endpoint: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Proxy>, Error> {
        let endpoint = endpoint.unwrap_or(AWS);
        let set = |name: &'static str| variable(name).filter(|value| !value.trim().is_empty());
        let first =
            |names: &[&'static str]| names.iter().find_map(|name| Some((*name, set(name)?)));
        let is_for_https = endpoint.starts_with("https://");
        let found = match is_for_https {
            true => first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            false => first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
        };
        let Some((variable, url)) = found else {
            return Ok(None);
        };
        let exceptions =
            first(&["no_proxy", "NO_PROXY"]).map(|(_, value)| value).unwrap_or_default();
        // The client's rules take this for all names, but not for addresses.
        if exceptions.split(',').any(|part| part.trim() == "*") {
            return Ok(None);
        }
        let url = match url.trim() {
            url if url.contains("://") => url.to_owned(),
            host_and_port => format!("http://{host_and_port}"),
        };
        let proxy = Proxy { variable, url, exceptions, is_for_https };
        let takes = |exceptions: &str| {
            let matcher = Matcher::builder().all(proxy.url.as_str()).no(exceptions).build();
            endpoint.parse().ok().is_some_and(|uri| matcher.intercept(&uri).is_some())
        };
        if takes("") && !takes(&proxy.exceptions) {
            return Ok(None);
        }
        proxy.config()?;
        Ok(Some(proxy))
    }

    /// For the HTTP client. Requests of the other scheme are not sent through it: instance metadata
    /// and the credentials of containers, which are plain http beside a server with TLS, are the
    /// machine's own.
    pub(super) fn config(&self) -> Result<ProxyConfig, Error> {
        let config = match self.is_for_https {
            true => ProxyConfig::https(self.url.as_str()),
            false => ProxyConfig::http(self.url.as_str()),
        };
        let is_http = ["http://", "https://"].iter().any(|scheme| self.url.starts_with(scheme));
        match config {
            Ok(config) if is_http => Ok(config.no_proxy(&self.exceptions)),
            _ => Err(Error::ObjectSetting {
                setting: self.variable,
                detail: format!(
                    "{} is no proxy that can be used: it has to be http://HOST:PORT or \
                     https://HOST:PORT (SOCKS is not spoken)",
                    self.shown()
                ),
            }),
        }
    }

    /// Whether the proxy itself is spoken to with TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.url.starts_with("https://")
    }

    fn shown(&self) -> String {
        redact_one_url(&self.url).escape_debug().to_string()
    }
}

/// As messages name it, without its password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} ({})", self.shown(), self.variable)
    }
}

#[cfg(test)]
mod tests {
    use super::Proxy;

    fn of(endpoint: Option<&str>, set: &[(&'static str, &str)]) -> Option<String> {
        let variable = |name: &str| {
            set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        };
        Proxy::of(endpoint, variable).expect("a sound proxy").map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_proxy_of_the_endpoints_scheme_is_taken() {
        let (http, https) = (("HTTP_PROXY", "http://p:1"), ("https_proxy", "q:2"));
        let shown = |proxy: &str| Some(proxy.to_owned());
        assert_eq!(of(Some("http://minio:9000"), &[]), None);
        assert_eq!(of(Some("http://minio:9000"), &[("HTTP_PROXY", " ")]), None);
        assert_eq!(
            of(Some("http://minio:9000"), &[http, https]),
            shown("the proxy http://p:1 (HTTP_PROXY)")
        );
        assert_eq!(of(Some("https://minio:9000"), &[http]), None);
        let through = "the proxy http://q:2 (https_proxy)";
        assert_eq!(of(Some("https://minio:9000"), &[http, https]), shown(through));
        assert_eq!(of(None, &[http, https]), shown(through));
        assert_eq!(
            of(None, &[("ALL_PROXY", "http://user:hush@p:1")]),
            shown("the proxy http://user:***@p:1 (ALL_PROXY)")
        );
    }

    #[test]
    fn no_proxy_takes_hosts_domains_and_networks_out() {
        let with = |endpoint, exceptions| {
            of(Some(endpoint), &[("HTTP_PROXY", "http://p:1"), ("NO_PROXY", exceptions)])
        };
        for (endpoint, exceptions) in [
            ("http://minio:9000/x", "minio"),
            ("http://minio:9000/x", "*"),
            ("http://10.1.2.3:9000", "*"),
            ("http://minio:9000/x", ".svc.local, minio"),
            ("http://s3.svc.local", ".svc.local"),
            ("http://10.1.2.3:9000", "10.0.0.0/8"),
            ("http://[::1]:9000", "::1"),
        ] {
            assert_eq!(with(endpoint, exceptions), None, "{endpoint} {exceptions}");
        }
        assert!(with("http://notminio", "minio,").is_some());
    }

    #[test]
    fn a_proxy_of_another_kind_is_refused_by_its_variable_and_without_its_password() {
        for url in ["socks5://u:hush@p:1080", "ftp://p", "http://", "http://a b"] {
            let variable = |name: &str| (name == "HTTPS_PROXY").then(|| url.to_owned());
            let told = Proxy::of(None, variable).map(|proxy| proxy.map(|proxy| proxy.to_string()));
            let told = told.expect_err(url).to_string();
            assert!(told.starts_with("HTTPS_PROXY cannot be used"), "{told}");
            assert!(!told.contains("hush"), "{told}");
        }
    }
}
