//! The command line: every setting of the worker is here, and nothing else reads the environment.

use std::num::NonZeroUsize;

use clap::{Args, Parser, Subcommand};
use job_files::output_location;
use object_storage::{Location, StorageArgs};
use worker_runtime::{IdentityArgs, RuntimeArgs};

use crate::share::Share;
use crate::time_zone::TimeZone;

/// Twelve months of access logs in, metrics out: index 0 to 11 of an Indexed Job is January to
/// December, and months merge into a year and a report.
#[derive(Clone, Debug, Parser)]
#[command(name = "log-aggregator", version, about, max_term_width = 120)]
#[command(after_help = "Exit codes: 0 done, 64 wrong configuration, 65 bad input, 66 no input, \
                        69 service unavailable, 70 bug, 74 I/O error, 75 own limit reached, 77 \
                        access denied, 143 stopped before the end.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The pod contract.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Count a month's access logs: summary, tables and a state that merges
    Aggregate(Box<Aggregate>),
    /// Add the months up to a year: year.json, tables and a state
    Merge(Merge),
    /// Draw a year: report.html, one file that needs nothing else
    Report(Report),
}

/// `aggregate`.
#[derive(Args, Clone, Debug)]
pub struct Aggregate {
    /// The logs: a folder or s3:// prefix ending in /, a glob, or a file, with {year}, {month},
    /// {month:02} or {index} in it
    #[arg(long, env = "JOB_WORKER_INPUT", value_name = "INPUT")]
    pub input: String,
    /// Folder or s3:// prefix for 01/ to 12/
    #[arg(long, env = "OUTPUT_BUCKET", value_name = "LOCATION", value_parser = output_location)]
    pub output: Location,
    /// The year
    #[arg(long, env = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub year: i32,
    /// The month, 1 to 12, whatever the index is
    #[arg(long, env = "JOB_WORKER_MONTH", value_parser = clap::value_parser!(u8).range(1..=12))]
    pub month: Option<u8>,
    /// What the lines look like: a name (common, combined, vhost-combined, combined-time,
    /// nginx-timed, json, aws-alb, w3c, ...), or an Apache LogFormat or nginx log_format, as a
    /// string or as it stands in the server's configuration [default: told by looking at each file]
    #[arg(long, env = "JOB_WORKER_FORMAT", value_name = "NAME|LOGFORMAT")]
    pub format: Option<String>,
    /// Fields of JSON lines that have other names than the usual, such as
    /// client=remote.ip,response-time-ms=took
    #[arg(long, env = "JOB_WORKER_FIELDS", value_name = "ROLE=NAME,...", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// What days, hours and the month itself are counted by: UTC, or an offset such as +02:00
    #[arg(
        long,
        env = "JOB_WORKER_TIME_ZONE",
        value_name = "OFFSET",
        default_value = "UTC",
        allow_hyphen_values = true
    )]
    pub time_zone: TimeZone,
    /// The zone of the servers' clocks, for times in the logs that name none: UTC, or an offset such
    /// as +02:00 [default: UTC, with a warning]
    #[arg(
        long,
        env = "JOB_WORKER_LOG_TIME_ZONE",
        value_name = "OFFSET",
        allow_hyphen_values = true
    )]
    pub log_time_zone: Option<TimeZone>,
    /// Keep the query strings of paths
    #[arg(long, env = "JOB_WORKER_KEEP_QUERY")]
    pub keep_query: bool,
    /// Exit 65 and publish only what could not be parsed when more than this share of the lines
    /// (0.1, 10%) is that
    #[arg(long, env = "JOB_WORKER_MAX_UNPARSED", value_name = "SHARE", default_value = "10%")]
    pub max_unparsed: Share,
    /// A month without a line is a month without traffic, and no error
    #[arg(long, env = "JOB_WORKER_ALLOW_EMPTY")]
    pub allow_empty: bool,
    /// Rows of each table in the summary and the CSV files
    #[arg(long, env = "JOB_WORKER_TOP", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub top: u32,
    /// Distinct keys up to which a table is exact; beyond it, or beyond 16 MiB of keys, its error
    /// is stated
    #[arg(long, env = "JOB_WORKER_EXACT_KEYS", value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub exact_keys: u32,
    /// Threads that read and count [default: the processors of the pod's CPU limit, at most 8]
    #[arg(long, env = "JOB_WORKER_THREADS", value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Do the work again although the month is finished
    #[arg(long, env = "JOB_WORKER_FORCE")]
    pub force: bool,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `merge`.
#[derive(Args, Clone, Debug)]
pub struct Merge {
    /// Folder or s3:// prefix that the months were published to
    #[arg(value_name = "LOCATION", env = "OUTPUT_BUCKET")]
    pub output: Location,
    /// The year; the months must be of it [default: whichever they are of]
    #[arg(long, env = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub year: Option<i32>,
    /// Months that are not there are left out, and named in year.json
    #[arg(long, env = "JOB_WORKER_ALLOW_MISSING")]
    pub allow_missing: bool,
    /// Rows of each table in the summary and the CSV files
    #[arg(long, env = "JOB_WORKER_TOP", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub top: u32,
    /// Draw report.html; without it, one that is there is drawn anew
    #[arg(long, env = "JOB_WORKER_REPORT")]
    pub report: bool,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `report`.
#[derive(Args, Clone, Debug)]
pub struct Report {
    /// Folder or s3:// prefix that the year was merged in
    #[arg(value_name = "LOCATION", env = "OUTPUT_BUCKET")]
    pub output: Location,
    /// The year; what was merged must be of it [default: whichever it is of]
    #[arg(long, env = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub year: Option<i32>,
    /// Draw the year as it was merged, also where its months have changed or gone since then
    #[arg(long, env = "JOB_WORKER_AS_MERGED")]
    pub as_merged: bool,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}
