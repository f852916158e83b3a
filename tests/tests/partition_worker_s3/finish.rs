//! `--finish` on objects: pods that end at the same instant, and a partition that was changed
//! behind its manifest.

use std::process::Stdio;

use system_tests::{S3Server, worker};

use crate::{PARTITIONS, make_transactions, objects, validate, variables};

const ARGUMENTS: [&str; 8] = [
    "validate",
    "--input",
    "s3://incoming/night/data_{index}.csv",
    "--schema",
    "s3://incoming/night/transactions.schema.json",
    "--output",
    "s3://results/checked/",
    "--finish",
];

#[test]
fn of_pods_that_end_at_the_same_instant_one_writes_the_manifest_of_the_whole() -> anyhow::Result<()>
{
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 3000)?;
    let mut finished = None;
    for _ in 0..5 {
        let mut pods = Vec::new();
        for index in 0..PARTITIONS {
            let identity = [
                ("JOB_COMPLETION_INDEX", index.to_string()),
                ("TOTAL_PARTITIONS", PARTITIONS.to_string()),
                ("JOB_WORKER_TERMINATION_MESSAGE", format!("termination_{index}.json")),
            ];
            let variables = variables(&server.endpoint(), &identity);
            let mut pod = worker("partition-worker", folder.path(), &ARGUMENTS, &variables);
            pods.push(pod.stderr(Stdio::null()).spawn()?);
        }
        for mut pod in pods {
            assert_eq!(pod.wait()?.code(), Some(0));
        }
        let published = objects(&server, "results");
        assert_eq!(published.len(), 5 * PARTITIONS as usize + 3, "{:?}", published.keys());
        assert!(published.contains_key("checked/_SUCCESS"));
        assert!(*finished.get_or_insert_with(|| published.clone()) == published);
        // The next ones find their work done.
        std::fs::remove_file(server.folder().join("results/checked/_SUCCESS"))?;
    }
    Ok(())
}

#[test]
fn a_partition_that_was_changed_behind_its_manifest_is_in_no_whole() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 300)?;
    for index in 0..PARTITIONS {
        let output = validate(folder.path(), &server.endpoint(), index, &[])?;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let summary = server.folder().join("results/checked/part-00001/summary.json");
    let bytes = std::fs::read(&summary)?;
    std::fs::write(&summary, "{}")?;
    let output = validate(folder.path(), &server.endpoint(), 0, &["--finish"])?;
    assert_eq!(output.status.code(), Some(65), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!objects(&server, "results").contains_key("checked/_SUCCESS"));
    std::fs::write(&summary, bytes)?;
    let output = validate(folder.path(), &server.endpoint(), 0, &["--finish"])?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(objects(&server, "results").contains_key("checked/_SUCCESS"));
    Ok(())
}

#[test]
fn an_object_that_was_delivered_twice_is_found_by_its_keys() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 30_000)?;
    let night = server.folder().join("incoming/night");
    std::fs::copy(night.join("data_0.csv"), night.join("data_2.csv"))?;
    let mut codes = Vec::new();
    for index in 0..PARTITIONS {
        let output = validate(folder.path(), &server.endpoint(), index, &["--finish"])?;
        codes.push(output.status.code());
    }
    assert_eq!(codes.pop(), Some(Some(65)), "the last one compares them");
    assert!(codes.iter().all(|code| *code == Some(0)), "{codes:?}");
    let published = objects(&server, "results");
    assert!(!published.contains_key("checked/_SUCCESS"));
    let of = |name: &str| -> anyhow::Result<serde_json::Value> {
        Ok(serde_json::from_slice(&std::fs::read(server.folder().join("results").join(name))?)?)
    };
    let (whole, part) = (of("checked/summary.json")?, of("checked/part-00002/summary.json")?);
    assert_eq!(whole["duplicates"]["records"], part["accepted"]);
    let list = std::fs::read_to_string(server.folder().join("results/checked/duplicates.csv"))?;
    assert_eq!(list.lines().count() as u64, part["accepted"].as_u64().unwrap_or_default() + 1);
    assert!(
        list.lines().skip(1).all(|line| line.contains(",2,") && line.contains(",0,data_0.csv,"))
    );
    let output =
        validate(folder.path(), &server.endpoint(), 0, &["--finish", "--max-duplicates", "50%"])?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(of("checked/_SUCCESS")?["leave_out"]["records"], part["accepted"]);
    Ok(())
}
