//! Flags of `pause`, `resume`, `cancel`, `purge` and `adopt`.

use clap::Args;

use super::queue::QueueArgs;

/// Settings of pause and resume.
#[derive(Args, Clone, Debug)]
pub struct PauseArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
}

/// Settings of cancel.
#[derive(Args, Clone, Debug)]
pub struct CancelArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Their ids: TASK_ID of the handler, `task` in the log
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
}

/// Settings of purge.
#[derive(Args, Clone, Debug)]
pub struct PurgeArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Remove the results too, which otherwise stay
    #[arg(long, help_heading = "Queue")]
    pub results: bool,
    /// No error when there is no such queue
    #[arg(long, help_heading = "Queue")]
    pub if_exists: bool,
    /// Do not ask
    #[arg(long, help_heading = "Queue")]
    pub yes: bool,
}

/// Settings of adopt.
#[derive(Args, Clone, Debug)]
pub struct AdoptArgs {
    /// Which queue.
    #[command(flatten)]
    pub queue: QueueArgs,
}
