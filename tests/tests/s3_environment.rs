//! Settings and credentials as a pod gets them: by its environment. Each is tried in a process of
//! its own.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use bytes::Bytes;
use clap::Parser;
use object_storage::{Condition, Location, Storage, StorageArgs};
use system_tests::{Answer, CannedServer, Fault, FaultPlan, FaultProxy, S3Server, TlsProxy};

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
    let at: Location = std::env::var(LIST)
        .expect("the parent says what to list")
        .parse()
        .expect("a valid location");
    let args = Cli::parse_from(["child"]).storage;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
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
        Ok(entries) => {
            entries.iter().map(|entry| entry.location.to_string()).collect::<Vec<_>>().join(" ")
        }
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
    found.map(str::to_owned).ok_or_else(|| {
        anyhow::anyhow!("no finding in: {stdout}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// A server with one object, and its keys.
async fn server() -> anyhow::Result<(S3Server, String, String)> {
    let server = S3Server::start(&["bucket"])?;
    let storage = Storage::new(&S3Server::args(&server.endpoint()));
    storage
        .put(&"s3://bucket/in/a.csv".parse()?, Bytes::from_static(b"x"), Condition::Always)
        .await?;
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
        vec![
            ("AWS_ENDPOINT_URL_S3", ""),
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_REGION", "eu-west-1"),
        ],
    ] {
        let environment: Vec<(&str, &str)> = keys.into_iter().chain(endpoints).collect();
        assert_eq!(
            found("s3://bucket/in", &environment)?,
            "s3://bucket/in/a.csv",
            "{environment:?}"
        );
    }
    Ok(())
}

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

#[tokio::test]
async fn keys_come_from_a_profile() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let folder = tempfile::tempdir()?;
    let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
    let text =
        format!("[profile night]\nregion = eu-west-1\nendpoint_url = {}\n", server.endpoint());
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
        "{{\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\",\"Token\":\"\",\"Expiration\"\
         :\"2099-01-01T00:00:00Z\"}}"
    );
    let agent =
        CannedServer::start(move |_, _| Answer::with_body(200, "application/json", text.clone()))?;
    let (endpoint, uri) = (server.endpoint(), format!("{}/v1/credentials", agent.endpoint()));
    let environment =
        [("AWS_ENDPOINT_URL_S3", endpoint.as_str()), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri)];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv");
    assert_eq!(agent.requests().len(), 1);
    Ok(())
}

/// An instance metadata service that gives these keys.
fn metadata(id: &str, secret: &str) -> anyhow::Result<CannedServer> {
    let text = format!(
        "{{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"{id}\",\"SecretAccessKey\"\
         :\"{secret}\",\"Token\":\"\",\"Expiration\":\"2099-01-01T00:00:00Z\"}}"
    );
    CannedServer::start(move |request, _| match request.target.as_str() {
        "/latest/api/token" => Answer::with_body(200, "text/plain", "token")
            .header("x-aws-ec2-metadata-token-ttl-seconds", "600"),
        target if target.ends_with("/security-credentials/") => {
            Answer::with_body(200, "text/plain", "role")
        }
        target if target.ends_with("/role") => {
            Answer::with_body(200, "application/json", text.clone())
        }
        _ => Answer::empty(404),
    })
}

#[tokio::test]
async fn keys_come_from_the_metadata_of_an_instance() -> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let metadata = metadata(&id, &secret)?;
    let (endpoint, metadata) = (server.endpoint(), metadata.endpoint());
    let environment = [
        ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.as_str()),
    ];
    assert_eq!(found("s3://bucket/in", &environment)?, "s3://bucket/in/a.csv");
    Ok(())
}

