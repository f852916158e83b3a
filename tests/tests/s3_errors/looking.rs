//! Looking at objects and listing them: what is refused, and why.

use bytes::Bytes;
use object_storage::{Action, Condition, Error, ErrorKind};
use system_tests::Answer;

use crate::bench::{at, canned, read, ten_bytes};

#[tokio::test]
async fn a_denied_request_names_the_action_the_key_and_the_permission() -> anyhow::Result<()> {
    let (server, storage) = canned(|_, _| Answer::error(403, "AccessDenied", "Access Denied"))?;
    let write = storage.put(&at("s3://b/out/k"), Bytes::from_static(b"x"), Condition::Always).await;
    assert_eq!(
        write.expect_err("denied").to_string(),
        "access denied: may not write s3://b/out/k (AccessDenied: Access Denied); the credentials \
         need s3:PutObject on it, and what the bucket's policy asks for has to be set (--s3-sse, \
         --s3-acl, --s3-tagging, --s3-request-payer)"
    );
    let listing = storage.list(&at("s3://b/in")).await.expect_err("denied");
    assert!(matches!(listing, Error::Denied { action: Action::List, .. }), "{listing}");
    let deleted = storage.delete(&at("s3://b/in")).await.expect_err("denied");
    assert!(matches!(deleted, Error::Denied { action: Action::Delete, .. }), "{deleted}");
    let content = read(&storage, &ten_bytes()).await.expect_err("denied");
    assert!(matches!(content, Error::Denied { action: Action::Read, .. }), "{content}");
    for error in [listing, deleted, content] {
        assert_eq!(error.kind(), ErrorKind::Denied);
    }
    assert_eq!(server.requests().len(), 4, "no attempt is repeated");
    Ok(())
}

#[tokio::test]
async fn a_listing_without_end_is_refused() -> anyhow::Result<()> {
    let (_server, storage) = canned(|_, _| {
        let text = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</\
                    NextContinuationToken></ListBucketResult>";
        Answer::with_body(200, "application/xml", text)
    })?;
    let error = storage.list(&at("s3://b/")).await.expect_err("it never ends");
    assert!(matches!(error, Error::WrongEndpoint { .. }), "{error}");
    Ok(())
}

#[tokio::test]
async fn why_a_look_at_an_object_fails_is_asked_by_a_request_whose_answer_can_say_it()
-> anyhow::Result<()> {
    let cases: [(u16, &str, ErrorKind, &str); 6] = [
        (
            400,
            "ExpiredToken",
            ErrorKind::Denied,
            "does not accept the credentials (ExpiredToken: told)",
        ),
        (
            403,
            "SignatureDoesNotMatch",
            ErrorKind::Denied,
            "does not accept the credentials (SignatureDoesNotMatch: told)",
        ),
        (403, "InvalidAccessKeyId", ErrorKind::Denied, "does not accept the credentials"),
        (403, "RequestTimeTooSkewed", ErrorKind::Denied, "and this machine's clock"),
        (403, "AccessDenied", ErrorKind::Denied, "may not look up s3://b/k (AccessDenied: told)"),
        (
            400,
            "AuthorizationHeaderMalformed",
            ErrorKind::Configuration,
            "is not in region us-east-1",
        ),
    ];
    for (status, code, kind, says) in cases {
        let (server, storage) = canned(move |request, _| match request.method.as_str() {
            "HEAD" => Answer::empty(status),
            _ => Answer::error(status, code, "told"),
        })?;
        let error = storage.entry(&at("s3://b/k")).await.expect_err("refused");
        assert_eq!(error.kind(), kind, "{code}: {error}");
        assert!(error.to_string().contains(says), "{code}: {error}");
        assert_eq!(server.requests().len(), 2, "{code}");
    }
    // The same of a bucket: an object that is not there leads to it.
    let (_server, storage) =
        canned(|request, _| match (request.method.as_str(), request.target.starts_with("/b/k")) {
            ("HEAD", true) => Answer::empty(404),
            ("HEAD", false) => Answer::empty(403),
            _ => Answer::error(403, "InvalidAccessKeyId", "told"),
        })?;
    let error = storage.entry(&at("s3://b/k")).await.expect_err("refused");
    assert!(matches!(error, Error::CredentialsRefused { .. }), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_listing_holds_every_object_with_bytes_by_its_own_name() -> anyhow::Result<()> {
    let (_server, storage) = canned(|_, _| {
        let object = |key: &str, size: u32| {
            format!("<Contents><Key>{key}</Key><Size>{size}</Size><ETag>\"e\"</ETag></Contents>")
        };
        let objects =
            [object("in/", 0), object("in/a%20b+c.csv", 2), object("in/sub/", 3)].concat();
        let text = format!(
            "<ListBucketResult><EncodingType>url</EncodingType>{objects}</ListBucketResult>"
        );
        Answer::with_body(200, "application/xml", text)
    })?;
    let found = storage.list(&at("s3://b/in")).await?;
    let names: Vec<String> = found.iter().map(|entry| entry.location.to_string()).collect();
    assert_eq!(names, ["s3://b/in/a b c.csv", "s3://b/in/sub/"]);
    Ok(())
}
