//! The workers as real processes: the binaries of this workspace, with nothing in their environment
//! but what is given.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The binary of a worker, beside the test's own in the target folder. `cargo test --workspace`
/// builds it.
///
/// # Panics
///
/// If it was not built.
pub fn binary(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().expect("a process knows its own program");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.push(name);
    assert!(
        path.exists(),
        "{} is not built: run cargo build --workspace --bins first",
        path.display()
    );
    path
}

/// A worker with these arguments and variables, its log as JSON lines and its termination message
/// in `folder`.
pub fn worker(
    name: &str,
    folder: &std::path::Path,
    arguments: &[&str],
    variables: &[(&str, String)],
) -> Command {
    let mut command = Command::new(binary(name));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("JOB_WORKER_TERMINATION_MESSAGE", folder.join("termination.json"))
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null());
    command
}

/// The one error that a run logged.
///
/// # Panics
///
/// If it logged none, or more than one.
pub fn only_error(output: &Output) -> String {
    let log = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> =
        log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).collect();
    assert_eq!(errors.len(), 1, "an error is logged once:\n{log}");
    errors[0].to_owned()
}
