//! What the pods of a run have published below one folder: manifests, summaries, and the sizes of
//! everything else.

use std::collections::BTreeMap;

use job_files::{LARGEST_JSON, MANIFEST_NAME, Manifest, blake3, part_folder};
use object_storage::{Entry, Location, Storage};

use super::total::PartitionFolder;
use crate::error::Error;
use crate::summary::SUMMARY_NAME;

/// Files that are read at once.
const AT_ONCE: usize = 16;

/// The folders of partitions, by index.
pub(crate) type Folders = BTreeMap<u32, PartitionFolder>;

/// A file in the folder of a partition.
pub(crate) struct Listed {
    index: u32,
    /// Its name in the folder.
    file: String,
    entry: Entry,
}

/// Every file in the folders of partitions that lie in `output`.
pub(crate) fn list(storage: &Storage, output: &Location) -> Result<Vec<Listed>, Error> {
    let base = output.to_string();
    let mut listed = Vec::new();
    for entry in storage.list(output)? {
        let name = entry.location.to_string();
        let below = name.strip_prefix(base.trim_end_matches('/')).unwrap_or(&name);
        let Some((folder, file)) = part_folder(below.trim_start_matches('/')) else { continue };
        let Some(index) = folder.strip_prefix("part-").and_then(|index| index.parse().ok()) else {
            continue;
        };
        listed.push(Listed { index, file: file.to_owned(), entry });
    }
    Ok(listed)
}

/// How many of the folders have a manifest.
pub(crate) fn manifests_of(listed: &[Listed]) -> u32 {
    listed.iter().filter(|listed| listed.file == MANIFEST_NAME).count() as u32
}

/// Where the manifests are, by index.
pub(crate) fn manifest_entries(listed: &[Listed]) -> BTreeMap<u32, Entry> {
    let manifests = listed.iter().filter(|listed| listed.file == MANIFEST_NAME);
    manifests.map(|listed| (listed.index, listed.entry.clone())).collect()
}

/// Reads the manifests and summaries among the files. One that has gone since they were listed was
/// taken away by a run that replaces it.
pub(crate) fn read(storage: &Storage, listed: Vec<Listed>) -> Result<Folders, Error> {
    let mut folders = Folders::new();
    let mut to_read = Vec::new();
    for listed in listed {
        let found = folders.entry(listed.index).or_default();
        if [MANIFEST_NAME, SUMMARY_NAME].contains(&listed.file.as_str()) {
            to_read.push((listed.index, listed.file.clone(), listed.entry.location));
        }
        found.sizes.insert(listed.file, listed.entry.size);
    }
    for some in to_read.chunks(AT_ONCE) {
        let contents: Vec<_> = std::thread::scope(|threads| {
            let read = |at| storage.read_if_present(at, LARGEST_JSON);
            let reading: Vec<_> =
                some.iter().map(|(_, _, at)| threads.spawn(move || read(at))).collect();
            let joined = reading.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        });
        for ((index, file, _), bytes) in some.iter().zip(contents) {
            let Some(bytes) = bytes? else { continue };
            let found = folders.entry(*index).or_default();
            match file.as_str() {
                MANIFEST_NAME => found.manifest = Manifest::from_bytes(&bytes),
                _ => {
                    found.summary = serde_json::from_slice(&bytes).ok();
                    found.summary_blake3 = blake3(&bytes);
                }
            }
        }
    }
    Ok(folders)
}
