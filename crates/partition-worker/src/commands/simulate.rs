//! `simulate`: named phases that take time, as a stand-in for work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use job_files::{Publication, Work};
use object_storage::Storage;
use worker_runtime::{Environment, Outcome, Pod, Report, on_blocking_thread};

use crate::cli;
use crate::commands::partition_job;
use crate::error::Error;
use crate::output_version;
use crate::partition::{Partition, already_done};
use crate::summary::{NOT_TOLD, Summary};

/// Progress is counted in steps of this length.
const STEP: Duration = Duration::from_millis(100);

/// Runs the phases of this pod's index.
pub(crate) async fn run(args: cli::Simulate, pod: Pod) -> Result<Report, Error> {
    let identity = args.identity.resolve_index(&Environment::of_process())?;
    pod.assume(identity);
    let times = args.phases.times(args.seed, identity.index);
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let mut publishing = None;
    if let Some(output) = &args.output {
        let settings = times
            .iter()
            .map(|(name, time)| (format!("phase_{name}_ms"), time.as_millis().to_string()));
        let work = Work {
            command: "simulate".to_owned(),
            output_version: output_version::SIMULATE,
            index: identity.index,
            partitions: identity.count.unwrap_or(NOT_TOLD),
            settings: settings.collect(),
            input: Vec::new(),
        };
        let publication =
            partition_job::publication(&pod, &storage, output, work.index, "simulate")?;
        let look = {
            let storage = storage.clone();
            move || find_earlier_run(&storage, publication, work, args.force)
        };
        match pod.blocking_unless_stopped(look).await.ok_or(Error::Stopped)?? {
            EarlierRun::Done(report) => return Ok(report),
            EarlierRun::ToDo(publication, work) => publishing = Some((publication, work)),
        }
    }
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    let progress = pod.progress("steps", Some(steps(total)));
    let began = Instant::now();
    for (number, (name, time)) in times.iter().enumerate() {
        tracing::info!(
            phase = name,
            number = number + 1,
            of = times.len(),
            planned_ms = time.as_millis() as u64,
            "phase begins"
        );
        let end = Instant::now() + *time;
        while Instant::now() < end {
            tokio::select! {
                () = tokio::time::sleep_until((Instant::now() + STEP).min(end).into()) => {
                    progress.advance(1);
                }
                () = pod.shutdown.requested() => return Err(Error::Stopped),
            }
        }
    }
    progress.finish();
    if let Some((publication, work)) = publishing {
        on_blocking_thread(move || publish(&storage, &publication, work)).await?;
    }
    tracing::info!(
        phases = times.len(),
        elapsed_ms = began.elapsed().as_millis() as u64,
        "all phases are over"
    );
    Ok(Report::new(Outcome::Done).count("phases", times.len() as u64))
}

fn steps(time: Duration) -> u64 {
    time.as_millis().div_ceil(STEP.as_millis()) as u64
}

enum EarlierRun {
    Done(Report),
    ToDo(Publication, Work),
}

/// Whether the partition was finished before.
fn find_earlier_run(
    storage: &Storage,
    publication: Publication,
    work: Work,
    force: bool,
) -> Result<EarlierRun, Error> {
    let partition = Partition::default();
    if force {
        publication.withdraw_by_force()?;
    } else if let Some(report) = already_done(storage, &publication, &work, &partition, 0, "")? {
        return Ok(EarlierRun::Done(report));
    }
    Ok(EarlierRun::ToDo(publication, work))
}

fn publish(storage: &Storage, publication: &Publication, work: Work) -> Result<(), Error> {
    let summary = Summary {
        command: work.command.clone(),
        index: work.index,
        partitions: work.partitions,
        input_bytes: 0,
        records: None,
        over_max_rejected: None,
    };
    let summary = summary.output(storage, publication.folder())?;
    Ok(publication.commit(vec![summary], work, BTreeMap::new())?)
}
