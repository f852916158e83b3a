//! What was published before: the states of the months that a year is made of, and the year itself,
//! with whether its months have changed since.

use job_files::{InputFile, LARGEST_JSON, MANIFEST_NAME, Manifest, blake3};
use object_storage::{Location, Storage};
use xxhash_rust::xxh3::xxh3_128;

use super::files::{STATE, YEAR};
use crate::error::Error;

/// The most bytes of a state that is read; it has some megabytes.
const LARGEST_STATE: u64 = 64 << 20;

/// A finished month, or the part of one that is there so far.
pub(crate) struct PublishedMonth {
    /// The name of its folder.
    pub folder: String,
    /// The version of its outputs.
    pub output_version: u32,
    pub state: Vec<u8>,
    /// The hash of the state, as the manifest has it.
    blake3: String,
    /// What was stored in the place of clients, as the settings of the month name it.
    pub clients: String,
}

impl PublishedMonth {
    /// The month of this number, 1 to 12, if its manifest is there, or else what there is of it so
    /// far. A month replaces its part when it is published, so that there may be both for a moment.
    ///
    /// # Errors
    ///
    /// If the state is not the one that the manifest vouches for.
    pub(crate) fn read(
        storage: &Storage,
        output: &Location,
        month: u8,
    ) -> Result<Option<PublishedMonth>, Error> {
        for name in [month_folder(month), partial_folder(month), month_folder(month)] {
            let found = PublishedMonth::read_from(storage, output, name)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn read_from(
        storage: &Storage,
        output: &Location,
        name: String,
    ) -> Result<Option<PublishedMonth>, Error> {
        let folder = output.join(&name)?;
        let Some(manifest) = manifest(storage, &folder)? else { return Ok(None) };
        let at = folder.join(STATE)?;
        let changed = || Error::Changed { at: at.to_string() };
        let state = storage.read_if_present(&at, LARGEST_STATE)?.ok_or_else(changed)?;
        let vouched =
            manifest.outputs.iter().find(|output| output.name == STATE).ok_or_else(changed)?;
        if vouched.blake3 != blake3(&state) {
            return Err(changed());
        }
        // Earlier versions could store them only as they were logged.
        let clients = manifest.work.settings.get("anonymize_clients");
        Ok(Some(PublishedMonth {
            folder: name,
            output_version: manifest.work.output_version,
            blake3: vouched.blake3.clone(),
            state,
            clients: clients.map_or_else(|| "false".to_owned(), String::clone),
        }))
    }

    /// The fingerprint of the month in the manifest of the year.
    pub(crate) fn fingerprint(&self) -> InputFile {
        InputFile {
            source: format!("{}/{STATE}", self.folder),
            size_bytes: self.state.len() as u64,
            etag: None,
            xxh3: Some(format!("{:032x}", xxh3_128(&self.state))),
            blake3: Some(self.blake3.clone()),
        }
    }
}

/// The name of a month's folder.
pub(crate) fn month_folder(month: u8) -> String {
    format!("{month:02}")
}

/// The name of the folder of a part of a month.
pub(crate) fn partial_folder(month: u8) -> String {
    format!("{month:02}-partial")
}

/// Refuses a year that is not the one that the settings name, if they name one.
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
pub(crate) struct PublishedYear {
    /// The bytes of `year.json`.
    pub bytes: Vec<u8>,
    /// The months that it was merged from.
    months: Vec<InputFile>,
}

impl PublishedYear {
    /// The bytes of `year.json`, whatever vouches for them.
    pub(crate) fn bytes(storage: &Storage, output: &Location) -> Result<Vec<u8>, Error> {
        let at = output.join(YEAR)?;
        let bytes = storage.read_if_present(&at, LARGEST_JSON)?;
        bytes.ok_or_else(|| Error::NoYear { at: at.to_string() })
    }

    /// Reads the year that was published.
    ///
    /// # Errors
    ///
    /// If there is none, or its manifest does not vouch for it.
    pub(crate) fn read(storage: &Storage, output: &Location) -> Result<PublishedYear, Error> {
        let at = output.join(YEAR)?;
        let bytes = PublishedYear::bytes(storage, output)?;
        let manifest = manifest(storage, output)?
            .ok_or_else(|| Error::UnfinishedYear { at: at.to_string() })?;
        let vouched = manifest.outputs.iter().find(|output| output.name == YEAR);
        if vouched.is_none_or(|vouched| vouched.blake3 != blake3(&bytes)) {
            return Err(Error::YearChanged { at: at.to_string() });
        }
        Ok(PublishedYear { bytes, months: manifest.work.input })
    }

    /// How the months have changed since the merge, if they have.
    pub(crate) fn changes(
        &self,
        storage: &Storage,
        output: &Location,
    ) -> Result<Option<String>, Error> {
        let mut changes = Vec::new();
        for month in 1..=12 {
            let now =
                PublishedMonth::read(storage, output, month)?.map(|found| found.fingerprint());
            let sources = [month_folder(month), partial_folder(month)]
                .map(|folder| format!("{folder}/{STATE}"));
            let merged = self.months.iter().find(|merged| sources.contains(&merged.source));
            let change = match (merged, &now) {
                (Some(merged), Some(now)) if merged.source != now.source => {
                    if now.source == sources[0] { "is whole now" } else { "is only a part now" }
                }
                // Not the BLAKE3, which earlier versions did not write.
                (Some(merged), Some(now)) if merged.xxh3 != now.xxh3 => "was counted anew",
                (Some(_), None) => "is not finished any more",
                (None, Some(_)) => "is new",
                _ => continue,
            };
            changes.push(format!("month {} {change}", month_folder(month)));
        }
        Ok((!changes.is_empty()).then(|| changes.join(", ")))
    }
}

/// Whether the months that are there now are those of these fingerprints.
pub(crate) fn are_months(
    storage: &Storage,
    output: &Location,
    merged: &[InputFile],
) -> Result<bool, Error> {
    let mut now = Vec::new();
    for month in 1..=12 {
        for folder in [month_folder(month), partial_folder(month)] {
            let Some(manifest) = manifest(storage, &output.join(&folder)?)? else { continue };
            let state = manifest.outputs.into_iter().find(|output| output.name == STATE);
            now.push((format!("{folder}/{STATE}"), state.map(|state| state.blake3)));
            break;
        }
    }
    let merged = merged.iter().map(|month| (month.source.clone(), month.blake3.clone()));
    Ok(merged.eq(now))
}

/// The year of a part that stands beside the whole month, where it is another one than `year`.
pub(crate) fn part_of_other_year(
    storage: &Storage,
    output: &Location,
    month: u8,
    year: i32,
) -> Result<Option<i32>, Error> {
    let part = manifest(storage, &output.join(&partial_folder(month))?)?;
    Ok(part.as_ref().and_then(year_of).filter(|of| *of != year))
}

/// The year of what `aggregate` has published.
pub(crate) fn year_of(manifest: &Manifest) -> Option<i32> {
    manifest.work.settings.get("year")?.parse().ok()
}

fn manifest(storage: &Storage, folder: &Location) -> Result<Option<Manifest>, Error> {
    let bytes = storage.read_if_present(&folder.join(MANIFEST_NAME)?, LARGEST_JSON)?;
    Ok(bytes.and_then(|bytes| Manifest::from_bytes(&bytes)))
}
