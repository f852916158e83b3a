//! What a client makes of servers that refuse, misbehave or are something else.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use bytes::Bytes;
use object_storage::{
    Action, Condition, Entry, Error, ErrorKind, Location, Storage, StorageArgs, Version,
};
use system_tests::{Answer, CannedServer, Fault, FaultPlan, FaultProxy, Request, S3Server};

const ATTEMPTS: u32 = 5;

fn at(text: &str) -> Location {
    text.parse().expect("a valid location")
}

fn args(endpoint: &str) -> StorageArgs {
    StorageArgs {
        attempts: ATTEMPTS,
        retry_delay: Duration::from_millis(1),
        ..S3Server::args(endpoint)
    }
}

/// A server that answers every request by `answer`, and a storage on it.
fn canned(
    answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> anyhow::Result<(CannedServer, Storage)> {
    let server = CannedServer::start(answer)?;
    let storage = Storage::new(&args(&server.endpoint()));
    Ok((server, storage))
}

/// An address nobody listens on.
fn nobody() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(format!("http://{}", listener.local_addr()?))
}

/// A message without the time that the attempts took.
fn without_seconds(message: &str) -> String {
    let Some((before, rest)) = message.split_once(" attempts in ") else {
        return message.to_owned();
    };
    let (_, after) = rest.split_once(" s: ").expect("a time in seconds");
    format!("{before} attempts in ? s: {after}")
}

fn ten_bytes() -> Entry {
    Entry { location: at("s3://b/k"), size: 10, version: Version::Etag("abc".to_owned()) }
}

