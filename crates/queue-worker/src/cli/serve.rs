//! Flags of `serve`.

use std::path::PathBuf;

use clap::Args;
use worker_runtime::http::ListenAddr;

use crate::brokers::redis::connection::ConnectionArgs;

/// The heading of where the page is, and who may do what there.
const PAGE: &str = "Page";

/// Settings of serve.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Queues to show, with commas between them. Without it, those that are found in this Redis by
    /// their keys
    ///
    /// A list that no queue-worker has pushed to or taken from is found only by its name, and so is
    /// any queue of a Redis Cluster.
    #[arg(
        long = "queue",
        env = "JOB_WORKER_QUEUES",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Queue"
    )]
    pub queues: Vec<String>,
    /// Where to listen: an address with a port, or :8080 for all addresses
    ///
    /// Nothing is encrypted, and whoever reaches the address sees the tasks: leave it to this host
    /// and use kubectl port-forward, or put something before it that asks who comes.
    #[arg(
        long,
        env = "JOB_WORKER_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8080",
        help_heading = PAGE,
    )]
    pub listen: ListenAddr,
    /// A file with the token by which one logs in to retry, drop, pause and resume. Without it,
    /// the page shows and changes nothing
    #[arg(long, env = "JOB_WORKER_TOKEN_FILE", value_name = "PATH", help_heading = PAGE)]
    pub token_file: Option<PathBuf>,
    /// Names by which browsers may ask for the page, with commas between them, beside addresses and
    /// names that nobody outside can own
    ///
    /// Those are: localhost, names without a dot, and those under .svc, .local and .internal.
    #[arg(
        long,
        env = "JOB_WORKER_ALLOWED_HOSTS",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = PAGE,
    )]
    pub allowed_hosts: Vec<String>,
    /// Show neither payloads nor last errors, which may quote them
    #[arg(long, env = "JOB_WORKER_HIDE_PAYLOADS", help_heading = PAGE)]
    pub hide_payloads: bool,
    /// Where Redis is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
