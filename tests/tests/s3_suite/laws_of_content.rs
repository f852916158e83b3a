//! Laws of what is written and read.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use bytes::Bytes;
use object_storage::{Condition, Error, Location, StorageArgs};
use system_tests::Storage;

use crate::bench::Bench;
use crate::content::{assert_same, content};
use crate::objects::{MIB, PART, all_of, emptied, found};

pub(crate) async fn what_is_put_is_what_is_read(bench: &Bench) -> anyhow::Result<()> {
    for size in [0, 1, MIB - 1, MIB, MIB + 1, PART - 1, PART, PART + 1, 2 * PART] {
        let at = bench.at(&format!("put-{size}"))?;
        let wanted = content(size as u64, size);
        let published = bench.storage.put(&at, wanted.clone(), Condition::Always).await?;
        assert_eq!(published.size, size as u64);
        let entry = found(bench, &at).await?;
        assert_eq!((&entry.location, entry.size), (&at, size as u64));
        if let (Some(published), Some(etag)) = (published.etag(), entry.version.etag()) {
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
    // More than is fetched ahead of whoever reads.
    let size = 8 * MIB;
    for (other_size, is_begun) in
        [(size, false), (size - 1, false), (size + 1, false), (size, true)]
    {
        bench.storage.put(&at, content(8, size), Condition::Always).await?;
        let entry = found(bench, &at).await?;
        // One range at a time, so that the last ones are requested after the change.
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
