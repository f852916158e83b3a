//! The command line.

use std::{ffi::OsString, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use worker_runtime::{Role, RuntimeArgs, duration_between};

use crate::{
    connection::ConnectionArgs,
    handler::Simulate,
    protocol::{Delivery, ResultStore},
    worker::ExitWhen,
};

const MS: Duration = Duration::from_millis(1);
const DAY: Duration = Duration::from_secs(86_400);

/// Takes tasks from a Redis list, loses none, exits when the work is done.
///
/// The queue is a plain list: any producer RPUSHes payloads to it. Several workers drain it
/// together; a task whose worker died comes back by itself.
#[derive(Parser, Clone, Debug)]
#[command(version, max_term_width = 110)]
pub struct Cli {
    /// Logs, signals, metrics.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Take tasks and handle them until there is nothing left
    Run(Box<RunArgs>),
    /// Append tasks to the queue, from files or stdin
    Push(PushArgs),
    /// Say what is pending, delayed, in hand and by whom, done and dead
    Status(StatusArgs),
    /// Add up the results: what each worker did, what was rejected and why
    Summarize(SummarizeArgs),
    /// Look at dead letters, begin them anew, or forget them
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Remove all tasks of a queue, its counts and its unique keys; with --results all of it
    Purge(PurgeArgs),
    /// Take over the tasks that a crashed rediswq script left in NAME:processing
    Adopt(AdoptArgs),
}

impl Command {
    /// What the command is to the container that it runs in.
    pub fn role(&self) -> Role {
        match self {
            Command::Status(_)
            | Command::Dead(DeadCommand::List { .. } | DeadCommand::Show { .. }) => Role::Inquiry,
            _ => Role::Job,
        }
    }
}

/// Which queue, and where.
#[derive(Args, Clone, Debug)]
pub struct QueueArgs {
    /// The Redis list; all other keys are {NAME}:...
    #[arg(long, env = "QUEUE_NAME", value_name = "NAME")]
    pub queue: String,
    /// Where Redis is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// A handler by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerName {
    /// `simulate=MIN..MAX`.
    Simulate(Simulate),
    /// `validate`.
    Validate,
}

impl FromStr for HandlerName {
    type Err = String;

    fn from_str(text: &str) -> Result<HandlerName, String> {
        match text.split_once('=') {
            Some(("simulate", range)) => Ok(HandlerName::Simulate(range.parse()?)),
            None if text == "validate" => Ok(HandlerName::Validate),
            _ => Err("write validate or simulate=MIN..MAX, like simulate=5s..15s, or give a \
                      command after --"
                .to_owned()),
        }
    }
}

/// Settings of a worker.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
A command is run once a task: the payload on its stdin, TASK_ID and TASK_ATTEMPT in its \
                        environment; exit 0 is done and stdout is the result, exit 65 is a dead \
                        letter at once, anything else is tried again.\n\nWith --lines it is \
                        started once and given each task as a JSON line, \
                        {\"id\":ID,\"attempt\":1,\"task\":PAYLOAD}. It answers each with a line \
                        of its own, flushed: {\"id\":ID,\"result\":RESULT}, \
                        {\"id\":ID,\"error\":WHY} to be tried again, or {\"id\":ID,\"dead\":WHY} \
                        for a dead letter at once. Any other line goes to the log.")]
