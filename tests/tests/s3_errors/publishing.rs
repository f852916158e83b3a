//! Publishing objects: conditions, lost answers, types.

use bytes::Bytes;
use object_storage::{Condition, Error};
use system_tests::{Answer, Fault};

use crate::bench::{always, at, canned};

#[tokio::test]
async fn a_conflict_between_conditional_publishers_is_tried_again() -> anyhow::Result<()> {
    let (server, storage) = canned(|request, before| match (request.method.as_str(), before) {
        ("HEAD", _) => Answer::empty(404),
        (_, 0..=2) => Answer::error(409, "ConditionalRequestConflict", "another one is under way"),
        _ => Answer::empty(200).header("etag", "\"e\""),
    })?;
    let published =
        storage.put(&at("s3://b/k"), Bytes::from_static(b"x"), Condition::IfAbsent).await?;
    assert_eq!((published.size, published.etag()), (1, Some("e")));
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
async fn a_publish_whose_answer_was_lost_is_not_mistaken_for_another_ones() -> anyhow::Result<()> {
    for size in [0, 1_000, (5 << 20) + 1] {
        let (server, proxy, storage) = always(Fault::ResetAfter, 1)?;
        let (at, bytes) = (at("s3://bucket/once"), Bytes::from(vec![7; size]));
        let published = storage.put(&at, bytes.clone(), Condition::IfAbsent).await?;
        assert_eq!(published.size, size as u64);
        assert!(published.etag().is_some());
        assert_eq!(std::fs::read(server.folder().join("bucket/once"))?, bytes);
        let again = storage.put(&at, bytes, Condition::IfAbsent).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        assert!(proxy.injected(Fault::ResetAfter) > 0);
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
