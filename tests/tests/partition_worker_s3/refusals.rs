//! A server that refuses, is late or is waited for, and what the log says of it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use system_tests::{Answer, CannedServer, S3Server, only_error, worker};

use crate::{make_transactions, validate, variables};

#[test]
fn what_the_server_refuses_has_an_error_and_an_exit_code_of_its_own() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let denied = CannedServer::start(|_, _| Answer::error(403, "AccessDenied", "Access Denied"))?;
    let failing = CannedServer::start(|_, _| Answer::error(500, "InternalError", "try again"))?;
    let server = S3Server::start(&["incoming", "results"])?;
    let unused = TcpListener::bind("127.0.0.1:0")?;
    let nobody = format!("http://{}", unused.local_addr()?);
    drop(unused);
    let cases: [(&str, String, i32, &[&str]); 4] = [
        (
            "denied",
            denied.endpoint(),
            77,
            &["access denied", "s3:GetObject", "s3://incoming/night/"],
        ),
        ("failing", failing.endpoint(), 69, &["after 3 attempts", "try again later"]),
        ("nobody there", nobody, 69, &["was not usable for", "AWS_ENDPOINT_URL"]),
        (
            "nothing there",
            server.endpoint(),
            64,
            &["the schema cannot be read", "s3://incoming/night/"],
        ),
    ];
    for (case, endpoint, code, says) in cases {
        let output = validate(
            folder.path(),
            &endpoint,
            0,
            &["--s3-attempts", "3", "--s3-down-timeout", "300ms"],
        )?;
        assert_eq!(
            output.status.code(),
            Some(code),
            "{case}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let error = only_error(&output);
        for text in says {
            assert!(error.contains(text), "{case}: {text:?} is not in {error}");
        }
    }
    make_transactions(folder.path(), &server.endpoint(), 30)?;
    std::fs::remove_dir_all(server.folder().join("results"))?;
    let output = validate(folder.path(), &server.endpoint(), 0, &[])?;
    assert_eq!(output.status.code(), Some(64), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(only_error(&output).contains("the bucket results does not exist"));
    std::fs::remove_file(server.folder().join("incoming/night/data_1.csv"))?;
    let output = validate(folder.path(), &server.endpoint(), 1, &[])?;
    assert_eq!(output.status.code(), Some(66), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn a_server_that_starts_late_is_waited_for_and_told_once() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir_all(folder.path().join("s3/incoming"))?;
    std::fs::create_dir_all(folder.path().join("s3/results"))?;
    std::fs::write(folder.path().join("s3/incoming/data_0.csv"), "x\n1\n")?;
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let arguments = [
        "exec",
        "--input",
        "s3://incoming/data_{index}.csv",
        "--output",
        "s3://results/",
        "--s3-attempts",
        "1",
        "--",
        "cat",
    ];
    let identity = [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
    let mut command = worker(
        "partition-worker",
        folder.path(),
        &arguments,
        &variables(&format!("http://{address}"), &identity),
    );
    let mut running = command.env("PATH", "/usr/bin:/bin").stderr(Stdio::piped()).spawn()?;
    let mut log = BufReader::new(running.stderr.take().expect("it is piped"));
    let mut lines = String::new();
    while !lines.contains("S3 is not usable") {
        anyhow::ensure!(log.read_line(&mut lines)? > 0, "it has ended: {lines}");
    }
    let _server = S3Server::start_at(address, &S3Server::keys(), &folder.path().join("s3"))?;
    log.read_to_string(&mut lines)?;
    assert_eq!(running.wait()?.code(), Some(0), "{lines}");
    let warnings: Vec<&str> =
        lines.lines().filter(|line| line.contains("\"level\":\"WARN\"")).collect();
    assert_eq!(warnings.len(), 2, "{lines}");
    assert!(
        warnings[0].contains("S3 is not usable; trying again") && warnings[0].contains("refused"),
        "{lines}"
    );
    assert!(warnings[1].contains("S3 answers again"), "{lines}");
    Ok(())
}

#[test]
fn a_worker_that_waits_for_the_server_stops_at_once_when_asked() -> anyhow::Result<()> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let exec = ["exec", "--input", "s3://in/{index}.csv", "--output", "s3://out/", "--", "cat"];
    let validate = [
        "validate",
        "--input",
        "s3://in/{index}.csv",
        "--schema",
        "s3://in/s.json",
        "--output",
        "s3://out/",
    ];
    let aggregate = [
        "aggregate",
        "--year",
        "2024",
        "--month",
        "1",
        "--input",
        "s3://in/{month}/",
        "--output",
        "s3://out/",
    ];
    // The input is here, and an earlier result may be there.
    let look = ["exec", "--input", "{index}.csv", "--output", "s3://out/", "--", "cat"];
    for (name, arguments) in [
        ("partition-worker", exec.as_slice()),
        ("partition-worker", &validate),
        ("partition-worker", &look),
        ("partition-worker", &["summarize", "s3://out/"]),
        ("log-aggregator", &aggregate),
        ("log-aggregator", &["merge", "s3://out/"]),
        ("log-aggregator", &["report", "s3://out/"]),
    ] {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("0.csv"), "a\n")?;
        let identity =
            [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
        let mut command = worker(
            name,
            folder.path(),
            arguments,
            &variables(&format!("http://{address}"), &identity),
        );
        let mut running = command.env("PATH", "/usr/bin:/bin").stderr(Stdio::piped()).spawn()?;
        let mut log = BufReader::new(running.stderr.take().expect("it is piped"));
        let mut lines = String::new();
        while !lines.contains("S3 is not usable") {
            anyhow::ensure!(log.read_line(&mut lines)? > 0, "it has ended: {lines}");
        }
        kill_process(Pid::from_child(&running), Signal::TERM)?;
        log.read_to_string(&mut lines)?;
        assert_eq!(running.wait()?.code(), Some(143), "{name} {lines}");
        // Not the end of the grace period, which is 25 s.
        assert!(!lines.contains("the grace period is over"), "{name} {lines}");
    }
    Ok(())
}

#[test]
fn no_answer_with_credentials_is_logged_at_any_level() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let answers = [
        (
            200,
            "{\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"HUSH1\",\"Token\":\"HUSH2\",\"\
             Expiration\":\"2099-01-01T00:00:00Z\"}",
        ),
        (200, "{\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"HUSH1\",\"Token\":\"HUSH2"),
        (403, "HUSH1"),
    ];
    let s3 = CannedServer::start(|_, _| Answer::error(403, "AccessDenied", "no"))?;
    for (status, text) in answers {
        let agent =
            CannedServer::start(move |_, _| Answer::with_body(status, "application/json", text))?;
        let arguments =
            ["exec", "--input", "s3://b/data_{index}.csv", "--output", "out", "--", "cat"];
        let variables = [
            ("JOB_COMPLETION_INDEX", "0".to_owned()),
            ("TOTAL_PARTITIONS", "1".to_owned()),
            ("AWS_ENDPOINT_URL_S3", s3.endpoint()),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.endpoint()),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "HUSH3".to_owned()),
            ("JOB_WORKER_S3_DOWN_TIMEOUT", "0s".to_owned()),
            ("RUST_LOG", "trace".to_owned()),
        ];
        let output = worker("partition-worker", folder.path(), &arguments, &variables).output()?;
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(77 | 69)), "{log}");
        assert!(log.contains("\"level\":\"TRACE\"") && !log.contains("HUSH"), "{log}");
    }
    Ok(())
}
