//! The partition-worker and sample-data from S3 to S3, over a network that fails, and against
//! servers that refuse.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use system_tests::{
    Answer, CannedServer, Fault, FaultPlan, FaultProxy, S3Server, only_error, tree, worker,
};

const PARTITIONS: u32 = 3;

fn variables(endpoint: &str, more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let mut variables = S3Server::environment(endpoint);
    variables.push(("JOB_WORKER_S3_RETRY_DELAY", "10ms".to_owned()));
    variables.push(("JOB_WORKER_S3_TIMEOUT", "1s".to_owned()));
    variables.extend_from_slice(more);
    variables
}

fn make_transactions(folder: &Path, endpoint: &str, rows: u32) -> anyhow::Result<()> {
    let (rows, partitions) = (rows.to_string(), PARTITIONS.to_string());
    let arguments = [
        "transactions",
        "--rows",
        &rows,
        "--partitions",
        &partitions,
        "--bad-share",
        "0.05",
        "--seed",
        "7",
        "--output",
        "s3://incoming/night/",
    ];
    let output = worker("sample-data", folder, &arguments, &variables(endpoint, &[])).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn validate(folder: &Path, endpoint: &str, index: u32, more: &[&str]) -> anyhow::Result<Output> {
    let mut arguments = vec![
        "validate",
        "--input",
        "s3://incoming/night/data_{index}.csv",
        "--schema",
        "s3://incoming/night/transactions.schema.json",
        "--output",
        "s3://results/checked/",
    ];
    arguments.extend(more);
    let identity =
        [("JOB_COMPLETION_INDEX", index.to_string()), ("TOTAL_PARTITIONS", PARTITIONS.to_string())];
    Ok(worker("partition-worker", folder, &arguments, &variables(endpoint, &identity)).output()?)
}

/// Every object of a bucket as the server keeps it.
fn objects(server: &S3Server, bucket: &str) -> BTreeMap<String, Vec<u8>> {
    tree(&server.folder().join(bucket))
}

#[test]
fn a_night_goes_from_bucket_to_bucket_and_a_second_run_finds_it_done() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 3000)?;
    for index in 0..PARTITIONS {
        let output = validate(folder.path(), &server.endpoint(), index, &[])?;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let published = objects(&server, "results");
    assert_eq!(published.len(), 4 * PARTITIONS as usize, "{:?}", published.keys());
    let truth: String =
        String::from_utf8(objects(&server, "incoming")["night/truth.json"].clone())?;
    let summary = String::from_utf8(published["checked/part-00000/summary.json"].clone())?;
    assert!(truth.contains("\"accepted\"") && summary.contains("\"rows\": 1000"), "{summary}");

    let again = validate(folder.path(), &server.endpoint(), 0, &[])?;
    assert_eq!(again.status.code(), Some(0));
    let message = std::fs::read_to_string(folder.path().join("termination.json"))?;
    assert!(message.contains("\"already-done\""), "{message}");
    assert_eq!(objects(&server, "results"), published);

    let arguments = ["summarize", "s3://results/checked/"];
    let output =
        worker("partition-worker", folder.path(), &arguments, &variables(&server.endpoint(), &[]))
            .output()?;
    let table = String::from_utf8(output.stdout)?;
    assert!(table.contains("total") && table.contains("3,000"), "{table}");
    assert!(objects(&server, "results").contains_key("checked/_SUCCESS"));
    Ok(())
}

#[test]
fn byte_ranges_and_dealt_files_work_on_objects_too() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 600)?;
    // A byte range in which a quote stays open on its line is refused.
    let night = server.folder().join("incoming/night/data_0.csv");
    let plain: String =
        std::fs::read(night)?.utf8_chunks().map(|chunk| chunk.valid().replace('"', "")).collect();
    std::fs::create_dir(server.folder().join("incoming/plain"))?;
    std::fs::write(server.folder().join("incoming/plain/data.csv"), plain)?;
    // The schema and the truth lie beside the data, so the data is named by a pattern.
    for (input, split) in
        [("s3://incoming/night/*.csv", "files"), ("s3://incoming/plain/data.csv", "bytes")]
    {
        let mut rows = 0;
        for index in 0..PARTITIONS {
            let output = worker(
                "partition-worker",
                folder.path(),
                &[
                    "exec",
                    "--input",
                    input,
                    "--split",
                    split,
                    "--output",
                    "s3://results/lines/",
                    "--header",
                    "--force",
                    "--",
                    "/bin/cat",
                ],
                &variables(
                    &server.endpoint(),
                    &[
                        ("JOB_COMPLETION_INDEX", index.to_string()),
                        ("TOTAL_PARTITIONS", PARTITIONS.to_string()),
                    ],
                ),
            )
            .output()?;
            assert_eq!(
                output.status.code(),
                Some(0),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            let lines = &objects(&server, "results")[&format!("lines/part-{index:05}/output")];
            rows += lines.iter().filter(|byte| **byte == b'\n').count() - 1;
        }
        let all = objects(&server, "incoming");
        let lines = |name: &str| all[name].iter().filter(|byte| **byte == b'\n').count() - 1;
        let expected = match split {
            "files" => (0..PARTITIONS).map(|index| lines(&format!("night/data_{index}.csv"))).sum(),
            _ => lines("plain/data.csv"),
        };
        assert_eq!(rows, expected);
    }
    Ok(())
}

