//! How a worker's end is told: the exit code, the counts, and what somebody should read. Pure.

use worker_runtime::{Exit, Outcome, Report};

use crate::{
    commands::output::REMOVED_BY_OTHERS,
    queue::Delivery,
    worker::{End, Left, Summary},
};

/// The report of a worker that has ended.
pub(super) fn report(summary: &Summary, follow: bool, dead_exit_code: u8) -> Report {
    let is_limited = summary.left.is_work;
    let is_over = summary.end.is_some() || follow;
    let outcome = if is_over && !is_limited { Outcome::Done } else { Outcome::Stopped };
    let mut report = Report::new(outcome)
        .count("done", summary.done)
        .count("failed", summary.failed)
        .count("dead", summary.dead)
        .count("stale", summary.stale)
        .count("returned", summary.returned)
        .count("calls", summary.calls)
        .count("queue_dead", summary.queue_dead);
    if summary.gone > 0 {
        report = report.count("gone", summary.gone);
    }
    // As the last step saw it. The termination message has it whatever else there is to say.
    if summary.missing > 0 {
        report = report.count("missing", summary.missing);
    }
    if is_limited {
        let end = summary.end.map_or("", End::as_str);
        let Left { pending, delayed, claims, .. } = summary.left;
        report.exit = Exit::Limit;
        report = report.message(format!(
            "--{end} was reached with work left: {pending} tasks pending, {delayed} waiting for \
             their next attempt, {claims} claims of other workers"
        ));
    }
    if outcome == Outcome::Stopped && !is_limited && summary.is_redis_down {
        report = report.message("stopped while redis was not usable; no task was in hand");
    }
    if outcome == Outcome::Done {
        report = judged(report, summary, dead_exit_code);
    }
    report
}

/// The report of a worker that has come to its own end, by what became of its tasks.
fn judged(report: Report, summary: &Summary, dead_exit_code: u8) -> Report {
    let Summary { done, dead, failed, missing, .. } = *summary;
    let letters = format!("{dead} tasks became dead letters: see queue-worker dead list");
    let removed = format!(
        "{missing} tasks that were pushed are neither done nor dead: they were {REMOVED_BY_OTHERS}"
    );
    match dead_exit_code {
        65 | 70 if dead > 0 => {
            let letters = if missing > 0 { format!("{letters}; {removed}") } else { letters };
            let exit = if dead_exit_code == 65 { Exit::BadInput } else { Exit::Bug };
            Report { exit, ..report.message(letters) }
        }
        _ if missing > 0 => report.warning(removed),
        // Most likely the handler does not work at all, and nobody would notice by an exit code of
        // 0.
        _ if done == 0 && dead > 0 => report.warning(format!(
            "nothing was done, and {letters}, and whether the handler works at all; \
             --dead-exit-code 65 or 70 makes an error of dead letters"
        )),
        // A delivery at most once leaves no dead letters.
        _ if done == 0 && failed > 0 && summary.delivery == Some(Delivery::AtMostOnce) => report
            .warning(format!(
                "nothing was done: {failed} tasks failed and are gone, as --delivery at-most-once \
             wants it; does the handler work at all?"
            )),
        _ => report,
    }
}
