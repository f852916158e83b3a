//! The sum of all partitions, published: `summary.json` beside their folders, and last the manifest
//! that lists every output of every partition.

use job_files::{
    LARGEST_OF_WHOLE, MANIFEST_FORMAT, OutputFile, Whole, WholeManifest, blake3, json_bytes,
};
use object_storage::{Location, Storage};

use super::found::Folders;
use super::total::{Total, all_outputs};
use crate::error::Error;
use crate::summary::SUMMARY_NAME;

/// Where the sum is published.
#[derive(Clone, Copy)]
pub(crate) struct Sum<'s> {
    pub(crate) storage: &'s Storage,
    pub(crate) output: &'s Location,
}

impl Sum<'_> {
    /// Adds up what was found and publishes it, unless just this is published.
    pub(crate) fn publish(self, found: &Folders) -> Result<Total, Error> {
        if found.is_empty() {
            return Err(Error::NothingPublished { output: self.output.to_string() });
        }
        let total = Total::of(found)
            .map_err(|problem| Error::Incomplete { output: self.output.to_string(), problem })?;
        let summary = json_bytes(&total);
        let mut outputs = all_outputs(found);
        outputs.push(OutputFile {
            name: SUMMARY_NAME.to_owned(),
            size_bytes: summary.len() as u64,
            blake3: blake3(&summary),
        });
        let manifest = WholeManifest {
            input: Vec::new(),
            format: MANIFEST_FORMAT,
            worker: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            partitions: total.partitions,
            outputs,
        };
        let (at, whole) = (self.output.join(SUMMARY_NAME)?, self.whole());
        let earlier = whole.manifest()?;
        if earlier.as_ref() == Some(&manifest)
            && self.storage.read_if_present(&at, LARGEST_OF_WHOLE)?.as_ref() == Some(&summary)
        {
            return Ok(total);
        }
        // The earlier one does not vouch for the summary that is about to be written.
        whole.withdraw_if(|earlier| *earlier != manifest)?;
        self.storage.put(&at, summary)?;
        whole.publish(&manifest)?;
        Ok(total)
    }

    /// Takes the manifest of an earlier sum away, which is not that of what is there now. One that
    /// another program wrote stays.
    pub(crate) fn withdraw(self) -> Result<(), Error> {
        Ok(self.whole().withdraw_if(|_| true)?)
    }

    fn whole(self) -> Whole {
        Whole::new(self.storage.clone(), self.output.clone(), env!("CARGO_PKG_NAME"))
    }
}
