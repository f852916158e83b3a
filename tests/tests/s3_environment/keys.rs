//! Where the keys come from: variables, profiles, containers, instances.

use std::collections::BTreeMap;

use system_tests::{Answer, CannedServer};

use crate::{found, nobody, server};

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
pub(crate) fn metadata(id: &str, secret: &str) -> anyhow::Result<CannedServer> {
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
