//! The rules of the house that no compiler checks: how long files and lines are, how many entries a
//! folder shows, that each module says what it is for, and that no file imports one that imports
//! it. CONTRIBUTING.md has the reasons.
//!
//! Each test lists every offender with what to do. Offenders that are known stand in
//! `exceptions.rs`, with the reason; an exception that is no longer needed is an offender itself.

mod exceptions;
mod files;
mod imports;

use files::{File, repository_files};

/// Fails with all offenders, one a line.
#[track_caller]
fn assert_none(what_to_do: &str, offenders: &[String]) {
    assert!(
        offenders.is_empty(),
        "{} offenders; {what_to_do}:\n  {}",
        offenders.len(),
        offenders.join("\n  ")
    );
}

fn rust_files() -> Vec<File> {
    repository_files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

#[test]
fn no_rust_file_is_longer_than_anybody_reads() {
    const LONGEST: usize = 400;
    let offenders: Vec<String> = rust_files()
        .iter()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect();
    assert_none(
        &format!("split the file by its subjects, so that each has at most {LONGEST} lines"),
        &exceptions::without(exceptions::LONG_FILES, offenders),
    );
}

#[test]
fn every_module_says_first_what_it_is_for() {
    let offenders: Vec<String> = rust_files()
        .iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| file.path.clone())
        .collect();
    assert_none(
        "begin the file with //! and one to four lines: what it is for, what it must not touch",
        &exceptions::without(exceptions::NO_HEAD, offenders),
    );
}

#[test]
fn the_source_of_a_crate_shows_about_ten_entries() {
    const MOST: usize = 12;
    let files = rust_files();
    let mut entries: std::collections::BTreeMap<&str, std::collections::BTreeSet<&str>> =
        std::collections::BTreeMap::new();
    for file in &files {
        if let Some((krate, inside)) = file.path.split_once("/src/") {
            let first = inside.split('/').next().expect("a path has a first part");
            entries.entry(krate).or_default().insert(first);
        }
    }
    let offenders = entries
        .iter()
        .filter(|(_, entries)| entries.len() > MOST)
        .map(|(krate, entries)| format!("{krate}/src: {} entries", entries.len()))
        .collect();
    assert_none(
        &format!("put files that belong together into a folder, so that src/ shows at most {MOST}"),
        &exceptions::without(exceptions::WIDE_FOLDERS, offenders),
    );
}

#[test]
fn no_line_is_longer_than_a_hundred_columns() {
    const WIDEST: usize = 100;
    let mut offenders = Vec::new();
    for file in repository_files() {
        let lines = file.text.lines().enumerate();
        let long = lines.filter(|(_, line)| line.chars().count() > WIDEST);
        offenders.extend(long.map(|(at, _)| format!("{}:{}", file.path, at + 1)));
    }
    assert_none(
        &format!("wrap the line at {WIDEST} columns"),
        &exceptions::without_lines(exceptions::LONG_LINES, offenders),
    );
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let circles = imports::circles(&rust_files());
    assert_none(
        "move what both need into a file of its own, which imports neither",
        &exceptions::without(exceptions::CIRCLES, circles),
    );
}
