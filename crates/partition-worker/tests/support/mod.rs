//! What the tests of the real binary share: a folder of their own, and the worker as a command
//! without an environment.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(unreachable_pub, reason = "it is a module of each test program")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that goes with the test.
pub struct Folder(tempfile::TempDir);

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A schema of two columns: a unique id and an amount from 0 to 1000.
pub const SCHEMA: &str = r#"{
    "fields": [
        {"name": "id", "type": "string", "constraints": {"required": true, "pattern": "[a-z0-9]{1,8}"}},
        {"name": "amount", "type": "number", "constraints": {"required": true, "minimum": 0, "maximum": 1000}}
    ],
    "primaryKey": ["id"]
}"#;

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A folder with a schema and one file `in/data_0.csv`.
    pub fn with_input(file: impl AsRef<[u8]>) -> Folder {
        let folder = Folder::new();
        folder.write("schema.json", SCHEMA);
        folder.write("in/data_0.csv", file);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Every published file below `name` with its bytes; what was never published is not counted.
    pub fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(name), "", &mut files);
        files
    }

    /// The worker, to be run in this folder, with nothing in its environment but its identity.
    pub fn worker(&self, index: u32, partitions: u32, arguments: &[&str]) -> Command {
        let mut command = self.bare_worker(arguments);
        command
            .env("JOB_COMPLETION_INDEX", index.to_string())
            .env("TOTAL_PARTITIONS", partitions.to_string());
        command
    }

    /// The same without an identity.
    pub fn bare_worker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partition-worker"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("JOB_WORKER_TERMINATION_MESSAGE", "termination.json")
            .stdin(Stdio::null());
        command
    }

    /// Validates `in/data_{index}.csv` as partition `index` into `out`.
    pub fn validate(&self, index: u32, partitions: u32, more: &[&str]) -> Ran {
        self.run(index, partitions, &[&VALIDATE, more].concat())
    }

    pub fn run(&self, index: u32, partitions: u32, arguments: &[&str]) -> Ran {
        Ran::of(self.worker(index, partitions, arguments).output().unwrap())
    }

    /// The termination message of the last run.
    pub fn termination(&self) -> serde_json::Value {
        self.json("termination.json")
    }
}

pub const VALIDATE: [&str; 7] =
    ["validate", "--input", "in/data_{index}.csv", "--schema", "schema.json", "--output", "out"];

impl Ran {
    pub fn of(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The error that the run logged, with its causes.
    #[track_caller]
    pub fn error(&self) -> String {
        let lines = self
            .stderr
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let errors: Vec<_> = lines.filter(|line| line["level"] == "ERROR").collect();
        assert_eq!(errors.len(), 1, "an error is logged once:\n{}", self.stderr);
        errors[0].to_string()
    }

    #[track_caller]
    pub fn assert_code(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        self
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with(".unpublished-") {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// A file of `rows` rows in which every tenth is bad.
pub fn rows(rows: usize) -> String {
    let mut file = "id,amount\n".to_owned();
    for row in 0..rows {
        let amount = if row % 10 == 9 {
            "much".to_owned()
        } else {
            format!("{}.{:02}", row % 900, row % 100)
        };
        file.push_str(&format!("r{row},{amount}\n"));
    }
    file
}

/// The same with keys that no other partition has.
pub fn rows_of(partition: u32, count: usize) -> String {
    let letter = char::from(b'a' + partition as u8);
    rows(count).replace("\nr", &format!("\n{letter}"))
}

pub const TWO_STRINGS: &str = r#"{"fields": [{"name": "id", "type": "string"}, {"name": "name", "type": "string"}], "primaryKey": "id"}"#;

/// What `validate` makes of `in/` as one partition, with a schema of strings only.
pub fn validated(files: &[(&str, &[u8])], more: &[&str]) -> (Folder, Ran) {
    let folder = Folder::new();
    folder.write("schema.json", TWO_STRINGS);
    for (name, bytes) in files {
        folder.write(&format!("in/{name}"), bytes);
    }
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    let ran = folder.run(0, 1, &[&arguments, more].concat());
    (folder, ran)
}

pub fn files(files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder::new();
    for (name, bytes) in files {
        folder.write(&format!("in/{name}"), bytes);
    }
    folder
}

/// Numbers from a fixed seed (xorshift), so that a failure can be repeated.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Files of one column, one for each partition.
pub fn partitions(schema: &str, files: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.write("schema.json", schema);
    for (index, file) in files.iter().enumerate() {
        folder.write(&format!("in/data_{index}.csv"), format!("id\n{file}"));
    }
    folder
}

/// Validates them one after the other, and returns how the last one, which finishes, has ended.
pub fn finish(folder: &Folder, count: u32, more: &[&str]) -> Ran {
    let mut last = None;
    for index in 0..count {
        last = Some(folder.validate(index, count, &[&["--finish"], more].concat()));
    }
    last.unwrap()
}

/// Adds up what they have published.
pub fn summarize(folder: &Folder, more: &[&str]) -> Ran {
    Ran::of(folder.bare_worker(&[&["summarize", "out"], more].concat()).output().unwrap())
}
