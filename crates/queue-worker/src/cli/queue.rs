//! Which queue, and where.

use clap::Args;

use crate::brokers::redis::connection::ConnectionArgs;

/// Which queue, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct QueueArgs {
    /// The Redis list; all other keys are {NAME}:...
    #[arg(long, env = "QUEUE_NAME", value_name = "NAME")]
    pub queue: String,
    /// Where Redis is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
