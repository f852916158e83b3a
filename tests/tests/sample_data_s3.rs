//! sample-data's tasks and access logs go to S3 as they go to a folder.

use std::path::Path;

use system_tests::{S3Server, worker};

/// Runs sample-data to its end.
fn make(folder: &Path, endpoint: &str, arguments: &str) -> anyhow::Result<()> {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output =
        worker("sample-data", folder, &arguments, &S3Server::environment(endpoint)).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn tasks_and_logs_are_the_same_in_a_bucket_and_in_a_folder() -> anyhow::Result<()> {
    let server = S3Server::start(&["night", "logs"])?;
    let folder = tempfile::tempdir()?;
    let make = |arguments: &str| make(folder.path(), &server.endpoint(), arguments);
    for at in ["here/", "s3://night/"] {
        make(&format!(
            "tasks --rows 40000 --output {at}tasks.ndjson --truth {at}truth.json --schema \
             {at}schema.json"
        ))?;
    }
    // Larger than one part of an upload.
    for at in ["logs", "s3://logs/shop/"] {
        make(&format!(
            "access-logs --lines 60000 --objects 2 --month 2 --compress none --output {at}"
        ))?;
    }
    let months = ["2024/02/access-0.log", "2024/02/access-1.log", "2024/truth-02.json"];
    let pairs = ["tasks.ndjson", "truth.json", "schema.json"]
        .map(|name| (format!("here/{name}"), format!("night/{name}")));
    let pairs = pairs
        .into_iter()
        .chain(months.map(|name| (format!("logs/{name}"), format!("logs/shop/{name}"))));
    for (local, object) in pairs {
        let (local, object) = (
            std::fs::read(folder.path().join(local))?,
            std::fs::read(server.folder().join(&object))?,
        );
        assert!(!local.is_empty() && local == object, "{} and {} bytes", local.len(), object.len());
    }
    assert!(server.unfinished_uploads()?.is_empty());
    Ok(())
}

#[test]
fn buckets_are_made_and_those_that_are_there_stay() -> anyhow::Result<()> {
    let server = S3Server::start(&["logs"])?;
    let folder = tempfile::tempdir()?;
    std::fs::write(server.folder().join("logs/kept"), "kept")?;
    for _ in 0..2 {
        make(folder.path(), &server.endpoint(), "make-buckets s3://lab s3://logs")?;
    }
    assert!(server.folder().join("lab").is_dir());
    assert_eq!(std::fs::read_to_string(server.folder().join("logs/kept"))?, "kept");
    Ok(())
}
