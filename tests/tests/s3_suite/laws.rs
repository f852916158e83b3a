//! What holds for every kind of storage.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use anyhow::{Context, ensure};
use bytes::Bytes;
use object_storage::{
    Condition, Entry, Error, ErrorKind, Keys, Location, Reader, Storage, StorageArgs,
};

use crate::bench::Bench;
use crate::content::{assert_same, content};

const MIB: usize = 1 << 20;
/// The part size of the benches, in bytes.
const PART: usize = 5 * MIB;

async fn all_of(mut reader: Reader) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await? {
        assert!(!piece.is_empty(), "a piece is never empty");
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

async fn found(bench: &Bench, at: &Location) -> anyhow::Result<Entry> {
    bench.storage.entry(at).await?.with_context(|| format!("{at} is not there"))
}

/// Clears the bench's folder, for laws that look at all of it.
async fn emptied(bench: &Bench) -> anyhow::Result<()> {
    for entry in bench.storage.list(&bench.folder).await? {
        bench.storage.delete(&entry.location).await?;
    }
    ensure!(bench.storage.list(&bench.folder).await?.is_empty());
    Ok(())
}

pub(crate) async fn what_is_put_is_what_is_read(bench: &Bench) -> anyhow::Result<()> {
    for size in [0, 1, MIB - 1, MIB, MIB + 1, PART - 1, PART, PART + 1, 2 * PART] {
        let at = bench.at(&format!("put-{size}"))?;
        let wanted = content(size as u64, size);
        let published = bench.storage.put(&at, wanted.clone(), Condition::Always).await?;
        assert_eq!(published.size, size as u64);
        let entry = found(bench, &at).await?;
        assert_eq!((&entry.location, entry.size), (&at, size as u64));
        if let (Some(published), Some(etag)) = (&published.etag, entry.version.etag()) {
            assert_eq!(published, etag);
        }
        assert_same(&bench.storage.read(&at, size as u64).await?, &wanted, "read");
        let reader = bench.storage.open(&entry, None).await?;
        assert_same(&all_of(reader).await?, &wanted, "open");
    }
    Ok(())
}

pub(crate) async fn what_is_uploaded_in_pieces_is_what_is_read(
    bench: &Bench,
) -> anyhow::Result<()> {
    for (size, piece) in [(0, 1), (10, 3), (PART, 777_777), (3 * PART + 17, 3 * MIB + 1)] {
        let at = bench.at(&format!("sub/folder/pieces-{size}"))?;
        let wanted = content(size as u64, size);
        let mut upload = bench.storage.create(&at).await?;
        for start in (0..size).step_by(piece) {
            let end = size.min(start + piece);
            upload.write(wanted.slice(start..end)).await?;
            upload.write(Bytes::new()).await?;
        }
        let published = upload.publish(Condition::Always).await?;
        assert_eq!(published.size, size as u64);
        assert_same(&bench.storage.read(&at, u64::MAX).await?, &wanted, "pieces");
    }
    Ok(())
}

pub(crate) async fn a_range_is_exactly_its_bytes(bench: &Bench) -> anyhow::Result<()> {
    let size = 5 * MIB + 321;
    let at = bench.at("ranges")?;
    let wanted = content(1, size);
    bench.storage.put(&at, wanted.clone(), Condition::Always).await?;
    let entry = found(bench, &at).await?;
    let mut ranges = vec![
        0..0,
        0..1,
        7..7,
        size - 1..size,
        size..size,
        MIB - 1..MIB + 1,
        17..3 * MIB + 5,
        0..size,
    ];
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..6 {
        let start = random.usize(..size);
        ranges.push(start..random.usize(start..=size));
    }
    for range in ranges {
        let asked = range.start as u64..range.end as u64;
        let reader = bench.storage.open(&entry, Some(asked)).await?;
        let got = all_of(reader).await?;
        assert_same(&got, &wanted[range.clone()], &format!("{range:?}"));
    }
    // What lies beyond the end is cut off.
    let beyond = size as u64 - 2..size as u64 + 100;
    let reader = bench.storage.open(&entry, Some(beyond)).await?;
    assert_same(&all_of(reader).await?, &wanted[size - 2..], "beyond the end");
    Ok(())
}

pub(crate) async fn a_blocking_reader_and_upload_move_the_same_bytes(
    bench: &Bench,
) -> anyhow::Result<()> {
    let (from, to) = (bench.at("blocking/from")?, bench.at("blocking/to")?);
    let wanted = content(3, 2 * PART + 99);
    bench.storage.put(&from, wanted.clone(), Condition::Always).await?;
    let entry = found(bench, &from).await?;
    let mut reader = bench.storage.open(&entry, None).await?.into_blocking();
    let mut upload = bench.storage.create(&to).await?.into_blocking();
    let published = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut buffer = vec![0; 300_001];
        loop {
            let filled = reader.read(&mut buffer)?;
            if filled == 0 {
                break;
            }
            upload.write_all(&buffer[..filled])?;
        }
        assert_eq!(reader.read(&mut buffer)?, 0, "the end stays the end");
        upload.flush()?;
        Ok(upload.publish(Condition::Always)?)
    })
    .await??;
    assert_eq!(published.size, wanted.len() as u64);
    assert_same(&bench.storage.read(&to, u64::MAX).await?, &wanted, "the copy");
    Ok(())
}

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

