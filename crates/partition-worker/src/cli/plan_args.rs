//! The settings of `plan`.

use clap::Args;
use object_storage::{Location, StorageArgs};

use super::headings::{INPUT, OUTPUT};

/// `plan`.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// Folder or s3:// prefix that the partitions are published to
    #[arg(value_name = "LOCATION", env = "JOB_WORKER_OUTPUT")]
    pub(crate) output: Location,
    /// How many partitions there are [default: what the pods of --job are told, or the partitions
    /// that are done were]
    #[arg(
        long,
        help_heading = INPUT,
        env = "TOTAL_PARTITIONS",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
    )]
    pub(crate) total_partitions: Option<u32>,
    /// The Indexed Job as JSON, a file or - for standard input, as kubectl get job NAME -o json
    /// writes it: the Job that does only what is to be done is printed
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_JOB", value_name = "FILE")]
    pub(crate) job: Option<String>,
    /// Name of the Job that is printed [default: that of --job with -again]
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_JOB_NAME",
        value_name = "NAME",
        requires = "job",
    )]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}
