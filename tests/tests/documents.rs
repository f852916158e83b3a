//! The documents as a reader finds them: links lead somewhere, the README is short, lines are not
//! too long. Whether the examples run is `reference.rs`' question, and the promises are
//! `security.rs`'.

use std::path::{Path, PathBuf};

/// The README is read in five minutes or not at all; what does not fit belongs to a worker's guide.
const LONGEST_README: usize = 10 * 1024;
const WIDEST: usize = 100;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// Every Markdown file of the repository, without what tools have built or downloaded.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    assert!(found.len() >= 10, "{found:?}");
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in std::fs::read_dir(folder).expect("a folder of the repository") {
        let path = item.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["target", "demo-output", "node_modules"].contains(&name) && !name.starts_with('.')
            {
                collect(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines outside of code blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            return None;
        }
        (!is_code).then_some((at + 1, line))
    })
}

/// The targets of a line's links and images.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The anchor that GitHub makes of a heading: lower case, without punctuation, blanks as hyphens.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|char| char.is_alphanumeric() || [' ', '-', '_'].contains(char))
        .map(|char| if char == ' ' { '-' } else { char })
        .collect()
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut dead = Vec::new();
    let mut followed = 0;
    for document in documents() {
        let text = read(&document);
        for (line, text) in prose(&text) {
            for link in links(text).filter(|link| !link.contains("://")) {
                followed += 1;
                let (path, wanted) = link.split_once('#').unwrap_or((link, ""));
                let target = match path {
                    "" => document.clone(),
                    path => document.parent().expect("a folder").join(path),
                };
                let is_there = if wanted.is_empty() {
                    target.exists()
                } else {
                    target.is_file()
                        && prose(&read(&target))
                            .any(|(_, line)| line.starts_with('#') && anchor(line) == wanted)
                };
                if !is_there {
                    dead.push(format!("{}:{line}: {link}", document.display()));
                }
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
    assert!(followed >= 30, "{followed} links");
}

#[test]
fn the_readme_is_read_in_five_minutes() {
    let size = read(&root().join("README.md")).len();
    assert!(
        size <= LONGEST_README,
        "README.md has {size} bytes, of at most {LONGEST_README}: move details to the guide of a \
         worker (crates/WORKER/README.md)"
    );
}

/// Tables, links and commands cannot be broken; everything else is wrapped, so that a change of a
/// word is a change of a line.
#[test]
fn no_prose_is_wider_than_100_columns() {
    let mut wide = Vec::new();
    for document in documents() {
        let text = read(&document);
        let mut is_generated = false;
        for (line, text) in prose(&text) {
            // What a program writes there, nobody wraps by hand.
            match text {
                "<!-- reference -->" => is_generated = true,
                "<!-- /reference -->" => is_generated = false,
                _ => {}
            }
            if is_generated {
                continue;
            }
            let is_table = text.trim_start().starts_with('|');
            if text.chars().count() > WIDEST && !is_table && !text.contains("](") {
                wide.push(format!("{}:{line}", document.display()));
            }
        }
    }
    assert!(wide.is_empty(), "wrap these lines at {WIDEST} columns:\n{}", wide.join("\n"));
}

#[test]
fn anchors_are_those_that_github_makes() {
    assert_eq!(anchor("## Where GoAccess counts differently"), "where-goaccess-counts-differently");
    assert_eq!(anchor("### 1. Fixed completions"), "1-fixed-completions");
    assert_eq!(anchor("## What is a bad record, and what is an error"), {
        "what-is-a-bad-record-and-what-is-an-error"
    });
}
