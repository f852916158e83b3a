//! Two runs that publish under one prefix at the same moment: S3 locks nothing.

use std::process::Stdio;

use job_files::{Manifest, blake3};
use system_tests::{S3Server, worker};

use crate::{make_transactions, objects, variables};

/// Runs of two programs whose outputs have the same names, again and again: whoever ends well left
/// a whole result, and whoever came in between has an error.
#[test]
fn of_two_runs_at_once_none_ends_well_with_a_mixture() -> anyhow::Result<()> {
    let server = S3Server::start(&["incoming", "results"])?;
    let folder = tempfile::tempdir()?;
    make_transactions(folder.path(), &server.endpoint(), 300)?;
    let identity = [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
    let environment = variables(&server.endpoint(), &identity);
    let mut refused = 0;
    for round in 0..8 {
        let output = format!("s3://results/round-{round}/");
        let mut running = Vec::new();
        for program in [["sort", "-r"], ["sort", "-n"], ["sort", "-r"]] {
            let mut arguments = vec![
                "exec",
                "--input",
                "s3://incoming/night/data_0.csv",
                "--output",
                &output,
                "--",
            ];
            arguments.extend(program);
            let mut command = worker("partition-worker", folder.path(), &arguments, &environment);
            running.push(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?);
        }
        for child in running {
            let ran = child.wait_with_output()?;
            match ran.status.code() {
                Some(0) => {}
                Some(64 | 74) => refused += 1,
                _ => anyhow::bail!("{}", String::from_utf8_lossy(&ran.stderr)),
            }
        }
        let there = objects(&server, "results");
        let part = format!("round-{round}/part-00000");
        if let Some(bytes) = there.get(&format!("{part}/_SUCCESS")) {
            let manifest = Manifest::from_bytes(bytes).expect("a manifest");
            for output in manifest.outputs {
                let bytes = &there[&format!("{part}/{}", output.name)];
                assert_eq!(blake3(bytes), output.blake3, "{}", output.name);
            }
        }
    }
    assert!(refused < 24, "somebody is the first");
    Ok(())
}
