//! A folder that a worker published to, as the input of the next worker: only what its manifests
//! list is data. Pure.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum as _;
use serde::Deserialize;

use crate::compression::Compression;
use crate::manifest::{MANIFEST_NAME, settings_of_the_run};

/// What every partition publishes beside its data.
pub(crate) const SUMMARY: &str = "summary.json";

/// What a finish lists beside it.
pub(crate) const DUPLICATES: &str = "duplicates.csv";

/// The keys of a partition's records, for the finish.
const KEYS: &str = "keys.bin";

/// What is read of the manifest of a partition. Only what every version of the format has, so that
/// the outputs of an older worker can be read.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Published {
    command: String,
    index: u32,
    partitions: u32,
    #[serde(default)]
    output_version: u32,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    outputs: Vec<PublishedFile>,
}

#[derive(Clone, Debug, Deserialize)]
struct PublishedFile {
    name: String,
    size_bytes: u64,
}

/// A listed file: its name below the folder and its size.
pub(crate) type Listed<'l> = (&'l str, u64);

/// The partitions' folders among the names of a listing: every `part-NNNNN/` in which a worker has
/// left something of its own, or in one of its siblings. What a killed pod has left may be any
/// file.
pub(crate) fn folders<'l>(names: impl Iterator<Item = &'l str> + Clone) -> BTreeSet<&'l str> {
    let known = names.clone().filter_map(part).filter(|(_, file)| is_ours(file));
    let parents: BTreeSet<&str> = known.map(|(folder, _)| parent(folder)).collect();
    names
        .filter_map(part)
        .map(|(folder, _)| folder)
        .filter(|folder| parents.contains(parent(folder)))
        .collect()
}

/// The folders of the partitions whose files are wanted, among all that are there.
pub(crate) struct Wanted<'l> {
    pub all: &'l BTreeSet<&'l str>,
    pub some: BTreeSet<&'l str>,
    /// One of them was named, and its siblings were not looked for.
    pub alone: bool,
}

/// Which of the listed files are the data of finished partitions, or why they are no whole result.
/// What lies elsewhere is kept; a file beside the folders, which may be of the input that they were
/// made of, is refused, but for the summary.
///
/// `manifests` has the manifest of every wanted folder that has one; a manifest of other software
/// is none. `named` says that somebody asked for a file by more than a wildcard: only then the
/// summaries, the rejected records and the warnings are data.
pub(crate) fn select(
    files: &[Listed<'_>],
    wanted: &Wanted<'_>,
    manifests: &BTreeMap<String, Published>,
    named: impl Fn(&str) -> bool,
) -> Result<Vec<bool>, String> {
    let sizes: BTreeMap<&str, u64> = files.iter().copied().collect();
    let known = sizes
        .keys()
        .filter_map(|name| part(name))
        .filter(|(_, file)| is_ours(file))
        .map(|(folder, _)| folder);
    let known: BTreeSet<&str> =
        known.chain(manifests.keys().map(String::as_str)).map(parent).collect();
    let ours = |folder: &str| wanted.some.contains(folder) && known.contains(parent(folder));
    let ours_in = |of: &str| wanted.some.iter().any(|folder| parent(folder) == of && ours(folder));
    for folder in wanted.some.iter().filter(|folder| ours(folder)) {
        let Some(manifest) = manifests.get(*folder) else {
            return Err(format!(
                "{folder}/ has no {MANIFEST_NAME} of a worker: that partition is not finished, or \
                 has too many rejected records; run it again"
            ));
        };
        for output in &manifest.outputs {
            let name = format!("{folder}/{}", output.name);
            if sizes.get(name.as_str()) != Some(&output.size_bytes) {
                return Err(format!(
                    "{name} is not there as the {MANIFEST_NAME} beside it lists it; run that \
                     partition again"
                ));
            }
        }
    }
    for parent in &known {
        // Most likely a worker published into the folder of its own input.
        let beside = files.iter().map(|(name, _)| *name).find(|name| {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            let is_of_whole = [SUMMARY, DUPLICATES].contains(&file);
            folder == *parent && !is_of_whole && !named(name) && ours_in(parent)
        });
        if let Some(file) = beside {
            return Err(format!(
                "{file} stands beside the folders part-NNNNN that a worker has published: they may \
                 have the same records; name the ones that are meant by a pattern, and publish to \
                 a folder of its own"
            ));
        }
        of_one_run(parent, manifests)?;
        let of_parent = |folders: &BTreeSet<&str>| {
            folders.iter().filter(|folder| self::parent(folder) == *parent).count()
        };
        // Whoever asks for some of the partitions does not ask whether all are there.
        if !wanted.alone && of_parent(&wanted.some) == of_parent(wanted.all) {
            complete(parent, manifests)?;
        }
    }
    Ok(files
        .iter()
        .map(|(name, _)| match part(name) {
            Some((folder, file)) if ours(folder) => manifests.get(folder).is_some_and(|manifest| {
                manifest.outputs.iter().any(|output| output.name == file)
                    && (manifest.is_data(file) || named(name))
            }),
            _ => match name.rsplit_once('/').unwrap_or(("", name)) {
                // `summarize` puts them beside the partitions.
                (folder, SUMMARY | DUPLICATES) => !known.contains(folder) || named(name),
                _ => true,
            },
        })
        .collect())
}

/// Whether a file in a partition's folder can only be a worker's.
fn is_ours(file: &str) -> bool {
    let suffixes = Compression::value_variants().iter().map(|kind| kind.suffix());
    let stems = suffixes.filter(|suffix| !suffix.is_empty());
    let stem = stems.filter_map(|suffix| file.strip_suffix(suffix)).next().unwrap_or(file);
    let name = stem.strip_suffix(".csv").or_else(|| stem.strip_suffix(".jsonl"));
    [SUMMARY, KEYS].contains(&stem)
        || name.is_some_and(|name| ["accepted", "rejected", "warnings"].contains(&name))
}

impl Published {
    /// A manifest that a worker wrote for a partition; `None` where the bytes are anything else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Whether an output is what the partition was made for.
    fn is_data(&self, file: &str) -> bool {
        let listed = ["rejected.csv", "warnings.csv", "rejected.jsonl", "warnings.jsonl"];
        let is_listed = listed.iter().any(|name| file.starts_with(name));
        let is_beside = is_listed || file == KEYS;
        file != SUMMARY && !(self.command == "validate" && is_beside)
    }
}

/// Whether all partitions come from one run. Of two runs, some records may be in both of them and
/// others in neither.
fn of_one_run(parent: &str, manifests: &BTreeMap<String, Published>) -> Result<(), String> {
    let mut run = manifests
        .iter()
        .filter(|(folder, _)| self::parent(folder) == parent)
        .map(|(_, manifest)| manifest);
    let Some(first) = run.next() else { return Ok(()) };
    let of_run = |work: &'_ Published| {
        (
            work.command.clone(),
            work.output_version,
            format!("{:?}", settings_of_the_run(&work.settings)),
        )
    };
    match run.find(|other| of_run(other) != of_run(first)) {
        None => Ok(()),
        Some(other) => Err(format!(
            "{} and {} were published with different settings, schemas, programs or listings of \
             the input: two runs are mixed, or files were added while the Job ran; run it again",
            place_of(parent, first.index),
            place_of(parent, other.index)
        )),
    }
}