pub struct RunArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// What is done with a task, instead of a command: validate (with --schema) or
    /// simulate=MIN..MAX
    #[arg(long, env = "JOB_WORKER_HANDLER", value_name = "HANDLER", conflicts_with = "command")]
    pub handler: Option<HandlerName>,
    /// Table Schema for --handler validate: a task is a JSON object or a CSV record
    #[arg(long, env = "JOB_WORKER_SCHEMA", value_name = "PATH")]
    pub schema: Option<PathBuf>,
    /// Keep one child running that is given tasks as JSON lines and answers them by their ids
    #[arg(long, requires = "command")]
    pub lines: bool,
    /// Tasks that a child of --lines is given at once, to be answered in any order
    #[arg(long, env = "JOB_WORKER_WINDOW", requires = "lines", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub window: u16,
    /// How often a task may be delivered
    #[arg(long, env = "JOB_WORKER_DELIVERY", value_enum, default_value_t = Delivery::AtLeastOnce)]
    pub delivery: Delivery,
    /// Tasks handled at the same time
    #[arg(long, env = "JOB_WORKER_CONCURRENCY", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub concurrency: u16,
    /// How long a worker may be silent before its tasks go to others; renewed every third
    #[arg(long, env = "JOB_WORKER_LEASE", default_value = "30s", value_parser = duration_between(100 * MS, DAY), value_name = "TIME")]
    pub lease: Duration,
    /// Work that a crash may undo: as many tasks are claimed at once as take this long
    #[arg(long, env = "JOB_WORKER_CLAIM_TIME", default_value = "100ms", value_parser = duration_between(Duration::ZERO, DAY), value_name = "TIME")]
    pub claim_time: Duration,
    /// Tasks claimed at once at most
    #[arg(long, env = "JOB_WORKER_MAX_CLAIM", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=4000), value_name = "N")]
    pub max_claim: u16,
    /// Tasks in hand at most, over all workers of the queue; 0 for no limit
    #[arg(long, env = "JOB_WORKER_LIMIT", default_value_t = 0, value_name = "N")]
    pub limit: usize,
    /// Failures of a task after which it is a dead letter
    #[arg(long, env = "JOB_WORKER_MAX_ATTEMPTS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    pub max_attempts: u32,
    /// Crashed workers that had a task in hand after which it is a dead letter
    #[arg(long, env = "JOB_WORKER_MAX_CRASHES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    pub max_crashes: u32,
    /// Delay of a failed task, doubled each time up to the cap, jittered: BASE..CAP
    #[arg(long, env = "JOB_WORKER_BACKOFF", default_value = "1s..60s", value_name = "BASE..CAP")]
    pub backoff: BackoffRange,
    /// Time for one task
    #[arg(long, env = "JOB_WORKER_TASK_TIMEOUT", default_value = "1h", value_parser = duration_between(MS, 30 * DAY), value_name = "TIME")]
    pub task_timeout: Duration,
    /// Bytes of a task at most; a larger one is a dead letter
    #[arg(long, env = "JOB_WORKER_MAX_TASK_SIZE", default_value_t = 16 << 20, value_name = "BYTES")]
    pub max_task_size: usize,
    /// Bytes of a command's result at most; a task that gives more fails
    #[arg(long, env = "JOB_WORKER_MAX_OUTPUT", default_value_t = 64 << 10, value_name = "BYTES")]
    pub max_output: usize,
    /// Where results go
    #[arg(long, env = "JOB_WORKER_RESULTS", value_enum, default_value_t = ResultStore::List)]
    pub results: ResultStore,
    /// Results kept, the newest; 0 for all
    #[arg(long, env = "JOB_WORKER_RESULTS_LIMIT", default_value_t = 0, value_name = "N")]
    pub results_limit: usize,
    /// Time after the last result at which all results are forgotten; 0s for never
    #[arg(long, env = "JOB_WORKER_RESULTS_TTL", default_value = "0s", value_parser = duration_between(Duration::ZERO, 3650 * DAY), value_name = "TIME")]
    pub results_ttl: Duration,
    /// Time after the queue was drained at which all of it is forgotten, results and dead letters
    /// too; 0s for never
    #[arg(long, env = "JOB_WORKER_FORGET_AFTER", default_value = "0s", value_parser = duration_between(Duration::ZERO, 3650 * DAY), value_name = "TIME")]
    pub forget_after: Duration,
    /// Time to wait for a queue that nobody has pushed to yet; then exit 66
    #[arg(long, env = "JOB_WORKER_WAIT_FOR_QUEUE", default_value = "60s", value_parser = duration_between(Duration::ZERO, 30 * DAY), value_name = "TIME")]
    pub wait_for_queue: Duration,
    /// When a worker without work ends: drained means that no worker has anything in hand or
    /// waiting either
    #[arg(long, env = "JOB_WORKER_EXIT_WHEN", value_enum, default_value_t = ExitWhen::Drained)]
    pub exit_when: ExitWhen,
    /// Go on for ever, for a Deployment: the same as --exit-when never
    #[arg(long, env = "JOB_WORKER_FOLLOW", conflicts_with = "exit_when")]
    pub follow: bool,
    /// Tasks to settle (done or dead), exactly, if there are so many
    #[arg(long, env = "JOB_WORKER_MAX_TASKS", value_parser = clap::value_parser!(u64).range(1..), value_name = "N")]
    pub max_tasks: Option<u64>,
    /// Time after which no more tasks are taken; exit 75 if some are left
    #[arg(long, env = "JOB_WORKER_MAX_RUNTIME", value_parser = duration_between(MS, 365 * DAY), value_name = "TIME")]
    pub max_runtime: Option<Duration>,
    /// Time without a task after which the worker ends; exit 75 if some wait or are in other hands
    #[arg(long, env = "JOB_WORKER_IDLE_TIMEOUT", value_parser = duration_between(MS, 365 * DAY), value_name = "TIME")]
    pub idle_timeout: Option<Duration>,
    /// Exit code when this worker made a dead letter: 0, 65 or 70
    #[arg(long, env = "JOB_WORKER_DEAD_EXIT_CODE", default_value_t = 0, value_parser = dead_exit_code, value_name = "CODE")]
    pub dead_exit_code: u8,
    /// Work on a Redis whose eviction policy may drop tasks when memory is short
    #[arg(long, env = "JOB_WORKER_ALLOW_EVICTION")]
    pub allow_eviction: bool,
    /// The command that handles tasks
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

