//! All partitions' results as one: complete, or what is missing and why.

use std::collections::BTreeMap;

use job_files::{MANIFEST_NAME, Manifest, OutputFile, settings_of_the_run};
use serde::{Deserialize, Serialize};

use super::duplicates::Duplicates;
use crate::summary::{NOT_TOLD, Records, SUMMARY_NAME, Summary};

/// What was found in one partition's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PartitionFolder {
    /// Its manifest; a partition without one is not finished.
    pub manifest: Option<Manifest>,
    /// Its summary.
    pub summary: Option<Summary>,
    /// The BLAKE3 of the summary's bytes, empty where there is none.
    pub summary_blake3: String,
    /// The size in bytes of every file in the folder, by its name there.
    pub sizes: BTreeMap<String, u64>,
}

/// The contents of the `summary.json` above all partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    /// `validate`, `exec` or `simulate`.
    pub command: String,
    /// How many partitions there are.
    pub partitions: u32,
    /// Bytes of the records read, decompressed; headers are not counted.
    pub input_bytes: u64,
    /// What became of all records; `validate` only.
    #[serde(flatten)]
    pub records: Option<Records>,
    /// What two partitions have in common and must not; nothing where that was not compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duplicates: Option<Duplicates>,
    /// The limit of duplicates, where there were more: there is no `_SUCCESS` of the whole then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub over_max_duplicates: Option<String>,
    /// Every partition's own summary, by index.
    pub parts: Vec<Summary>,
}

impl Total {
    /// Adds up what was found, by index, or says in a sentence what is wrong with it.
    pub(crate) fn of(found: &BTreeMap<u32, PartitionFolder>) -> Result<Total, String> {
        let manifests: Vec<&Manifest> =
            found.values().filter_map(|found| found.manifest.as_ref()).collect();
        let Some(first) = manifests.first() else {
            let begun: Vec<String> =
                found.iter().map(|(index, found)| why_missing(*index, Some(found))).collect();
            return Err(format!(
                "no partition is finished, and of these there are only parts: {}",
                shortened(&begun)
            ));
        };
        let told = manifests.iter().find(|manifest| manifest.work.partitions != NOT_TOLD).copied();
        for (index, found) in found {
            if let Some(manifest) = &found.manifest
                && manifest.work.index != *index
            {
                return Err(format!(
                    "the folder part-{index:05} holds partition {}: it was copied or renamed; run \
                     partition {index} again",
                    manifest.work.index
                ));
            }
        }
        for other in &manifests {
            if let Some(told) = told
                && ![told.work.partitions, NOT_TOLD].contains(&other.work.partitions)
            {
                return Err(format!(
                    "partition {} was one of {} and partition {} one of {}: two runs are mixed; \
                     publish them to different folders",
                    told.work.index, told.work.partitions, other.work.index, other.work.partitions
                ));
            }
            if other.work.command != first.work.command {
                return Err(format!(
                    "partition {} was published by {} and partition {} by {}: publish them to \
                     different folders",
                    first.work.index, first.work.command, other.work.index, other.work.command
                ));
            }
            if other.work.output_version != first.work.output_version {
                return Err(format!(
                    "partition {} was published with version {} of the outputs and partition {} \
                     with version {}: some were written before the program was upgraded; run all \
                     of them again with this program, which finds out by itself which are to be \
                     done again",
                    first.work.index,
                    first.work.output_version,
                    other.work.index,
                    other.work.output_version
                ));
            }
            if differing(first, other) {
                return Err(format!(
                    "partitions {} and {} were published with different settings, schemas or \
                     listings of the input: two runs are mixed, or files were added while the Job \
                     ran; run it again",
                    first.work.index, other.work.index
                ));
            }
        }
        // A Job that was scaled up has indexes past the number that its pods were told, and where
        // they were told none the last folder tells it, also that of a partition that has failed.
        let highest = found.keys().map(|index| index.saturating_add(1)).max().unwrap_or(0);
        let partitions = told.map_or(NOT_TOLD, |told| told.work.partitions).max(highest);
        let missing: Vec<String> = (0..partitions)
            .filter(|index| found.get(index).is_none_or(|found| found.manifest.is_none()))
            .map(|index| why_missing(index, found.get(&index)))
            .collect();
        if !missing.is_empty() {
            return Err(format!(
                "{} of {partitions} partitions are missing: {}",
                missing.len(),
                shortened(&missing)
            ));
        }
        let changed = changed_outputs(found);
        if !changed.is_empty() {
            return Err(format!(
                "outputs are not there as the {MANIFEST_NAME} beside them lists them: {}; run \
                 these partitions again",
                shortened(&changed)
            ));
        }
        let mut total = Total {
            command: first.work.command.clone(),
            partitions,
            input_bytes: 0,
            records: None,
            duplicates: None,
            over_max_duplicates: None,
            parts: Vec::new(),
        };
        for (index, found) in found.range(..partitions) {
            let summary = found.summary.as_ref().ok_or_else(|| {
                format!(
                    "partition {index} is finished and its summary.json is gone or broken: run it \
                     again with --force"
                )
            })?;
            total.input_bytes += summary.input_bytes;
            if let Some(records) = &summary.records {
                total.records.get_or_insert_default().add(records);
            }
            total.parts.push(summary.clone());
        }
        Ok(total)
    }
}

