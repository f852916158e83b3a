//! Proxies, as companies set them for all programs of a pod.

use system_tests::{HttpProxy, TlsProxy};

use crate::{found, nobody, server};

/// A server that is known to nobody: only the proxy leads there.
const UNKNOWN: &str = "http://s3.internal.invalid:9000";

#[tokio::test]
async fn what_only_the_proxy_reaches_is_read_through_it() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let proxy = HttpProxy::start(&server.endpoint(), None)?;
    let url = proxy.url();
    for (variable, value) in [
        ("HTTP_PROXY", url.as_str()),
        ("http_proxy", url.trim_start_matches("http://")),
        ("ALL_PROXY", &url),
    ] {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", UNKNOWN),
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
            (variable, value),
        ];
        assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv", "{variable}");
    }
    let asked = proxy.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked[0].starts_with("GET http://s3.internal.invalid:9000/bucket/?"), "{asked:?}");
    Ok(())
}

#[tokio::test]
async fn https_goes_through_a_tunnel_that_the_proxy_cannot_look_into() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let tls = TlsProxy::start(&server.endpoint())?;
    let proxy = HttpProxy::start(&tls.endpoint(), Some("Basic dXNlcjpodXNo"))?;
    let (right, wrong) = (proxy.url_with("user:hush"), proxy.url_with("user:guess"));
    let authority = tls.authority();
    let with = |proxy: &str| {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", "https://localhost:9000"),
            ("SSL_CERT_FILE", authority.to_str().expect("UTF-8")),
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
            ("HTTPS_PROXY", proxy),
            // For the other scheme.
            ("HTTP_PROXY", "http://127.0.0.1:1"),
        ];
        found("s3://bucket/in", &environment)
    };
    assert_eq!(with(&right)?, "s3://bucket/in/a.csv");
    assert_eq!(proxy.asked(), ["CONNECT localhost:9000 HTTP/1.1"]);
    let told = with(&wrong)?;
    assert!(told.starts_with("Denied: https://localhost:9000 through the proxy http://"), "{told}");
    assert!(told.contains("(HTTPS_PROXY) cannot be reached: the proxy asks for a user"), "{told}");
    assert!(!told.contains("guess"), "{told}");
    Ok(())
}

#[tokio::test]
async fn a_proxy_of_plain_http_that_wants_a_password_is_told_at_once() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let proxy = HttpProxy::start(&server.endpoint(), Some("Basic dXNlcjpodXNo"))?;
    let with = |proxy: &str| {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", UNKNOWN),
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
            ("HTTP_PROXY", proxy),
        ];
        found("s3://bucket/in", &environment)
    };
    assert_eq!(with(&proxy.url_with("user:hush"))?, "s3://bucket/in/a.csv");
    let told = with(&proxy.url())?;
    assert!(told.starts_with("Denied: http://s3.internal.invalid:9000 through"), "{told}");
    Ok(())
}

#[tokio::test]
async fn no_proxy_reaches_the_server_directly() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let (endpoint, nobody) = (server.endpoint(), nobody()?);
    for exceptions in ["127.0.0.1", "127.0.0.0/8", "*", "example.org, 127.0.0.1"] {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
            ("HTTP_PROXY", nobody.as_str()),
            ("NO_PROXY", exceptions),
        ];
        assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv", "{exceptions}");
    }
    Ok(())
}

#[test]
fn a_proxy_that_cannot_be_reached_or_used_is_named() -> anyhow::Result<()> {
    let nobody = nobody()?;
    let with = |proxy: &str| {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", UNKNOWN),
            ("AWS_ACCESS_KEY_ID", "A"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s"),
            ("HTTP_PROXY", proxy),
        ];
        found("s3://bucket/in", &environment)
    };
    let told = with(&nobody)?;
    let start =
        format!("Unavailable: S3 at {UNKNOWN} through the proxy {nobody} (HTTP_PROXY) was not");
    assert!(told.starts_with(&start), "{told}");
    let told = with("socks5://127.0.0.1:1080")?;
    assert!(told.starts_with("Configuration: HTTP_PROXY cannot be used: socks5://"), "{told}");
    Ok(())
}
