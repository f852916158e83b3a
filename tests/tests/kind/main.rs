//! The lab on a real cluster, in a namespace of its own. `make test-kind` loads the images and runs
//! this.
//!
//! The cluster is that of KUBECONFIG; TAG names the workers' images, REDIS_IMAGE and S3_IMAGE the
//! services' where they are others than the manifests say. What is needed to understand a failure
//! is left in the folder ARTIFACTS.

use std::fs;
use std::time::Instant;

use anyhow::bail;

mod lab;
mod scenarios;

use lab::{LAB, Lab, kubectl};

#[test]
#[ignore = "needs a cluster: make test-kind"]
fn the_lab_runs_on_a_cluster() -> anyhow::Result<()> {
    let lab = Lab::new()?;
    type Part = fn(&Lab) -> anyhow::Result<()>;
    let parts: [(&str, Part); 10] = [
        (LAB, Lab::services),
        ("fixed completions", Lab::fixed_completions),
        ("work queue, with pods lost", Lab::work_queue),
        ("indexed", Lab::indexed),
        ("a bad index fails alone", Lab::a_bad_index_fails_alone),
        ("a wrong setting ends a Job at once", Lab::a_wrong_setting_ends_a_job_at_once),
        ("asking a queue and a bucket", Lab::asking),
        ("monthly logs and the year", Lab::monthly_logs),
        ("etl", Lab::etl),
        ("nightly", Lab::nightly),
    ];
    let mut failed = Vec::new();
    for (name, part) in parts {
        let began = Instant::now();
        match part(&lab) {
            Ok(()) => eprintln!("{name}: ok, {} s", began.elapsed().as_secs()),
            Err(error) => {
                eprintln!("{name}: FAILED: {error:#}");
                failed.push(name);
            }
        }
        // Nothing can be expected of the others.
        if failed.contains(&LAB) {
            break;
        }
    }
    if !failed.is_empty() {
        lab.leave_artifacts();
    }
    if std::env::var_os("KEEP").is_none() {
        kubectl(&["delete", "namespace", &lab.namespace, "--wait=false"])?;
    }
    let _ = fs::remove_dir_all(&lab.overlays);
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}; see {}", failed.join(", "), lab.artifacts.display())
    }
}