fn place_of(parent: &str, index: u32) -> String {
    if parent.is_empty() {
        format!("part-{index:05}/")
    } else {
        format!("{parent}/part-{index:05}/")
    }
}

/// Whether every partition of a run is there. A run that was told no number is as large as its
/// highest index.
fn complete(parent: &str, manifests: &BTreeMap<String, Published>) -> Result<(), String> {
    let run: BTreeMap<u32, &Published> = manifests
        .iter()
        .filter(|(folder, _)| self::parent(folder) == parent)
        .map(|(_, manifest)| (manifest.index, manifest))
        .collect();
    let told: BTreeSet<u32> =
        run.values().map(|manifest| manifest.partitions).filter(|told| *told > 0).collect();
    let place = if parent.is_empty() { "the folder".to_owned() } else { format!("{parent}/") };
    if told.len() > 1 {
        return Err(format!(
            "{place} has partitions of runs with {told:?} partitions: two runs are mixed; publish \
             them to different folders"
        ));
    }
    let highest = run.keys().next_back().map_or(0, |index| index + 1);
    let partitions = told.first().map_or(highest, |told| highest.max(*told));
    match (0..partitions).find(|index| !run.contains_key(index)) {
        None => Ok(()),
        Some(missing) => Err(format!(
            "{place} has {} of {partitions} partitions: the first that is missing is {missing}; \
             run it first",
            run.len()
        )),
    }
}

/// The folder of the partition that a file lies in, and its name in there.
pub fn part(name: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for component in name.split('/') {
        let end = start + component.len();
        let digits = component.strip_prefix("part-");
        if digits.is_some_and(|digits| {
            digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
        }) {
            return (end < name.len()).then(|| (&name[..end], &name[end + 1..]));
        }
        start = end + 1;
    }
    None
}

