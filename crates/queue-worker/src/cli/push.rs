//! Flags of `push`.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use worker_runtime::duration_between;

use super::{
    queue::QueueArgs,
    values::{DAY, Format, delimiter, moment, push_id},
};
use crate::brokers::redis::Due;

/// Settings of push.
#[derive(Args, Clone, Debug)]
pub struct PushArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Which tasks.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which of them are known already.
    #[command(flatten)]
    pub known: UniqueArgs,
    /// When they are due.
    #[command(flatten)]
    pub later: LaterArgs,
}

/// When tasks are due.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct LaterArgs {
    /// Time after which the tasks may be taken; until then they are delayed
    #[arg(
        long,
        env = "JOB_WORKER_DELAY",
        value_parser = duration_between(Duration::ZERO, 3650 * DAY),
        value_name = "TIME",
    )]
    pub delay: Option<Duration>,
    /// Moment from which the tasks may be taken, with its zone: 2024-05-10T06:00:00+02:00
    #[arg(
        long,
        env = "JOB_WORKER_AT",
        value_parser = moment,
        value_name = "MOMENT",
        conflicts_with = "delay",
    )]
    pub at: Option<u64>,
}

impl LaterArgs {
    /// When the tasks are due.
    pub fn due(&self) -> Due {
        match (self.delay, self.at) {
            (_, Some(ms)) => Due::At(ms),
            (Some(delay), None) if !delay.is_zero() => Due::After(delay),
            _ => Due::Now,
        }
    }
}

/// How input is cut into tasks.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// How input is cut into tasks
    #[arg(long, value_enum, default_value_t = Format::Lines)]
    pub format: Format,
    /// Byte between two cells of a CSV row; \t for a tab
    #[arg(
        long,
        env = "JOB_WORKER_DELIMITER",
        default_value = ",",
        value_parser = delimiter,
        value_name = "DELIMITER",
    )]
    pub delimiter: u8,
    /// Bytes of a task at most
    #[arg(long, env = "JOB_WORKER_MAX_TASK_SIZE", default_value_t = 16 << 20, value_name = "BYTES")]
    pub max_task_size: usize,
    /// Files; none or - for stdin
    #[arg(value_name = "FILE", help_heading = None)]
    pub files: Vec<PathBuf>,
}

/// Which tasks are not pushed again.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct UniqueArgs {
    /// Name of this push: another one of the same name goes on behind the tasks that are pushed
    /// already, if its input begins with them
    #[arg(long, env = "JOB_WORKER_PUSH_ID", value_parser = push_id, value_name = "ID")]
    pub push_id: Option<String>,
    /// Push a task only if its key was never pushed before; the key is the task itself
    #[arg(long)]
    pub unique: bool,
    /// As --unique, with this field of a JSON object as the key
    #[arg(long, value_name = "FIELD", conflicts_with = "unique")]
    pub unique_by: Option<String>,
    /// Time after the last push at which the keys of --unique are forgotten; 0s for never
    #[arg(
        long,
        env = "JOB_WORKER_UNIQUE_TTL",
        default_value = "0s",
        value_parser = duration_between(Duration::ZERO, 3650 * DAY),
        value_name = "TIME",
    )]
    pub unique_ttl: Duration,
}