#[test]
fn over_a_network_that_fails_the_result_is_the_same_bytes() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 30_000)?;
    for index in 0..PARTITIONS {
        validate(folder.path(), &server.endpoint(), index, &[])?;
    }
    let expected = objects(&server, "results");
    assert_eq!(expected.len(), 4 * PARTITIONS as usize);
    for seed in 0..3 {
        let plan = FaultPlan { seed, share: 0.3, faults: Fault::ALL.to_vec(), longest_run: 4 };
        let proxy = FaultProxy::start(&server.endpoint(), plan)?;
        for index in 0..PARTITIONS {
            // Small ranges, so that one object takes many requests.
            let output = validate(
                folder.path(),
                &proxy.endpoint(),
                index,
                &["--force", "--s3-range-mib", "1"],
            )?;
            assert_eq!(
                output.status.code(),
                Some(0),
                "seed {seed}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let injected: u64 = Fault::ALL.iter().map(|fault| proxy.injected(*fault)).sum();
        assert!(injected > 0, "seed {seed} injected nothing");
        assert_eq!(objects(&server, "results"), expected, "seed {seed}");
    }
    Ok(())
}

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
    for (name, arguments) in [
        ("partition-worker", exec.as_slice()),
        ("partition-worker", &validate),
        ("log-aggregator", &aggregate),
    ] {
        let folder = tempfile::tempdir()?;
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

#[test]
fn who_may_only_write_can_deliver_by_force() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("data_0.csv"), "x\n1\n")?;
    let write_only = CannedServer::start(|request, _| match request.method.as_str() {
        "PUT" => Answer::empty(200).header("etag", "\"e\""),
        _ => Answer::error(403, "AccessDenied", "Access Denied"),
    })?;
    let identity = [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
    let deliver = |more: &[&str]| {
        let mut arguments = vec!["exec", "--input", "data_{index}.csv", "--output", "s3://b/out/"];
        arguments.extend(more);
        arguments.extend(["--", "cat"]);
        let mut command = worker(
            "partition-worker",
            folder.path(),
            &arguments,
            &variables(&write_only.endpoint(), &identity),
        );
        command.env("PATH", "/usr/bin:/bin").output()
    };
    let output = deliver(&[])?;
    assert_eq!(output.status.code(), Some(77), "{}", String::from_utf8_lossy(&output.stderr));
    let output = deliver(&["--force"])?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let last = write_only.requests().pop().expect("there were requests");
    assert_eq!(last.method, "PUT");
    assert!(last.target.starts_with("/b/out/part-00000/_SUCCESS"), "{}", last.target);
    Ok(())
}

#[test]
fn a_key_with_brackets_blanks_or_a_copys_name_is_read_and_told_as_a_file_is() -> anyhow::Result<()>
{
    let server = S3Server::start(&["incoming"])?;
    let folder = tempfile::tempdir()?;
    let at = server.folder().join("incoming/in");
    std::fs::create_dir(&at)?;
    for (name, text) in
        [("c [1].csv", "x\n"), ("a+b (1).csv", "y\n"), ("a+b.csv", "z\n"), ("d.csv~", "old\n")]
    {
        std::fs::write(at.join(name), text)?;
    }
    let exec = |input: &str| -> anyhow::Result<(Vec<u8>, String)> {
        let arguments = ["exec", "--input", input, "--output", "out", "--force", "--", "cat"];
        let identity =
            [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
        let variables = variables(&server.endpoint(), &identity);
        let output = worker("partition-worker", folder.path(), &arguments, &variables).output()?;
        let said = String::from_utf8(output.stderr)?;
        anyhow::ensure!(output.status.success(), "{input}: {said}");
        Ok((std::fs::read(folder.path().join("out/part-00000/output"))?, said))
    };
    for input in
        ["s3://incoming/in/c [1].csv", "s3://incoming/in/c [[]1].csv", "s3://incoming/in/c*"]
    {
        assert_eq!(exec(input)?.0, b"x\n", "{input}");
    }
    let (output, said) = exec("s3://incoming/in/")?;
    assert_eq!(output, b"y\nz\nx\n");
    assert!(
        said.contains("a+b (1).csv") && said.contains("seem to have the same contents"),
        "{said}"
    );
    assert!(said.contains("d.csv~") && said.contains("are passed over"), "{said}");
    Ok(())
}
