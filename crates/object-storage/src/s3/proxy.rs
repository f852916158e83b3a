//! Proxies are not used; that one is set is told, since the error to come would not say so.

/// Warns where a proxy is set that other programs would send the requests to `endpoint` through
/// (AWS without one).
pub(super) fn warn_of_ignored(endpoint: Option<&str>) {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(name) = ignored(endpoint, variable) {
        tracing::warn!(
            variable = name,
            "a proxy is set, and the requests to S3 do not go through it; name a server that can \
             be reached directly"
        );
    }
}

/// The variable whose proxy would apply, by the rules of curl and the AWS command line.
fn ignored(
    endpoint: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<&'static str> {
    let (scheme, rest) = endpoint.unwrap_or("https://amazonaws.com").split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    };
    let names: &[&'static str] = match scheme {
        "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let set = names.iter().copied().find(|name| variable(name).is_some())?;
    let exceptions = variable("NO_PROXY").or_else(|| variable("no_proxy")).unwrap_or_default();
    let is_exception =
        exceptions.split(',').map(str::trim).filter(|part| !part.is_empty()).any(|part| {
            let name = part.trim_start_matches('.');
            let below = host
                .len()
                .checked_sub(name.len())
                .and_then(|at| Some((host.get(..at)?, host.get(at..)?)));
            part == "*"
                || below.is_some_and(|(before, end)| {
                    end.eq_ignore_ascii_case(name) && (before.is_empty() || before.ends_with('.'))
                })
        });
    (!is_exception).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::ignored;

    fn of(endpoint: Option<&str>, set: &[(&'static str, &str)]) -> Option<&'static str> {
        ignored(endpoint, |name| {
            set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_proxy_that_would_apply_is_found() {
        let (http, https) = (("HTTP_PROXY", "http://p:1"), ("https_proxy", "http://p:1"));
        assert_eq!(of(Some("http://minio:9000"), &[]), None);
        assert_eq!(of(Some("http://minio:9000"), &[http, https]), Some("HTTP_PROXY"));
        assert_eq!(of(Some("https://minio:9000"), &[http]), None);
        assert_eq!(of(Some("https://minio:9000"), &[http, https]), Some("https_proxy"));
        assert_eq!(of(None, &[("ALL_PROXY", "socks5://p:1")]), Some("ALL_PROXY"));
    }

    #[test]
    fn no_proxy_takes_hosts_and_domains_out() {
        let with = |endpoint, exceptions| {
            of(Some(endpoint), &[("HTTP_PROXY", "http://p:1"), ("NO_PROXY", exceptions)])
        };
        for exceptions in ["minio", "*", ".svc.local, minio", "MINIO"] {
            assert_eq!(with("http://minio:9000/x", exceptions), None, "{exceptions}");
        }
        assert_eq!(with("http://s3.svc.local", ".svc.local"), None);
        assert_eq!(with("http://[::1]:9000", "::1"), None);
        assert_eq!(with("http://notminio", "minio,"), Some("HTTP_PROXY"));
    }
}
