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
        assert_eq!(published.len(), 4 * PARTITIONS as usize + 2, "{:?}", published.keys());
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
