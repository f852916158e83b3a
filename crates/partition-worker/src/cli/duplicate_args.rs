//! How many duplicates over all partitions are let pass.

use clap::Args;

use super::headings::LIMITS;
use super::record_limit::RecordLimit;

/// The limit of whoever finishes the whole: `validate` with `--finish`, and `summarize`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DuplicateArgs {
    /// Exit 65 and do not finish the whole when more than this share or number of its accepted
    /// records have a key that a record before them has in another partition
    #[arg(
        long,
        help_heading = LIMITS,
        env = "JOB_WORKER_MAX_DUPLICATES",
        value_name = "SHARE|COUNT",
        default_value = "0"
    )]
    pub(crate) max_duplicates: RecordLimit,
}
