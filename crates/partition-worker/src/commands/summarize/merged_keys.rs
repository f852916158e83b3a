//! Key runs that were merged into longer ones, where there are too many to be read side by side:
//! files beside the partitions, as long as they are needed.

use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::sync::Arc;

use job_files::GATHER;
use object_storage::{Condition, Location, Storage};

use super::key_runs::{KeyRun, SideBySide};
use crate::error::Error;
use crate::keys::{BlockWriter, KeyFile, Merge};

/// Merged key runs. They are deleted when it is dropped; those of a pod that is killed stay, and
/// nobody takes them for anything.
pub(super) struct MergedKeys<'s> {
    storage: &'s Storage,
    output: &'s Location,
    /// Another pod may do the same at the same time.
    own: u64,
    written: Vec<Location>,
}

impl<'s> MergedKeys<'s> {
    /// Nothing yet.
    pub(super) fn new(storage: &'s Storage, output: &'s Location) -> MergedKeys<'s> {
        let own = RandomState::new().hash_one(std::process::id());
        MergedKeys { storage, output, own, written: Vec::new() }
    }

    /// Merges runs, `most` at once, into as many fewer.
    pub(super) fn round(
        &mut self,
        side: &SideBySide,
        runs: &[KeyRun],
        most: usize,
    ) -> Result<Vec<KeyRun>, Error> {
        runs.chunks(most).map(|some| self.merge(side, some)).collect()
    }

    fn merge(&mut self, side: &SideBySide, runs: &[KeyRun]) -> Result<KeyRun, Error> {
        let name = format!("_merging-{:016x}-{}", self.own, self.written.len());
        let at = self.output.join(&name)?;
        let mut upload = self.storage.create(&at)?;
        let (mut blocks, mut bytes, mut length) = (BlockWriter::new(), Vec::new(), 0);
        Merge::new(side.open(runs)?).all::<Error>(|form, place| {
            blocks.add(form, place, &mut bytes);
            if bytes.len() >= GATHER {
                length += bytes.len() as u64;
                upload.write_all(&bytes)?;
                bytes.clear();
            }
            Ok(())
        })?;
        blocks.end(&mut bytes);
        length += bytes.len() as u64;
        upload.write_all(&bytes)?;
        upload.publish(Condition::Always)?;
        self.written.push(at.clone());
        let entry = self.storage.entry(&at)?;
        let entry = entry.ok_or(object_storage::Error::NotFound { at })?;
        let storage = self.storage.clone();
        let file = KeyFile { storage, entry, partition: None, first_origin: 0 };
        Ok((Arc::new(file), vec![(0, length)]))
    }
}

impl Drop for MergedKeys<'_> {
    fn drop(&mut self) {
        for at in &self.written {
            if let Err(error) = self.storage.delete(at) {
                tracing::warn!(file = %at, %error, "merged keys cannot be deleted: delete them");
            }
        }
    }
}
