//! A folder of logs, and the log-aggregator in it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Output;

use flate2::write::GzEncoder;
use serde_json::Value;

use crate::{only_error, tree, worker};

/// A folder that goes with the test, and the worker in it.
pub struct Folder(tempfile::TempDir);

impl Default for Folder {
    fn default() -> Folder {
        Folder::new()
    }
}

/// Where its logs are, a folder for each month.
pub const INPUT: &str = "logs/{year}/{month:02}/";

impl Folder {
    /// An empty one.
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("there is a place for it"))
    }

    /// Where a file of it is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts a file into it, with the folders above it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is below the folder"))
            .expect("it can be made");
        std::fs::write(path, bytes).expect("it can be written");
    }

    /// A JSON file of it.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).expect("it is there"))
            .expect("it is JSON")
    }

    /// Runs the log-aggregator in it to its end.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let variables: Vec<(&str, String)> =
            variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        worker("log-aggregator", self.0.path(), arguments, &variables).output().expect("it starts")
    }

    /// Aggregates January 2024 into `out`; flags say otherwise.
    pub fn january(&self, more: &[&str]) -> Output {
        let variables = [
            ("JOB_WORKER_INPUT", INPUT),
            ("OUTPUT_BUCKET", "out"),
            ("YEAR", "2024"),
            ("JOB_WORKER_MONTH", "1"),
        ];
        self.run(&[&["aggregate"], more].concat(), &variables)
    }

    /// How the last run ended, by its termination message.
    pub fn outcome(&self) -> String {
        self.json("termination.json")["outcome"].as_str().expect("there is one").to_owned()
    }

    /// What was published of a month, but for the manifest, which names the input.
    pub fn published(&self, output: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = tree(&self.path(output));
        assert!(files.remove("_SUCCESS").is_some(), "{output} is not finished");
        files
    }
}

/// A request of the night of the given day of January 2024.
pub fn line(day: u32, number: u32) -> String {
    let (hour, minute, second) = (number / 3600 % 24, number / 60 % 60, number % 60);
    format!(
        "192.0.2.{} - - [{day:02}/Jan/2024:{hour:02}:{minute:02}:{second:02} +0000] \"GET \
         /p/{}?q={number} HTTP/1.1\" {} {} \"-\" \"Mozilla/5.0 ({})\"\n",
        number % 199,
        number * 7919 % 5003,
        [200, 200, 200, 304, 404][number as usize % 5],
        number % 10_007,
        number % 13,
    )
}

/// The first requests of that night.
pub fn log(day: u32, lines: u32) -> String {
    (0..lines).map(|number| line(day, number)).collect()
}

/// One member.
pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// Says what was logged where a run ended with another code.
#[track_caller]
pub fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A run ended with this code, and its only error says all of this.
#[track_caller]
pub fn assert_error(output: &Output, code: i32, says: &[&str]) {
    assert_code(output, code);
    let error = only_error(output);
    for text in says {
        assert!(error.contains(text), "{text:?} is not in {error}");
    }
}

/// What was warned of in a run, one line each.
pub fn warnings(output: &Output) -> Vec<String> {
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    log.lines().filter(|line| line.contains("\"level\":\"WARN\"")).map(str::to_owned).collect()
}
