//! SECURITY.md names only tests that there are, and tells of every scenario.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The part of a text from one heading to the next of its kind.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(heading).unwrap_or_else(|| panic!("no {heading}")) + heading.len();
    let end = text[start..].find("\n## ").map_or(text.len(), |end| start + end);
    &text[start..end]
}

/// Whether a source file has a test of this name: `#[test]` or `#[tokio::test]`.
fn has_test(source: &str, name: &str) -> bool {
    source.split("test]\n").skip(1).any(|after| {
        let head = after.split('{').next().unwrap_or_default();
        head.contains(&format!("fn {name}("))
    })
}

#[test]
fn every_promise_names_tests_that_exist() {
    let text = read("SECURITY.md");
    let promises: Vec<&str> = section(&text, "\n## Promises\n").split("\n- ").skip(1).collect();
    assert!(promises.len() > 20, "{}", promises.len());
    for promise in promises {
        let mut source = None;
        let mut tests = 0;
        for word in promise.split('`').skip(1).step_by(2) {
            if word.ends_with(".rs") {
                source = Some((word, read(word)));
            } else if let Some((path, source)) = &source {
                assert!(has_test(source, word), "{path} has no test {word}");
                tests += 1;
            }
        }
        assert!(tests > 0, "a promise without a test: {promise}");
    }
}

/// Every Rust source below a folder.
fn sources(folder: &Path, all: &mut Vec<String>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_limit_names_a_test_that_exists() {
    let text = read("SECURITY.md");
    let mut all = Vec::new();
    sources(&root().join("crates"), &mut all);
    sources(&root().join("tests/tests"), &mut all);
    let mut limits = 0;
    for row in section(&text, "\n## Limits\n").lines().filter(|line| line.starts_with("| ")).skip(1)
    {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "a limit without a test: {row}");
        for name in names {
            assert!(
                all.iter().any(|source| has_test(source, name)),
                "there is no test {name}: {row}"
            );
        }
        limits += 1;
    }
    assert!(limits > 15, "{limits}");
}

#[test]
fn every_scenario_has_its_figures() {
    let text = read("SECURITY.md");
    let figures = section(&text, "\n## Figures\n");
    let mut scenarios = 0;
    for file in std::fs::read_dir(root().join("tests/tests/faults")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for literal in source.split('"').skip(1).step_by(2) {
            if ["queue-worker: ", "partition-worker: ", "log-aggregator: "]
                .iter()
                .any(|name| literal.starts_with(name))
            {
                assert!(figures.contains(&format!("| {literal} |")), "no figures for {literal}");
                scenarios += 1;
            }
        }
    }
    assert!(scenarios > 20, "{scenarios}");
}