fn dead_exit_code(text: &str) -> Result<u8, String> {
    match text {
        "0" => Ok(0),
        "65" => Ok(65),
        "70" => Ok(70),
        _ => Err("write 0 (the dead letters wait), 65 (the Job fails) or 70 (the pod is tried \
                  again)"
            .to_owned()),
    }
}

/// `BASE..CAP` of a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffRange {
    /// The first delay.
    pub base: Duration,
    /// The longest.
    pub cap: Duration,
}

impl FromStr for BackoffRange {
    type Err = String;

    fn from_str(text: &str) -> Result<BackoffRange, String> {
        let (base, cap) = text.split_once("..").unwrap_or((text, text));
        let parse = duration_between(Duration::ZERO, 30 * DAY);
        let (base, cap) = (parse(base)?, parse(cap)?);
        if base > cap {
            return Err(format!(
                "{text:?} begins with the longer time; write BASE..CAP, like 1s..60s"
            ));
        }
        Ok(BackoffRange { base, cap })
    }
}

/// How input is cut into tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line is a task, without its line end (LF or CR LF); blank lines are skipped.
    Lines,
    /// A line is a JSON value, which is checked; line ends and blank lines as with lines.
    Ndjson,
    /// A row is a task: a JSON object of strings, named by the header.
    Csv,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !b"\r\n\"".contains(byte) => Ok(*byte),
        b"\\t" => Ok(b'\t'),
        _ => Err("write one ASCII character that is no quote, like ; or \\t".to_owned()),
    }
}

/// Settings of push.
#[derive(Args, Clone, Debug)]
pub struct PushArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// How input is cut into tasks
    #[arg(long, value_enum, default_value_t = Format::Lines)]
    pub format: Format,
    /// Byte between two cells of a CSV row; \t for a tab
    #[arg(long, env = "JOB_WORKER_DELIMITER", default_value = ",", value_parser = delimiter, value_name = "DELIMITER")]
    pub delimiter: u8,
    /// Push a task only if its key was never pushed before; the key is the task itself
    #[arg(long)]
    pub unique: bool,
    /// As --unique, with this field of a JSON object as the key
    #[arg(long, value_name = "FIELD", conflicts_with = "unique")]
    pub unique_by: Option<String>,
    /// Time after the last push at which the keys of --unique are forgotten; 0s for never
    #[arg(long, env = "JOB_WORKER_UNIQUE_TTL", default_value = "0s", value_parser = duration_between(Duration::ZERO, 3650 * DAY), value_name = "TIME")]
    pub unique_ttl: Duration,
    /// Bytes of a task at most
    #[arg(long, env = "JOB_WORKER_MAX_TASK_SIZE", default_value_t = 16 << 20, value_name = "BYTES")]
    pub max_task_size: usize,
    /// Files; none or - for stdin
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Settings of status.
#[derive(Args, Clone, Debug)]
pub struct StatusArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// One JSON object instead of a table; its counts are all that ever happened, until a purge
    ///
    /// `dead` is the number of dead letters now; `counts.dead` counts every death since the queue
    /// was made or purged, those that were retried or dropped since included. `counts.done`,
    /// `retried`, `crashed` and `stale` are such sums, too.
    #[arg(long)]
    pub json: bool,
    /// Look again at this interval, until interrupted or drained
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "2s", value_parser = duration_between(100 * MS, DAY))]
    pub watch: Option<Duration>,
    /// Claims shown at most
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub claims: usize,
}

/// Settings of summarize.
#[derive(Args, Clone, Debug)]
pub struct SummarizeArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// One JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Reasons shown at most, the most frequent first
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// Folder with the workers' termination messages as POD.json: their seconds are shown instead
    /// of the tasks' own
    #[arg(long, value_name = "DIR")]
    pub termination_messages: Option<PathBuf>,
    /// Also write the results of rejected tasks to this file, as they are, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
}

/// What to do with dead letters.
#[derive(Subcommand, Clone, Debug)]
pub enum DeadCommand {
    /// List them, the oldest first
    List {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// One JSON object a line instead of a table
        #[arg(long)]
        json: bool,
        /// Dead letters shown at most; by default 100 in a table, and all with --json
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Show one, or write its payload to stdout
    Show {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// Write the payload alone, byte for byte
        #[arg(long)]
        payload: bool,
        /// Its id, from dead list
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Put them at the end of the queue, as fresh tasks; all without ids
    Retry {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// Their ids, from dead list
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// Forget them
    Drop {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// Forget all of them
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Their ids, from dead list
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
}

/// Settings of purge.
#[derive(Args, Clone, Debug)]
pub struct PurgeArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Remove the results too, which otherwise stay
    #[arg(long)]
    pub results: bool,
    /// No error when there is no such queue
    #[arg(long)]
    pub if_exists: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Settings of adopt.
#[derive(Args, Clone, Debug)]
pub struct AdoptArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
}
