//! `_SUCCESS`: the last object a partition publishes, and the only one readers need to trust.
//!
//! It says what the work was (the fingerprint), what came of it (counts) and what was published
//! (names, sizes, BLAKE3), as the manifest of Hadoop's S3A committers does. A pod that finds the
//! manifest of its own work does not do the work again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Name of the manifest beside the outputs.
pub const MANIFEST_NAME: &str = "_SUCCESS";

/// Manifests and summaries are a few kilobytes; anything much larger is something else.
pub const LARGEST_JSON: u64 = 16 << 20;

/// Version of the manifest's own format.
pub const MANIFEST_FORMAT: u32 = 2;

/// The contents of `_SUCCESS`, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_FORMAT`].
    pub format: u32,
    /// The program that wrote it.
    pub worker: String,
    /// Its version.
    pub version: String,
    /// What the work was.
    #[serde(flatten)]
    pub work: Work,
    /// Records or bytes in and out, as in the summary.
    pub counts: BTreeMap<String, u64>,
    /// What was published, in the order of publication.
    pub outputs: Vec<OutputFile>,
}

/// A fingerprint of the work: two runs with equal work publish equal bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The worker's command, such as `validate`.
    pub command: String,
    /// The version of what the outputs mean: a number per command, raised when the same input and
    /// settings give other bytes than before. A manifest without one was written before there
    /// were such numbers.
    #[serde(default)]
    pub output_version: u32,
    /// Completion index.
    pub index: u32,
    /// Number of partitions.
    pub partitions: u32,
    /// Every setting that the outputs depend on, among them the schema's BLAKE3.
    pub settings: BTreeMap<String, String>,
    /// The input, in the order it was read.
    pub input: Vec<InputFile>,
}

/// One input file, or the part of it that this partition reads, by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its name below the input's folder, which does not change when the folder moves.
    pub source: String,
    /// Size of the whole file.
    pub size_bytes: u64,
    /// Entity tag of an object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub etag: Option<String>,
    /// XXH3 (128 bits, hexadecimal) of what was read of a local file, which has no entity tag.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub xxh3: Option<String>,
    /// BLAKE3, hexadecimal, of what an earlier step has published: the manifest there has it, too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub blake3: Option<String>,
}

/// One published output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Name beside the manifest.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// BLAKE3 of its bytes, hexadecimal, as `b3sum` prints it.
    pub blake3: String,
}

/// What the name of a setting begins with whose value is the hash of machine code.
pub const BINARY: &str = "binary";

/// The setting that has the name of the output, where settings choose it.
pub const OUTPUT_NAME: &str = "output_name";

/// The settings that all partitions of one run share. A byte range, a month and simulated times are
/// each partition's own, and machine code is that of the node's processor.
pub fn settings_of_the_run(settings: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let is_own = |name: &str| {
        ["bytes", "month"].contains(&name)
            || name.starts_with("phase_")
            || name.split(' ').next() == Some(BINARY)
    };
    let shared = settings.iter().filter(|(name, _)| !is_own(name));
    shared.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The names of the settings in which two runs differ, if they do.
pub(crate) fn different(
    one: &BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
) -> Option<String> {
    let names: BTreeSet<&str> = one.keys().chain(other.keys()).map(String::as_str).collect();
    let different: Vec<&str> =
        names.into_iter().filter(|name| one.get(*name) != other.get(*name)).collect();
    (!different.is_empty()).then(|| different.join(", "))
}

impl Work {
    /// Whether both are shares of one run: the same command with the same settings, as one of as
    /// many.
    pub fn is_same_run(&self, other: &Work) -> bool {
        self.command == other.command
            && self.output_version == other.output_version
            && self.partitions == other.partitions
            && settings_of_the_run(&self.settings) == settings_of_the_run(&other.settings)
    }

    /// Why outputs of `earlier` are not what this program would write from the same input: a later
    /// version of it reads something in another way, or has had an error mended. `None` where
    /// they are.
    pub fn newer_than(&self, earlier: &Work) -> Option<String> {
        (self.output_version != earlier.output_version).then(|| {
            format!(
                "the outputs of an earlier run are of version {}, and this program writes version \
                 {}",
                earlier.output_version, self.output_version
            )
        })
    }
}

impl Manifest {
    /// Whether `other` vouches for the same outputs of the same work.
    pub(crate) fn is_as(&self, other: &Manifest) -> bool {
        self.work == other.work && self.outputs == other.outputs
    }

    /// The bytes of `_SUCCESS`.
    pub fn to_bytes(&self) -> Vec<u8> {
        json_bytes(self)
    }

    /// Reads a manifest; `None` where the bytes have another format.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|manifest: &Manifest| manifest.format == MANIFEST_FORMAT)
    }
}

/// Indented JSON with a final line end, as people read it.
pub fn json_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes =
        serde_json::to_vec_pretty(value).expect("maps with string keys always have a JSON form");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_another_format_does_not() {
        let mut manifest = Manifest {
            format: MANIFEST_FORMAT,
            worker: "partition-worker".to_owned(),
            version: "1.2.3".to_owned(),
            work: Work {
                command: "validate".to_owned(),
                output_version: 3,
                index: 1,
                partitions: 2,
                settings: BTreeMap::from([("delimiter".to_owned(), ",".to_owned())]),
                input: vec![InputFile {
                    source: "data_1.csv".to_owned(),
                    size_bytes: 9,
                    etag: None,
                    xxh3: Some("0f".to_owned()),
                    blake3: None,
                }],
            },
            counts: BTreeMap::from([("rows".to_owned(), 1)]),
            outputs: vec![OutputFile {
                name: "accepted.csv".to_owned(),
                size_bytes: 9,
                blake3: "aa".to_owned(),
            }],
        };
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()), Some(manifest.clone()));
        assert_eq!(manifest.work.newer_than(&manifest.work), None);
        manifest.format = MANIFEST_FORMAT + 1;
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes()), None);
        assert_eq!(Manifest::from_bytes(b"{\"format\": 1"), None);
        assert_eq!(Manifest::from_bytes(b""), None);
    }

    #[test]
    fn a_manifest_from_before_there_were_versions_is_of_version_0() {
        let old = br#"{"format": 2, "worker": "w", "version": "0.1.0", "command": "exec", "index": 0, "partitions": 1,
            "settings": {}, "input": [], "counts": {}, "outputs": []}"#;
        let old = Manifest::from_bytes(old).unwrap();
        let now = Work { output_version: 1, ..old.work.clone() };
        let why = now.newer_than(&old.work).unwrap();
        assert!(why.contains("version 0") && why.contains("version 1"), "{why}");
    }
}
