//! Reading objects: other versions, other bytes, answers that break off.

use bytes::Bytes;
use object_storage::{Error, ErrorKind, StorageArgs};
use system_tests::{Answer, Fault, S3Server, Storage};

use crate::bench::{ATTEMPTS, always, args, at, canned, read, ten_bytes};

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
fn a_reader_whose_storage_was_closed_does_not_look_like_the_end() -> anyhow::Result<()> {
    use std::io::Read;

    let server = S3Server::start(&["bucket"])?;
    let args = StorageArgs { range_mib: 1, ranges: 1, ..args(&server.endpoint()) };
    let storage = object_storage::Storage::new(&args);
    // More than is fetched ahead.
    storage.put(&at("s3://bucket/k"), vec![0; 8 << 20])?;
    let entry = storage.entry(&at("s3://bucket/k"))?.expect("it was put there");
    let mut reader = storage.open(&entry, 0..entry.size)?;
    storage.close();
    let error = reader.read_to_end(&mut Vec::new()).expect_err("nobody reads ahead any more");
    assert!(matches!(Error::find(&error), Some(Error::ShuttingDown { .. })), "{error}");
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
async fn an_object_that_is_unpacked_on_its_way_is_explained() -> anyhow::Result<()> {
    // As Google Cloud Storage does with Content-Encoding: gzip: more bytes than the size that was
    // told, and no range.
    let (_server, storage) = canned(|_, _| Answer::with_body(200, "text/csv", vec![b'x'; 25]))?;
    let error = read(&storage, &ten_bytes()).await.expect_err("other bytes");
    assert!(error.to_string().contains("Content-Encoding: gzip"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    Ok(())
}
