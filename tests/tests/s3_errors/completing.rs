//! Multipart uploads: their completion, which may take long, and their end.

use std::time::Duration;

use bytes::Bytes;
use object_storage::{Action, Condition, Error, ErrorKind, StorageArgs};
use system_tests::{Answer, CannedServer, Storage, Trickle};

use crate::bench::{ATTEMPTS, args, at, canned};

#[tokio::test]
async fn a_failed_multipart_upload_is_aborted() -> anyhow::Result<()> {
    let (server, storage) = canned(|request, _| match request.method.as_str() {
        "POST" if request.target.contains("uploads") => Answer::with_body(
            200,
            "application/xml",
            "<InitiateMultipartUploadResult><UploadId>u1</UploadId></\
             InitiateMultipartUploadResult>",
        ),
        "DELETE" => Answer::empty(204),
        _ => Answer::error(403, "AccessDenied", "no parts"),
    })?;
    let bytes = Bytes::from(vec![0; 11 << 20]);
    let error =
        storage.put(&at("s3://b/k"), bytes, Condition::Always).await.expect_err("no parts allowed");
    assert!(matches!(error, Error::Denied { action: Action::Write, .. }), "{error}");
    storage.close().await;
    let last = server.requests().pop().expect("there were requests");
    assert_eq!(last.method, "DELETE");
    assert!(
        last.target.starts_with("/b/k?") && last.target.contains("uploadId=u1"),
        "{}",
        last.target
    );
    Ok(())
}

#[tokio::test]
async fn a_completion_that_is_done_is_success_whatever_the_answer_says() -> anyhow::Result<()> {
    // 5 MiB and one byte of 7; the tags are the MD5s of the parts, and that of the whole is the MD5
    // of both MD5s.
    let bytes = Bytes::from(vec![7; (5 << 20) + 1]);
    let said: [fn() -> Answer; 3] = [
        || Answer::error(200, "InternalError", "We encountered an internal error."),
        // As moto 5.2 says it; AWS' root is CompleteMultipartUploadResult.
        || Answer::with_body(200, "application/xml", "<CompleteMultipartUploadResponse/>"),
        // As MinIO once kept a connection alive: blanks before the declaration.
        || {
            Answer::with_body(
                200,
                "application/xml",
                "  <?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>",
            )
        },
    ];
    for (answer, is_done) in said.into_iter().flat_map(|answer| [(answer, true), (answer, false)]) {
        let (server, storage) = canned(move |request, _| {
            let tags = ["242c0407347ba6c65f5b476da66df47c", "89e74e640b8c46257a29de0616794d5d"];
            match (request.method.as_str(), request.target.as_str()) {
                ("POST", target) if target.contains("uploads") => Answer::with_body(
                    200,
                    "application/xml",
                    "<InitiateMultipartUploadResult><UploadId>u1</UploadId></\
                     InitiateMultipartUploadResult>",
                ),
                ("PUT", target) => {
                    let tag = tags[usize::from(target.contains("partNumber=2"))];
                    Answer::empty(200).header("etag", format!("\"{tag}\""))
                }
                ("POST", _) if request.body.is_empty() => {
                    Answer::error(400, "MalformedXML", "no parts")
                }
                ("POST", _) => answer(),
                ("HEAD", _) if is_done => {
                    Answer::with_body(200, "application/octet-stream", vec![0; (5 << 20) + 1])
                        .header("etag", "\"af1bab3f1edddfc44e5363091e6bb0a8-2\"")
                }
                ("HEAD", _) => Answer::error(404, "", ""),
                _ => Answer::empty(204),
            }
        })?;
        let result = storage.put(&at("s3://b/k"), bytes.clone(), Condition::Always).await;
        match is_done {
            true => assert_eq!(result?.size, bytes.len() as u64),
            false => {
                assert_eq!(result.expect_err("it is not there").kind(), ErrorKind::Unavailable)
            }
        }
        storage.close().await;
        assert!(
            server.requests().iter().any(|request| request.method == "HEAD"),
            "nobody has looked"
        );
    }
    Ok(())
}

/// A server for an upload in two parts, whose completion is answered by `complete`, and a storage
/// that bears a second of silence.
fn with_completion(
    complete: impl Fn() -> Answer + Send + Sync + 'static,
) -> anyhow::Result<(CannedServer, Storage)> {
    let server = CannedServer::start(move |request, _| {
        match (request.method.as_str(), request.target.as_str()) {
            ("POST", target) if target.contains("uploads") => Answer::with_body(
                200,
                "application/xml",
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></\
                 InitiateMultipartUploadResult>",
            ),
            ("PUT", _) => Answer::empty(200).header("etag", "\"part\""),
            ("POST", _) => complete(),
            _ => Answer::empty(204),
        }
    })?;
    let timeout = Duration::from_secs(1);
    let storage = Storage::new(&StorageArgs { timeout, ..args(&server.endpoint()) });
    Ok((server, storage))
}

/// How often the upload was to be completed.
fn completions(server: &CannedServer) -> usize {
    let posts = server.requests().into_iter().filter(|request| request.method == "POST");
    posts.filter(|request| !request.target.contains("uploads")).count()
}

#[tokio::test]
async fn a_completion_may_take_long_as_long_as_something_comes() -> anyhow::Result<()> {
    let (server, storage) = with_completion(|| {
        Answer::trickling(Trickle {
            beginning: "<?xml version=\"1.0\"?>".into(),
            blanks: 10,
            every: Duration::from_millis(300),
            rest: Some(
                "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
                    .into(),
            ),
        })
    })?;
    let bytes = Bytes::from(vec![7; (5 << 20) + 1]);
    let published = storage.put(&at("s3://b/k"), bytes, Condition::Always).await?;
    assert_eq!(published.etag(), Some("e"));
    assert_eq!(completions(&server), 1, "three seconds of blanks are no silence of one");
    Ok(())
}

#[tokio::test]
async fn a_completion_that_falls_silent_is_asked_for_again() -> anyhow::Result<()> {
    let (server, storage) = with_completion(|| {
        Answer::trickling(Trickle {
            beginning: "<?xml version=\"1.0\"?>".into(),
            blanks: 1,
            every: Duration::from_millis(10),
            rest: None,
        })
    })?;
    let bytes = Bytes::from(vec![7; (5 << 20) + 1]);
    let error = storage.put(&at("s3://b/k"), bytes, Condition::Always).await.expect_err("silent");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("fell silent"), "{error}");
    assert_eq!(completions(&server), ATTEMPTS as usize);
    Ok(())
}

#[tokio::test]
async fn an_upload_that_a_cleaner_has_removed_is_told_as_such() -> anyhow::Result<()> {
    let (server, storage) =
        with_completion(|| Answer::error(404, "NoSuchUpload", "it does not exist"))?;
    let bytes = Bytes::from(vec![7; (5 << 20) + 1]);
    let error = storage.put(&at("s3://b/k"), bytes, Condition::Always).await.expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "a later run can succeed");
    let text = error.to_string();
    assert!(text.contains("a lifecycle rule of the bucket or another cleaner"), "{text}");
    assert!(!text.contains("--s3-attempts"), "{text}");
    assert_eq!(completions(&server), 1);
    Ok(())
}
