//! The sum of all partitions, published: `summary.json` beside their folders, and last the manifest
//! that lists every output of every partition.

use job_files::{
    LARGEST_OF_WHOLE, LeaveOut, MANIFEST_FORMAT, MANIFEST_NAME, OutputFile, Whole, WholeManifest,
    blake3, json_bytes,
};
use object_storage::{Location, Storage};

use super::compare::{compare, is_comparable};
use super::duplicates::{DUPLICATES_NAME, Duplicates};
use super::found::Folders;
use super::total::{Total, all_outputs};
use crate::cli::RecordLimit;
use crate::error::{Error, WholeError};
use crate::summary::SUMMARY_NAME;

/// Where the sum is published.
#[derive(Clone, Copy)]
pub(crate) struct Sum<'s> {
    pub(crate) storage: &'s Storage,
    pub(crate) output: &'s Location,
    /// How many accepted records may have a key of a record in another partition.
    pub(crate) max_duplicates: RecordLimit,
}

impl Sum<'_> {
    /// Adds up what was found and publishes it, unless just this is published.
    pub(crate) fn publish(self, found: &Folders) -> Result<Total, Error> {
        if found.is_empty() {
            return Err(WholeError::NothingPublished { output: self.output.to_string() }.into());
        }
        let mut total = Total::of(found).map_err(|problem| WholeError::Incomplete {
            output: self.output.to_string(),
            problem,
        })?;
        let (at, whole) = (self.output.join(SUMMARY_NAME)?, self.whole());
        let published = self.storage.read_if_present(&at, LARGEST_OF_WHOLE)?;
        let is_total = |bytes: &Vec<u8>| serde_json::from_slice::<Total>(bytes).is_ok();
        if published.as_ref().is_some_and(|bytes| !is_total(bytes)) {
            return Err(WholeError::OtherProgram { at: at.to_string() }.into());
        }
        if whole.is_another_programs()? {
            let at = self.output.join(MANIFEST_NAME)?.to_string();
            return Err(WholeError::OtherProgram { at }.into());
        }
        let earlier = whole.manifest()?;
        let mut list = None;
        if is_comparable(found) {
            let known = match (&earlier, &published) {
                (Some(earlier), Some(summary)) => self.known(earlier, summary, found)?,
                _ => None,
            };
            match known {
                Some(known) => total.duplicates = Some(known),
                None => {
                    let (listed, duplicates) = compare(self.storage, self.output, found)?;
                    (list, total.duplicates) = (Some(listed), Some(duplicates));
                }
            }
        }
        let duplicates = total.duplicates.as_ref().map_or(0, |duplicates| duplicates.records);
        let accepted = total.records.as_ref().map_or(0, |records| records.accepted);
        if self.max_duplicates.is_exceeded_by(duplicates, accepted) {
            total.over_max_duplicates = Some(self.max_duplicates.to_string());
        }
        let summary = json_bytes(&total);
        let file = list.as_ref().map(|list| list.file().clone());
        let manifest = manifest(&total, &summary, found, file.or_else(|| listed(earlier.as_ref())));
        let is_over = total.over_max_duplicates.is_some();
        if !is_over && earlier.as_ref() == Some(&manifest) && published.as_ref() == Some(&summary) {
            return Ok(total);
        }
        // The earlier one does not vouch for what is about to be written.
        whole.withdraw_if(|earlier| is_over || *earlier != manifest)?;
        if let Some(list) = list {
            list.publish()?;
        }
        self.storage.put(&at, summary)?;
        if !is_over {
            whole.publish(&manifest)?;
        }
        Ok(total)
    }

    /// What an earlier finish has found in just these partitions: to compare them once more takes
    /// a while, and every index that is run again would do it.
    fn known(
        self,
        earlier: &WholeManifest,
        summary: &[u8],
        found: &Folders,
    ) -> Result<Option<Duplicates>, Error> {
        let is_in = |output: &OutputFile| earlier.outputs.contains(output);
        let of_summary = output_file(SUMMARY_NAME, summary);
        let is_same = earlier.outputs.starts_with(&all_outputs(found)) && is_in(&of_summary);
        let total = serde_json::from_slice::<Total>(summary).ok().filter(|_| is_same);
        let Some(duplicates) = total.and_then(|total| total.duplicates) else { return Ok(None) };
        let Some(list) = listed(Some(earlier)) else { return Ok(None) };
        let entry = self.storage.entry(&self.output.join(&list.name)?)?;
        Ok(entry.filter(|entry| entry.size == list.size_bytes).map(|_| duplicates))
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

/// The manifest that vouches for all of this.
fn manifest(
    total: &Total,
    summary: &[u8],
    found: &Folders,
    list: Option<OutputFile>,
) -> WholeManifest {
    let mut outputs = all_outputs(found);
    outputs.extend(list.filter(|_| total.duplicates.is_some()));
    outputs.push(output_file(SUMMARY_NAME, summary));
    let leave_out = total.duplicates.as_ref().filter(|duplicates| duplicates.records > 0);
    let leave_out = leave_out.map(|duplicates| LeaveOut {
        listed_in: duplicates.listed_in.clone(),
        records: duplicates.records,
    });
    WholeManifest {
        format: MANIFEST_FORMAT,
        worker: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        partitions: total.partitions,
        outputs,
        input: Vec::new(),
        leave_out,
    }
}

fn output_file(name: &str, bytes: &[u8]) -> OutputFile {
    OutputFile { name: name.to_owned(), size_bytes: bytes.len() as u64, blake3: blake3(bytes) }
}

/// The list of duplicates that a manifest has.
fn listed(earlier: Option<&WholeManifest>) -> Option<OutputFile> {
    earlier?.outputs.iter().find(|output| output.name == DUPLICATES_NAME).cloned()
}