fn parent(folder: &str) -> &str {
    folder.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(command: &str, index: u32, partitions: u32, outputs: &[&str]) -> Published {
        let outputs = outputs
            .iter()
            .map(|name| PublishedFile { name: (*name).to_owned(), size_bytes: 1 })
            .collect();
        Published {
            command: command.to_owned(),
            index,
            partitions,
            output_version: 1,
            settings: BTreeMap::new(),
            outputs,
        }
    }

    fn kept<'n>(
        names: &[&'n str],
        manifests: &[(&str, Published)],
    ) -> Result<Vec<&'n str>, String> {
        let files: Vec<Listed<'n>> = names.iter().map(|name| (*name, 1)).collect();
        let manifests = manifests
            .iter()
            .map(|(folder, manifest)| ((*folder).to_owned(), manifest.clone()))
            .collect();
        let all = folders(names.iter().copied());
        let kept = select(
            &files,
            &Wanted { some: all.clone(), all: &all, alone: false },
            &manifests,
            |_| false,
        )?;
        Ok(names.iter().zip(kept).filter(|(_, kept)| *kept).map(|(name, _)| *name).collect())
    }

    #[test]
    fn only_what_the_manifest_lists_is_read_and_of_that_the_data() {
        let names = [
            "part-00000/accepted.csv",
            "part-00000/rejected.csv",
            "part-00000/warnings.csv",
            "part-00000/summary.json",
            "part-00000/stale.csv",
            "summary.json",
            "other/more.csv",
        ];
        let validate = manifest(
            "validate",
            0,
            1,
            &["accepted.csv", "rejected.csv", "warnings.csv", "summary.json"],
        );
        assert_eq!(
            kept(&names, &[("part-00000", validate)]).unwrap(),
            ["part-00000/accepted.csv", "other/more.csv"]
        );
        let names = ["run/part-00000/a/b", "run/part-00000/summary.json"];
        let exec = manifest("exec", 0, 1, &["a/b", "summary.json"]);
        assert_eq!(kept(&names, &[("run/part-00000", exec)]).unwrap(), ["run/part-00000/a/b"]);
    }

    #[test]
    fn files_beside_the_partitions_may_be_what_these_were_made_of() {
        let names = ["in/data_0.csv", "in/part-00000/output", "in/part-00000/summary.json"];
        let exec = manifest("exec", 0, 1, &["output", "summary.json"]);
        let problem = kept(&names, &[("in/part-00000", exec)]).unwrap_err();
        assert!(problem.starts_with("in/data_0.csv stands beside the folders"), "{problem}");
    }

    #[test]
    fn partitions_of_two_runs_are_no_input() {
        let names = [
            "part-00000/output",
            "part-00000/summary.json",
            "part-00001/output",
            "part-00001/summary.json",
        ];
        let of_two = |index| manifest("exec", index, 2, &["output", "summary.json"]);
        let mixed =
            |other: Published| kept(&names, &[("part-00000", of_two(0)), ("part-00001", other)]);
        let with = |name: &str, value: &str| {
            let mut other = of_two(1);
            other.settings.insert(name.to_owned(), value.to_owned());
            other
        };
        assert!(mixed(of_two(1)).is_ok());
        assert!(mixed(with("bytes", "0..9")).is_ok(), "each partition has a range of its own");
        assert!(
            mixed(with("binary python3", "another")).is_ok(),
            "a node may have another processor"
        );
        for other in [
            with("listing_xxh3", "another"),
            with("schema_blake3", "another"),
            Published { output_version: 2, ..of_two(1) },
            Published { command: "validate".to_owned(), ..of_two(1) },
        ] {
            let error = mixed(other).unwrap_err();
            assert!(
                error.starts_with("part-00000/ and part-00001/")
                    && error.contains("two runs are mixed"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_partition_that_is_not_finished_or_never_began_is_an_error() {
        let exec =
            |index, partitions| manifest("exec", index, partitions, &["output", "summary.json"]);
        let of_two = ["part-00000/output", "part-00000/summary.json", "part-00001/output"];
        let error = kept(&of_two, &[("part-00000", exec(0, 2))]).unwrap_err();
        assert!(error.contains("part-00001/ has no _SUCCESS"), "{error}");
        let error = kept(&of_two[..2], &[("part-00000", exec(0, 3))]).unwrap_err();
        assert!(error.contains("1 of 3 partitions") && error.contains("missing is 1"), "{error}");
        let rejected = ["part-00003/rejected.csv", "part-00003/summary.json"];
        assert!(kept(&rejected, &[]).unwrap_err().contains("too many rejected records"));
        let cut = kept(&["part-00000/summary.json"], &[("part-00000", exec(0, 1))]);
        assert!(cut.unwrap_err().contains("part-00000/output is not there"));
        let names = [of_two.as_slice(), &["part-00001/summary.json"]].concat();
        let mixed = kept(&names, &[("part-00000", exec(0, 2)), ("part-00001", exec(1, 3))]);
        assert!(mixed.unwrap_err().contains("two runs are mixed"));
        // A run that was told no number of partitions is as large as its highest index.
        let error =
            kept(&["part-00001/output", "part-00001/summary.json"], &[("part-00001", exec(1, 0))])
                .unwrap_err();
        assert!(error.contains("1 of 2 partitions") && error.contains("missing is 0"), "{error}");
    }

    #[test]
    fn folders_of_other_software_are_read_as_they_are() {
        let names =
            ["part-00000/data.parquet", "part-00001-7f.csv", "part-1/summary.json", "summary.json"];
        assert_eq!(kept(&names, &[]).unwrap(), names);
        assert_eq!(part("part-00000"), None, "a file of that name is no folder");
    }
}
