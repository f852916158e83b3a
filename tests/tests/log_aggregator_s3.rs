//! The log-aggregator from S3 to S3, over a network that fails, and against servers that refuse.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use system_tests::{
    Answer, CannedServer, Fault, FaultPlan, FaultProxy, S3Server, only_error, tree, worker,
};

fn variables(endpoint: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut variables = S3Server::environment(endpoint);
    variables.push(("JOB_WORKER_S3_RETRY_DELAY", "10ms".to_owned()));
    variables.push(("JOB_WORKER_S3_TIMEOUT", "1s".to_owned()));
    variables.push(("YEAR", "2024".to_owned()));
    variables.push(("OUTPUT_BUCKET", "s3://analytics/2024/".to_owned()));
    variables.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    variables
}

fn make_logs(folder: &Path, endpoint: &str, lines: &str) {
    let arguments = [
        "access-logs",
        "--year",
        "2024",
        "--lines",
        lines,
        "--objects",
        "3",
        "--compress",
        "none",
        "--output",
        "s3://logs/",
    ];
    let output = worker("sample-data", folder, &arguments, &variables(endpoint, &[]))
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn month(folder: &Path, endpoint: &str, index: usize, more: &[&str]) -> Command {
    let arguments = [&["aggregate", "--input", "s3://logs/{year}/{month:02}/"], more].concat();
    let index = index.to_string();
    worker(
        "log-aggregator",
        folder,
        &arguments,
        &variables(endpoint, &[("JOB_COMPLETION_INDEX", &index)]),
    )
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn twelve_months_four_at_a_time_go_from_bucket_to_bucket_and_become_a_year() -> anyhow::Result<()> {
    let server = S3Server::start(&["logs", "analytics"])?;
    let folder = tempfile::tempdir()?;
    make_logs(folder.path(), &server.endpoint(), "3000");
    let indexes: Vec<usize> = (0..12).collect();
    for four in indexes.chunks(4) {
        let pods = four.iter().map(|index| {
            month(folder.path(), &server.endpoint(), *index, &[]).stderr(Stdio::piped()).spawn()
        });
        for pod in pods.collect::<Result<Vec<_>, _>>()? {
            assert_code(&pod.wait_with_output()?, 0);
        }
    }
    let run = |command: &[&str]| {
        worker("log-aggregator", folder.path(), command, &variables(&server.endpoint(), &[]))
            .output()
    };
    assert_code(&run(&["merge", "s3://analytics/2024/"])?, 0);
    assert_code(&run(&["report", "s3://analytics/2024/"])?, 0);
    let published = tree(&server.folder().join("analytics"));
    for name in ["01/_SUCCESS", "12/state", "year.json", "report.html", "_SUCCESS", "monthly.csv"] {
        assert!(published.contains_key(&format!("2024/{name}")), "{name}");
    }
    let year: serde_json::Value = serde_json::from_slice(&published["2024/year.json"])?;
    assert_eq!(year["months"].as_array().map(Vec::len), Some(12));

    assert_code(&month(folder.path(), &server.endpoint(), 3, &[]).output()?, 0);
    let message = std::fs::read_to_string(folder.path().join("termination.json"))?;
    assert!(message.contains("\"already-done\""), "{message}");
    assert!(tree(&server.folder().join("analytics")) == published);
    Ok(())
}

#[test]
fn the_objects_of_a_part_go_when_the_whole_month_is_there() -> anyhow::Result<()> {
    let server = S3Server::start(&["logs", "analytics"])?;
    let folder = tempfile::tempdir()?;
    make_logs(folder.path(), &server.endpoint(), "1000");
    let names = || -> Vec<String> {
        let published = tree(&server.folder().join("analytics/2024"));
        published.keys().filter(|name| name.ends_with("_SUCCESS")).cloned().collect()
    };
    for until in ["2024-03-10", "2024-03-20"] {
        let part = ["--partial", "--until", until];
        assert_code(&month(folder.path(), &server.endpoint(), 2, &part).output()?, 0);
        assert_eq!(names(), ["03-partial/_SUCCESS"]);
    }
    assert_code(&month(folder.path(), &server.endpoint(), 2, &[]).output()?, 0);
    let left = tree(&server.folder().join("analytics/2024"));
    assert!(left.keys().all(|name| name.starts_with("03/")), "{:?}", left.keys());
    assert!(left.contains_key("03/_SUCCESS"));
    Ok(())
}

#[test]
fn over_a_network_that_fails_the_month_is_the_same_bytes() -> anyhow::Result<()> {
    let server = S3Server::start(&["logs", "analytics"])?;
    let folder = tempfile::tempdir()?;
    make_logs(folder.path(), &server.endpoint(), "30000");
    assert_code(&month(folder.path(), &server.endpoint(), 0, &[]).output()?, 0);
    let expected = tree(&server.folder().join("analytics"));
    for seed in 0..3 {
        let plan = FaultPlan { seed, share: 0.3, faults: Fault::ALL.to_vec(), longest_run: 4 };
        let proxy = FaultProxy::start(&server.endpoint(), plan)?;
        let output = month(
            folder.path(),
            &proxy.endpoint(),
            0,
            &["--force", "--s3-range-mib", "1", "--threads", "2"],
        )
        .output()?;
        assert_code(&output, 0);
        let injected: u64 = Fault::ALL.iter().map(|fault| proxy.injected(*fault)).sum();
        assert!(injected > 0, "seed {seed} injected nothing");
        assert!(tree(&server.folder().join("analytics")) == expected, "seed {seed}");
    }
    Ok(())
}

#[test]
fn what_the_server_refuses_has_an_error_and_an_exit_code_of_its_own() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = S3Server::start(&["logs", "analytics"])?;
    make_logs(folder.path(), &server.endpoint(), "100");
    let denied = CannedServer::start(|_, _| Answer::error(403, "AccessDenied", "Access Denied"))?;
    let failing = CannedServer::start(|_, _| Answer::error(500, "InternalError", "try again"))?;
    for (case, endpoint, code, says) in [
        ("denied", denied.endpoint(), 77, "access denied"),
        ("failing", failing.endpoint(), 69, "after 3 attempts"),
    ] {
        let output = month(folder.path(), &endpoint, 0, &["--s3-attempts", "3"]).output()?;
        assert_code(&output, code);
        assert!(only_error(&output).contains(says), "{case}: {}", only_error(&output));
    }
    // Who may read and not write learns so, too.
    let plain = "192.0.2.1 - - [01/Jan/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n";
    std::fs::write(folder.path().join("a.log"), plain)?;
    let read_only = CannedServer::start(|request, _| match request.method.as_str() {
        "PUT" | "POST" => Answer::error(403, "AccessDenied", "Access Denied"),
        // The bucket itself is there.
        _ if !request.target.contains("/2024") => Answer::empty(200),
        _ => Answer::error(404, "NoSuchKey", "not there"),
    })?;
    let given = variables(&read_only.endpoint(), &[("JOB_COMPLETION_INDEX", "0")]);
    let output =
        worker("log-aggregator", folder.path(), &["aggregate", "--input", "a.log"], &given)
            .output()?;
    assert_code(&output, 77);
    assert!(only_error(&output).contains("s3:PutObject"), "{}", only_error(&output));
    let arguments = ["aggregate", "--input", "s3://logs/none/{month:02}/"];
    let variables = variables(&server.endpoint(), &[("JOB_COMPLETION_INDEX", "0")]);
    let output = worker("log-aggregator", folder.path(), &arguments, &variables).output()?;
    assert_code(&output, 66);
    assert!(only_error(&output).contains("s3://logs/none/01/"), "{}", only_error(&output));
    std::fs::remove_dir_all(server.folder().join("analytics"))?;
    let output = month(folder.path(), &server.endpoint(), 0, &[]).output()?;
    assert_code(&output, 64);
    assert!(only_error(&output).contains("the bucket analytics does not exist"));
    Ok(())
}