/// Why the whole is not good enough, if there are too many duplicates in it.
pub(crate) fn over_max_duplicates(total: &Total) -> Option<String> {
    let (limit, duplicates) = (total.over_max_duplicates.as_ref()?, total.duplicates.as_ref()?);
    Some(format!(
        "{} accepted records have a key that a record before them has in another partition, more \
         than the {limit} of --max-duplicates: see {} beside the partitions; there is no \
         {MANIFEST_NAME} of the whole",
        duplicates.records, duplicates.listed_in
    ))
}

/// The outputs that are missing or have another size than the manifest lists: somebody has deleted
/// or overwritten them. The summary, which is added up, is compared byte for byte.
fn changed_outputs(found: &BTreeMap<u32, PartitionFolder>) -> Vec<String> {
    let of_folder = |(index, found): (&u32, &PartitionFolder)| {
        let changed = changes(found).into_iter();
        changed.map(move |change| format!("part-{index:05}/{change}")).collect::<Vec<_>>()
    };
    found.iter().flat_map(of_folder).collect()
}

/// Whether a partition is finished, and its outputs are as its manifest lists them.
pub(crate) fn is_whole(found: &PartitionFolder) -> bool {
    found.manifest.is_some() && changes(found).is_empty()
}

fn changes(found: &PartitionFolder) -> Vec<String> {
    let change = |output: &OutputFile| match found.sizes.get(&output.name) {
        Some(size) if *size == output.size_bytes => {
            let is_other = output.name == SUMMARY_NAME && output.blake3 != found.summary_blake3;
            is_other.then(|| format!("{} (other bytes)", output.name))
        }
        Some(size) => Some(format!("{} ({size} of {} bytes)", output.name, output.size_bytes)),
        None => Some(format!("{} (missing)", output.name)),
    };
    found.manifest.iter().flat_map(|manifest| &manifest.outputs).filter_map(change).collect()
}

/// Every output of every partition, named below the folder of all of them.
pub(crate) fn all_outputs(found: &BTreeMap<u32, PartitionFolder>) -> Vec<OutputFile> {
    let mut outputs = Vec::new();
    for (index, found) in found {
        for output in found.manifest.iter().flat_map(|manifest| &manifest.outputs) {
            outputs.push(OutputFile {
                name: format!("part-{index:05}/{}", output.name),
                ..output.clone()
            });
        }
    }
    outputs
}

fn differing(one: &Manifest, other: &Manifest) -> bool {
    let (one, other) = (&one.work, &other.work);
    one.command != other.command
        || settings_of_the_run(&one.settings) != settings_of_the_run(&other.settings)
}

fn why_missing(index: u32, found: Option<&PartitionFolder>) -> String {
    match found.and_then(|found| found.summary.as_ref()) {
        None => index.to_string(),
        Some(Summary { over_max_rejected: Some(limit), records: Some(records), .. }) => {
            format!(
                "{index} ({} of {} records rejected, over the {limit} of --max-rejected)",
                records.rejected, records.rows
            )
        }
        // The manifest is published last. Either the pod was ended between the summary and it, or
        // somebody has deleted it.
        Some(_) => {
            format!("{index} (its _SUCCESS is missing: it was ended before it was finished)")
        }
    }
}

