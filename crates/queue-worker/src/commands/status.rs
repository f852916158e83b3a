//! `status`: one look, or one after the other.

use std::fmt::Write as _;

use serde::Serialize;
use worker_runtime::{Pod, Report};

use super::{
    output::{Listener, REMOVED_BY_OTHERS, done, print, span, table},
    queue_access::{no_queue, open},
};
use crate::{cli::StatusArgs, queue::Status};

/// A look as JSON.
#[derive(Serialize)]
struct Looked<'a> {
    /// False for a name that nobody has pushed to: zeros do not mean that its work is done.
    exists: bool,
    #[serde(flatten)]
    status: &'a Status,
}

pub(super) async fn status(args: StatusArgs, pod: &Pod) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    loop {
        let status = queue.status(args.claims).await?;
        let reader = if args.json {
            print(&format!(
                "{}\n",
                serde_json::to_string(&Looked { exists: status.exists(), status: &status })?
            ))?
        } else if status.exists() {
            print(&human(&args.queue.queue, &status))?
        } else if args.watch.is_some() {
            print(&format!(
                "queue {}: not there yet, nothing was ever pushed to it\n",
                args.queue.queue
            ))?
        } else {
            Listener::Listens
        };
        let Some(interval) = args.watch else {
            return if status.exists() { Ok(done()) } else { Err(no_queue(&queue).await.into()) };
        };
        if reader == Listener::HasGone || status.is_drained() {
            return Ok(done());
        }
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = pod.shutdown.requested() => return Ok(done()),
        }
        if !args.json && print("\n")? == Listener::HasGone {
            return Ok(done());
        }
    }
}

fn human(name: &str, status: &Status) -> String {
    let mut text = format!("queue {name}\n");
    if let Some(since) = status.paused_since_ms {
        let paused_for = span(status.now_ms.saturating_sub(since));
        let _ = writeln!(text, "  paused for {paused_for}; queue-worker resume lets it go on");
    }
    let count = |what: &str| status.counts.get(what).copied().unwrap_or(0);
    let due = match status.next_due_ms {
        Some(due) if due > status.now_ms => format!("the next in {}", span(due - status.now_ms)),
        Some(_) => "the next is due".to_owned(),
        None => String::new(),
    };
    let rows = [
        ("pending", status.pending, String::new()),
        ("delayed", status.delayed, due),
        ("in hand", status.in_hand, format!("{} claims", status.claim_count)),
        ("done", count("done"), format!("{} results stored", status.results)),
        (
            "dead",
            status.dead,
            if status.dead > 0 { "see queue-worker dead list".to_owned() } else { String::new() },
        ),
        ("retries", count("retried"), format!("{} after a crash", count("crashed"))),
        ("stale", count("stale"), String::new()),
        (
            "gone",
            count("gone"),
            "delivered at most once: failed, or lost with their worker".to_owned(),
        ),
        ("missing", status.missing, format!("pushed, then {REMOVED_BY_OTHERS}")),
    ];
    let is_rare = |what: &str| what == "gone" || what == "missing";
    let shown = rows.into_iter().filter(|(what, number, _)| !is_rare(what) || *number > 0);
    let rows: Vec<Vec<String>> = shown
        .map(|(what, number, more)| vec![format!("  {what}"), format!("{number:>10}"), more])
        .collect();
    text.push_str(&table(&rows));
    if let Some(ms) = status.forgotten_in_ms {
        let _ = writeln!(text, "  forgotten in {}", span(ms));
    }
    if !status.claims.is_empty() {
        let mut rows = vec![["  worker", "tasks", "age", "lease left"].map(str::to_owned).to_vec()];
        for claim in &status.claims {
            let left = u64::try_from(claim.lease_left_ms).map_or("expired".to_owned(), span);
            rows.push(vec![
                format!("  {}", claim.worker),
                claim.tasks.to_string(),
                span(claim.age_ms),
                left,
            ]);
        }
        text.push('\n');
        text.push_str(&table(&rows));
        let hidden = status.claim_count - status.claims.len() as u64;
        if hidden > 0 {
            let _ = writeln!(text, "  and {hidden} more claims");
        }
    }
    text
}
