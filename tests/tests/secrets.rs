//! What others can see of a secret: the process list shows every command line to everyone, and a
//! program of the user's has what its pod has.

use std::{collections::BTreeMap, path::Path, process::Command};

use system_tests::{RedisServer, worker};

const PASSWORD: &str = "geheim-47-passwort";

/// Writes down what the process list shows of itself and of all processes above it, and then its
/// environment.
const LOOK: &str = "p=$$; while [ $p -gt 1 ]; do tr '\\0' ' ' < /proc/$p/cmdline; echo; p=$(sed \
                    's/.*) [A-Z] \\([0-9]*\\) .*/\\1/' /proc/$p/stat); done; echo ---; cat \
                    /proc/$$/environ | tr '\\0' '\\n'";

/// What a look said: the command lines, and the variables.
fn parsed(look: &str) -> (String, BTreeMap<String, String>) {
    let (lines, environment) = look.split_once("---\n").expect("it was a look");
    let variable =
        |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    (lines.to_owned(), environment.lines().filter_map(variable).collect())
}

fn redis_cli(url: &str, words: &[&str]) -> Vec<u8> {
    let said = Command::new("redis-cli").args(["-u", url]).args(words).output().unwrap();
    assert!(said.status.success() && !said.stdout.starts_with(b"ERR"), "{said:?}");
    said.stdout
}

/// The result of one task of a queue-worker with these variables.
fn look_of_a_handler(
    folder: &Path,
    url: &str,
    variables: &[(&str, String)],
) -> (String, BTreeMap<String, String>) {
    redis_cli(url, &["DEL", "{q}:results"]);
    redis_cli(url, &["RPUSH", "q", "task"]);
    let mut command = worker("queue-worker", folder, &["run", "--", "sh", "-c", LOOK], variables);
    let ran = command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
    let log = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
    let results = redis_cli(url, &["LRANGE", "{q}:results", "0", "-1"]);
    let result: serde_json::Value = serde_json::from_slice(&results).expect("one result");
    parsed(result["output"].as_str().unwrap())
}

#[test]
fn no_worker_puts_a_secret_on_a_command_line_and_a_handler_has_the_environment_of_its_pod() {
    let folder = tempfile::tempdir().unwrap();
    let redis = RedisServer::start(folder.path()).unwrap();
    let plain = redis.url();
    redis_cli(&plain, &["ACL", "SETUSER", "worker", "on", &format!(">{PASSWORD}"), "~*", "+@all"]);
    let url = plain.replace("redis://", &format!("redis://worker:{PASSWORD}@"));
    let queue = ("QUEUE_NAME", "q".to_owned());

    // In a variable: the handler has it too, as any program in the pod has.
    let variables = [queue.clone(), ("REDIS_URL", url.clone())];
    let (lines, environment) = look_of_a_handler(folder.path(), &plain, &variables);
    assert!(lines.contains("queue-worker run"), "{lines}");
    assert!(!lines.contains(PASSWORD), "{lines}");
    assert_eq!(environment["REDIS_URL"], url);
    assert_eq!(environment["TASK_ATTEMPT"], "1");

    // In a file: it is neither on a command line nor in an environment.
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let variables = [
        queue,
        ("REDIS_URL", plain.clone()),
        ("REDIS_USERNAME", "worker".to_owned()),
        ("REDIS_PASSWORD_FILE", folder.path().join("password").display().to_string()),
    ];
    let (lines, environment) = look_of_a_handler(folder.path(), &plain, &variables);
    assert!(!lines.contains(PASSWORD), "{lines}");
    assert!(environment.values().all(|value| !value.contains(PASSWORD)), "{environment:?}");
}

#[test]
fn a_program_of_exec_has_the_environment_of_its_pod_and_no_secret_on_a_command_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::write(folder.path().join("in/data_0.csv"), "x\n").unwrap();
    let arguments =
        ["exec", "--input", "in/data_{index}.csv", "--output", "out", "--", "sh", "-c", LOOK];
    let variables = [
        ("JOB_COMPLETION_INDEX", "0".to_owned()),
        ("TOTAL_PARTITIONS", "1".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", PASSWORD.to_owned()),
    ];
    let mut command = worker("partition-worker", folder.path(), &arguments, &variables);
    let ran = command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(!String::from_utf8_lossy(&ran.stderr).contains(PASSWORD));
    let (lines, environment) =
        parsed(&std::fs::read_to_string(folder.path().join("out/part-00000/output")).unwrap());
    assert!(lines.contains("partition-worker exec"), "{lines}");
    assert!(!lines.contains(PASSWORD), "{lines}");
    assert_eq!(environment["AWS_SECRET_ACCESS_KEY"], PASSWORD);
}
