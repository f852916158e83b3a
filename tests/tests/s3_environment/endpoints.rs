//! Which endpoint is asked, by which protocol, and with which checksums.

use std::collections::BTreeMap;

use system_tests::{Answer, CannedServer, TlsProxy};

use crate::{PUT, found, server};

#[test]
fn endpoints_that_are_to_be_ignored_are_not_asked() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config");
    std::fs::write(&config, "[default]\nendpoint_url = http://127.0.0.1:1\n")?;
    let config = config.to_str().expect("UTF-8");
    let keys = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s"),
    ];
    for endpoint in [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_CONFIG_FILE", config),
    ] {
        // There is no such region, and so no such host.
        let asked = |more: &[(&str, &str)]| {
            found("s3://bucket/in", &[keys.as_slice(), &[endpoint], more].concat())
        };
        assert!(asked(&[])?.contains("127.0.0.1"), "{endpoint:?}");
        let region = [("AWS_REGION", "nowhere-1"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
        let found = asked(&region)?;
        assert!(found.contains("AWS S3 in nowhere-1"), "{endpoint:?}: {found}");
    }
    Ok(())
}

#[tokio::test]
async fn checksums_as_aws_wants_them_can_be_asked_for() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let endpoint = server.endpoint();
    for size in ["0", "1000", "6000000"] {
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", &id),
            ("AWS_SECRET_ACCESS_KEY", &secret),
            ("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported"),
            ("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_supported"),
            (PUT, size),
        ];
        assert_eq!(
            found("s3://bucket/in", &environment)?,
            "s3://bucket/in/a.csv s3://bucket/in/put"
        );
    }
    Ok(())
}

#[test]
fn settings_of_the_endpoint_that_cannot_go_together_are_told_at_once() -> anyhow::Result<()> {
    for (endpoint, more) in [
        ("http://127.0.0.1:99999", ("AWS_REGION", "us-east-1")),
        ("http://127.0.0.1:1?x=1", ("AWS_REGION", "us-east-1")),
        ("http://127.0.0.1:1", ("AWS_USE_FIPS_ENDPOINT", "true")),
        ("http://127.0.0.1:1", ("AWS_USE_DUALSTACK_ENDPOINT", "true")),
    ] {
        let found = found("s3://bucket/in", &[("AWS_ENDPOINT_URL", endpoint), more])?;
        assert!(
            found.starts_with("Configuration: the S3 endpoint http://127.0.0.1:"),
            "{endpoint} {more:?}: {found}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_endpoint_of_the_services_of_a_profile_is_an_own_endpoint() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config");
    // A host name: only with the bucket in the path is it the server's.
    let endpoint = server.endpoint().replace("127.0.0.1", "localhost");
    let text = format!(
        "[profile p]\nservices = mine\naws_access_key_id = {id}\naws_secret_access_key = \
         {secret}\n[services mine]\ns3 =\n  endpoint_url = {endpoint}\n"
    );
    std::fs::write(&config, text)?;
    let environment = [("AWS_CONFIG_FILE", config.to_str().expect("UTF-8")), ("AWS_PROFILE", "p")];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv");
    Ok(())
}

#[test]
fn the_path_of_an_endpoint_stands_before_the_bucket() -> anyhow::Result<()> {
    for slash in ["", "/"] {
        let server = CannedServer::start(|_, _| {
            Answer::with_body(200, "application/xml", "<ListBucketResult></ListBucketResult>")
        })?;
        let endpoint = format!("{}/storage/v1/s3{slash}", server.endpoint());
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "A"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
        ];
        assert_eq!(found("s3://bucket/in", &environment)?, "");
        let target = &server.requests()[0].target;
        assert!(target.starts_with("/storage/v1/s3/bucket/?list-type=2"), "{target}");
    }
    Ok(())
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let proxy = TlsProxy::start(&server.endpoint())?;
    let (endpoint, authority) = (proxy.endpoint(), proxy.authority());
    let authority = authority.to_str().expect("UTF-8");
    let base: BTreeMap<&str, &str> = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
    ]
    .into();
    let with = |more: &[(&'static str, &str)]| -> anyhow::Result<String> {
        let environment: Vec<(&str, &str)> =
            base.iter().map(|(name, value)| (*name, *value)).chain(more.iter().copied()).collect();
        found("s3://bucket/in", &environment)
    };
    assert_eq!(with(&[("SSL_CERT_FILE", authority)])?, "s3://bucket/in/a.csv");
    assert_eq!(with(&[("AWS_CA_BUNDLE", authority)])?, "s3://bucket/in/a.csv");
    assert_eq!(
        with(&[])?,
        format!(
            "Configuration: the S3 endpoint {endpoint} cannot be used: the TLS handshake failed \
             (invalid peer certificate: UnknownIssuer); for a private certificate authority set \
             SSL_CERT_FILE, for a server without TLS write http://; check AWS_ENDPOINT_URL_S3 or \
             AWS_ENDPOINT_URL (http://host:port or https://host)"
        )
    );
    let missing = with(&[("AWS_CA_BUNDLE", "/no/such/file.pem")])?;
    let start = "Configuration: the certificate authorities in /no/such/file.pem cannot be read: ";
    assert!(missing.starts_with(start), "{missing}");
    Ok(())
}

#[tokio::test]
async fn http_and_https_are_not_mixed_up_silently() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let proxy = TlsProxy::start(&server.endpoint())?;
    for endpoint in
        [proxy.endpoint().replace("https", "http"), server.endpoint().replace("http", "https")]
    {
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
        ];
        let found = found("s3://bucket/in", &environment)?;
        let start = format!("Configuration: the S3 endpoint {endpoint} cannot be used: ");
        assert!(found.starts_with(&start), "{found}");
    }
    Ok(())
}

#[test]
fn local_work_looks_at_no_s3_setting() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("a.csv"), "x")?;
    let environment = [
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_CONFIG_FILE", "/no/such/file"),
        ("AWS_CA_BUNDLE", "/no/such/file"),
    ];
    let at = folder.path().to_str().expect("UTF-8");
    assert_eq!(found(at, &environment)?, format!("{at}/a.csv"));
    Ok(())
}