#[tokio::test]
async fn that_there_are_no_keys_is_told() -> anyhow::Result<()> {
    let (server, ..) = server().await?;
    let (endpoint, nobody) = (server.endpoint(), nobody()?);
    for (metadata, why) in [
        (
            ("AWS_EC2_METADATA_DISABLED", "true"),
            "IMDS disabled by AWS_EC2_METADATA_DISABLED env var set to `true`",
        ),
        (("AWS_EC2_METADATA_SERVICE_ENDPOINT", nobody.as_str()), "not on this machine"),
    ] {
        let environment = [("AWS_ENDPOINT_URL", endpoint.as_str()), metadata];
        assert_eq!(
            found("s3://bucket/in", &environment)?,
            format!(
                "Denied: no S3 credentials were found (environment (environment variable not \
                 set), AWS profile (none), web identity ($AWS_WEB_IDENTITY_TOKEN_FILE was not \
                 set), container (ECS provider not configured), instance metadata ({why})); set \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the pod a \
                 service account with a web identity or an instance role"
            )
        );
    }
    Ok(())
}

#[test]
fn what_breaks_a_signature_is_refused_by_the_name_of_its_variable() -> anyhow::Result<()> {
    let sound = [
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s"),
    ];
    let with = |name: &'static str, value: &'static str| -> anyhow::Result<String> {
        let mut environment: BTreeMap<&str, &str> = sound.into();
        environment.insert(name, value);
        found("s3://bucket/in", &environment.into_iter().collect::<Vec<_>>())
    };
    assert!(with("AWS_REGION", "eu-west-1")?.starts_with("Unavailable: "));
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKID\n"),
        ("AWS_ACCESS_KEY_ID", "\nAKID"),
        ("AWS_ACCESS_KEY_ID", "AKID\u{a0}"),
        ("AWS_SECRET_ACCESS_KEY", "secret\n"),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_SESSION_TOKEN", "to ken"),
        ("AWS_REGION", "us-east-1\n"),
        ("AWS_DEFAULT_REGION", "us-east-1\r\n"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1\n"),
    ] {
        let found = with(name, value)?;
        assert!(
            found.starts_with("Configuration: ") && found.contains(name),
            "{name}={value:?}: {found}"
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

/// What is found with an agent for container credentials at `uri`.
fn with_agent(uri: &str, more: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut environment = vec![
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri),
        ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s"),
    ];
    environment.extend_from_slice(more);
    found("s3://bucket/in", &environment)
}

#[test]
fn container_credentials_that_are_refused_unreachable_or_silent_are_told_apart()
-> anyhow::Result<()> {
    const AGENT: &str = "the container credentials service (EKS Pod Identity agent or ECS agent)";
    for status in [400, 403, 404] {
        let agent =
            CannedServer::start(move |_, _| Answer::with_body(status, "text/plain", "TOPSECRET"))?;
        let found = with_agent(&format!("{}/v1/credentials", agent.endpoint()), &[])?;
        let start = format!(
            "Denied: {AGENT} refused to give the S3 credentials: HTTP status {status}; check the \
             service"
        );
        assert!(found.starts_with(&start) && !found.contains("TOPSECRET"), "{found}");
        assert_eq!(agent.requests().len(), 1, "what is refused is not asked for again");
    }
    let answer = "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"TOPSECRET";
    let garbled =
        CannedServer::start(move |_, _| Answer::with_body(200, "application/json", answer))?;
    let found = with_agent(&garbled.endpoint(), &[])?;
    assert!(
        found.starts_with(&format!("Unavailable: {AGENT} could not"))
            && !found.contains("TOPSECRET"),
        "{found}"
    );

    let missing = [("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/no/such/token")];
    let found = with_agent(&garbled.endpoint(), &missing)?;
    assert!(
        found.starts_with(&format!("Denied: {AGENT} refused")) && found.contains("token file"),
        "{found}"
    );

    let found = with_agent(&nobody()?, &[])?;
    assert!(
        found.starts_with(&format!("Unavailable: {AGENT} could not")) && found.contains("refused"),
        "{found}"
    );

    // The kernel takes the connections, and nobody ever reads from them.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let uri = format!("http://{}", silent.local_addr()?);
    let found = with_agent(
        &uri,
        &[("JOB_WORKER_S3_TIMEOUT", "300ms"), ("JOB_WORKER_S3_DOWN_TIMEOUT", "1h")],
    )?;
    assert!(found.starts_with(&format!("Unavailable: {AGENT} could not")), "{found}");
    assert!(found.contains("it takes the request and does not answer"), "{found}");
    Ok(())
}

#[test]
fn what_sts_says_to_a_web_identity_is_told() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let token = folder.path().join("token");
    std::fs::write(&token, "token")?;
    let with = |sts: &str, token: &str| {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_STS", sts),
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", token),
            ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s"),
        ];
        found("s3://bucket/in", &environment)
    };
    let token = token.to_str().expect("UTF-8");
    for (status, code, kind) in [
        (403, "AccessDenied", "Denied"),
        (400, "InvalidIdentityToken", "Denied"),
        (400, "ExpiredTokenException", "Denied"),
        (400, "ValidationError", "Denied"),
        (400, "Throttling", "Unavailable"),
        (500, "InternalFailure", "Unavailable"),
    ] {
        let text = format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>told</Message></Error></\
             ErrorResponse>"
        );
        let sts =
            CannedServer::start(move |_, _| Answer::with_body(status, "text/xml", text.clone()))?;
        let found = with(&sts.endpoint(), token)?;
        assert!(
            found.starts_with(&format!("{kind}: STS for the web identity ")),
            "{code}: {found}"
        );
        assert!(found.contains(&format!("{code}: told")), "{code}: {found}");
    }
    let found = with(&nobody()?, "/no/such/token")?;
    assert!(
        found.starts_with("Denied: STS for the web identity refused")
            && found.contains("token file"),
        "{found}"
    );
    // The S3 server itself, where AWS_ENDPOINT_URL names it: it knows nothing of tokens.
    let s3 = CannedServer::start(|_, _| Answer::empty(404))?;
    let found = with(&s3.endpoint(), token)?;
    assert!(found.starts_with("Denied: ") && found.contains("AWS_ENDPOINT_URL_STS"), "{found}");
    Ok(())
}

