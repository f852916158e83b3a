//! Whether the results of a partition are those of its input as it is now: a folder of outputs may
//! hold last night's, made of other files of the same names.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;

use job_files::{Manifest, Source, fingerprint};
use object_storage::{Entry, Location, Storage, Version};
use worker_runtime::{Exit, WorkerError as _};

use crate::error::Error;
use crate::partition::PartitionInput;

/// What the partitions are made of.
pub(super) struct Inputs<'d> {
    pub(super) storage: &'d Storage,
    pub(super) input: &'d PartitionInput,
    pub(super) partitions: u32,
    /// In bytes: how far a partition of a byte range may read behind it.
    pub(super) longest_record: u64,
    /// A partition of a part of a file is made of all of it.
    pub(super) of_whole_files: bool,
    /// Where the manifests are, by index.
    pub(super) manifests: &'d BTreeMap<u32, Entry>,
}

impl Inputs<'_> {
    /// Whether the input of this partition is what its manifest says. Objects and sizes are
    /// compared; a local file is read where it was written after the manifest.
    pub(super) fn are_those_of(&self, index: u32, manifest: &Manifest) -> Result<bool, Error> {
        let found = match self.input.find(self.storage, index, self.partitions) {
            Ok(found) => found,
            Err(error) if error.exit() == Exit::NoInput => return Ok(false),
            Err(error) => return Err(error),
        };
        let made_of = &manifest.work.input;
        if found.sources.len() != made_of.len() {
            return Ok(false);
        }
        for (source, made_of) in found.sources.iter().zip(made_of) {
            let entry = &source.entry;
            let is_same = source.name == made_of.source
                && entry.size == made_of.size_bytes
                && entry.version.etag() == made_of.etag.as_deref();
            if !is_same {
                return Ok(false);
            }
            let changed = self.changed_since(index, entry);
            // Rows of Parquet depend on the end of the file, wherever they are.
            let owned = source.owned.clone().filter(|_| !self.of_whole_files);
            let source = Source { owned, ..source.clone() };
            let extent = source.extent(self.longest_record);
            if changed && fingerprint(self.storage, &source, extent)? != *made_of {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a local file was written after the manifest, or was put there since, by the clock of
    /// their file system.
    fn changed_since(&self, index: u32, entry: &Entry) -> bool {
        let Version::Modified { unix_ns: file, .. } = entry.version else { return false };
        match self.manifests.get(&index).map(|manifest| &manifest.version) {
            Some(Version::Modified { unix_ns: manifest, .. }) => {
                file.max(put_there(entry)) >= *manifest
            }
            _ => true,
        }
    }
}

/// When a local file came to be where it is. Copies that keep the time of writing (cp -p, rsync -t,
/// mv) are younger than that says.
fn put_there(entry: &Entry) -> i128 {
    let Location::Local(path) = &entry.location else { return i128::MIN };
    std::fs::metadata(path).map_or(i128::MAX, |metadata| {
        i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec())
    })
}
