//! `run`: a worker.

use std::time::Duration;

use tokio::task::JoinSet;
use tracing::{info, warn};
use worker_runtime::{
    Exit, Outcome, Pod, Report, RuntimeArgs,
    child::{Guardian, find_program},
};

use super::{
    CommandError,
    eviction::{self, Eviction},
    open,
};
use crate::{
    Queue, QueueError,
    cli::{HandlerName, RunArgs},
    connection::ConnectionError,
    handler::{Handler, Lines, LinesSettings, PerTask, StartError, Validate},
    protocol::{Delivery, ResultStore, Terms, worker_name},
    worker::{self, Bounds, End, ExitWhen, LaneError, Left, Policy, Settings, Summary},
};

/// Bytes of payload in a claim at most, unless one task alone is larger.
const CLAIM_BYTES: usize = 2 << 20;

pub(super) async fn run(args: RunArgs, runtime: &RuntimeArgs, pod: Pod) -> anyhow::Result<Report> {
    let (handlers, keepers) = handlers(&args, runtime.grace_period, &pod)?;
    if let Some(program) = args.command.first() {
        find_program(program, std::env::var_os("PATH"))
            .map_err(|error| LaneError::Start(StartError::new(program, &error)))?;
    }
    let queue = open(&args.queue)?;
    let follow = args.follow || args.exit_when == ExitWhen::Never;
    tokio::select! {
        biased;
        looked = look_at_redis(&queue, &args) => looked?,
        () = pod.shutdown.requested() => {
            let summary = Summary { is_redis_down: queue.redis().is_down(), ..Summary::default() };
            return Ok(report(&summary, follow, args.dead_exit_code));
        }
    }
    let settings =
        settings(&args, own_name(runtime.pod_name.is_some(), pod.name(), std::process::id()));
    info!(
        queue = args.queue.queue,
        redis = queue.redis().address(),
        concurrency = args.concurrency,
        lease_ms = args.lease.as_millis() as u64,
        "taking tasks"
    );
    let summary = worker::run(queue, settings, handlers, keepers, &pod).await?;
    Ok(report(&summary, follow, args.dead_exit_code))
}

/// A handler for each lane, and the keepers of `--lines` children, which run until the handlers are
/// gone.
fn handlers(
    args: &RunArgs,
    grace: Duration,
    pod: &Pod,
) -> Result<(Vec<Handler>, JoinSet<()>), CommandError> {
    let mut keepers = JoinSet::new();
    let lanes = usize::from(args.concurrency);
    let handlers = match args.handler {
        Some(HandlerName::Simulate(simulate)) => {
            vec![simulate; lanes].into_iter().map(Handler::Simulate).collect()
        }
        Some(HandlerName::Validate) => {
            let schema = args.schema.as_deref().ok_or(CommandError::NoSchema)?;
            let validate = || Ok(Handler::Validate(Box::new(Validate::from_file(schema)?)));
            (0..lanes).map(|_| validate()).collect::<Result<_, CommandError>>()?
        }
        None if args.command.is_empty() => return Err(CommandError::NoHandler),
        None if args.lines => {
            let settings = lines_settings(args, grace, pod);
            let mut handlers = Vec::new();
            for _ in 0..lanes {
                let (lines, keeper) = Lines::new(settings.clone());
                keepers.spawn(keeper);
                // Each task that a child may have at once has a lane of its own, so that none holds
                // up another.
                handlers
                    .extend(vec![lines; usize::from(args.window)].into_iter().map(Handler::Lines));
            }
            handlers
        }
        None => {
            let command = PerTask {
                command: args.command.clone(),
                timeout: args.task_timeout,
                max_output: args.max_output,
                guardian: Guardian::default(),
            };
            vec![command; lanes].into_iter().map(Handler::PerTask).collect()
        }
    };
    Ok((handlers, keepers))
}

fn lines_settings(args: &RunArgs, grace: Duration, pod: &Pod) -> LinesSettings {
    LinesSettings {
        command: args.command.clone(),
        timeout: args.task_timeout,
        max_output: args.max_output,
        // The rest of the grace period is for whatever comes after the child.
        farewell: grace.mul_f64(0.6),
        // A tenth of the lease is kept back for its end to be noticed before another worker has the
        // task.
        hasty_farewell: args.lease / 20,
        shutdown: pod.shutdown.clone(),
        guardian: Guardian::default(),
    }
}

