//! The workers that write files, each with an input, and the bytes that it must publish.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use system_tests::{S3Server, binary, tree, worker};
use tempfile::TempDir;

/// What is published: name and bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// One worker and its share of the work.
pub struct Subject {
    pub name: &'static str,
    folder: TempDir,
    server: Option<S3Server>,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
    /// What an undisturbed run publishes.
    pub expected: Files,
    /// How long that took.
    pub takes: Duration,
}

impl Subject {
    /// Both workers with so many records of input, in a folder.
    pub fn in_folder(records: usize) -> [Subject; 2] {
        [Subject::partition(records, None, true), Subject::month(records, None)]
    }

    /// The same without a primary key, for whose values the partition-worker needs memory.
    pub fn without_key(records: usize) -> [Subject; 2] {
        [Subject::partition(records, None, false), Subject::month(records, None)]
    }

    /// The same from S3 to S3.
    pub fn in_s3(records: usize) -> [Subject; 2] {
        let server = || Some(S3Server::start(&["files"]).unwrap());
        [Subject::partition(records, server(), true), Subject::month(records, server())]
    }

    fn partition(records: usize, server: Option<S3Server>, key: bool) -> Subject {
        let at = if server.is_some() { "s3://files/" } else { "" };
        let make = format!(
            "transactions --rows {records} --partitions 1 --bad-share 0.05 --seed 7 --output \
             {at}in/"
        );
        let run = format!(
            "validate --input {at}in/data_{{index}}.csv --schema {at}in/transactions.schema.json \
             --output {at}out/ --force"
        );
        let variables =
            vec![("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
        Subject::new("partition-worker", &make, &run, variables, server, |folder| {
            if !key {
                let path = folder.join("in/transactions.schema.json");
                let mut schema: serde_json::Value =
                    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                schema.as_object_mut().unwrap().remove("primaryKey").unwrap();
                std::fs::write(path, schema.to_string()).unwrap();
            }
        })
    }

    fn month(records: usize, server: Option<S3Server>) -> Subject {
        let at = if server.is_some() { "s3://files/" } else { "" };
        let make = format!(
            "access-logs --year 2024 --month 3 --lines {records} --objects 3 --output {at}in/"
        );
        let run = format!("aggregate --input {at}in/{{year}}/{{month:02}}/ --threads 2 --force");
        let variables = vec![
            ("YEAR", "2024".to_owned()),
            ("OUTPUT_BUCKET", format!("{at}out/")),
            ("JOB_COMPLETION_INDEX", "2".to_owned()),
        ];
        Subject::new("log-aggregator", &make, &run, variables, server, |_| {})
    }

    fn new(
        name: &'static str,
        make: &str,
        run: &str,
        mut variables: Vec<(&'static str, String)>,
        server: Option<S3Server>,
        prepare: impl FnOnce(&Path),
    ) -> Subject {
        variables.push(("JOB_WORKER_S3_RETRY_DELAY", "10ms".to_owned()));
        variables.push(("JOB_WORKER_S3_TIMEOUT", "1s".to_owned()));
        let arguments = run.split_whitespace().map(str::to_owned).collect();
        let mut subject = Subject {
            name,
            folder: tempfile::tempdir().unwrap(),
            server,
            arguments,
            variables,
            expected: Files::new(),
            takes: Duration::ZERO,
        };
        let make: Vec<&str> = make.split_whitespace().collect();
        let made = worker("sample-data", subject.folder(), &make, &subject.environment(None))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        prepare(subject.folder());
        let began = Instant::now();
        assert_eq!(subject.run(), Some(0));
        subject.takes = began.elapsed();
        subject.expected = subject.published();
        assert!(
            subject.expected.keys().any(|name| name.ends_with("_SUCCESS")),
            "{:?}",
            subject.expected.keys()
        );
        subject.clear();
        subject
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its S3 server listens.
    pub fn endpoint(&self) -> String {
        self.server.as_ref().unwrap().endpoint()
    }

    fn environment(&self, endpoint: Option<&str>) -> Vec<(&'static str, String)> {
        let mut variables = self.variables.clone();
        let own = self.server.as_ref().map(S3Server::endpoint);
        if let Some(endpoint) = endpoint.or(own.as_deref()) {
            variables.extend(S3Server::environment(endpoint));
        }
        variables
    }

    /// The worker at its work, by another S3 endpoint if one is given.
    pub fn command(&self, endpoint: Option<&str>) -> Command {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let mut command = worker(self.name, self.folder(), &arguments, &self.environment(endpoint));
        command.stderr(Stdio::null());
        command
    }

    /// The same below a shell that prepares something: `$@` is the worker.
    pub fn below_shell(&self, script: &str) -> Command {
        self.below(Command::new("sh"), script)
    }

    /// The same with a shell that may mount; needs root.
    pub fn below_mounting_shell(&self, script: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh"]);
        self.below(command, script)
    }

    fn below(&self, mut shell: Command, script: &str) -> Command {
        shell
            .args(["-euc", script, "sh"])
            .arg(binary(self.name))
            .args(&self.arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("JOB_WORKER_TERMINATION_MESSAGE", self.folder().join("termination.json"))
            .envs(self.environment(None))
            .stdin(Stdio::null());
        shell
    }

    /// One undisturbed run.
    pub fn run(&self) -> Option<i32> {
        self.command(None).status().unwrap().code()
    }

    fn output(&self) -> PathBuf {
        let root = self
            .server
            .as_ref()
            .map_or(self.folder().to_owned(), |server| server.folder().join("files"));
        root.join("out")
    }

    pub fn clear(&self) {
        if self.output().exists() {
            std::fs::remove_dir_all(self.output()).unwrap();
        }
    }

    /// The files that have a name. What was never published has a hidden one, which no reader and
    /// no listing sees.
    pub fn published(&self) -> Files {
        published_in(&self.output())
    }

    /// Files that are there and not whole.
    pub fn damaged(&self, found: &Files) -> Vec<String> {
        found
            .iter()
            .filter(|(name, bytes)| self.expected.get(*name) != Some(bytes))
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// The published files below a folder.
pub fn published_in(folder: &Path) -> Files {
    let mut files = tree(folder);
    files.retain(|name, _| !name.split('/').any(|part| part.starts_with(".unpublished-")));
    files
}
