//! The folder of a partition: what it holds after a run, in which order it gets there, and whether it is there already.

use std::collections::BTreeMap;

use object_storage::Location;

use crate::blocking_storage::BlockingStorage;
use crate::error::Error;
use crate::manifest::{MANIFEST_FORMAT, MANIFEST_NAME, Manifest, OutputFile, Work, json_bytes};
use crate::output::{Finished, sha256};
use crate::summary::Summary;

/// Name of the summary beside the outputs.
pub const SUMMARY_NAME: &str = "summary.json";

/// Manifests and summaries are a few kilobytes; anything much larger is something else.
pub(crate) const LARGEST_JSON: u64 = 16 << 20;

/// The folder that partition `index` publishes to, below the output.
pub fn folder(output: &Location, index: u32) -> Result<Location, Error> {
    Ok(output.join(&format!("part-{index:05}"))?)
}

/// A partition's folder.
pub struct Publication {
    storage: BlockingStorage,
    folder: Location,
}

impl Publication {
    /// Touches nothing yet.
    pub fn new(storage: BlockingStorage, folder: Location) -> Self {
        Publication { storage, folder }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Location {
        &self.folder
    }

    /// The manifest that is there, of whatever work.
    pub fn manifest(&self) -> Result<Option<Manifest>, Error> {
        let bytes = self.storage.read(&self.folder.join(MANIFEST_NAME)?, LARGEST_JSON)?;
        Ok(bytes.and_then(|bytes| Manifest::from_bytes(&bytes)))
    }

    /// Whether every output that a manifest names is there, in its size.
    pub fn is_whole(&self, manifest: &Manifest) -> Result<bool, Error> {
        for output in &manifest.outputs {
            let entry = self.storage.entry(&self.folder.join(&output.name)?)?;
            if entry.is_none_or(|entry| entry.size != output.size_bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Publishes the outputs and the summary, and last the manifest that vouches for them.
    pub fn commit(
        &self,
        outputs: Vec<Finished>,
        summary: &Summary,
        work: Work,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), Error> {
        let names: Vec<&str> = outputs.iter().map(|output| output.file().name.as_str()).collect();
        // Another pod of this index may have finished the same work meanwhile: its manifest stays true throughout.
        let current = self.manifest()?.filter(|current| current.work != work);
        self.retract(current, &names)?;
        let outputs = self.publish(outputs, summary)?;
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            worker: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            work,
            counts,
            outputs,
        };
        self.storage.put(&self.folder.join(MANIFEST_NAME)?, manifest.to_bytes())?;
        Ok(())
    }

    /// Publishes outputs and the summary of a partition that is not good enough for a manifest; `withheld` is the output
    /// that must not be there.
    pub fn commit_without_manifest(
        &self,
        outputs: Vec<Finished>,
        summary: &Summary,
        withheld: &str,
    ) -> Result<(), Error> {
        let names: Vec<&str> = outputs.iter().map(|output| output.file().name.as_str()).collect();
        self.retract(self.manifest()?, &names)?;
        self.storage.delete(&self.folder.join(withheld)?)?;
        self.publish(outputs, summary).map(|_| ())
    }

    fn publish(&self, outputs: Vec<Finished>, summary: &Summary) -> Result<Vec<OutputFile>, Error> {
        let summary = json_bytes(summary);
        let mut files = Vec::new();
        for output in outputs {
            files.push(output.publish()?);
        }
        files.push(OutputFile {
            name: SUMMARY_NAME.to_owned(),
            size_bytes: summary.len() as u64,
            sha256: sha256(&summary),
        });
        self.storage.put(&self.folder.join(SUMMARY_NAME)?, summary)?;
        Ok(files)
    }

    /// Takes back what a run of other work published: its manifest first, so that no reader ever trusts a mixture, then
    /// the outputs that this run does not replace.
    fn retract(&self, stale: Option<Manifest>, replaced: &[&str]) -> Result<(), Error> {
        let Some(stale) = stale else { return Ok(()) };
        self.storage.delete(&self.folder.join(MANIFEST_NAME)?)?;
        for output in &stale.outputs {
            if !replaced.contains(&output.name.as_str()) {
                self.storage.delete(&self.folder.join(&output.name)?)?;
            }
        }
        Ok(())
    }
}
