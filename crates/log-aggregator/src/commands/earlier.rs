//! What earlier runs have published of a month, and whether this run may replace it.
//!
//! A folder has no year in its name: `08/` may be the August of another year, which nobody has any
//! more once it is replaced. And a part of a month may be later than the one that is asked for now.

use job_files::{LARGEST_JSON, MANIFEST_NAME, Manifest};
use object_storage::{Location, Storage};

use crate::error::Error;
use crate::output::{version, year_of};

use super::plan::Plan;

/// Settings that may differ between an earlier part and the later one that replaces it: the time,
/// and the databases, of which there is a new one every week.
const OF_THE_DAY: [&str; 3] = ["until", "countries", "networks"];

/// The manifests of the month and of a part of it.
pub(super) struct Earlier {
    whole: Option<Manifest>,
    part: Option<Manifest>,
}

impl Earlier {
    /// Looks at both folders.
    pub(super) fn read(storage: &Storage, plan: &Plan) -> Result<Earlier, Error> {
        let manifest = |folder| manifest(storage, folder);
        Ok(Earlier { whole: manifest(&plan.whole)?, part: manifest(&plan.partial)? })
    }

    /// Refuses to replace what is of another year, unless that is asked for.
    pub(super) fn refuse_other_year(&self, plan: &Plan) -> Result<(), Error> {
        for (folder, manifest) in [(&plan.whole, &self.whole), (&plan.partial, &self.part)] {
            let Some(theirs) = manifest.as_ref().and_then(year_of) else { continue };
            if theirs == plan.year {
                continue;
            }
            if !plan.force {
                return Err(Error::OtherYear {
                    at: folder.to_string(),
                    theirs,
                    month: plan.name(),
                    ours: plan.year,
                });
            }
            tracing::warn!(%folder, year = theirs, "another year is replaced, by --force");
        }
        Ok(())
    }

    /// The part that is there, where it goes on behind the end of the one that is counted now.
    pub(super) fn later_part(&self, plan: &Plan) -> Option<&Manifest> {
        let asked = plan.rules.calendar.end_of_part()?;
        self.part.as_ref().filter(|part| until(part).is_some_and(|until| until > asked))
    }

    /// Refuses an end before that of the part that is there, unless that is asked for.
    pub(super) fn refuse_later_part(&self, plan: &Plan) -> Result<(), Error> {
        match self.later_part(plan).and_then(until) {
            Some(until) if !plan.force => Err(Error::LaterPart {
                at: plan.partial.to_string(),
                until: plan.rules.calendar.zone().show(until),
                asked: plan.part_until.clone().unwrap_or_default(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether there is an earlier part that was counted in the same way. It stays true of its days
    /// until the later one takes its place, so that readers have one at any time.
    pub(super) fn part_stays(&self, plan: &Plan) -> bool {
        let (Some(part), Some(asked)) = (&self.part, plan.rules.calendar.end_of_part()) else {
            return false;
        };
        let theirs = &part.work.settings;
        !plan.force
            && part.work.output_version == version::MONTH
            && until(part).is_some_and(|until| until < asked)
            && theirs.len() == plan.settings.len()
            && plan.settings.iter().all(|(name, value)| {
                OF_THE_DAY.contains(&name.as_str()) || theirs.get(name) == Some(value)
            })
    }
}

/// Where a part ends, in seconds since 1970.
fn until(part: &Manifest) -> Option<i64> {
    part.work.settings.get("until")?.parse().ok()
}

/// The manifest of a folder. Without permission to list a bucket, S3 answers 403 where there is
/// nothing.
fn manifest(storage: &Storage, folder: &Location) -> Result<Option<Manifest>, Error> {
    match storage.read_if_present(&folder.join(MANIFEST_NAME)?, LARGEST_JSON) {
        Err(object_storage::Error::Denied { .. }) => Ok(None),
        read => Ok(read?.and_then(|bytes| Manifest::from_bytes(&bytes))),
    }
}
