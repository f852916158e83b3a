//! Laws of names, listings and buckets.

use std::collections::BTreeSet;

use anyhow::Context as _;
use bytes::Bytes;
use object_storage::{Condition, Error, ErrorKind, Keys, Location, StorageArgs};
use system_tests::Storage;

use crate::bench::Bench;
use crate::content::{assert_same, content};
use crate::objects::{PART, all_of, emptied, found};

pub(crate) async fn a_listing_is_complete_and_sorted(bench: &Bench) -> anyhow::Result<()> {
    emptied(bench).await?;
    // More than one page of any server: S3 gives at most 1,000 keys at once.
    let mut wanted = BTreeSet::new();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1_003 {
        let name = format!("d{}/f{number:04}", number % 7);
        let (at, storage) = (bench.at(&name)?, bench.storage.clone());
        wanted.insert((at.to_string(), number % 3));
        if tasks.len() == 8 {
            tasks.join_next().await.context("a task")???;
        }
        tasks.spawn(async move {
            let bytes = Bytes::from(vec![b'x'; number as usize % 3]);
            storage.put(&at, bytes, Condition::Always).await
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let listed: Vec<(String, u64)> = bench
        .storage
        .list(&bench.folder)
        .await?
        .into_iter()
        .map(|entry| (entry.location.to_string(), entry.size))
        .collect();
    assert_eq!(listed, wanted.into_iter().collect::<Vec<_>>());
    let d3 = bench.storage.list(&bench.at("d3/")?).await?;
    assert_eq!(d3.len(), 143);
    // One more than the limit is an error, on whichever page it stands.
    assert_eq!(bench.storage.list_at_most(&bench.folder, 1_003).await?.len(), 1_003);
    for most in [142, 1_002] {
        let refused = bench.storage.list_at_most(&bench.folder, most).await;
        assert!(
            matches!(refused, Err(Error::TooMany { limit, .. }) if limit == most),
            "{refused:?}"
        );
    }
    Ok(())
}

pub(crate) async fn a_folder_holds_what_is_below_its_slash_only(
    bench: &Bench,
) -> anyhow::Result<()> {
    for name in ["in/a.csv", "in/b/c.csv", "inner/d.csv", "in.csv"] {
        let bytes = Bytes::from_static(b"x");
        bench.storage.put(&bench.at(name)?, bytes, Condition::Always).await?;
    }
    for folder in ["in", "in/"] {
        let listed = bench.storage.list(&bench.at(folder)?).await?;
        let locations: Vec<String> =
            listed.iter().map(|entry| entry.location.to_string()).collect();
        let wanted = [bench.at("in/a.csv")?.to_string(), bench.at("in/b/c.csv")?.to_string()];
        assert_eq!(locations, wanted, "below {folder}");
    }
    assert_eq!(bench.storage.list(&bench.at("nothing/here")?).await?, []);
    Ok(())
}

pub(crate) async fn odd_names_are_kept(bench: &Bench) -> anyhow::Result<()> {
    let names = [
        "a b  c.csv",
        "plus+and&amp;%20.csv",
        "käse-日本-🦀.csv",
        "q?x=1#frag.csv",
        "(paren)'quote\"[x]{y}~!$*,;=@:.csv",
        "year=2024/month=01/.hidden",
        "back\\slash",
    ];
    for (number, name) in names.iter().enumerate() {
        let at = bench.at(&format!("odd/{name}"))?;
        let wanted = content(number as u64, 100 + number);
        bench.storage.put(&at, wanted.clone(), Condition::Always).await?;
        assert_same(&bench.storage.read(&at, 1000).await?, &wanted, name);
    }
    let listed: BTreeSet<(Location, u64)> = bench
        .storage
        .list(&bench.at("odd")?)
        .await?
        .into_iter()
        .map(|entry| (entry.location, entry.size))
        .collect();
    let wanted: Result<BTreeSet<(Location, u64)>, _> = (100..)
        .zip(names)
        .map(|(size, name)| bench.at(&format!("odd/{name}")).map(|at| (at, size)))
        .collect();
    assert_eq!(listed, wanted?);
    Ok(())
}

pub(crate) async fn what_is_deleted_is_gone_and_deleting_it_again_is_fine(
    bench: &Bench,
) -> anyhow::Result<()> {
    let at = bench.at("deleted")?;
    bench.storage.put(&at, Bytes::from_static(b"x"), Condition::Always).await?;
    for _ in 0..2 {
        bench.storage.delete(&at).await?;
        assert_eq!(bench.storage.entry(&at).await?, None);
    }
    Ok(())
}

pub(crate) async fn what_is_not_there_is_told(bench: &Bench) -> anyhow::Result<()> {
    let at = bench.at("never/written")?;
    assert_eq!(bench.storage.entry(&at).await?, None);
    let read = bench.storage.read(&at, 10).await;
    assert!(matches!(&read, Err(Error::NotFound { at: told }) if *told == at), "{read:?}");
    // A place that was emptied after it was found.
    let gone = bench.at("gone")?;
    bench.storage.put(&gone, Bytes::from_static(b"abc"), Condition::Always).await?;
    let entry = found(bench, &gone).await?;
    let large = bench.storage.read(&gone, 2).await;
    assert!(matches!(large, Err(Error::TooLarge { size: 3, limit: 2, .. })), "{large:?}");
    bench.storage.delete(&gone).await?;
    let read = match bench.storage.open(&entry, None).await {
        Ok(reader) => all_of(reader).await,
        Err(error) => Err(error),
    };
    assert!(matches!(read, Err(Error::NotFound { .. })), "{read:?}");
    Ok(())
}

pub(crate) async fn a_bucket_can_be_made_again(bench: &Bench) -> anyhow::Result<()> {
    bench.storage.make_bucket(&bench.folder).await?;
    bench.storage.make_bucket(&bench.folder).await?;
    let at = bench.at("in-it")?;
    bench.storage.put(&at, Bytes::from_static(b"x"), Condition::Always).await?;
    Ok(())
}

pub(crate) async fn a_missing_bucket_is_told(bench: &Bench) -> anyhow::Result<()> {
    let at: Location = "s3://no-such-bucket/a/b".parse()?;
    let large = content(1, PART + 1);
    let failures = [
        bench.storage.list(&at).await.map(|_| ()),
        bench.storage.entry(&at).await.map(|_| ()),
        bench.storage.read(&at, 10).await.map(|_| ()),
        bench.storage.put(&at, Bytes::new(), Condition::Always).await.map(|_| ()),
        bench.storage.put(&at, large, Condition::Always).await.map(|_| ()),
    ];
    for failure in failures {
        assert!(
            matches!(&failure, Err(Error::NoSuchBucket { bucket, .. }) if bucket == "no-such-bucket"),
            "{failure:?}"
        );
    }
    Ok(())
}

pub(crate) async fn wrong_keys_are_told(bench: &Bench) -> anyhow::Result<()> {
    let right = bench.args.keys.clone().context("the bench has keys")?;
    let wrong = [
        Keys { secret_access_key: "not-the-secret".to_owned(), ..right.clone() },
        Keys { access_key_id: "AKIDUNKNOWN".to_owned(), ..right },
    ];
    for keys in wrong {
        let storage = Storage::new(&StorageArgs { keys: Some(keys), ..bench.args.clone() });
        let at = bench.at("x")?;
        let failures = [
            storage.list(&bench.folder).await.map(|_| ()),
            storage.put(&at, Bytes::new(), Condition::Always).await.map(|_| ()),
        ];
        for failure in failures {
            assert!(matches!(&failure, Err(Error::CredentialsRefused { .. })), "{failure:?}");
        }
        // The answer to HEAD has no body, so that the code is not known; the kind is the same.
        let looked_up = storage.entry(&at).await.expect_err("refused");
        assert_eq!(looked_up.kind(), ErrorKind::Denied, "{looked_up}");
    }
    Ok(())
}
