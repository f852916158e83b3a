//! Flags of `run`, a struct for each heading of its help.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::Args;
use worker_runtime::duration_between;

use super::{
    queues::QueuesArgs,
    values::{BackoffRange, DAY, HandlerName, MS, dead_exit_code},
};
use crate::{
    queue::{Delivery, Rate, ResultStore},
    worker::ExitWhen,
};

/// Settings of a worker.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
A command is run once a task: the payload on its stdin, without a line end (in a shell: \
                        task=$(cat)), TASK_ID, TASK_ATTEMPT and TASK_QUEUE in \
                        its environment; exit 0 is done and stdout is the result, exit 65 is a \
                        dead letter at once, anything else is tried again.\n\nWith --lines it is \
                        started once and given each task as a JSON line, \
                        {\"id\":ID,\"attempt\":1,\"task\":PAYLOAD}. It answers each with a line \
                        of its own, flushed: {\"id\":ID,\"result\":RESULT}, \
                        {\"id\":ID,\"error\":WHY} to be tried again, or {\"id\":ID,\"dead\":WHY} \
                        for a dead letter at once. Any other line goes to the log.")]
pub struct RunArgs {
    /// Which queues.
    #[command(flatten)]
    pub queues: QueuesArgs,
    /// What it keeps.
    #[command(flatten)]
    pub results: ResultArgs,
    /// What is done with a task.
    #[command(flatten)]
    pub handler: HandlerArgs,
    /// How often a task is given out.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
    /// Where it ends.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Work on a Redis whose eviction policy may drop tasks when memory is short
    #[arg(long, env = "JOB_WORKER_ALLOW_EVICTION", help_heading = "Redis")]
    pub allow_eviction: bool,
}

/// What is done with a task, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Handler")]
pub struct HandlerArgs {
    /// What is done with a task, instead of a command: validate (with --schema) or
    /// simulate=MIN..MAX
    #[arg(long, env = "JOB_WORKER_HANDLER", value_name = "HANDLER", conflicts_with = "command")]
    pub handler: Option<HandlerName>,
    /// Table Schema for --handler validate: a task is a JSON object or a CSV record
    #[arg(long, env = "JOB_WORKER_SCHEMA", value_name = "PATH")]
    pub schema: Option<PathBuf>,
    /// Checks over a row for --handler validate, as partition-worker has them
    #[arg(long, env = "JOB_WORKER_CHECKS", value_name = "PATH", requires = "schema")]
    pub checks: Option<PathBuf>,
    /// Keep one child running that is given tasks as JSON lines and answers them by their ids
    #[arg(long, requires = "command")]
    pub lines: bool,
    /// Tasks that a child of --lines is given at once, to be answered in any order
    #[arg(
        long,
        env = "JOB_WORKER_WINDOW",
        requires = "lines",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=1024),
        value_name = "N",
    )]
    pub window: u16,
    /// Tasks handled at the same time
    #[arg(
        long,
        env = "JOB_WORKER_CONCURRENCY",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=1024),
        value_name = "N",
    )]
    pub concurrency: u16,
    /// Time for one task
    #[arg(
        long,
        env = "JOB_WORKER_TASK_TIMEOUT",
        default_value = "1h",
        value_parser = duration_between(MS, 30 * DAY),
        value_name = "TIME",
    )]
    pub task_timeout: Duration,
    /// Bytes of a command's result at most; a task that gives more fails
    #[arg(long, env = "JOB_WORKER_MAX_OUTPUT", default_value_t = 64 << 10, value_name = "BYTES")]
    pub max_output: usize,
    /// The command that handles tasks
    #[arg(last = true, value_name = "CMD", help_heading = None)]
    pub command: Vec<OsString>,
}

