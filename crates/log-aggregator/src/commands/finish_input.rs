//! Whether a month that is done is still that of its logs: a folder of outputs may hold the months
//! of last night, and some logs have been put right since then.

use job_files::{Input, MANIFEST_NAME, Manifest, NamedFile, Template};
use object_storage::{Entry, Location, Storage, Version};
use worker_runtime::Exit;

use crate::error::Error;
use crate::formats::Format;
use crate::input::{cut, fingerprint, without_links};
use crate::output::month_folder;

use super::plan::{Plan, fields};

/// The logs of all months.
pub(super) struct Logs {
    storage: Storage,
    template: Template,
    year: i32,
    /// Where the months are published.
    output: Location,
    given_format: Option<Format>,
    json: Format,
}

impl Logs {
    /// Those of the year of a plan.
    pub(super) fn new(storage: Storage, plan: &Plan) -> Logs {
        Logs {
            storage,
            template: plan.template.clone(),
            year: plan.year,
            output: plan.output.clone(),
            given_format: plan.given_format.clone(),
            json: plan.json.clone(),
        }
    }

    /// Whether no file is there of which the month's manifest does not know, or knows it otherwise.
    /// Logs that are gone are no change: many are kept for some weeks only, and what was counted
    /// stays right. Where all months have one input, a file that is new there may be of any month,
    /// and nothing is said of the others.
    pub(super) fn are_those_of(&self, month: u8, manifest: &Manifest) -> Result<bool, Error> {
        if !["month", "index"].iter().any(|field| self.template.has(field)) {
            return Ok(true);
        }
        let input = Input::parse(&self.template.expand(&fields(self.year, month)))?;
        let files = match input.find(&self.storage) {
            Ok(files) => without_links(files).0,
            Err(error) if error.exit() == Exit::NoInput => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        let at = self.output.join(&month_folder(month))?.join(MANIFEST_NAME)?;
        let written = self.storage.entry(&at)?;
        for file in files {
            let made_of = manifest.work.input.iter().find(|made_of| made_of.source == file.name);
            let Some(made_of) = made_of else { return Ok(false) };
            let is_same = file.entry.size == made_of.size_bytes
                && file.entry.version.etag() == made_of.etag.as_deref();
            if !is_same {
                return Ok(false);
            }
            if changed_since(&file.entry, written.as_ref()) && self.hash(file)? != made_of.xxh3 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The hash of a local file, as its month has it.
    fn hash(&self, file: NamedFile) -> Result<Option<String>, Error> {
        let spans = cut(&self.storage, vec![file], self.given_format.as_ref(), &self.json)?;
        Ok(fingerprint(&self.storage, &spans)?.pop().and_then(|file| file.xxh3))
    }
}

/// Whether a local file was written after the manifest, by the clock of their file system.
fn changed_since(file: &Entry, manifest: Option<&Entry>) -> bool {
    let Version::Modified { unix_ns: file, .. } = file.version else { return false };
    match manifest.map(|manifest| &manifest.version) {
        Some(Version::Modified { unix_ns: manifest, .. }) => file >= *manifest,
        _ => true,
    }
}
