//! The reference in the guides is what the programs say of themselves, the commands in the
//! documents are commands, and every --help is as it was last read.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use clap::CommandFactory as _;
use system_tests::binary;
use system_tests::reference::{
    SharedHeading, assert_sections, assert_text, command_reference, exit_codes_markdown,
    repository, settings_group_markdown,
};

fn workers() -> [clap::Command; 4] {
    [
        partition_worker::Cli::command(),
        queue_worker::cli::Cli::command(),
        log_aggregator::Cli::command(),
        sample_data::Cli::command(),
    ]
}

const RUNTIME: &str = "../worker-runtime/README.md#settings-that-all-workers-share";
const STORAGE: &str = "../object-storage/README.md#settings";

/// The settings that stand in one guide and are linked from the others.
const SHARED: [SharedHeading; 4] = [
    SharedHeading { heading: "Runtime", link: RUNTIME },
    SharedHeading { heading: "Identity", link: RUNTIME },
    SharedHeading { heading: "S3 storage", link: STORAGE },
    SharedHeading { heading: "Redis", link: "#redis" },
];

fn guide(of: &str) -> PathBuf {
    repository().join(format!("crates/{of}/README.md"))
}

#[test]
fn the_reference_in_the_guides_is_up_to_date() {
    let [partition, queue, logs, _] = workers();
    for (worker, name) in [(&partition, "partition-worker"), (&logs, "log-aggregator")] {
        assert_sections(&guide(name), &[("reference", command_reference(worker, &SHARED))]);
    }
    let redis = settings_group_markdown(&queue, "Redis");
    assert!(!redis.is_empty(), "no command has the heading Redis");
    assert_sections(
        &guide("queue-worker"),
        &[("reference", command_reference(&queue, &SHARED)), ("redis", redis)],
    );
    let groups = ["Runtime", "Identity", "S3 storage"]
        .map(|heading| settings_group_markdown(&partition, heading));
    assert!(groups.iter().all(|group| !group.is_empty()), "a heading of SHARED has no settings");
    let [runtime, identity, storage] = groups;
    assert_sections(
        &guide("worker-runtime"),
        &[("exit-codes", exit_codes_markdown()), ("reference", format!("{runtime}\n{identity}"))],
    );
    assert_sections(&guide("object-storage"), &[("reference", storage)]);
    assert_sections(&repository().join("README.md"), &[("exit-codes", exit_codes_markdown())]);
}

/// The worker that is started knows the variables of the others.
#[test]
fn the_list_of_all_workers_variables_is_up_to_date() {
    fn collect(command: &clap::Command, found: &mut BTreeSet<String>) {
        let variables = command.get_arguments().filter_map(clap::Arg::get_env);
        found.extend(variables.filter_map(|name| name.to_str()).map(str::to_owned));
        command.get_subcommands().for_each(|sub| collect(sub, found));
    }
    let mut found = BTreeSet::new();
    workers().iter().for_each(|worker| collect(worker, &mut found));
    let ours = found.into_iter().filter(|name| name.starts_with("JOB_WORKER_"));
    let list: String = ours.map(|name| name + "\n").collect();
    let path = repository().join("crates/worker-runtime/src/cli/variables.txt");
    assert_text(&path, &list);
}

/// Every line of the examples that calls a worker, with the lines that go on after a backslash.
#[test]
fn the_commands_in_the_documents_are_commands() {
    let documents = [
        repository().join("README.md"),
        guide("partition-worker"),
        guide("queue-worker"),
        guide("log-aggregator"),
        repository().join("k8s/README.md"),
    ];
    let text = documents.map(|path| std::fs::read_to_string(path).expect("there is a document"));
    let text = text.concat().replace("\\\n", " ");
    let mut tried = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let line = line.split(" # ").next().expect("a line has a beginning");
        for part in line.split(" | ") {
            let words: Vec<&str> = part
                .split_whitespace()
                .map(|word| word.trim_matches(['\'', '&', '[', ']']))
                .collect();
            for worker in workers() {
                let Some(start) = words.iter().position(|word| *word == worker.get_name()) else {
                    continue;
                };
                // A command that is about the worker, such as one that loads its image.
                if !words[..start].iter().all(|word| word.contains('=')) {
                    break;
                }
                let given = words[start..].iter().copied().filter(|word| !word.is_empty());
                // What the examples leave to the environment.
                let left: &[&str] = match worker.get_name() {
                    "queue-worker" => &["--queue", "q"],
                    "log-aggregator" if words.contains(&"aggregate") => {
                        &["--year", "2024", "--output", "out/"]
                    }
                    "log-aggregator" => &["out/"],
                    _ => &[],
                };
                // What follows `--` is another program's.
                let own = given.take_while(|word| *word != "--");
                let program: &[&str] = if words.contains(&"--") { &["--", "true"] } else { &[] };
                if let Err(error) =
                    worker.try_get_matches_from(own.chain(left.iter().chain(program).copied()))
                {
                    panic!("{part}: {error}");
                }
                tried += 1;
                break;
            }
        }
    }
    assert!(tried >= 15, "{tried} commands");
}

#[test]
fn every_help_text_is_as_it_was_last_read() {
    for worker in workers() {
        let mut commands = Vec::new();
        collect(&worker, &[], &mut commands);
        for words in commands {
            let output = Command::new(binary(worker.get_name()))
                .env_clear()
                .env("COLUMNS", "100")
                .args(&words)
                .arg("--help")
                .output()
                .expect("the worker starts");
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
            let name =
                if words.is_empty() { worker.get_name().to_owned() } else { words.join("-") };
            let path = repository().join(format!("tests/help/{}/{name}.txt", worker.get_name()));
            assert_text(&path, &String::from_utf8(output.stdout).expect("help is text"));
        }
    }
}

/// The words of every command: none for the worker itself, then those of its subcommands.
fn collect(command: &clap::Command, words: &[String], found: &mut Vec<Vec<String>>) {
    found.push(words.to_vec());
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, &[words, &[sub.get_name().to_owned()]].concat(), found);
    }
}
