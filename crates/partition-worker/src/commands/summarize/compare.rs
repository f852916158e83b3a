//! The keys of all partitions, read side by side where they were published, and what they have in
//! common.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use job_files::{Compression, Finished, Output};
use object_storage::{Entry, Location, Storage};

use super::duplicates::{DUPLICATES_NAME, DuplicateList, Duplicates, Found};
use super::found::Folders;
use super::key_runs::{KeyRun, SideBySide};
use super::merged_keys::MergedKeys;
use crate::error::{Error, WholeError};
use crate::keys::{
    self, Broken, Decompressor, KEYS_NAME, KeyFile, KeyPlace, KeysOf, Merge, Origin,
};
use crate::partition::folder_name;

/// Files whose ends are read at once.
const AT_ONCE: usize = 16;

/// Key runs that are read side by side. Each takes some 20 KiB besides what is buffered.
const MOST_RUNS: usize = 1000;

/// A key, and where it stands.
struct Compared {
    fields: Vec<String>,
    types: Vec<String>,
    runs: Vec<KeyRun>,
}

/// The keys that a partition has published.
struct Published<'m> {
    partition: u32,
    /// The BLAKE3 of its file, where its manifest lists one.
    blake3: Option<&'m str>,
}

impl<'m> Published<'m> {
    fn of((&partition, folder): (&u32, &'m super::total::PartitionFolder)) -> Published<'m> {
        let mut outputs = folder.manifest.iter().flat_map(|manifest| &manifest.outputs);
        let listed = outputs.find(|output| output.name == KEYS_NAME);
        Published { partition, blake3: listed.map(|output| output.blake3.as_str()) }
    }

    /// Whether a file is the one that was published. Its blocks have checksums of their own, but a
    /// whole file of another night is as sound as the right one, and has the same size where all
    /// keys have one length.
    fn is(&self, storage: &Storage, entry: &Entry) -> Result<bool, Error> {
        let Some(listed) = self.blake3 else { return Ok(true) };
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(storage.open(entry, 0..entry.size)?)?;
        Ok(hasher.finalize().to_string() == listed)
    }
}

/// Whether all partitions have published their keys.
pub(super) fn is_comparable(found: &Folders) -> bool {
    let has_keys = |folder: &super::total::PartitionFolder| {
        let records = folder.summary.as_ref().and_then(|summary| summary.records.as_ref());
        records.is_some_and(|records| records.keys.is_some())
    };
    found.len() > 1 && found.values().all(has_keys)
}

/// Compares the keys of all partitions. Returns the list of duplicates, not yet published, and how
/// many there are.
pub(super) fn compare(
    storage: &Storage,
    output: &Location,
    found: &Folders,
) -> Result<(Finished, Duplicates), Error> {
    let published: Vec<Published<'_>> = found.iter().map(Published::of).collect();
    compare_beside(MOST_RUNS, storage, output, &published)
}

/// The same with at most so many runs side by side.
fn compare_beside(
    most: usize,
    storage: &Storage,
    output: &Location,
    published: &[Published<'_>],
) -> Result<(Finished, Duplicates), Error> {
    let (compared, origins) = open_all(storage, output, published)?;
    let decompressor: Decompressor = Rc::new(RefCell::new(zstd::bulk::Decompressor::new()?));
    let side = SideBySide { origins: origins.into(), decompressor };
    let mut list = DuplicateList::new(compared.len());
    let mut written = Output::create(storage, output, DUPLICATES_NAME, Compression::None)?;
    for Compared { fields, types, mut runs } in compared {
        list.begin(&fields);
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let mut merged = MergedKeys::new(storage, output);
        while runs.len() > most {
            runs = merged.round(&side, &runs, most)?;
        }
        Merge::new(side.open(&runs)?).repeated::<Error>(|form, first, again| {
            let found = |place: KeyPlace| {
                let Origin { partition, source } = &side.origins[place.source as usize];
                Found { partition: *partition, source: &source.name, place }
            };
            list.add(|| keys::shown(&types, form), found(first), found(again));
            Ok(written.take(&mut list.lines, false)?)
        })?;
    }
    written.take(&mut list.lines, true)?;
    Ok((written.finish()?, list.counts()))
}

/// Reads what keys all partitions have, and the files that their records stand in.
fn open_all(
    storage: &Storage,
    output: &Location,
    published: &[Published<'_>],
) -> Result<(Vec<Compared>, Vec<Origin>), Error> {
    let open = |published: &Published<'_>| {
        let partition = published.partition;
        let broken = |problem: String| WholeError::Keys { partition, problem };
        let at = output.join(&format!("{}/{KEYS_NAME}", folder_name(partition)))?;
        let entry = storage.entry(&at)?.ok_or_else(|| broken("it is gone".to_owned()))?;
        if !published.is(storage, &entry)? {
            return Err(broken(Broken.to_string()).into());
        }
        KeyFile::open(storage, entry, partition)
    };
    let (mut compared, mut origins): (Vec<Compared>, _) = (Vec::new(), Vec::new());
    for some in published.chunks(AT_ONCE) {
        let opened: Vec<_> = std::thread::scope(|threads| {
            let open = &open;
            let opening: Vec<_> =
                some.iter().map(|published| threads.spawn(move || open(published))).collect();
            let joined = opening.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        });
        for (&Published { partition, .. }, opened) in some.iter().zip(opened) {
            let (mut file, footer) = opened?;
            file.first_origin = origins.len() as u32;
            let sources = footer.sources.into_iter();
            origins.extend(sources.map(|source| Origin { partition, source }));
            add(&mut compared, &Arc::new(file), footer.keys);
        }
    }
    Ok((compared, origins))
}

/// Adds the keys of a partition, in the order in which the first that has them names them.
fn add(compared: &mut Vec<Compared>, file: &Arc<KeyFile>, keys: Vec<KeysOf>) {
    for KeysOf { fields, types, runs, .. } in keys {
        let at = compared.iter().position(|compared| compared.fields == fields);
        let at = at.unwrap_or_else(|| {
            compared.push(Compared { fields, types, runs: Vec::new() });
            compared.len() - 1
        });
        compared[at].runs.extend(runs.into_iter().map(|run| (Arc::clone(file), run)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use object_storage::StorageArgs;

    use super::*;
    use crate::keys::{KeyWriter, Published as PublishedKey};

    /// Publishes the keys of partition `index`, in runs of seven: short and long ones, and some
    /// that another partition has.
    fn publish(storage: &Storage, output: &Location, index: u32) {
        let (fields, types) = (vec!["id".to_owned()], vec!["string".to_owned()]);
        let published = vec![PublishedKey { constraint: 0, fields, types }];
        let ranks = HashMap::from([("all.csv".to_owned(), 0)]);
        let mut writer = KeyWriter::gathering(7, published, ranks);
        writer.begin("all.csv");
        for row in 0..200_u64 {
            // Every twentieth row has the key of that row in all partitions.
            let of = if row % 20 == 0 { 0 } else { u64::from(index) };
            let number = u128::from((row * 7919) % 200 + 1000 * of);
            let place = KeyPlace {
                offset: 1000 * u64::from(index) + row,
                line: row + 2,
                record: row + 1,
                ..KeyPlace::default()
            };
            match row % 2 {
                0 => writer.add(0, 15 << 120 | number, b"", place),
                _ => writer.add(0, 1 << 127, format!("long enough: {number:09}").as_bytes(), place),
            }
        }
        writer.finish();
        let at = output.join(&format!("{}/{KEYS_NAME}", folder_name(index))).unwrap();
        writer.hand_over(|written| storage.put(&at, &*written).map(|_| written.clear())).unwrap();
    }

    #[test]
    fn rounds_of_merging_find_what_one_finds_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let output: Location = folder.path().to_str().unwrap().parse().unwrap();
        let storage = Storage::new(&StorageArgs::default());
        let indexes: Vec<u32> = (0..5).collect();
        indexes.iter().for_each(|index| publish(&storage, &output, *index));
        let all: Vec<Published<'_>> =
            indexes.iter().map(|&partition| Published { partition, blake3: None }).collect();
        let compared = |most| {
            let (list, counts) = compare_beside(most, &storage, &output, &all).unwrap();
            let file = list.file().clone();
            list.publish().unwrap();
            (file, counts)
        };
        let (list, counts) = compared(1000);
        assert_eq!(counts.records, 40, "ten keys of each of four partitions");
        for most in [144, 50, 5, 2] {
            assert_eq!(compared(most), (list.clone(), counts.clone()), "{most} at once");
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), indexes.len() + 1, "{left:?}");
    }
}
