//! The README's reference is what the program says of itself, and so is every --help.

use std::{path::Path, process::Command};

use clap::CommandFactory as _;
use queue_worker::cli::Cli;

/// With this variable set, the tests write what they would otherwise compare.
const UPDATE: &str = "UPDATE_REFERENCE";

fn assert_text(path: &Path, found: &str, expected: &str) {
    if std::env::var_os(UPDATE).is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, expected).unwrap();
    } else {
        assert!(found == expected, "{} is out of date: run the tests with {UPDATE}=1 once\n{expected}", path.display());
    }
}

#[test]
fn the_reference_in_the_readme_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let found = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = found.split_once("<!-- queue-settings -->\n").expect("the README has the section");
    let (_, after) = rest.split_once("<!-- /queue-settings -->").expect("the section ends");
    let settings = worker_runtime::settings_markdown(&Cli::command());
    let expected = format!("{before}<!-- queue-settings -->\n{settings}<!-- /queue-settings -->{after}");
    assert_text(&path, &found, &expected);
}

/// Every `queue-worker ...` line of the README's examples.
#[test]
fn the_commands_in_the_readme_are_commands() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let mut tried = 0;
    for line in readme.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let line = line.split(" # ").next().unwrap();
        let Some((_, arguments)) = line.rsplit_once("queue-worker ") else { continue };
        let arguments = arguments.replace("[ID...]", "ID").replace("ID...", "ID").replace('&', "");
        let words = std::iter::once("queue-worker").chain(arguments.split_whitespace()).chain(["--queue", "q"]);
        if let Err(error) = Cli::command().try_get_matches_from(words) {
            panic!("{line}: {error}");
        }
        tried += 1;
    }
    assert!(tried >= 8, "{tried} commands");
}

#[test]
fn every_help_text_is_as_it_was_last_read() {
    for command in [
        "",
        "run",
        "push",
        "status",
        "summarize",
        "dead",
        "dead list",
        "dead show",
        "dead retry",
        "dead drop",
        "purge",
        "adopt",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_queue-worker"))
            .env_clear()
            .args(command.split_whitespace())
            .arg("--help")
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let name = if command.is_empty() { "queue-worker".to_owned() } else { command.replace(' ', "-") };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/help/{name}.txt"));
        let help = String::from_utf8(output.stdout).unwrap();
        assert_text(&path, &std::fs::read_to_string(&path).unwrap_or_default(), &help);
    }
}
