//! Settings and credentials as a pod gets them: by its environment. Each is tried in a process of its own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use bytes::Bytes;
use clap::Parser;
use object_storage::{Condition, Location, Storage, StorageArgs};
use system_tests::{Answer, CannedServer, S3Server, TlsProxy};

/// What the child is to list.
const LIST: &str = "TEST_LIST";
/// How many bytes the child is to put there before that, and to read back.
const PUT: &str = "TEST_PUT";
/// What comes before the child's finding among the lines that the test runner prints.
const FOUND: &str = "found: ";

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    storage: StorageArgs,
}

/// Not a test: what the tests below run in processes of their own.
#[test]
#[ignore = "run by the other tests"]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
fn child() {
    let at: Location = std::env::var(LIST).expect("the parent says what to list").parse().expect("a valid location");
    let args = Cli::parse_from(["child"]).storage;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let storage = Storage::new(&args);
    if let Ok(size) = std::env::var(PUT) {
        let bytes = Bytes::from(vec![7; size.parse().expect("a number")]);
        let there = at.join("put").expect("a name");
        let put = runtime.block_on(storage.put(&there, bytes.clone(), Condition::Always));
        assert_eq!(put.expect("put").size, bytes.len() as u64);
        let read = runtime.block_on(storage.read(&there, u64::MAX)).expect("read");
        assert!(read == bytes, "other bytes than were put");
    }
    let found = match runtime.block_on(storage.list(&at)) {
        Ok(entries) => entries.iter().map(|entry| entry.location.to_string()).collect::<Vec<_>>().join(" "),
        Err(error) => format!("{:?}: {error}", error.kind()),
    };
    println!("\n{FOUND}{found}");
}

/// What a process with exactly this environment finds at `at`.
fn found(at: &str, environment: &[(&str, &str)]) -> anyhow::Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env_clear()
        .env(LIST, at)
        .envs(environment.iter().copied())
        .output()?;
    let stdout = String::from_utf8(output.stdout)?;
    let found = stdout.lines().find_map(|line| line.strip_prefix(FOUND));
    found
        .map(str::to_owned)
        .ok_or_else(|| anyhow::anyhow!("no finding in: {stdout}{}", String::from_utf8_lossy(&output.stderr)))
}

/// A server with one object, and its keys.
async fn server() -> anyhow::Result<(S3Server, String, String)> {
    let server = S3Server::start(&["bucket"])?;
    let storage = Storage::new(&S3Server::args(&server.endpoint()));
    storage.put(&"s3://bucket/in/a.csv".parse()?, Bytes::from_static(b"x"), Condition::Always).await?;
    let keys = S3Server::keys();
    Ok((server, keys.access_key_id, keys.secret_access_key))
}

/// An address nobody listens on.
fn nobody() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(format!("http://{}", listener.local_addr()?))
}

#[tokio::test]
async fn endpoint_and_keys_come_from_the_environment() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let (endpoint, nobody) = (server.endpoint(), nobody()?);
    let keys = [("AWS_ACCESS_KEY_ID", id.as_str()), ("AWS_SECRET_ACCESS_KEY", secret.as_str())];
    for endpoints in [
        vec![("AWS_ENDPOINT_URL", endpoint.as_str())],
        vec![("AWS_ENDPOINT_URL_S3", endpoint.as_str()), ("AWS_ENDPOINT_URL", nobody.as_str())],
        vec![("AWS_ENDPOINT_URL_S3", ""), ("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_REGION", "eu-west-1")],
    ] {
        let environment: Vec<(&str, &str)> = keys.into_iter().chain(endpoints).collect();
        assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv", "{environment:?}");
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
        assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv s3://bucket/in/put");
    }
    Ok(())
}

#[tokio::test]
async fn keys_come_from_a_profile() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let folder = tempfile::tempdir()?;
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    let text = format!("[profile night]\nregion = eu-west-1\nendpoint_url = {}\n", server.endpoint());
    std::fs::write(&config, text)?;
    let text = format!("[night]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    std::fs::write(&credentials, text)?;
    let environment = [
        ("AWS_CONFIG_FILE", config.to_str().expect("UTF-8")),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.to_str().expect("UTF-8")),
        ("AWS_PROFILE", "night"),
    ];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv");
    Ok(())
}

#[tokio::test]
async fn keys_come_from_the_container_as_on_eks() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let text = format!(
        "{{\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\",\"Token\":\"\",\"Expiration\":\"2099-01-01T00:00:00Z\"}}"
    );
    let agent = CannedServer::start(move |_, _| Answer::with_body(200, "application/json", text.clone()))?;
    let (endpoint, uri) = (server.endpoint(), format!("{}/v1/credentials", agent.endpoint()));
    let environment = [("AWS_ENDPOINT_URL_S3", endpoint.as_str()), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri)];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv");
    assert_eq!(agent.requests().len(), 1);
    Ok(())
}

#[tokio::test]
async fn keys_come_from_the_metadata_of_an_instance() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let text = format!(
        "{{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\",\"Token\":\"\",\"Expiration\":\"2099-01-01T00:00:00Z\"}}"
    );
    let metadata = CannedServer::start(move |request, _| match request.target.as_str() {
        "/latest/api/token" => {
            Answer::with_body(200, "text/plain", "token").header("x-aws-ec2-metadata-token-ttl-seconds", "600")
        }
        target if target.ends_with("/security-credentials/") => Answer::with_body(200, "text/plain", "role"),
        target if target.ends_with("/role") => Answer::with_body(200, "application/json", text.clone()),
        _ => Answer::empty(404),
    })?;
    let (endpoint, metadata) = (server.endpoint(), metadata.endpoint());
    let environment =
        [("AWS_ENDPOINT_URL_S3", endpoint.as_str()), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.as_str())];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv");
    Ok(())
}

#[tokio::test]
async fn that_there_are_no_keys_is_told() -> anyhow::Result<()> {
    let (server, ..) = server().await?;
    let (endpoint, nobody) = (server.endpoint(), nobody()?);
    for metadata in [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", nobody.as_str())] {
        let environment = [("AWS_ENDPOINT_URL", endpoint.as_str()), metadata];
        assert_eq!(
            found("s3://bucket/in", &environment)?,
            "Denied: no S3 credentials were found (neither the environment nor an AWS profile, a web identity, container or instance metadata has any); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the pod a service account with a web identity or an instance role"
        );
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
            "Configuration: the S3 endpoint {endpoint} cannot be used: the TLS handshake failed (invalid peer certificate: UnknownIssuer); for a private certificate authority set SSL_CERT_FILE, for a server without TLS write http://; check AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (http://host:port or https://host)"
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
    for endpoint in [proxy.endpoint().replace("https", "http"), server.endpoint().replace("http", "https")] {
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
    let environment =
        [("AWS_ENDPOINT_URL", "nonsense"), ("AWS_CONFIG_FILE", "/no/such/file"), ("AWS_CA_BUNDLE", "/no/such/file")];
    let at = folder.path().to_str().expect("UTF-8");
    assert_eq!(found(at, &environment)?, format!("{at}/a.csv"));
    Ok(())
}