/// What the worker is called in results and by `status`. A pod has a name of its own and one
/// worker, which is its process 1; on a machine several workers have the name of the machine alone,
/// and only the process tells them apart.
fn own_name(is_given: bool, name: &str, process: u32) -> String {
    if is_given || process == 1 {
        worker_name(name)
    } else {
        worker_name(&format!("{name}-{process}"))
    }
}

fn settings(args: &RunArgs, worker: String) -> Settings {
    Settings {
        terms: Terms {
            worker: worker.clone(),
            lease: args.lease,
            limit: args.limit,
            max_crashes: args.max_crashes,
            max_bytes: CLAIM_BYTES,
            results: args.results,
            results_limit: args.results_limit,
            results_ttl: args.results_ttl,
            delivery: args.delivery,
            forget_after: args.forget_after,
        },
        policy: Policy {
            max_attempts: args.max_attempts,
            backoff_base: args.backoff.base,
            backoff_cap: args.backoff.cap,
            worker,
            results: args.results,
            delivery: args.delivery,
        },
        bounds: Bounds {
            exit_when: if args.follow { ExitWhen::Never } else { args.exit_when },
            max_tasks: args.max_tasks.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            max_runtime: args.max_runtime,
            idle_timeout: args.idle_timeout,
        },
        claim_time: args.claim_time,
        max_claim: usize::from(args.max_claim),
        max_task_size: args.max_task_size,
        wait_for_queue: args.wait_for_queue,
        nonce: format!("{:016x}", rand::random::<u64>()),
    }
}

fn report(summary: &Summary, follow: bool, dead_exit_code: u8) -> Report {
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
    match dead_exit_code {
        65 | 70 if dead > 0 => {
            let exit = if dead_exit_code == 65 { Exit::BadInput } else { Exit::Bug };
            Report { exit, ..report.message(letters) }
        }
        _ if summary.end == Some(End::Drained) && missing > 0 => {
            report.count("missing", missing).warning(format!(
                "{missing} tasks that were pushed are neither done nor dead: something else has \
                 removed them from the queue (DEL, LPOP, LTRIM, or a consumer that is no \
                 queue-worker)"
            ))
        }
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

/// Whether this Redis can keep a queue.
async fn look_at_redis(queue: &Queue, args: &RunArgs) -> anyhow::Result<()> {
    queue.redis().check_commands().await?;
    check_results(queue, args.results).await?;
    refuse_eviction(queue, args).await
}

/// Whether results can be stored where earlier ones are: else the first task would be handled, and
/// then stay in hand with a result that Redis refuses.
async fn check_results(queue: &Queue, store: ResultStore) -> anyhow::Result<()> {
    let wanted = match store {
        ResultStore::List => "list",
        ResultStore::Stream => "stream",
        ResultStore::None => return Ok(()),
    };
    let found = match queue.results_type().await {
        Ok(found) => found,
        // Asking is no more than a courtesy: storing needs no permission for TYPE.
        Err(QueueError::Connection(
            ConnectionError::NoPermission { .. } | ConnectionError::NoCommand { .. },
        )) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if found == wanted || found == "none" {
        return Ok(());
    }
    let key = queue.keys().results();
    let remedy = if matches!(found.as_str(), "list" | "stream") {
        format!(
            "say --results {found}, or take the earlier results away first (read them, and then \
             redis-cli DEL '{key}')"
        )
    } else {
        "the key is another program's: choose another --queue, or move its data".to_owned()
    };
    Err(CommandError::ResultsType { key, found, wanted, remedy }.into())
}

/// A Redis that evicts any key loses tasks without a word. Policies named `volatile-` drop only
/// keys with a TTL, of which the queue has none that it could not miss, unless it was asked to
/// forget.
async fn refuse_eviction(queue: &Queue, args: &RunArgs) -> anyhow::Result<()> {
    let policy = match eviction::policy(queue).await? {
        Eviction::Unknown { why, said } => {
            warn!(said, "{why}: whether redis evicts tasks is not known");
            return Ok(());
        }
        Eviction::Never => return Ok(()),
        Eviction::Policy(policy) => policy,
    };
    let forgets = !args.results_ttl.is_zero() || !args.forget_after.is_zero();
    match policy.starts_with("allkeys-") {
        true if args.allow_eviction => {
            warn!(policy, "redis may drop tasks when its memory is short");
            Ok(())
        }
        true => Err(CommandError::Eviction { policy }.into()),
        false if forgets => {
            warn!(
                policy,
                "redis may drop what --results-ttl and --forget-after give a time to live before \
                 that time, when its memory is short: results, dead letters, and then the whole \
                 queue; set maxmemory-policy to noeviction"
            );
            Ok(())
        }
        false => Ok(()),
    }
}
