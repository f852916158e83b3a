//! What the workers publish of known inputs, and that its version is raised when it changes.
//!
//! A finished partition or month is not done again, so an upgrade that mends an error must raise
//! the version that stands in `_SUCCESS`; otherwise the old answer is kept for ever.
//! `tests/golden/` has the version and every text that each command publishes. With
//! `UPDATE_GOLDEN=1` a changed output is written there, if its version has been raised.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use log_aggregator::output::MAGIC;
use serde_json::Value;
use system_tests::worker;
use xxhash_rust::xxh3::xxh3_64;

/// With this variable set, changed outputs of a raised version are written.
const UPDATE: &str = "UPDATE_GOLDEN";

/// Columns of several types, good and bad values of each, quotes, blank rows, rows too short and
/// too long, and a double.
const CSV: &str = include_str!("../golden/input/rows.csv");
const SCHEMA: &str = include_str!("../golden/input/schema.json");

/// Lines of several formats, one file each, with what is odd in each of them.
const LOGS: [(&str, &str); 4] = [
    ("combined.log", include_str!("../golden/input/combined.log")),
    ("json.log", include_str!("../golden/input/json.log")),
    ("w3c.log", include_str!("../golden/input/w3c.log")),
    ("ingress.log", include_str!("../golden/input/ingress.log")),
];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("there is a place for it"))
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is below the folder"))
            .expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.0.path().join(name)).expect("it is there"))
            .expect("it is JSON")
    }

    /// Runs a worker to its end; gives its log.
    #[track_caller]
    fn run(&self, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let output =
            worker(name, self.0.path(), arguments, &variables).output().expect("it starts");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{log}");
        log
    }

    fn partition(&self, arguments: &[&str]) -> String {
        let identity =
            [("JOB_COMPLETION_INDEX", "0"), ("TOTAL_PARTITIONS", "1"), ("PATH", "/usr/bin:/bin")];
        self.run("partition-worker", arguments, &identity)
    }

    fn validate(&self) -> String {
        self.write("in/rows.csv", CSV);
        self.write("schema.json", SCHEMA);
        self.partition(&[
            "validate",
            "--input",
            "in/",
            "--schema",
            "schema.json",
            "--output",
            "out",
        ])
    }

    fn aggregate(&self, month: &str) -> String {
        let input = ["aggregate", "--input", "logs/", "--month", month, "--max-unparsed", "1"];
        self.run("log-aggregator", &input, &[("YEAR", "2024"), ("OUTPUT_BUCKET", "out")])
    }

    fn outcome(&self) -> Value {
        self.json("termination.json")["outcome"].clone()
    }

    /// Makes `_SUCCESS` look as an earlier program left it.
    fn set_version(&self, folder: &str, version: Option<u64>) {
        let name = format!("{folder}/_SUCCESS");
        let mut manifest = self.json(&name);
        match version {
            Some(version) => manifest["output_version"] = version.into(),
            None => {
                drop(manifest.as_object_mut().expect("it is an object").remove("output_version"))
            }
        }
        self.write(&name, &manifest.to_string());
    }

    /// Every text that the manifest of `folder` names, behind the version. Compressed bytes may
    /// change with the library that compresses them: compressed texts are left out, as the same
    /// texts stand beside them, and of a state the bytes behind its compression are summed up.
    fn published(&self, folder: &str) -> (u64, String) {
        let manifest = self.json(&format!("{folder}/_SUCCESS"));
        let version = manifest["output_version"].as_u64().expect("the manifest has a version");
        let mut text = String::new();
        let outputs = manifest["outputs"].as_array().expect("there are some").iter();
        let mut names: Vec<&str> =
            outputs.map(|output| output["name"].as_str().expect("it has a name")).collect();
        names.retain(|name| !name.ends_with(".gz"));
        names.sort_unstable();
        assert!(!names.is_empty());
        for name in names {
            let bytes = std::fs::read(self.0.path().join(folder).join(name)).expect("it is there");
            let shown = match bytes.strip_prefix(&MAGIC) {
                Some(state) => describe_state(state),
                None if bytes.starts_with(b"LOGYEAR1") => "the states of the months\n".to_owned(),
                None => String::from_utf8(bytes).expect("it is text"),
            };
            write!(text, "--- {name}\n{shown}").expect("memory takes all");
        }
        (version, text)
    }
}

/// A state behind its first bytes: the version of its form, and what was compressed.
fn describe_state(state: &[u8]) -> String {
    let (version, rest) = state.split_first_chunk().expect("a version");
    let (_, frame) = rest.split_first_chunk::<8>().expect("a checksum");
    let plain = zstd::decode_all(frame).expect("a zstd frame");
    format!(
        "form {} (VERSION of log-aggregator's output/month_state.rs), {} bytes, XXH3 {:016x}\n",
        u32::from_le_bytes(*version),
        plain.len(),
        xxh3_64(&plain)
    )
}

/// Compares what `folder` has with what is known, as long as both are of one version.
#[track_caller]
fn assert_known(kind: &str, constant: &str, (version, text): (u64, String)) {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{kind}.txt"));
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let (first, known_text) = known.split_once('\n').unwrap_or_default();
    let known_version: u64 =
        first.strip_prefix("version ").and_then(|number| number.parse().ok()).unwrap_or(0);
    if (version, text.as_str()) == (known_version, known_text) {
        return;
    }
    assert!(
        version > known_version,
        "the same input gives other bytes than before, or another version, than {} has: raise the \
         version {constant} above {known_version}, so that finished work is done again after the \
         upgrade, and then run this test with {UPDATE}=1 once\n{text}",
        path.display()
    );
    let update = std::env::var_os(UPDATE).is_some();
    assert!(update, "{constant} has been raised to {version}: run this test with {UPDATE}=1 once");
    std::fs::write(path, format!("version {version}\n{text}")).expect("it can be written");
}

