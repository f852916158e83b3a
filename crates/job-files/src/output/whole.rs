//! The manifest above all partitions of a run: `_SUCCESS` in the folder that theirs lie in. It
//! lists what the partitions have published, so it has to go before one of them is replaced.

use object_storage::{Location, Storage};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::manifest::{MANIFEST_NAME, OutputFile, json_bytes};

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
                "{MANIFEST_NAME} of all partitions is taken away until they are added up again"
            );
        }
        Ok(())
    }
}

impl WholeManifest {
    /// Whether the outputs that it lists in `folder` are these, whatever their order.
    pub(super) fn lists(&self, folder: &str, outputs: &[&OutputFile]) -> bool {
        let below = |output: &OutputFile| {
            let name = output.name.strip_prefix(folder)?.strip_prefix('/')?;
            Some(OutputFile { name: name.to_owned(), ..output.clone() })
        };
        let listed: Vec<OutputFile> = self.outputs.iter().filter_map(below).collect();
        listed.len() == outputs.len() && outputs.iter().all(|output| listed.contains(output))
    }
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
        }
    }

    #[test]
    fn the_outputs_of_a_partition_are_told_from_others_by_name_and_bytes() {
        let whole = manifest();
        let (a, b) = (output("a", "x"), output("b", "y"));
        assert!(whole.lists("part-00001", &[&b, &a]));
        assert!(!whole.lists("part-00001", &[&a]));
        assert!(!whole.lists("part-00001", &[&a, &output("b", "other")]));
        assert!(!whole.lists("part-00002", &[&a, &b]));
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
