//! What the months published: the states that a year is made of, and whether a merged year still is
//! what they come to.

use job_files::{BlockingStorage, InputFile, LARGEST_JSON, MANIFEST_NAME, Manifest, blake3};
use object_storage::Location;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Error;
use crate::outputs::{STATE, YEAR};

/// A state is some megabytes.
const LARGEST_STATE: u64 = 64 << 20;

/// A finished month.
pub(crate) struct Finished {
    /// The version of its outputs.
    pub output_version: u32,
    pub state: Vec<u8>,
}

impl Finished {
    /// The month of this number, if its manifest is there.
    ///
    /// # Errors
    ///
    /// Where the state is not the one that the manifest vouches for.
    pub(crate) fn read(
        storage: &BlockingStorage,
        output: &Location,
        month: u8,
    ) -> Result<Option<Finished>, Error> {
        let folder = output.join(&name(month))?;
        let Some(manifest) = manifest(storage, &folder)? else { return Ok(None) };
        let at = folder.join(STATE)?;
        let changed = || Error::Changed { at: at.to_string() };
        let state = storage.read(&at, LARGEST_STATE)?.ok_or_else(changed)?;
        let vouched =
            manifest.outputs.iter().find(|output| output.name == STATE).ok_or_else(changed)?;
        if vouched.blake3 != blake3(&state) {
            return Err(changed());
        }
        Ok(Some(Finished { output_version: manifest.work.output_version, state }))
    }

    /// How the manifest of the year names it.
    pub(crate) fn fingerprint(&self, month: u8) -> InputFile {
        InputFile {
            source: format!("{}/{STATE}", name(month)),
            size_bytes: self.state.len() as u64,
            etag: None,
            xxh3: Some(format!("{:032x}", xxh3_128(&self.state))),
        }
    }
}

/// What a month's folder is called.
pub(crate) fn name(month: u8) -> String {
    format!("{month:02}")
}

/// Compares the year that the settings name, if they do, with the one that is there.
pub(crate) fn check_year(wanted: Option<i32>, found: i32, output: &Location) -> Result<(), Error> {
    match wanted {
        Some(wanted) if wanted != found => Err(Error::Setting(format!(
            "--year (YEAR) is {wanted}, and {output} has the months of {found}: name the folder \
             of {wanted}, or the year {found}"
        ))),
        _ => Ok(()),
    }
}

/// A year as it was merged.
pub(crate) struct MergedYear {
    /// Those of `year.json`.
    pub bytes: Vec<u8>,
    /// The months that it was merged from.
    months: Vec<InputFile>,
}

impl MergedYear {
    /// The year that is there.
    ///
    /// # Errors
    ///
    /// Where there is none, or its manifest does not vouch for it.
    pub(crate) fn read(storage: &BlockingStorage, output: &Location) -> Result<MergedYear, Error> {
        let at = output.join(YEAR)?;
        let bytes =
            storage.read(&at, LARGEST_JSON)?.ok_or_else(|| Error::NoYear { at: at.to_string() })?;
        let manifest = manifest(storage, output)?
            .ok_or_else(|| Error::UnfinishedYear { at: at.to_string() })?;
        let vouched = manifest.outputs.iter().find(|output| output.name == YEAR);
        if vouched.is_none_or(|vouched| vouched.blake3 != blake3(&bytes)) {
            return Err(Error::YearChanged { at: at.to_string() });
        }
        Ok(MergedYear { bytes, months: manifest.work.input })
    }

    /// How the months have changed since then, if they have.
    pub(crate) fn changes(
        &self,
        storage: &BlockingStorage,
        output: &Location,
    ) -> Result<Option<String>, Error> {
        let mut changes = Vec::new();
        for month in 1..=12 {
            let now =
                Finished::read(storage, output, month)?.map(|finished| finished.fingerprint(month));
            let source = format!("{}/{STATE}", name(month));
            let change = match (self.months.iter().find(|merged| merged.source == source), &now) {
                (Some(merged), Some(now)) if merged != now => "was counted anew",
                (Some(_), None) => "is not finished any more",
                (None, Some(_)) => "is new",
                _ => continue,
            };
            changes.push(format!("month {} {change}", name(month)));
        }
        Ok((!changes.is_empty()).then(|| changes.join(", ")))
    }
}

fn manifest(storage: &BlockingStorage, folder: &Location) -> Result<Option<Manifest>, Error> {
    let bytes = storage.read(&folder.join(MANIFEST_NAME)?, LARGEST_JSON)?;
    Ok(bytes.and_then(|bytes| Manifest::from_bytes(&bytes)))
}