#[test]
fn accepted_and_rejected_records_are_those_of_their_version() {
    let folder = Folder::new();
    folder.validate();
    let constant = "VALIDATE of crates/partition-worker/src/output_version.rs";
    assert_known("validate", constant, folder.published("out/part-00000"));
}

#[test]
fn what_a_program_is_given_is_that_of_its_version() {
    let folder = Folder::new();
    folder.write("in/a.csv", CSV);
    folder.write("in/b.csv", CSV.trim_end());
    folder.write("in/c.csv", CSV);
    folder.partition(&["exec", "--input", "in/", "--output", "out", "--", "cat"]);
    assert_known(
        "exec",
        "EXEC of crates/partition-worker/src/output_version.rs",
        folder.published("out/part-00000"),
    );
}

#[test]
fn a_simulated_partition_is_that_of_its_version() {
    let folder = Folder::new();
    folder.partition(&["simulate", "--phases", "work=1ms", "--output", "out"]);
    let constant = "SIMULATE of crates/partition-worker/src/output_version.rs";
    assert_known("simulate", constant, folder.published("out/part-00000"));
}

#[test]
fn the_numbers_of_a_month_and_a_year_are_those_of_their_versions() {
    let folder = Folder::new();
    LOGS.iter().for_each(|(name, text)| folder.write(&format!("logs/{name}"), text));
    folder.aggregate("5");
    assert_known(
        "month",
        "MONTH of crates/log-aggregator/src/output/version.rs",
        folder.published("out/05"),
    );
    folder.run("log-aggregator", &["merge", "out", "--allow-missing"], &[]);
    // What changes in a month changes in its year, whose version then must be raised as well.
    assert_known(
        "year",
        "YEAR of crates/log-aggregator/src/output/version.rs",
        folder.published("out"),
    );
}

#[test]
fn work_of_another_version_is_done_again_and_one_line_tells_why() {
    let folder = Folder::new();
    LOGS.iter().for_each(|(name, text)| folder.write(&format!("logs/{name}"), text));
    let again = |folder: &Folder, place: &str, run: &dyn Fn() -> String| {
        run();
        assert_eq!(folder.outcome(), "done", "{place}");
        run();
        assert_eq!(folder.outcome(), "already-done", "{place}");
        let manifest = folder.json(&format!("{place}/_SUCCESS"));
        for old in [None, Some(1_000_000)] {
            folder.set_version(place, old);
            let log = run();
            assert_eq!(folder.outcome(), "done", "{place}");
            let told: Vec<&str> =
                log.lines().filter(|line| line.contains("the work is done again")).collect();
            assert_eq!(told.len(), 1, "{log}");
            assert!(told[0].contains(&format!("version {}", old.unwrap_or(0))), "{}", told[0]);
            assert_eq!(folder.json(&format!("{place}/_SUCCESS")), manifest);
        }
    };
    again(&folder, "out/part-00000", &|| folder.validate());
    again(&folder, "given/part-00000", &|| {
        folder.partition(&["exec", "--input", "in/", "--output", "given", "--", "cat"])
    });
    again(&folder, "out/05", &|| folder.aggregate("5"));
}

#[test]
fn results_of_two_versions_are_not_added_up() {
    let folder = Folder::new();
    folder.write("in/data_0.csv", CSV);
    folder.write("in/data_1.csv", CSV);
    folder.write("schema.json", SCHEMA);
    for index in ["0", "1"] {
        let identity = [("JOB_COMPLETION_INDEX", index), ("TOTAL_PARTITIONS", "2")];
        let input = [
            "validate",
            "--input",
            "in/data_{index}.csv",
            "--schema",
            "schema.json",
            "--output",
            "parts",
        ];
        folder.run("partition-worker", &input, &identity);
    }
    // Both partitions hold the same records.
    folder.run("partition-worker", &["summarize", "parts", "--max-duplicates=100%"], &[]);
    folder.set_version("parts/part-00001", None);
    let refused = |name: &str, arguments: &[&str], says: &[&str]| {
        let output = worker(name, folder.0.path(), arguments, &[]).output().expect("it starts");
        let error = system_tests::only_error(&output);
        assert_ne!(output.status.code(), Some(0), "{error}");
        assert!(says.iter().all(|text| error.contains(text)), "{error}");
    };
    refused(
        "partition-worker",
        &["summarize", "parts"],
        &["version 0", "run all of them again with this program"],
    );

    for (month, name) in [("5", "/May/"), ("6", "/Jun/")] {
        folder.write("logs/combined.log", &LOGS[0].1.replace("/May/", name));
        folder.aggregate(month);
    }
    folder.run("log-aggregator", &["merge", "out", "--allow-missing"], &[]);
    folder.set_version("out/05", None);
    let merge = ["merge", "out", "--allow-missing"];
    refused(
        "log-aggregator",
        &merge,
        &["month 06", "version 0", "aggregate them again", "same version of this program"],
    );
    // All of one earlier version belong together; that they are old is told.
    folder.set_version("out/06", None);
    let log = folder.run("log-aggregator", &merge, &[]);
    assert!(log.contains("the months were counted by another version of this program"), "{log}");
}
