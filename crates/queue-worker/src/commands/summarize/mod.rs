//! `summarize`: the results and dead letters of a queue, added up.

mod totals;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use tracing::warn;
use worker_runtime::{Report, grouped};

use self::totals::{Counts, Reason, Totals};
use super::{
    error::CommandError,
    output::{REMOVED_BY_OTHERS, done, numbers, print},
    queue_access::{no_queue, open},
};
use crate::{Queue, cli::SummarizeArgs, queue::Status};

/// Results or dead letters asked for in one call.
const PAGE: usize = 200;

/// What is read of a termination message.
#[derive(Deserialize)]
struct Ended {
    seconds: f64,
}

#[derive(Serialize)]
struct Document<'a> {
    queue: &'a str,
    #[serde(flatten)]
    all: Counts,
    /// Tasks that are pending, delayed or in hand.
    open: u64,
    /// Tasks delivered at most once that failed or were lost with their worker.
    gone: u64,
    /// Tasks that were pushed, and that something else has removed from the queue.
    missing: u64,
    workers: Vec<WorkerCounts<'a>>,
    reasons: Vec<ReasonCount<'a>>,
}

#[derive(Serialize)]
struct WorkerCounts<'a> {
    worker: &'a str,
    #[serde(flatten)]
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
}

#[derive(Serialize)]
struct ReasonCount<'a> {
    #[serde(flatten)]
    reason: &'a Reason,
    count: u64,
}

pub(super) async fn summarize(args: SummarizeArgs) -> anyhow::Result<Report> {
    let seconds = match &args.termination_messages {
        Some(folder) => Some(termination_messages(folder)?),
        None => None,
    };
    let queue = open(&args.queue)?;
    let status = queue.status(0).await?;
    if !status.exists() {
        return Err(no_queue(&queue).await.into());
    }
    let mut totals = Totals::default();
    results(&queue, &mut totals, args.rejected.as_deref()).await?;
    dead_letters(&queue, &mut totals).await?;
    warn_of_gaps(&totals, &status);
    let all = totals.all();
    let open = status.open();
    let gone = status.counts.get("gone").copied().unwrap_or(0);
    if args.json {
        let seconds = seconds.unwrap_or_default();
        let document = Document {
            queue: &args.queue.queue,
            all,
            open,
            gone,
            missing: status.missing,
            workers: totals
                .workers()
                .map(|(worker, counts)| WorkerCounts {
                    worker,
                    counts,
                    seconds: seconds.get(worker).copied(),
                })
                .collect(),
            reasons: totals
                .top_reasons(args.top)
                .into_iter()
                .map(|(reason, count)| ReasonCount { reason, count })
                .collect(),
        };
        print(&format!("{}\n", serde_json::to_string(&document)?))?;
    } else {
        let mut text = workers_table(&totals, seconds.as_ref());
        text.push_str(&reasons_table(&totals, args.top));
        if gone > 0 {
            text.push_str(&format!(
                "\ngone: {} (delivered at most once: failed, or lost with their worker)\n",
                grouped(gone)
            ));
        }
        if status.missing > 0 {
            text.push_str(&format!(
                "\nmissing: {} (pushed, then {REMOVED_BY_OTHERS})\n",
                grouped(status.missing)
            ));
        }
        if open > 0 {
            text.push_str(&format!(
                "\nnot over yet: {} (see queue-worker status)\n",
                grouped(open)
            ));
        }
        print(&text)?;
    }
    let report = if status.missing > 0 { done().count("missing", status.missing) } else { done() };
    Ok(report
        .count("tasks", all.tasks)
        .count("accepted", all.accepted)
        .count("rejected", all.rejected)
        .count("dead", all.dead)
        .count("open", open))
}

async fn results(
    queue: &Queue,
    totals: &mut Totals,
    rejected: Option<&Path>,
) -> anyhow::Result<()> {
    let failed =
        |path: &Path, source| CommandError::Write { path: path.display().to_string(), source };
    let mut file = match rejected {
        Some(path) => {
            Some((path, BufWriter::new(File::create(path).map_err(|source| failed(path, source))?)))
        }
        None => None,
    };
    let mut page = queue.first_results().await?;
    loop {
        let lines = queue.results(&mut page, PAGE).await?;
        if lines.is_empty() {
            break;
        }
        for line in lines {
            if totals.result(&line)
                && let Some((path, file)) = &mut file
            {
                let written = file.write_all(&line).and_then(|()| file.write_all(b"\n"));
                written.map_err(|source| failed(path, source))?;
            }
        }
    }
    if let Some((path, mut file)) = file {
        file.flush().map_err(|source| failed(path, source))?;
    }
    Ok(())
}

