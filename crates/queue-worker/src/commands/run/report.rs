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
    if summary.end == Some(End::MaxDead) {
        let Left { pending, delayed, .. } = summary.left;
        report.exit = Exit::BadInput;
        return report.message(format!(
            "{} tasks are dead letters, more than --max-dead, {dead} of them by this worker: no \
             more tasks are taken, and {pending} pending and {delayed} delayed ones stay in the \
             queue; see queue-worker dead list, mend the handler, then dead retry or dead drop",
            summary.queue_dead,
            dead = summary.dead
        ));
    }
    if is_limited {
        let end = summary.end.map_or("", End::as_str);
        let Left { pending, delayed, claims, is_paused, .. } = summary.left;
        let paused = if is_paused { "; the queue is paused (queue-worker resume)" } else { "" };
        report.exit = Exit::Limit;
        report = report.message(format!(
            "--{end} was reached with work left: {pending} tasks pending, {delayed} delayed, \
             {claims} claims of other workers{paused}"
        ));
    }
    if outcome == Outcome::Stopped && !is_limited && summary.is_redis_down {
        report = report.message("stopped while redis was not usable; no task was in hand");
    }
    // A follower that is stopped leaves the queue to the next one.
    if outcome == Outcome::Done && summary.end.is_some() {
        report = judged(report, summary, dead_exit_code);
    }
    report
}

/// The report of a worker that has come to its own end, by what became of the tasks.
fn judged(report: Report, summary: &Summary, dead_exit_code: u8) -> Report {
    let Summary { done, dead, missing, .. } = *summary;
    let lost = lost(summary);
    let removed = format!(
        "{missing} tasks that were pushed are neither done nor dead: they were {REMOVED_BY_OTHERS}"
    );
    match (dead_exit_code, &lost) {
        (65 | 70, Some(lost)) => {
            let lost = if missing > 0 { format!("{lost}; {removed}") } else { lost.clone() };
            let exit = if dead_exit_code == 65 { Exit::BadInput } else { Exit::Bug };
            Report { exit, ..report.message(lost) }
        }
        _ if missing > 0 => report.warning(removed),
        // Most likely the handler does not work at all, and nobody would notice by an exit code of
        // 0.
        (_, Some(lost)) if done == 0 && (dead > 0 || is_at_most_once(summary)) => {
            report.warning(format!(
                "nothing was done, and {lost}; does the handler work at all? --dead-exit-code 65 \
                 or 70 makes an error of it"
            ))
        }
        _ => report,
    }
}

/// The tasks that got no result, in words. A worker that leaves a drained queue speaks for all of
/// it, as the worker that made a dead letter may have been killed since; one that leaves others at
/// work speaks for itself.
fn lost(summary: &Summary) -> Option<String> {
    let Summary { dead, failed, gone, queue_dead, .. } = *summary;
    if is_at_most_once(summary) {
        // A delivery at most once leaves no dead letters.
        let lost = failed + gone;
        return (lost > 0).then(|| {
            format!(
                "{lost} tasks are gone, as --delivery at-most-once wants it: {failed} failed, and \
                 {gone} were in hand when their worker died"
            )
        });
    }
    let whole = if summary.end == Some(End::Drained) { queue_dead.max(dead) } else { dead };
    (whole > 0).then(|| {
        format!(
            "{whole} tasks are dead letters, {dead} of them by this worker: see queue-worker dead \
             list, then dead retry or dead drop"
        )
    })
}

fn is_at_most_once(summary: &Summary) -> bool {
    summary.delivery == Some(Delivery::AtMostOnce)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained() -> Summary {
        Summary {
            end: Some(End::Drained),
            delivery: Some(Delivery::AtLeastOnce),
            done: 1,
            ..Summary::default()
        }
    }

    fn code(summary: &Summary) -> u8 {
        report(summary, false, 65).exit.code()
    }

    #[test]
    fn a_drained_queue_is_judged_by_all_of_its_dead_letters() {
        assert_eq!(code(&drained()), 0);
        assert_eq!(code(&Summary { queue_dead: 1, ..drained() }), 65);
        assert_eq!(report(&Summary { queue_dead: 1, ..drained() }, false, 70).exit.code(), 70);
        assert_eq!(report(&Summary { queue_dead: 1, ..drained() }, false, 0).exit.code(), 0);
    }

    #[test]
    fn a_follower_that_is_stopped_ends_well_whatever_is_dead() {
        let stopped = Summary { end: None, dead: 1, queue_dead: 1, ..drained() };
        assert_eq!(report(&stopped, true, 65).exit.code(), 0);
    }

    #[test]
    fn too_many_dead_letters_are_an_error_whatever_is_left() {
        let broken = Summary { end: Some(End::MaxDead), queue_dead: 3, ..drained() };
        for is_work in [false, true] {
            let left = Left { is_work, ..Left::default() };
            assert_eq!(report(&Summary { left, ..broken }, false, 0).exit.code(), 65);
        }
    }

    #[test]
    fn a_worker_that_leaves_others_at_work_is_judged_by_its_own() {
        for end in [End::Empty, End::MaxTasks] {
            let others = Summary { end: Some(end), queue_dead: 1, ..drained() };
            assert_eq!(code(&others), 0);
            assert_eq!(code(&Summary { dead: 1, ..others }), 65);
        }
    }

    #[test]
    fn at_most_once_what_failed_and_what_died_with_its_worker_counts() {
        let once = Summary { delivery: Some(Delivery::AtMostOnce), ..drained() };
        assert_eq!(code(&once), 0);
        assert_eq!(code(&Summary { failed: 1, ..once }), 65);
        assert_eq!(code(&Summary { gone: 1, ..once }), 65);
        // Failures that are tried again are none.
        assert_eq!(code(&Summary { failed: 1, ..drained() }), 0);
    }
}