fn shortened(names: &[String]) -> String {
    const MOST: usize = 20;
    let mut text = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use job_files::{MANIFEST_FORMAT, Work};

    fn found(index: u32, partitions: u32, rows: u64, finished: bool) -> PartitionFolder {
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            worker: "partition-worker".to_owned(),
            version: "0".to_owned(),
            work: Work {
                command: "validate".to_owned(),
                output_version: 1,
                index,
                partitions,
                settings: BTreeMap::from([("bytes".to_owned(), index.to_string())]),
                input: Vec::new(),
            },
            counts: BTreeMap::new(),
            outputs: vec![OutputFile {
                name: "accepted.csv".to_owned(),
                size_bytes: 1,
                blake3: String::new(),
            }],
        };
        let records = Records { rows, accepted: rows - 1, rejected: 1, ..Records::default() };
        let summary = Summary {
            command: "validate".to_owned(),
            index,
            partitions,
            input_bytes: 10,
            records: Some(records),
            over_max_rejected: None,
        };
        let sizes = manifest
            .outputs
            .iter()
            .map(|output| (output.name.clone(), output.size_bytes))
            .collect();
        PartitionFolder {
            manifest: finished.then_some(manifest),
            summary: Some(summary),
            summary_blake3: String::new(),
            sizes,
        }
    }

    #[test]
    fn a_complete_result_adds_up() {
        let found = BTreeMap::from([(0, found(0, 2, 5, true)), (1, found(1, 2, 7, true))]);
        let total = Total::of(&found).unwrap();
        assert_eq!((total.partitions, total.input_bytes, total.parts.len()), (2, 20, 2));
        let records = total.records.unwrap();
        assert_eq!((records.rows, records.accepted, records.rejected), (12, 10, 2));
        let names: Vec<String> =
            all_outputs(&found).into_iter().map(|output| output.name).collect();
        assert_eq!(names, ["part-00000/accepted.csv", "part-00001/accepted.csv"]);
    }

    #[test]
    fn outputs_that_are_gone_or_have_another_size_are_named() {
        let mut found = BTreeMap::from([(0, found(0, 2, 5, true)), (1, found(1, 2, 7, true))]);
        found.get_mut(&0).unwrap().sizes.insert("accepted.csv".to_owned(), 0);
        found.get_mut(&1).unwrap().sizes.clear();
        assert_eq!(
            Total::of(&found).unwrap_err(),
            "outputs are not there as the _SUCCESS beside them lists them: \
             part-00000/accepted.csv (0 of 1 bytes), part-00001/accepted.csv (missing); run these \
             partitions again"
        );
    }

    #[test]
    fn missing_partitions_are_named_with_the_reason_where_it_is_known() {
        let mut over = found(2, 4, 7, false);
        over.summary.as_mut().unwrap().over_max_rejected = Some("5%".to_owned());
        let found = BTreeMap::from([
            (0, found(0, 4, 5, true)),
            (2, over.clone()),
            (3, found(3, 4, 7, false)),
        ]);
        assert_eq!(
            Total::of(&found).unwrap_err(),
            "3 of 4 partitions are missing: 1, 2 (1 of 7 records rejected, over the 5% of \
             --max-rejected), 3 (its _SUCCESS is missing: it was ended before it was finished)"
        );
        let all_over = Total::of(&BTreeMap::from([(2, over)])).unwrap_err();
        assert!(
            all_over.contains("no partition is finished") && all_over.contains("over the 5%"),
            "{all_over}"
        );
    }

    #[test]
    fn a_run_that_was_told_no_number_or_grew_is_as_large_as_its_highest_index() {
        let grown = BTreeMap::from([
            (0, found(0, 2, 5, true)),
            (1, found(1, 2, 5, true)),
            (2, found(2, 2, 7, true)),
        ]);
        assert_eq!(Total::of(&grown).unwrap().partitions, 3);
        assert_eq!(Total::of(&grown).unwrap().records.unwrap().rows, 17);
        let untold = BTreeMap::from([(0, found(0, 0, 5, true)), (2, found(2, 0, 7, true))]);
        assert_eq!(Total::of(&untold).unwrap_err(), "1 of 3 partitions are missing: 1");
    }

    #[test]
    fn the_last_partition_is_missed_too_and_a_copied_one_is_told() {
        let failed_last = BTreeMap::from([(0, found(0, 0, 5, true)), (1, found(1, 0, 7, false))]);
        let problem = Total::of(&failed_last).unwrap_err();
        assert!(problem.starts_with("1 of 2 partitions are missing: 1 ("), "{problem}");
        let copied = BTreeMap::from([(0, found(0, 2, 5, true)), (1, found(0, 2, 5, true))]);
        let problem = Total::of(&copied).unwrap_err();
        assert!(problem.starts_with("the folder part-00001 holds partition 0"), "{problem}");
    }

    #[test]
    fn results_of_different_runs_are_not_added_up() {
        let mixed = BTreeMap::from([(0, found(0, 2, 5, true)), (1, found(1, 3, 7, true))]);
        assert!(Total::of(&mixed).unwrap_err().contains("two runs are mixed"));
        let mut upgraded = found(1, 2, 7, true);
        upgraded.manifest.as_mut().unwrap().work.output_version = 2;
        let mixed = BTreeMap::from([(0, found(0, 2, 5, true)), (1, upgraded)]);
        assert!(Total::of(&mixed).unwrap_err().contains("before the program was upgraded"));
        let mut other = found(1, 2, 7, true);
        let settings = &mut other.manifest.as_mut().unwrap().work.settings;
        settings.insert("schema_blake3".to_owned(), "x".to_owned());
        let mixed = BTreeMap::from([(0, found(0, 2, 5, true)), (1, other)]);
        assert!(Total::of(&mixed).unwrap_err().contains("different settings"));
    }
}
