//! What an endpoint of the user's own has to look like.

use std::net::Ipv6Addr;

use worker_runtime::redact_one_url;

use crate::Error;

/// The endpoint as the SDK needs it: with its scheme in small letters, and a `/` after its path,
/// which the SDK would otherwise glue to the bucket's name.
pub(super) fn normalised(url: &str) -> Result<String, Error> {
    let wrong = |detail: &str| Error::WrongEndpoint {
        // A line end shows as \n: the message stays one line.
        endpoint: redact_one_url(url).escape_debug().to_string(),
        detail: detail.to_owned(),
    };
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        _ => return Err(wrong("it does not begin with http:// or https://")),
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(wrong("keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(wrong("it holds a blank or a line end"));
    }
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => (host, port),
        Some(_) => return Err(wrong("what stands in [] is no IPv6 address")),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if host.is_empty() {
        return Err(wrong("it has no host name"));
    }
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if !host.chars().all(is_host) {
        return Err(wrong("its host name has characters that no host name has"));
    }
    let is_port = |port: &str| {
        port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
    };
    if !port.is_empty() && !is_port(port) {
        return Err(wrong("its port is not a number from 1 to 65535"));
    }
    if path.contains(['?', '#']) {
        return Err(wrong(
            "it has a query (?) or a fragment (#), and requests have queries of their own",
        ));
    }
    let slash = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
    Ok(format!("{scheme}://{authority}{path}{slash}"))
}

/// That nothing asks for another host of AWS than the endpoint.
pub(super) fn check_variants(
    url: &str,
    fips: Option<bool>,
    dual_stack: Option<bool>,
) -> Result<(), Error> {
    let variable = match (fips, dual_stack) {
        (Some(true), _) => "AWS_USE_FIPS_ENDPOINT",
        (_, Some(true)) => "AWS_USE_DUALSTACK_ENDPOINT",
        _ => return Ok(()),
    };
    Err(Error::WrongEndpoint {
        endpoint: url.to_owned(),
        detail: format!(
            "{variable} (or its setting in the AWS profile) is for AWS' own hosts; remove one of \
             the two"
        ),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{check_variants, normalised};

    #[test]
    fn an_endpoint_is_a_url_with_a_host_and_without_keys() {
        for (url, wanted) in [
            ("http://minio:9000", "http://minio:9000"),
            ("https://s3.example.com/", "https://s3.example.com/"),
            ("http://[::1]:9000", "http://[::1]:9000"),
            ("HTTPS://S3.Example.com", "https://S3.Example.com"),
            ("http://my_host", "http://my_host"),
        ] {
            assert_eq!(normalised(url).ok().as_deref(), Some(wanted));
        }
        for url in [
            "minio:9000",
            "http://",
            "http:///b",
            "http://:9000",
            "https://a b",
            "s3://b",
            "http://a:99999",
            "http://a:0",
            "http://a:",
            "http://a:b",
            "http://a:9000\n",
            "http://a?x=1",
            "http://a/#x",
            "http://[::1",
            "http://[a]:1",
        ] {
            assert!(normalised(url).is_err(), "{url}");
        }
        for url in ["http://user:hush@minio", "user:hush@minio:9000", "http://user:hu/sh@minio"] {
            let refused = normalised(url).expect_err("keys in it").to_string();
            assert!(!refused.contains("hu") && refused.contains("user:***@minio"), "{refused}");
        }
    }

    #[test]
    fn the_path_of_an_endpoint_is_kept_before_the_bucket() {
        for url in ["http://host/storage/v1/s3", "http://host/storage/v1/s3/"] {
            assert_eq!(normalised(url).ok().as_deref(), Some("http://host/storage/v1/s3/"));
        }
    }

    #[test]
    fn an_own_endpoint_and_a_variant_of_aws_hosts_exclude_each_other() {
        assert!(check_variants("http://a", Some(false), None).is_ok());
        for (fips, dual) in [(Some(true), None), (None, Some(true))] {
            let error = check_variants("http://a", fips, dual).expect_err("both").to_string();
            assert!(error.contains("_ENDPOINT (or its setting"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_normalised_is_normal(url in "https?://[a-z0-9:.\\[\\]@/?#-]{0,20}") {
            if let Ok(once) = normalised(&url) {
                prop_assert_eq!(normalised(&once).ok(), Some(once));
            }
        }
    }
}
