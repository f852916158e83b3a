//! The partition-worker and sample-data from S3 to S3, over a network that fails, and against
//! servers that refuse.

mod finish;

mod refusals;

mod results;

mod stops;

mod two_runs;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

use system_tests::{S3Server, tree, worker};

pub(crate) const PARTITIONS: u32 = 3;

pub(crate) fn variables(
    endpoint: &str,
    more: &[(&'static str, String)],
) -> Vec<(&'static str, String)> {
    let mut variables = S3Server::environment(endpoint);
    variables.push(("JOB_WORKER_S3_RETRY_DELAY", "10ms".to_owned()));
    variables.push(("JOB_WORKER_S3_TIMEOUT", "1s".to_owned()));
    variables.extend_from_slice(more);
    variables
}

pub(crate) fn make_transactions(folder: &Path, endpoint: &str, rows: u32) -> anyhow::Result<()> {
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

pub(crate) fn validate(
    folder: &Path,
    endpoint: &str,
    index: u32,
    more: &[&str],
) -> anyhow::Result<Output> {
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
pub(crate) fn objects(server: &S3Server, bucket: &str) -> BTreeMap<String, Vec<u8>> {
    tree(&server.folder().join(bucket))
}
