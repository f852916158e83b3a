//! The settings of `summarize`.

use clap::{Args, ValueEnum};
use object_storage::{Location, StorageArgs};

use super::duplicate_args::DuplicateArgs;
use super::headings::{INPUT, OUTPUT};

/// `summarize`.
#[derive(Args, Clone, Debug)]
pub struct Summarize {
    /// Folder or s3:// prefix that the partitions were published to
    #[arg(value_name = "LOCATION", env = "JOB_WORKER_OUTPUT")]
    pub output: Location,
    /// How the summary is printed
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_SUMMARY_FORMAT",
        value_enum,
        default_value_t = SummaryFormat::Table,
    )]
    pub format: SummaryFormat,
    /// Folder with the pods' termination messages (files *.json), for seconds and rows/s
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_TERMINATION_MESSAGES", value_name = "DIR")]
    pub termination_messages: Option<std::path::PathBuf>,
    #[command(flatten)]
    pub(crate) duplicates: DuplicateArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// How `summarize` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SummaryFormat {
    /// A table for people.
    Table,
    /// The bytes of the published summary.json.
    Json,
}