pub(crate) async fn a_second_conditional_publish_is_refused_and_changes_nothing(
    bench: &Bench,
) -> anyhow::Result<()> {
    for size in [10, PART + 10] {
        let at = bench.at(&format!("once-{size}"))?;
        bench.storage.delete(&at).await?;
        let first = content(4, size);
        let published = bench.storage.put(&at, first.clone(), Condition::IfAbsent).await?;
        assert_eq!(published.size, size as u64);
        // The same bytes are refused, too: whoever asked has to look at what is there.
        for bytes in [first.clone(), content(5, size), content(6, PART + 20)] {
            let refused = bench.storage.put(&at, bytes, Condition::IfAbsent).await;
            assert!(
                matches!(&refused, Err(Error::AlreadyExists { at: told }) if *told == at),
                "{refused:?}"
            );
        }
        assert_same(&bench.storage.read(&at, u64::MAX).await?, &first, "the first");
    }
    Ok(())
}

pub(crate) async fn of_many_conditional_publishers_exactly_one_wins(
    bench: &Bench,
) -> anyhow::Result<()> {
    let at = bench.at("race")?;
    bench.storage.delete(&at).await?;
    let mut publishers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (storage, at) = (Storage::new(&bench.args), at.clone());
        publishers.spawn(async move {
            let bytes = content(number, 1_000);
            let result = storage.put(&at, bytes.clone(), Condition::IfAbsent).await;
            (bytes, result)
        });
    }
    let mut winners = Vec::new();
    while let Some(ended) = publishers.join_next().await {
        match ended? {
            (bytes, Ok(_)) => winners.push(bytes),
            (_, Err(Error::AlreadyExists { .. })) => {}
            (_, Err(error)) => return Err(error.into()),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_same(&bench.storage.read(&at, 1_000).await?, &winners[0], "the winner's");
    Ok(())
}

pub(crate) async fn an_unconditional_publish_replaces_what_is_there(
    bench: &Bench,
) -> anyhow::Result<()> {
    let at = bench.at("replaced")?;
    for (seed, size) in [(1, 100), (2, PART + 1), (3, 5), (4, 0)] {
        let wanted = content(seed, size);
        bench.storage.put(&at, wanted.clone(), Condition::Always).await?;
        assert_same(&bench.storage.read(&at, u64::MAX).await?, &wanted, "the newest");
    }
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

pub(crate) async fn an_upload_that_is_not_published_leaves_nothing(
    bench: &Bench,
) -> anyhow::Result<()> {
    emptied(bench).await?;
    let at = bench.at("unpublished")?;
    for size in [10, 2 * PART + 1] {
        let bytes = content(7, size);
        let mut aborted = bench.storage.create(&at).await?;
        aborted.write(bytes.clone()).await?;
        assert_eq!(bench.storage.list(&bench.folder).await?, []);
        aborted.abort().await;

        let mut dropped = bench.storage.create(&at).await?;
        dropped.write(bytes.clone()).await?;
        drop(dropped);

        let mut blocking = bench.storage.create(&at).await?.into_blocking();
        tokio::task::spawn_blocking(move || blocking.write_all(&bytes)).await??;
        assert_eq!(bench.storage.list(&bench.folder).await?, []);
        assert_eq!(bench.storage.entry(&at).await?, None);
    }
    Ok(())
}

pub(crate) async fn an_entry_that_was_replaced_cannot_be_read(bench: &Bench) -> anyhow::Result<()> {
    let at = bench.at("changing")?;
    let size = 3 * MIB;
    for (other_size, is_begun) in
        [(size, false), (size - 1, false), (size + 1, false), (size, true)]
    {
        bench.storage.put(&at, content(8, size), Condition::Always).await?;
        let entry = found(bench, &at).await?;
        // One range at a time, so that later ones are requested after the change.
        let slow = Storage::new(&StorageArgs { ranges: 1, ..bench.args.clone() });
        let mut reader = None;
        if is_begun {
            let mut begun = slow.open(&entry, None).await?;
            begun.next().await?;
            reader = Some(begun);
        }
        // In place for local files: a rename would leave the open file as it was.
        if let Location::Local(path) = &at {
            std::fs::write(path, content(9, other_size))?;
        } else {
            bench.storage.put(&at, content(9, other_size), Condition::Always).await?;
        }
        let opened = match reader {
            Some(reader) => Ok(reader),
            None => slow.open(&entry, None).await,
        };
        let read = match opened {
            Ok(reader) => all_of(reader).await.map(|bytes| bytes.len()),
            Err(error) => Err(error),
        };
        assert!(
            matches!(&read, Err(Error::Changed { at: told }) if *told == at),
            "replaced by {other_size} bytes, begun: {is_begun}: {read:?}"
        );
    }
    Ok(())
}

/// The simple model: a map from names to contents.
pub(crate) async fn random_operations_agree_with_a_map(bench: &Bench) -> anyhow::Result<()> {
    const NAMES: [&str; 5] = ["a", "b.csv", "sub/a", "sub/b", "sub/deep/c"];
    emptied(bench).await?;
    let mut random = fastrand::Rng::with_seed(11);
    let mut model: BTreeMap<&str, Bytes> = BTreeMap::new();
    for step in 0..60_u64 {
        let name = NAMES[random.usize(..NAMES.len())];
        let at = bench.at(name)?;
        let size = [0, 1, 1_000, MIB + 1][random.usize(..4)];
        let bytes = content(step, size);
        match random.u8(..6) {
            0 => {
                bench.storage.put(&at, bytes.clone(), Condition::Always).await?;
                model.insert(name, bytes);
            }
            1 | 2 => match bench.storage.put(&at, bytes.clone(), Condition::IfAbsent).await {
                Ok(_) => {
                    assert_eq!(model.insert(name, bytes), None, "step {step}: {name} was there")
                }
                Err(Error::AlreadyExists { .. }) => {
                    assert!(model.contains_key(name), "step {step}: {name} was not there")
                }
                Err(error) => return Err(error.into()),
            },
            3 => {
                bench.storage.delete(&at).await?;
                model.remove(name);
            }
            4 => match (bench.storage.read(&at, u64::MAX).await, model.get(name)) {
                (Ok(got), Some(wanted)) => {
                    assert_same(&got, wanted, &format!("{name} in step {step}"))
                }
                (Err(Error::NotFound { .. }), None) => {}
                (result, wanted) => panic!("step {step}: {name}: {result:?}, model: {wanted:?}"),
            },
            _ => {
                let folder = [bench.folder.clone(), bench.at("sub")?][random.usize(..2)].clone();
                let listed = bench.storage.list(&folder).await?;
                let got: BTreeMap<String, u64> =
                    listed.iter().map(|entry| (entry.location.to_string(), entry.size)).collect();
                let below = format!("{folder}/");
                let mut wanted = BTreeMap::new();
                for (name, bytes) in &model {
                    let at = bench.at(name)?.to_string();
                    if at.starts_with(&below) {
                        wanted.insert(at, bytes.len() as u64);
                    }
                }
                assert_eq!(got, wanted, "step {step}");
            }
        }
    }
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
