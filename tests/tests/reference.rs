//! The README's reference is what the programs say of themselves, its commands are commands, and
//! every --help is as it was last read.

use std::process::Command;

use clap::CommandFactory as _;
use system_tests::binary;
use system_tests::reference::{
    assert_sections, assert_text, exit_codes_markdown, repository, settings_group_markdown,
    settings_markdown,
};

fn workers() -> [clap::Command; 4] {
    [
        partition_worker::Cli::command(),
        queue_worker::cli::Cli::command(),
        log_aggregator::Cli::command(),
        sample_data::Cli::command(),
    ]
}

fn readme() -> String {
    std::fs::read_to_string(repository().join("README.md")).expect("there is a README")
}

/// A command whose flags have no headings but those that several commands share: the help has one
/// for each group of flags, and the reference a table for each command.
fn without_own_headings(command: clap::Command) -> clap::Command {
    let shared = ["Redis", "Runtime"];
    command
        .mut_args(|arg| match arg.get_help_heading() {
            Some(heading) if !shared.contains(&heading) => arg.help_heading(None),
            _ => arg,
        })
        .mut_subcommands(without_own_headings)
}

#[test]
fn the_reference_in_the_readme_is_up_to_date() {
    let [partition, queue, logs, _] = workers();
    let common = ["Runtime", "Identity", "S3 storage"]
        .map(|heading| settings_group_markdown(&partition, heading));
    let partition_settings = ["Input", "Schema", "Output", "Limits", "Program", "Simulation"]
        .map(|heading| settings_group_markdown(&partition, heading))
        .join("\n");
    let partition_settings = format!("{partition_settings}\n{}", settings_markdown(&partition));
    let queue_settings =
        format!("{}\n{}", settings_markdown(&queue), settings_group_markdown(&queue, "Redis"));
    let log_settings = ["Input", "Counting", "Output", "Limits"]
        .map(|heading| settings_group_markdown(&logs, heading));
    let sections = [
        ("exit-codes", exit_codes_markdown()),
        ("common-settings", common.join("\n")),
        ("partition-settings", partition_settings),
        ("queue-settings", queue_settings),
        ("log-settings", log_settings.join("\n")),
    ];
    assert_sections(&repository().join("README.md"), &sections);
}

/// Every line of the README's examples that calls a worker, with the lines that go on after a
/// backslash.
#[test]
fn the_commands_in_the_readme_are_commands() {
    let readme = readme().replace("\\\n", " ");
    let mut tried = 0;
    for line in readme.lines().filter_map(|line| line.strip_prefix("$ ")) {
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