async fn read(storage: &Storage, entry: &Entry) -> Result<Vec<u8>, Error> {
    let mut reader = storage.open(entry, None).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

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
async fn an_endpoint_that_is_no_url_is_a_wrong_setting() {
    let error = Storage::new(&args("minio:9000")).list(&at("s3://b/")).await.expect_err("no URL");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(
        error.to_string(),
        "the S3 endpoint minio:9000 cannot be used: it does not begin with http:// or https://; check AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (http://host:port or https://host)"
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
async fn a_denied_request_names_the_action_the_key_and_the_permission() -> anyhow::Result<()> {
    let (server, storage) = canned(|_, _| Answer::error(403, "AccessDenied", "Access Denied"))?;
    let write = storage.put(&at("s3://b/out/k"), Bytes::from_static(b"x"), Condition::Always).await;
    assert_eq!(
        write.expect_err("denied").to_string(),
        "access denied: may not write s3://b/out/k (AccessDenied: Access Denied); the credentials \
         need s3:PutObject on it, and no policy of the bucket may ask for headers that are not \
         sent (encryption, ACL)"
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
async fn a_read_asks_for_its_range_of_its_version() -> anyhow::Result<()> {
    let (server, storage) = canned(|_, _| {
        Answer::with_body(206, "text/csv", "0123456789")
            .header("content-range", "bytes 0-9/10")
            .header("etag", "\"abc\"")
    })?;
    assert_eq!(read(&storage, &ten_bytes()).await?, b"0123456789");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("range"), Some("bytes=0-9"));
    assert_eq!(requests[0].header("if-match"), Some("\"abc\""));
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
async fn whatever_shows_another_version_is_a_change() -> anyhow::Result<()> {
    let whole = |size: usize| Answer::with_body(206, "text/csv", vec![b'x'; size]);
    let answers = [
        Answer::error(412, "PreconditionFailed", "no match"),
        Answer::error(416, "InvalidRange", "too short"),
        whole(10).header("content-range", "bytes 0-9/11"),
        whole(10).header("content-range", "bytes 0-9/10").header("etag", "\"other\""),
    ];
    for answer in answers {
        let (_server, storage) = canned(move |_, _| answer.clone())?;
        let error = read(&storage, &ten_bytes()).await.expect_err("another version");
        assert!(matches!(error, Error::Changed { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::Io);
    }
    Ok(())
}

#[tokio::test]
async fn bytes_that_were_not_asked_for_are_refused() -> anyhow::Result<()> {
    let answers = [
        // The whole object where a range was asked for.
        Answer::with_body(200, "text/csv", vec![b'x'; 10]),
        Answer::with_body(206, "text/csv", vec![b'x'; 5]).header("content-range", "bytes 0-4/10"),
        Answer::with_body(206, "text/csv", vec![b'x'; 6]).header("content-range", "bytes 5-9/10"),
    ];
    for answer in answers {
        let (_server, storage) = canned(move |_, _| answer.clone())?;
        let mut reader = storage.open(&ten_bytes(), Some(5..10)).await?;
        let error = reader.next().await.expect_err("not the range");
        assert!(
            matches!(error, Error::WrongEndpoint { .. } | Error::NotAsStored { .. }),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(reader.next().await?, None, "nothing comes after an error");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_stays_short_is_truncated() -> anyhow::Result<()> {
    let (server, storage) = canned(|request, _| {
        let range = request.header("range").unwrap_or("").replace("bytes=", "bytes ");
        Answer::with_body(206, "text/csv", "").header("content-range", format!("{range}/10"))
    })?;
    let error = read(&storage, &ten_bytes()).await.expect_err("nothing came");
    assert!(matches!(error, Error::Truncated { expected: 10, got: 0, .. }), "{error}");
    assert_eq!(server.requests().len(), ATTEMPTS as usize);
    Ok(())
}

#[tokio::test]
async fn a_broken_answer_is_resumed_where_it_broke() -> anyhow::Result<()> {
    // Three bytes at a time: each answer is as long as it says, but shorter than what was asked
    // for.
    let (server, storage) = canned(|_, before| {
        let (start, end) = (before * 3, 10.min(before * 3 + 3));
        Answer::with_body(206, "text/csv", Bytes::copy_from_slice(&b"0123456789"[start..end]))
            .header("content-range", format!("bytes {start}-9/10"))
    })?;
    assert_eq!(read(&storage, &ten_bytes()).await?, b"0123456789");
    let requests = server.requests();
    let ranges: Vec<Option<&str>> =
        requests.iter().map(|request| request.header("range")).collect();
    assert_eq!(ranges, ["bytes=0-9", "bytes=3-9", "bytes=6-9", "bytes=9-9"].map(Some));
    Ok(())
}

#[tokio::test]
async fn a_conflict_between_conditional_publishers_is_tried_again() -> anyhow::Result<()> {
    let (server, storage) = canned(|request, before| match (request.method.as_str(), before) {
        ("HEAD", _) => Answer::empty(404),
        (_, 0..=2) => Answer::error(409, "ConditionalRequestConflict", "another one is under way"),
        _ => Answer::empty(200).header("etag", "\"e\""),
    })?;
    let published =
        storage.put(&at("s3://b/k"), Bytes::from_static(b"x"), Condition::IfAbsent).await?;
    assert_eq!((published.size, published.etag.as_deref()), (1, Some("e")));
    let puts = server.requests().into_iter().filter(|request| request.method == "PUT");
    assert_eq!(puts.map(|put| put.is_conditional()).collect::<Vec<_>>(), [true, true, true]);
    Ok(())
}

#[tokio::test]
async fn without_conditions_on_the_server_a_look_has_to_do() -> anyhow::Result<()> {
    for is_there in [false, true] {
        let (server, storage) = canned(move |request, before| match request.method.as_str() {
            // It appears between the two looks.
            "HEAD" if is_there && before > 0 => {
                Answer::with_body(200, "text/csv", "x").header("etag", "\"e\"")
            }
            "HEAD" => Answer::empty(404),
            _ if request.is_conditional() => Answer::error(501, "NotImplemented", "no such header"),
            _ => Answer::empty(200).header("etag", "\"e\""),
        })?;
        let result =
            storage.put(&at("s3://b/k"), Bytes::from_static(b"x"), Condition::IfAbsent).await;
        let asked: Vec<(String, bool)> = server
            .requests()
            .iter()
            .map(|request| (request.method.clone(), request.is_conditional()))
            .collect();
        let mut wanted =
            vec![("HEAD".to_owned(), false), ("PUT".to_owned(), true), ("HEAD".to_owned(), false)];
        if is_there {
            assert!(matches!(result, Err(Error::AlreadyExists { .. })), "{result:?}");
        } else {
            assert_eq!(result?.size, 1);
            wanted.push(("PUT".to_owned(), false));
        }
        assert_eq!(asked, wanted);
    }
    Ok(())
}

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

/// A proxy before a sound server with the bucket `bucket`, on which every request has the given
/// fault, at most `longest_run` times in a row.
fn always(fault: Fault, longest_run: u32) -> anyhow::Result<(S3Server, FaultProxy, Storage)> {
    let server = S3Server::start(&["bucket"])?;
    let plan = FaultPlan { seed: 1, share: 1.0, faults: vec![fault], longest_run };
    let proxy = FaultProxy::start(&server.endpoint(), plan)?;
    let storage = Storage::new(&StorageArgs {
        timeout: Duration::from_millis(200),
        ..args(&proxy.endpoint())
    });
    Ok((server, proxy, storage))
}

#[tokio::test]
async fn a_publish_whose_answer_was_lost_is_not_mistaken_for_another_ones() -> anyhow::Result<()> {
    for size in [0, 1_000, (5 << 20) + 1] {
        let (server, proxy, storage) = always(Fault::ResetAfter, 1)?;
        let (at, bytes) = (at("s3://bucket/once"), Bytes::from(vec![7; size]));
        let published = storage.put(&at, bytes.clone(), Condition::IfAbsent).await?;
        assert_eq!(published.size, size as u64);
        assert!(published.etag.is_some());
        assert_eq!(std::fs::read(server.folder().join("bucket/once"))?, bytes);
        let again = storage.put(&at, bytes, Condition::IfAbsent).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        assert!(proxy.injected(Fault::ResetAfter) > 0);
    }
    Ok(())
}

#[tokio::test]
async fn an_object_that_never_comes_whole_is_an_error() -> anyhow::Result<()> {
    for fault in [Fault::Truncated, Fault::Stalled, Fault::ResetAfter] {
        let (server, proxy, storage) = always(fault, u32::MAX)?;
        // Each attempt brings half of what is missing: five are not enough for it.
        std::fs::write(server.folder().join("bucket/k"), vec![1; 1 << 20])?;
        let sound = Storage::new(&args(&server.endpoint()));
        let entry = sound.entry(&at("s3://bucket/k")).await?.expect("it was put there");
        let error = read(&storage, &entry).await.expect_err("it never comes whole");
        assert!(
            matches!(error, Error::Unavailable { attempts: ATTEMPTS, .. }),
            "{fault:?}: {error}"
        );
        assert_eq!(proxy.injected(fault), u64::from(ATTEMPTS));
    }
    Ok(())
}

#[test]
fn a_blocking_reader_whose_runtime_has_ended_does_not_look_like_the_end() -> anyhow::Result<()> {
    use std::io::Read;

    let server = S3Server::start(&["bucket"])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut reader = runtime.block_on(async {
        let storage = Storage::new(&args(&server.endpoint()));
        storage.put(&at("s3://bucket/k"), Bytes::from(vec![0; 1000]), Condition::Always).await?;
        let entry = storage.entry(&at("s3://bucket/k")).await?.expect("it was put there");
        Ok::<_, Error>(storage.open(&entry, None).await?.into_blocking())
    })?;
    drop(runtime);
    let error = reader.read(&mut [0; 10]).expect_err("nobody reads ahead any more");
    assert!(matches!(Error::find(&error), Some(Error::ShuttingDown { .. })), "{error}");
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
async fn an_archived_object_is_to_be_restored() -> anyhow::Result<()> {
    let (_server, storage) =
        canned(|_, _| Answer::error(403, "InvalidObjectState", "storage class"))?;
    let error = read(&storage, &ten_bytes()).await.expect_err("archived");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let message = error.to_string();
    assert!(
        message.contains("s3://b/k is archived") && message.contains("restore it first"),
        "{message}"
    );
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

#[tokio::test]
async fn an_object_has_the_type_its_name_says() -> anyhow::Result<()> {
    for (key, wanted) in
        [("report.html", "text/html; charset=utf-8"), ("_SUCCESS", "application/json")]
    {
        let (server, storage) = canned(|_, _| Answer::empty(200).header("etag", "\"e\""))?;
        storage
            .put(&at("s3://b/2024").join(key)?, Bytes::from_static(b"x"), Condition::Always)
            .await?;
        assert_eq!(server.requests()[0].header("content-type"), Some(wanted));
    }
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

#[tokio::test]
async fn an_object_that_is_unpacked_on_its_way_is_explained() -> anyhow::Result<()> {
    // As Google Cloud Storage does with Content-Encoding: gzip: more bytes than the size that was
    // told, and no range.
    let (_server, storage) = canned(|_, _| Answer::with_body(200, "text/csv", vec![b'x'; 25]))?;
    let error = read(&storage, &ten_bytes()).await.expect_err("other bytes");
    assert!(error.to_string().contains("Content-Encoding: gzip"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    Ok(())
}
