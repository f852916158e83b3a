//! The manifest above all partitions of a run: `_SUCCESS` in the folder that theirs lie in. It
//! lists what the partitions have published, or what of it the whole was made from, so it has to go
//! before one of them is replaced.

use object_storage::{Location, Storage};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::manifest::{InputFile, MANIFEST_NAME, OutputFile, json_bytes};

/// What stands above all partitions has about a kilobyte for each, and a Job has at most 100,000.
pub const LARGEST_OF_WHOLE: u64 = 256 << 20;

/// The contents of the dataset's `_SUCCESS`, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeManifest {
    /// [`crate::MANIFEST_FORMAT`].
    pub format: u32,
    /// The program that wrote it.
    pub worker: String,
    /// Its version.
    pub version: String,
    /// How many partitions there are.
    pub partitions: u32,
    /// Every output of every partition, named below the dataset, and what the finish added.
    pub outputs: Vec<OutputFile>,
    /// Where the whole has outputs of its own alone: which outputs of partitions it was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input: Vec<InputFile>,
    /// What a reader must leave out of them, if there is anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leave_out: Option<LeaveOut>,
}

/// Records of a dataset that are no part of it, although they stand in its outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveOut {
    /// The file that lists them, beside the manifest.
    pub listed_in: String,
    /// How many there are.
    pub records: u64,
}

/// The folder of a dataset.
#[derive(Clone)]
pub struct Whole {
    storage: Storage,
    folder: Location,
    worker: &'static str,
}

impl Whole {
    /// The dataset that `worker` publishes in a folder. Touches nothing yet.
    pub fn new(storage: Storage, folder: Location, worker: &'static str) -> Self {
        Whole { storage, folder, worker }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Location {
        &self.folder
    }

    /// The manifest that is there, if this worker wrote it; Spark, for one, has files of this name,
    /// too.
    ///
    /// # Errors
    ///
    /// When it cannot be looked at.
    pub fn manifest(&self) -> Result<Option<WholeManifest>, Error> {
        let bytes =
            self.storage.read_if_present(&self.folder.join(MANIFEST_NAME)?, LARGEST_OF_WHOLE)?;
        let manifest = bytes.and_then(|bytes| serde_json::from_slice::<WholeManifest>(&bytes).ok());
        Ok(manifest.filter(|manifest| manifest.worker == self.worker))
    }

    /// Whether there is a manifest that this worker has not written. It may vouch for anything.
    ///
    /// # Errors
    ///
    /// When it cannot be looked at.
    pub fn is_another_programs(&self) -> Result<bool, Error> {
        let at = self.folder.join(MANIFEST_NAME)?;
        Ok(self.storage.entry(&at)?.is_some() && self.manifest()?.is_none())
    }

    /// Publishes the manifest, as the last step of all.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn publish(&self, manifest: &WholeManifest) -> Result<(), Error> {
        self.storage.put(&self.folder.join(MANIFEST_NAME)?, json_bytes(manifest))?;
        Ok(())
    }

    /// Takes the manifest away if it is there and `is_stale`. Whether there is one that cannot be
    /// seen (a bucket for deliveries, where a worker may write and not look) nobody can tell.
    ///
    /// # Errors
    ///
    /// When it cannot be looked at for another reason, or cannot be deleted.
    pub fn withdraw_if(&self, is_stale: impl Fn(&WholeManifest) -> bool) -> Result<(), Error> {
        let manifest = match self.manifest() {
            Err(Error::Storage(object_storage::Error::Denied { .. })) => None,
            seen => seen?,
        };
        if manifest.is_some_and(|manifest| is_stale(&manifest)) {
            self.storage.delete(&self.folder.join(MANIFEST_NAME)?)?;
            tracing::info!(
                folder = %self.folder,
                "{MANIFEST_NAME} of the whole is taken away until its parts are added up again"
            );
        }
        Ok(())
    }
}

impl WholeManifest {
    /// Whether it lists anything in `folder`, or was made from it. Where it names no partitions
    /// nobody knows, and it counts as if it did.
    pub(super) fn has_part(&self, folder: &str) -> bool {
        let listed = self.outputs.iter().map(|output| &output.name);
        let listed = listed.filter(|name| name.starts_with("part-"));
        let mut parts = listed.chain(self.input.iter().map(|input| &input.source)).peekable();
        parts.peek().is_none() || parts.any(|name| below(name, folder).is_some())
    }

