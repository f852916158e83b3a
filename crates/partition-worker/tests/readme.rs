//! The README's reference is what the program says of itself, and so is every --help.

mod support;

use std::path::Path;

use clap::CommandFactory as _;
use partition_worker::Cli;
use support::{Folder, Ran};

/// With this variable set, the tests write what they would otherwise compare.
const UPDATE: &str = "UPDATE_REFERENCE";

fn assert_text(path: &Path, found: &str, expected: &str) {
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, expected).unwrap();
    } else {
        assert!(found == expected, "{} is out of date: run the tests with {UPDATE}=1 once\n{expected}", path.display());
    }
}

fn with_section(text: &str, name: &str, body: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin).expect("the README has the section");
    let (_, after) = rest.split_once(&end).expect("the section ends");
    format!("{before}{begin}{body}{end}{after}")
}

#[test]
fn the_reference_in_the_readme_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let found = std::fs::read_to_string(&path).unwrap();
    let expected = with_section(&found, "exit-codes", &worker_runtime::exit_codes_markdown());
    let expected = with_section(&expected, "settings", &worker_runtime::settings_markdown(&Cli::command()));
    assert_text(&path, &found, &expected);
}

#[test]
fn every_help_text_is_as_it_was_last_read() {
    let folder = Folder::new();
    for command in ["", "validate", "exec", "simulate", "summarize"] {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|argument| !argument.is_empty()).collect();
        let ran = Ran::of(folder.bare_worker(&arguments).env("COLUMNS", "100").output().unwrap());
        ran.assert_code(0);
        assert_eq!(ran.stderr, "");
        let name = if command.is_empty() { "partition-worker" } else { command };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/help/{name}.txt"));
        assert_text(&path, &std::fs::read_to_string(&path).unwrap_or_default(), &ran.stdout);
    }
}