#[tokio::test]
async fn instance_metadata_that_is_lost_is_asked_for_again_and_a_refusal_is_none()
-> anyhow::Result<()> {
    let (server, id, secret) = server().await?;
    let metadata = metadata(&id, &secret)?;
    let plan = FaultPlan { seed: 1, share: 1.0, faults: vec![Fault::ResetAfter], longest_run: 1 };
    let proxy = FaultProxy::start(&metadata.endpoint(), plan)?;
    let (endpoint, lossy) = (server.endpoint(), proxy.endpoint());
    let with = |metadata: &str| {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", endpoint.as_str()),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata),
            ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s"),
        ];
        found("s3://bucket/in", &environment)
    };
    assert_eq!(with(&lossy)?, "s3://bucket/in/a.csv");
    assert!(proxy.injected(Fault::ResetAfter) > 0);
    for (status, kind) in [(403, "Denied"), (404, "Denied"), (500, "Unavailable")] {
        let refusing = CannedServer::start(move |_, _| Answer::empty(status))?;
        let found = with(&refusing.endpoint())?;
        let start = format!("{kind}: the instance metadata service (IMDS) ");
        assert!(
            found.starts_with(&start) && found.contains(&status.to_string()),
            "{status}: {found}"
        );
    }
    Ok(())
}

#[test]
fn a_profile_that_is_missing_or_unknown_here_is_named() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config");
    std::fs::write(&config, "[profile process]\ncredential_process = /bin/true\n")?;
    for (profile, says) in
        [("nosuch", "profile `nosuch` was not defined"), ("process", "credential_process")]
    {
        let environment = [
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
            ("AWS_CONFIG_FILE", config.to_str().expect("UTF-8")),
            ("AWS_PROFILE", profile),
        ];
        let found = found("s3://bucket/in", &environment)?;
        assert!(found.starts_with("Configuration: ") && found.contains(says), "{found}");
        assert!(!found.contains("cargo"), "{found}");
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

#[test]
fn a_public_bucket_is_read_without_a_signature() -> anyhow::Result<()> {
    let server = CannedServer::start(|_, _| {
        Answer::with_body(200, "application/xml", "<ListBucketResult></ListBucketResult>")
    })?;
    let endpoint = server.endpoint();
    let environment =
        [("AWS_ENDPOINT_URL", endpoint.as_str()), ("JOB_WORKER_S3_NO_SIGN_REQUEST", "true")];
    assert_eq!(found("s3://bucket/in", &environment)?, "");
    assert_eq!(server.requests()[0].header("authorization"), None);
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