async fn dead_letters(queue: &Queue, totals: &mut Totals) -> anyhow::Result<()> {
    let mut offset = 0;
    loop {
        let ids = queue.dead_ids(offset, PAGE).await?;
        if ids.is_empty() {
            return Ok(());
        }
        offset += ids.len();
        for id in ids {
            // One that was retried meanwhile is gone.
            if let Some(record) = queue.record(&id).await? {
                totals.dead_letter(&record.worker, &record.reason);
            }
        }
    }
}

fn warn_of_gaps(totals: &Totals, status: &Status) {
    if totals.unreadable() > 0 {
        warn!(
            results = totals.unreadable(),
            "not everything among the results is one; it is not counted"
        );
    }
    let ended = status.counts.get("done").copied().unwrap_or(0);
    let all = totals.all();
    let stored = all.tasks - all.dead;
    if ended > stored {
        warn!(
            done = ended,
            stored,
            "not all results are stored (--results none, --results-limit or --results-ttl); only \
             those are counted"
        );
    }
}

/// Seconds by pod, from the files POD.json of a folder.
fn termination_messages(folder: &Path) -> Result<BTreeMap<String, f64>, CommandError> {
    let failed = |source| CommandError::Read { path: folder.display().to_string(), source };
    let mut seconds = BTreeMap::new();
    for file in std::fs::read_dir(folder).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "json")
            && let Some(pod) = path.file_stem().and_then(|stem| stem.to_str())
            && let Ok(ended) =
                serde_json::from_slice::<Ended>(&std::fs::read(&path).map_err(failed)?)
        {
            seconds.insert(pod.to_owned(), ended.seconds);
        }
    }
    Ok(seconds)
}

/// One number of a row.
type CountOf = fn(&Counts) -> u64;

/// Only the ways in which at least one task ended have a column.
fn workers_table(totals: &Totals, seconds: Option<&BTreeMap<String, f64>>) -> String {
    let all = totals.all();
    let columns: Vec<(&str, CountOf)> = vec![
        ("done", |counts: &Counts| counts.done),
        ("accepted", |counts| counts.accepted),
        ("rejected", |counts| counts.rejected),
        ("dead", |counts| counts.dead),
    ];
    let columns: Vec<_> = columns.into_iter().filter(|(_, of)| of(&all) > 0).collect();
    let mut header = vec!["worker".to_owned(), "tasks".to_owned()];
    header.extend(columns.iter().map(|(title, _)| (*title).to_owned()));
    header.extend(
        [if seconds.is_some() { "seconds" } else { "busy s" }, "tasks/s"].map(str::to_owned),
    );
    let row = |name: &str, counts: &Counts, seconds: Option<f64>| {
        let mut row = vec![name.to_owned(), grouped(counts.tasks)];
        row.extend(columns.iter().map(|(_, of)| grouped(of(counts))));
        if let Some(seconds) = seconds.filter(|seconds| *seconds > 0.0) {
            row.extend([format!("{seconds:.3}"), grouped((counts.tasks as f64 / seconds) as u64)]);
        }
        row
    };
    let mut rows = vec![header];
    for (worker, counts) in totals.workers() {
        let own = seconds.map_or(Some(counts.busy_seconds), |seconds| seconds.get(worker).copied());
        rows.push(row(worker, &counts, own));
    }
    // Workers run side by side, so their seconds do not add up: all is done when the last has
    // ended.
    let longest = seconds.and_then(|seconds| {
        let known = totals.workers().filter_map(|(worker, _)| seconds.get(worker).copied());
        known.reduce(f64::max)
    });
    rows.push(row("total", &all, longest));
    numbers(&rows)
}

fn reasons_table(totals: &Totals, top: usize) -> String {
    let reasons = totals.top_reasons(top);
    if reasons.is_empty() {
        return String::new();
    }
    let mut rows = vec![["reason", "field", "count"].map(str::to_owned).to_vec()];
    for (reason, count) in reasons {
        rows.push(vec![
            reason.reason.clone(),
            reason.field.clone().unwrap_or("(task)".to_owned()),
            grouped(count),
        ]);
    }
    format!("\nmost frequent reasons\n{}", numbers(&rows))
}
