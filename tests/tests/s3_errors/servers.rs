//! The server as such: away, no S3 server, full, overloaded, or behind somebody who sends clients
//! on.

use std::time::{Duration, Instant};

use bytes::Bytes;
use object_storage::{Condition, Error, ErrorKind, StorageArgs};
use system_tests::{Answer, Storage};

use crate::bench::{ATTEMPTS, args, at, canned, nobody, without_seconds};

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_waited_for_as_long_as_allowed_and_then_told()
-> anyhow::Result<()> {
    let endpoint = nobody()?;
    let down_timeout = Duration::from_millis(300);
    // However few the attempts at a request are: nothing was asked yet.
    let storage = Storage::new(&StorageArgs { attempts: 1, down_timeout, ..args(&endpoint) });
    let began = Instant::now();
    let error = storage.list(&at("s3://b/")).await.expect_err("nobody listens");
    assert!(began.elapsed() >= down_timeout);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.to_string(),
        format!(
            "S3 at {endpoint} was not usable for 0.3 s: Connection refused (os error 111); is it \
             up, is its port open from here, is AWS_ENDPOINT_URL_S3 right, and is \
             --s3-down-timeout long enough?"
        )
    );
    Ok(())
}

#[tokio::test]
async fn the_setting_that_ended_the_attempts_is_the_one_that_is_named() -> anyhow::Result<()> {
    // It takes connections, and never says a word.
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let storage = Storage::new(&StorageArgs {
        timeout: Duration::from_millis(50),
        down_timeout: Duration::from_millis(200),
        ..args(&endpoint)
    });
    let error = storage.list(&at("s3://b/")).await.expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().ends_with("raise --s3-down-timeout"), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_is_a_wrong_setting() {
    let error = Storage::new(&args("minio:9000")).list(&at("s3://b/")).await.expect_err("no URL");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(
        error.to_string(),
        "the S3 endpoint minio:9000 cannot be used: it does not begin with http:// or https://; \
         check AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (http://host:port or https://host)"
    );
}

#[tokio::test]
async fn a_web_server_is_not_taken_for_an_s3_server() -> anyhow::Result<()> {
    for status in [200, 403, 404] {
        let (_server, storage) = canned(move |_, _| {
            Answer::with_body(status, "text/html; charset=utf-8", "<html>hello</html>")
        })?;
        let error = storage.list(&at("s3://b/")).await.expect_err("HTML is no listing");
        assert!(matches!(error, Error::WrongEndpoint { .. }), "{status}: {error}");
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_answers_everything_with_200_is_neither_read_nor_written()
-> anyhow::Result<()> {
    let (_server, storage) =
        canned(|_, _| Answer::with_body(200, "application/json", r#"{"status":"ok"}"#))?;
    let found = storage.entry(&at("s3://b/k")).await.expect_err("a page is no object");
    let stored = storage
        .put(&at("s3://b/k"), Bytes::from_static(b"bytes"), Condition::Always)
        .await
        .expect_err("nothing was stored");
    for error in [found, stored] {
        assert!(matches!(error, Error::WrongEndpoint { .. }), "{error}");
        assert!(error.to_string().contains("does not speak S3"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn the_right_region_is_told_where_the_server_tells_it() -> anyhow::Result<()> {
    let message = "the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    let answers = [
        Answer::error(301, "PermanentRedirect", "elsewhere")
            .header("x-amz-bucket-region", "eu-west-1"),
        Answer::error(400, "AuthorizationHeaderMalformed", message),
        Answer::error(400, "BadRequest", "").header("x-amz-bucket-region", "eu-west-1"),
    ];
    for answer in answers {
        let (server, storage) = canned(move |_, _| answer.clone())?;
        let error = storage.list(&at("s3://b/")).await.expect_err("another region");
        assert_eq!(
            error.to_string(),
            "the bucket b is not in region us-east-1; set AWS_REGION to eu-west-1"
        );
        assert_eq!(server.requests().len(), 1, "no attempt is repeated");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_or_quota_that_is_full_is_told_as_a_full_disk_and_asked_once() -> anyhow::Result<()>
{
    for (status, code) in [
        (403, "QuotaExceeded"),
        (400, "XMinioAdminBucketQuotaExceeded"),
        (507, "XMinioStorageFull"),
    ] {
        let (server, storage) = canned(move |_, _| Answer::error(status, code, "told"))?;
        let write =
            storage.put(&at("s3://b/out/k"), Bytes::from_static(b"x"), Condition::Always).await;
        let error = write.expect_err("full");
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        let said = error.to_string();
        assert!(
            said.contains(&format!("has no room left for s3://b/out/k ({code}: told): free space")),
            "{said}"
        );
        assert_eq!(server.requests().len(), 1, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn an_overloaded_server_is_asked_as_often_as_set_and_then_told() -> anyhow::Result<()> {
    for (status, code) in [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests")] {
        let (server, storage) = canned(move |_, _| Answer::error(status, code, "later"))?;
        let error = storage.list(&at("s3://b/")).await.expect_err("never an answer");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(
            without_seconds(&error.to_string()),
            format!(
                "could not list s3://b/ after 5 attempts in ? s: {code}: later; the S3 server is \
                 overloaded or failing: try again later, or raise --s3-attempts"
            )
        );
        assert_eq!(server.requests().len(), ATTEMPTS as usize);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_aws_gets_no_checksums_it_may_not_know() -> anyhow::Result<()> {
    let (server, storage) = canned(|_, _| Answer::empty(200).header("etag", "\"e\""))?;
    storage.put(&at("s3://b/k"), Bytes::from_static(b"x"), Condition::Always).await?;
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].body, "x");
    let names: Vec<&str> = requests[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        !names.iter().any(|name| name.contains("checksum") || *name == "x-amz-trailer"),
        "{names:?}"
    );
    assert_eq!(requests[0].header("content-encoding"), None);
    // The bytes are protected by the signature instead.
    let sha256_of_x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    assert_eq!(requests[0].header("x-amz-content-sha256"), Some(sha256_of_x));
    Ok(())
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again() -> anyhow::Result<()> {
    for (status, code) in [
        (307, "TemporaryRedirect"),
        (400, "IncompleteBody"),
        (400, "KMS.ThrottlingException"),
        (400, "RequestTimeout"),
    ] {
        let (server, storage) = canned(move |_, before| match before {
            0 | 1 => Answer::error(status, code, "later").header("location", "http://127.0.0.1:1/"),
            _ => Answer::empty(200).header("etag", "\"e\""),
        })?;
        storage.put(&at("s3://b/k"), Bytes::from_static(b"x"), Condition::Always).await?;
        assert_eq!(server.requests().len(), 3, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn an_ingress_that_sends_clients_on_to_https_is_told() -> anyhow::Result<()> {
    for status in [301, 302, 308] {
        let (_server, storage) = canned(move |_, _| {
            Answer::with_body(status, "text/html", "moved")
                .header("location", "https://s3.example.com/")
        })?;
        let error = storage.list(&at("s3://b/")).await.expect_err("elsewhere");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            error.to_string().contains("https://s3.example.com/: write https://"),
            "{status}: {error}"
        );
    }
    Ok(())
}
