//! Those who give the keys, when they do not: refusals, outages, silence.

use std::net::{Ipv4Addr, TcpListener};

use system_tests::{Answer, CannedServer, Fault, FaultPlan, FaultProxy};

use crate::keys::metadata;
use crate::{found, nobody, server};

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
