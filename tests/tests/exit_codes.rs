//! The exit codes stand in crates/worker-runtime/src/exit.rs. Whatever else lists them must list
//! all of them, and say the same of each. The failure policies of the manifests are compared in
//! manifests.rs, on what kustomize makes of them; the contract's own table in reference.rs.

use std::collections::BTreeMap;

use system_tests::reference::repository;
use worker_runtime::{Action, Exit};

/// The kernel's own: a kill for memory. It is no exit of a worker, and readers look for it.
const KILLED: u8 = 137;

/// A guide that says in its own words what a Job does on each exit code.
struct Guide {
    path: &'static str,
    fail_job: &'static [&'static str],
    fail_index: &'static [&'static str],
    retry: &'static [&'static str],
}

const GUIDES: [Guide; 2] = [
    Guide {
        path: "k8s/README.md",
        fail_job: &["ends at once"],
        fail_index: &["ends this index, or the Job where it has none", "the same"],
        retry: &["tries again"],
    },
    Guide {
        path: "k8s/README.es.md",
        fail_job: &["termina al instante"],
        fail_index: &["termina este índice, o el Job donde no hay índices", "lo mismo"],
        retry: &["lo reintenta"],
    },
];

impl Guide {
    fn words(&self, action: Action) -> &'static [&'static str] {
        match action {
            Action::Complete => &[],
            Action::FailJob => self.fail_job,
            Action::FailIndex => self.fail_index,
            Action::Retry => self.retry,
        }
    }
}

/// The rows of the one table of the document whose first column holds exit codes: the codes, and
/// the last column.
fn rows(document: &str) -> BTreeMap<u8, String> {
    let mut rows = BTreeMap::new();
    for line in document.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let numbers = cells[0].split([',', ' ']).filter_map(|word| word.parse::<u8>().ok());
        let numbers: Vec<u8> = numbers.collect();
        if cells[0].split([',', ' ']).next().is_some_and(|word| word.parse::<u8>().is_ok()) {
            rows.extend(numbers.into_iter().map(|number| (number, cells[2].to_owned())));
        }
    }
    rows
}

#[test]
fn the_guides_list_every_exit_code_with_what_the_job_does() {
    for guide in GUIDES {
        let path = guide.path;
        let text = std::fs::read_to_string(repository().join(path)).expect("there is a guide");
        let mut rows = rows(&text);
        for exit in Exit::ALL.into_iter().filter(|exit| *exit != Exit::Done) {
            let code = exit.code();
            let found = rows.remove(&code).unwrap_or_else(|| {
                panic!("{path} does not list {code} ({}): add it to its table", exit.meaning())
            });
            assert!(
                guide.words(exit.action()).contains(&found.as_str()),
                "{path} says of {code}: {found:?}; crates/worker-runtime/src/exit.rs says {:?}",
                exit.action()
            );
        }
        rows.remove(&KILLED);
        assert!(rows.is_empty(), "{path} lists {rows:?}, which exit.rs does not know");
    }
}