    /// Whether the partition in `folder` is a part of it. All are, but of a whole that says from
    /// which ones it was made.
    pub(super) fn is_of(&self, folder: &str) -> bool {
        let below = |input: &InputFile| below(&input.source, folder).is_some();
        self.input.is_empty() || self.input.iter().any(below)
    }

    /// Whether these are the outputs in `folder`, whatever their order, that it lists or was made
    /// from.
    pub(super) fn holds(&self, folder: &str, outputs: &[&OutputFile]) -> bool {
        let made_of = |input: &InputFile| {
            let name = below(&input.source, folder)?.to_owned();
            Some(OutputFile {
                name,
                size_bytes: input.size_bytes,
                blake3: input.blake3.clone().unwrap_or_default(),
            })
        };
        let used: Vec<OutputFile> = self.input.iter().filter_map(made_of).collect();
        if !used.is_empty() {
            return used.iter().all(|used| outputs.contains(&used));
        }
        let listed = |output: &OutputFile| {
            Some(OutputFile { name: below(&output.name, folder)?.to_owned(), ..output.clone() })
        };
        let listed: Vec<OutputFile> = self.outputs.iter().filter_map(listed).collect();
        listed.len() == outputs.len() && outputs.iter().all(|output| listed.contains(output))
    }
}

/// The name below a folder.
fn below<'n>(name: &'n str, folder: &str) -> Option<&'n str> {
    name.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use object_storage::StorageArgs;

    use super::*;

    fn output(name: &str, blake3: &str) -> OutputFile {
        OutputFile { name: name.to_owned(), size_bytes: 1, blake3: blake3.to_owned() }
    }

    fn manifest() -> WholeManifest {
        WholeManifest {
            format: crate::MANIFEST_FORMAT,
            worker: "worker".to_owned(),
            version: "1".to_owned(),
            partitions: 2,
            outputs: vec![
                output("part-00001/a", "x"),
                output("part-00001/b", "y"),
                output("part-000010/a", "z"),
                output("summary.json", "s"),
            ],
            input: Vec::new(),
            leave_out: None,
        }
    }

    #[test]
    fn the_outputs_of_a_partition_are_told_from_others_by_name_and_bytes() {
        let whole = manifest();
        let (a, b) = (output("a", "x"), output("b", "y"));
        assert!(whole.holds("part-00001", &[&b, &a]));
        assert!(!whole.holds("part-00001", &[&a]));
        assert!(!whole.holds("part-00001", &[&a, &output("b", "other")]));
        assert!(!whole.holds("part-00002", &[&a, &b]));
        assert!(whole.has_part("part-00001") && !whole.has_part("part-0000"));
    }

    #[test]
    fn a_whole_that_says_what_it_was_made_from_is_of_these_partitions_alone() {
        let input = InputFile {
            source: "02/state".to_owned(),
            size_bytes: 1,
            etag: None,
            xxh3: None,
            blake3: Some("x".to_owned()),
        };
        let whole = WholeManifest { input: vec![input], ..manifest() };
        assert!(whole.has_part("02") && !whole.has_part("01"));
        assert!(whole.is_of("02") && !whole.is_of("0") && !whole.is_of("01"));
        assert!(manifest().is_of("01"), "nobody knows");
        let (state, table) = (output("state", "x"), output("table.csv", "y"));
        assert!(whole.holds("02", &[&table, &state]));
        assert!(!whole.holds("02", &[&table, &output("state", "other")]));
        assert!(!whole.holds("01", &[&table, &state]));
    }

    #[test]
    fn only_a_manifest_of_the_same_worker_that_is_stale_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let at: Location = folder.path().to_str().unwrap().parse().unwrap();
        let storage = Storage::new(&StorageArgs::default());
        let of = |worker| Whole::new(storage.clone(), at.clone(), worker);
        of("worker").publish(&manifest()).unwrap();
        of("other").withdraw_if(|_| true).unwrap();
        of("worker").withdraw_if(|manifest| manifest.partitions == 3).unwrap();
        assert_eq!(of("worker").manifest().unwrap(), Some(manifest()));
        of("worker").withdraw_if(|_| true).unwrap();
        assert_eq!(of("worker").manifest().unwrap(), None);
        assert!(!folder.path().join(MANIFEST_NAME).exists());
    }
}