/// How often a task is given out, and what becomes of one that fails.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// How often a task may be delivered; at most once there is no second attempt, and
    /// --max-attempts, --max-crashes and --backoff have no effect
    #[arg(long, env = "JOB_WORKER_DELIVERY", value_enum, default_value_t = Delivery::AtLeastOnce)]
    pub delivery: Delivery,
    /// How long a worker may be silent before its tasks go to others; renewed every third
    #[arg(
        long,
        env = "JOB_WORKER_LEASE",
        default_value = "30s",
        value_parser = duration_between(100 * MS, DAY),
        value_name = "TIME",
    )]
    pub lease: Duration,
    /// Work that a crash may undo: as many tasks are claimed at once as take this long
    #[arg(
        long,
        env = "JOB_WORKER_CLAIM_TIME",
        default_value = "100ms",
        value_parser = duration_between(Duration::ZERO, DAY),
        value_name = "TIME",
    )]
    pub claim_time: Duration,
    /// Tasks claimed at once at most
    #[arg(
        long,
        env = "JOB_WORKER_MAX_CLAIM",
        default_value_t = 1000,
        value_parser = clap::value_parser!(u16).range(1..=4000),
        value_name = "N",
    )]
    pub max_claim: u16,
    /// Failures of a task after which it is a dead letter
    #[arg(
        long,
        env = "JOB_WORKER_MAX_ATTEMPTS",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..),
        value_name = "N",
    )]
    pub max_attempts: u32,
    /// Crashed workers that had a task in hand after which it is a dead letter
    #[arg(
        long,
        env = "JOB_WORKER_MAX_CRASHES",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..),
        value_name = "N",
    )]
    pub max_crashes: u32,
    /// Dead letters in the queue beyond which the worker takes no more tasks and exits 65; what is
    /// left stays in the queue
    #[arg(long, env = "JOB_WORKER_MAX_DEAD", value_name = "N")]
    pub max_dead: Option<u64>,
    /// Delay of a failed task, doubled each time up to the cap, jittered: BASE..CAP
    #[arg(long, env = "JOB_WORKER_BACKOFF", default_value = "1s..60s", value_name = "BASE..CAP")]
    pub backoff: BackoffRange,
    /// Exit code when a drained queue has dead letters, or, at most once, tasks of this worker are
    /// gone: 0, 65 or 70
    #[arg(
        long,
        env = "JOB_WORKER_DEAD_EXIT_CODE",
        default_value_t = 0,
        value_parser = dead_exit_code,
        value_name = "CODE",
    )]
    pub dead_exit_code: u8,
}

/// What the queue keeps, and for how long.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct ResultArgs {
    /// Where results go
    #[arg(long, env = "JOB_WORKER_RESULTS", value_enum, default_value_t = ResultStore::List)]
    pub results: ResultStore,
    /// Results kept, the newest; 0 for all
    #[arg(long, env = "JOB_WORKER_RESULTS_LIMIT", default_value_t = 0, value_name = "N")]
    pub results_limit: usize,
    /// Time after the last result at which all results are forgotten; 0s for never
    #[arg(
        long,
        env = "JOB_WORKER_RESULTS_TTL",
        default_value = "0s",
        value_parser = duration_between(Duration::ZERO, 3650 * DAY),
        value_name = "TIME",
    )]
    pub results_ttl: Duration,
    /// Time after the queue was drained at which all of it is forgotten, results and dead letters
    /// too; 0s for never
    #[arg(
        long,
        env = "JOB_WORKER_FORGET_AFTER",
        default_value = "0s",
        value_parser = duration_between(Duration::ZERO, 3650 * DAY),
        value_name = "TIME",
    )]
    pub forget_after: Duration,
    /// Time to wait for a queue that nobody has pushed to yet; then exit 66
    #[arg(
        long,
        env = "JOB_WORKER_WAIT_FOR_QUEUE",
        default_value = "60s",
        value_parser = duration_between(Duration::ZERO, 30 * DAY),
        value_name = "TIME",
    )]
    pub wait_for_queue: Duration,
}

/// Where a task is too much, and where a worker ends.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Tasks in hand at most, over all workers of the queue; 0 for no limit
    #[arg(long, env = "JOB_WORKER_LIMIT", default_value_t = 0, value_name = "N")]
    pub limit: usize,
    /// Tasks given out at most in a time, over all workers of the queue, by the clock of Redis:
    /// 50/s, 3000/min, 10/h
    ///
    /// Give all workers of the queue the same.
    #[arg(long, env = "JOB_WORKER_RATE", value_name = "RATE")]
    pub rate: Option<Rate>,
    /// Bytes of a task at most; a larger one is a dead letter
    #[arg(long, env = "JOB_WORKER_MAX_TASK_SIZE", default_value_t = 16 << 20, value_name = "BYTES")]
    pub max_task_size: usize,
    /// When a worker without work ends: drained means that no worker has anything in hand or
    /// waiting either
    #[arg(long, env = "JOB_WORKER_EXIT_WHEN", value_enum, default_value_t = ExitWhen::Drained)]
    pub exit_when: ExitWhen,
    /// Go on for ever, for a Deployment: the same as --exit-when never
    #[arg(long, env = "JOB_WORKER_FOLLOW", conflicts_with = "exit_when")]
    pub follow: bool,
    /// Tasks to settle (done or dead), exactly, if there are so many
    #[arg(
        long,
        env = "JOB_WORKER_MAX_TASKS",
        value_parser = clap::value_parser!(u64).range(1..),
        value_name = "N",
    )]
    pub max_tasks: Option<u64>,
    /// Time after which no more tasks are taken; exit 75 if some are left
    #[arg(
        long,
        env = "JOB_WORKER_MAX_RUNTIME",
        value_parser = duration_between(MS, 365 * DAY),
        value_name = "TIME",
    )]
    pub max_runtime: Option<Duration>,
    /// Time without a task after which the worker ends; exit 75 if some wait or are in other hands
    #[arg(
        long,
        env = "JOB_WORKER_IDLE_TIMEOUT",
        value_parser = duration_between(MS, 365 * DAY),
        value_name = "TIME",
    )]
    pub idle_timeout: Option<Duration>,
}
