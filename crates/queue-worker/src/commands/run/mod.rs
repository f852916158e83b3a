//! `run`: a worker.

mod handlers;
mod redis_check;
mod report;

use tracing::info;
use worker_runtime::{Pod, Report, RuntimeArgs, child::find_program};

use self::{handlers::handlers, redis_check::look_at_redis, report::report};
use super::{error::CommandError, queue_access::open_all};
use crate::{
    cli::RunArgs,
    handlers::StartError,
    queue::{Delivery, Terms, worker_name},
    worker::{self, Bounds, ExitWhen, LaneError, Order, Policy, Settings, Summary},
};

/// Bytes of payload in a claim at most, unless one task alone is larger.
const CLAIM_BYTES: usize = 2 << 20;

pub(super) async fn run(args: RunArgs, runtime: &RuntimeArgs, pod: Pod) -> anyhow::Result<Report> {
    if args.delivery.max_dead.is_some() && args.delivery.delivery == Delivery::AtMostOnce {
        return Err(CommandError::NoDeadLetters.into());
    }
    let (handlers, keepers) = handlers(&args, runtime.grace_period, &pod)?;
    if let Some(program) = args.handler.command.first() {
        find_program(program, std::env::var_os("PATH"))
            .map_err(|error| LaneError::Start(StartError::new(program, &error)))?;
    }
    let (names, order) = args.queues.parse().map_err(CommandError::Queues)?;
    let queues = open_all(&names, &args.queues.connection)?;
    let follow = args.limits.follow || args.limits.exit_when == ExitWhen::Never;
    tokio::select! {
        biased;
        looked = look_at_redis(&queues, &args) => looked?,
        () = pod.shutdown.requested() => {
            let is_redis_down = queues[0].redis().is_down();
            let summary = Summary { is_redis_down, ..Summary::default() };
            return Ok(report(&summary, follow, args.delivery.dead_exit_code));
        }
    }
    let worker = own_name(runtime.pod_name.is_some(), pod.name(), std::process::id());
    let settings = settings(&args, order, worker);
    info!(
        queue = names.join(", "),
        redis = queues[0].redis().address(),
        concurrency = args.handler.concurrency,
        lease_ms = args.delivery.lease.as_millis() as u64,
        "taking tasks"
    );
    let summary = worker::run(queues, settings, handlers, keepers, &pod).await?;
    Ok(report(&summary, follow, args.delivery.dead_exit_code))
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

fn settings(args: &RunArgs, order: Order, worker: String) -> Settings {
    Settings {
        order,
        terms: Terms {
            worker: worker.clone(),
            lease: args.delivery.lease,
            limit: args.limits.limit,
            rate: args.limits.rate,
            max_crashes: args.delivery.max_crashes,
            max_bytes: CLAIM_BYTES,
            results: args.results.results,
            results_limit: args.results.results_limit,
            results_ttl: args.results.results_ttl,
            delivery: args.delivery.delivery,
            forget_after: args.results.forget_after,
        },
        policy: Policy {
            max_attempts: args.delivery.max_attempts,
            backoff_base: args.delivery.backoff.base,
            backoff_cap: args.delivery.backoff.cap,
            worker,
            results: args.results.results,
            delivery: args.delivery.delivery,
        },
        bounds: Bounds {
            exit_when: if args.limits.follow { ExitWhen::Never } else { args.limits.exit_when },
            max_tasks: args
                .limits
                .max_tasks
                .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            max_runtime: args.limits.max_runtime,
            idle_timeout: args.limits.idle_timeout,
            max_dead: args.delivery.max_dead,
        },
        claim_time: args.delivery.claim_time,
        max_claim: usize::from(args.delivery.max_claim),
        max_task_size: args.limits.max_task_size,
        wait_for_queue: args.results.wait_for_queue,
        nonce: format!("{:016x}", rand::random::<u64>()),
    }
}
