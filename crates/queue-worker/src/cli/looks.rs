//! Flags of the commands that show a queue: `status`, `result`, `summarize`, `dead`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use worker_runtime::duration_between;

use super::{
    queue::QueueArgs,
    values::{DAY, MS},
};

/// The heading of what is shown and how.
const OUTPUT: &str = "Output";
/// The heading of what is looked at.
const QUEUE: &str = "Queue";

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
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
    /// Look again at this interval, until interrupted or drained
    #[arg(
        long,
        help_heading = OUTPUT,
        value_name = "TIME",
        num_args = 0..=1,
        default_missing_value = "2s",
        value_parser = duration_between(100 * MS, DAY),
    )]
    pub watch: Option<Duration>,
    /// Claims shown at most
    #[arg(long, help_heading = OUTPUT, default_value_t = 20, value_name = "N")]
    pub claims: usize,
}

/// Settings of result.
#[derive(Args, Clone, Debug)]
pub struct ResultIdArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// The task's id: TASK_ID of its handler, `task` in the log
    #[arg(value_name = "ID", help_heading = None)]
    pub id: String,
}

/// Settings of summarize.
#[derive(Args, Clone, Debug)]
pub struct SummarizeArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// One JSON object instead of tables
    #[arg(long, help_heading = OUTPUT)]
    pub json: bool,
    /// Reasons shown at most, the most frequent first
    #[arg(long, help_heading = OUTPUT, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// Folder with the workers' termination messages as POD.json: their seconds are shown instead
    /// of the tasks' own
    #[arg(long, help_heading = OUTPUT, value_name = "DIR")]
    pub termination_messages: Option<PathBuf>,
    /// Also write the results of rejected tasks to this file, as they are, one JSON object a line
    #[arg(long, help_heading = OUTPUT, value_name = "FILE")]
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
        #[arg(long, help_heading = OUTPUT)]
        json: bool,
        /// Dead letters shown at most; by default 100 in a table, and all with --json
        #[arg(long, value_name = "N", help_heading = OUTPUT)]
        limit: Option<usize>,
    },
    /// Show one, or write its payload to stdout
    Show {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// Write the payload alone, byte for byte
        #[arg(long, help_heading = OUTPUT)]
        payload: bool,
        /// Its id, from dead list
        #[arg(value_name = "ID", help_heading = None)]
        id: String,
    },
    /// Put them at the end of the queue, as fresh tasks; all without ids
    Retry {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// Their ids, from dead list
        #[arg(value_name = "ID", help_heading = None)]
        ids: Vec<String>,
    },
    /// Forget them
    Drop {
        /// Which queue.
        #[command(flatten)]
        queue: QueueArgs,
        /// Forget all of them
        #[arg(long, conflicts_with = "ids", help_heading = QUEUE)]
        all: bool,
        /// Their ids, from dead list
        #[arg(value_name = "ID", help_heading = None)]
        ids: Vec<String>,
    },
}
