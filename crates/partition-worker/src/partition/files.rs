//! The files of one partition, or its bytes of one file.

use std::collections::BTreeMap;

use job_files::Source;
use object_storage::Location;

use super::format::NamedFormat;
use crate::error::Error;

/// The input of one partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Partition {
    /// What to read, in this order.
    pub sources: Vec<Source>,
    /// Where each of them stands among the files of all partitions, in the order of the input.
    pub ranks: Vec<u64>,
    /// XXH3 of the names and sizes of all files that were dealt out, or of the one that was cut:
    /// every pod must have seen the same.
    pub listing: Option<String>,
    /// What the names of the files say of their format.
    pub format: NamedFormat,
}

/// The folder that partition `index` publishes to, below the output.
pub(crate) fn folder(output: &Location, index: u32) -> Result<Location, Error> {
    Ok(output.join(&folder_name(index))?)
}

/// Its name there.
pub(crate) fn folder_name(index: u32) -> String {
    format!("part-{index:05}")
}

impl Partition {
    /// The same where each index has files of its own: those of a lower one stand before them.
    #[must_use]
    pub(super) fn of_index(self, index: u32) -> Partition {
        let ranks = self.ranks.iter().map(|rank| u64::from(index) << 32 | rank).collect();
        Partition { ranks, ..self }
    }

    /// Bytes to read, compressed as they are.
    pub(crate) fn size(&self) -> u64 {
        self.sources
            .iter()
            .map(|source| {
                source.owned.as_ref().map_or(source.entry.size, |owned| owned.end - owned.start)
            })
            .sum()
    }

    /// The same with all of each file.
    pub(crate) fn of_whole_files(&self) -> Partition {
        let whole = |source: &Source| Source { owned: None, ..source.clone() };
        Partition { sources: self.sources.iter().map(whole).collect(), ..self.clone() }
    }

    /// The settings by which a manifest tells this partition from another cut of the same input.
    pub(crate) fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        if let Some(owned) = self.sources.first().and_then(|source| source.owned.as_ref()) {
            settings.insert("bytes".to_owned(), format!("{}..{}", owned.start, owned.end));
        }
        if let Some(listing) = &self.listing {
            settings.insert("listing_xxh3".to_owned(), listing.clone());
        }
        settings
    }
}
