//! The command line. Every setting of the worker is here, and nothing else reads the environment.

mod fraction;
mod kept_of_client;
mod time_zone;
mod until;

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use job_files::output_location;
use object_storage::{Location, StorageArgs};
use worker_runtime::{Exit, IdentityArgs, RuntimeArgs};

use crate::counting::Zone;

pub use fraction::Fraction;
pub(crate) use kept_of_client::KeptOfClient;
pub use time_zone::TimeZone;
pub(crate) use until::Until;

/// Headings of the help.
const INPUT: &str = "Input";
const COUNTING: &str = "Counting";
const OUTPUT: &str = "Output";
const LIMITS: &str = "Limits";

/// Years of which there may be access logs, in four digits.
const YEARS: RangeInclusive<i64> = 1970..=9999;

/// How many rows of a table may be asked for.
const ROWS: RangeInclusive<i64> = 1..=100_000;

/// Twelve months of access logs in, metrics out: index 0 to 11 of an Indexed Job is January to
/// December, and months merge into a year and a report.
#[derive(Clone, Debug, Parser)]
#[command(name = "log-aggregator", version, about, max_term_width = 120)]
#[command(after_help = Exit::all_in_words())]
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
    Aggregate(Box<AggregateArgs>),
    /// Add the months up to a year: year.json, tables and a state
    Merge(MergeArgs),
    /// Draw a year: report.html, one file that needs nothing else
    Report(ReportArgs),
}

/// `aggregate`.
#[derive(Args, Clone, Debug)]
pub struct AggregateArgs {
    /// The logs: a folder or s3:// prefix ending in /, a glob, or a file, with {year}, {month},
    /// {month:02} or {index} in it
    #[arg(long, env = "JOB_WORKER_INPUT", value_name = "INPUT", help_heading = INPUT)]
    pub input: String,
    /// The year
    #[arg(
        long,
        env = "YEAR",
        value_parser = clap::value_parser!(i32).range(YEARS),
        help_heading = INPUT
    )]
    pub year: i32,
    /// The month, 1 to 12, whatever the index is
    #[arg(
        long,
        env = "JOB_WORKER_MONTH",
        value_parser = clap::value_parser!(u8).range(1..=12),
        help_heading = INPUT
    )]
    pub month: Option<u8>,
    /// What the lines look like: a name (common, combined, vhost-combined, nginx-main,
    /// combined-time, ingress-nginx, haproxy, envoy, istio, json, aws-alb, aws-s3, w3c, ...), or an
    /// Apache LogFormat or nginx log_format, as a string or as it stands in the server's
    /// configuration [default: told by looking at each file]
    #[arg(
        long,
        env = "JOB_WORKER_FORMAT",
        value_name = "NAME|LOGFORMAT",
        help_heading = INPUT
    )]
    pub format: Option<String>,
    /// Fields of JSON lines that have other names than the usual, such as
    /// client=remote.ip,response-time-ms=took
    #[arg(
        long,
        env = "JOB_WORKER_FIELDS",
        value_name = "ROLE=NAME,...",
        value_delimiter = ',',
        help_heading = INPUT
    )]
    pub fields: Vec<String>,
    /// The zone of the servers' clocks, for times in the logs that name none: UTC, or an offset
    /// such as +02:00 [default: UTC, with a warning]
    #[arg(
        long,
        env = "JOB_WORKER_LOG_TIME_ZONE",
        value_name = "OFFSET",
        allow_hyphen_values = true,
        help_heading = INPUT
    )]
    pub log_time_zone: Option<TimeZone>,
    /// Proxies whose word about clients is believed: the client is the last address of
    /// X-Forwarded-For or Forwarded that is none of these networks, addresses or private (all
    /// private ones) [default: the first address, where a private one is connected]
    #[arg(
        long,
        env = "JOB_WORKER_TRUSTED_PROXIES",
        value_name = "CIDR,...",
        value_delimiter = ',',
        help_heading = INPUT
    )]
    pub trusted_proxies: Vec<String>,
    /// Leave out requests that are like this, once for each condition: client=CIDR,
    /// path=/healthz*, host=NAME, status=404, status=5xx, agent=*bot*, method=OPTIONS or
    /// sender=bot (or person). * is any text, ? any one character, and - alone a field that is not
    /// there. In the variable, a condition on each line
    #[arg(
        long,
        env = "JOB_WORKER_EXCLUDE",
        value_name = "KEY=VALUE",
        help_heading = COUNTING
    )]
    pub exclude: Vec<String>,
    /// Count only requests that are like this, as --exclude has it: of several conditions with one
    /// key one must hold, and with different keys all
    #[arg(
        long,
        env = "JOB_WORKER_ONLY",
        value_name = "KEY=VALUE",
        help_heading = COUNTING
    )]
    pub only: Vec<String>,
    /// A month without a line is a month without traffic, and not an error
    #[arg(long, env = "JOB_WORKER_ALLOW_EMPTY", help_heading = INPUT)]
    pub allow_empty: bool,
    /// Count only requests before this: a date (its midnight), a time, today (midnight) or now, by
    /// --time-zone. Where the month goes on behind it, --partial is needed
    #[arg(
        long,
        env = "JOB_WORKER_UNTIL",
        value_name = "DATE|TIME",
        help_heading = COUNTING
    )]
    pub until: Option<Until>,
    /// Publish what there is of a month before --until as a part, in 03-partial/ and not in 03/;
    /// merge takes it with --allow-missing, and the whole month replaces it
    #[arg(long, env = "JOB_WORKER_PARTIAL", help_heading = COUNTING)]
    pub partial: bool,
    /// What days, hours and the month itself are counted by: UTC, an offset such as +02:00, a zone
    /// such as Europe/Berlin, whose clock may change, or as-logged: what each line itself writes,
    /// whatever its offset
    #[arg(
        long,
        env = "JOB_WORKER_TIME_ZONE",
        value_name = "ZONE",
        default_value = "UTC",
        allow_hyphen_values = true,
        help_heading = COUNTING
    )]
    pub time_zone: Zone,
    /// Store clients without what tells people apart, and no line that could not be parsed: their
    /// network (without the last octet, or the last 80 bits of IPv6), which is meant where nothing
    /// is named, or a hash by the key in --anonymize-key-file
    #[arg(
        long,
        env = "JOB_WORKER_ANONYMIZE_CLIENTS",
        value_enum,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "network",
        help_heading = COUNTING
    )]
    pub anonymize_clients: Option<KeptOfClient>,
    /// File with the key of --anonymize-clients=hash, 16 bytes or more; months merge if it is the
    /// same
    #[arg(
        long,
        env = "JOB_WORKER_ANONYMIZE_KEY_FILE",
        value_name = "PATH",
        help_heading = COUNTING
    )]
    pub anonymize_key_file: Option<PathBuf>,
    /// Keep the query strings of paths
    #[arg(long, env = "JOB_WORKER_KEEP_QUERY", help_heading = COUNTING)]
    pub keep_query: bool,
    /// Count each virtual host by itself, too: requests, bytes, errors, visitors and response times
    /// of the busiest ones, and of all others together
    #[arg(long, env = "JOB_WORKER_BY_HOST", help_heading = COUNTING)]
    pub by_host: bool,
    /// Count visitors by hour of the day for each weekday, too
    #[arg(long, env = "JOB_WORKER_VISITORS_BY_HOUR", help_heading = COUNTING)]
    pub visitors_by_hour: bool,
    /// Sites that are your own, each with all below it, besides the virtual hosts in the log: the
    /// sites of referrers and the pages where people come in from them are counted without these
    #[arg(
        long,
        env = "JOB_WORKER_OWN_SITE",
        value_name = "NAME,...",
        value_delimiter = ',',
        help_heading = COUNTING
    )]
    pub own_site: Vec<String>,
    /// Databases in MaxMind's format (.mmdb; files or s3:// objects) of countries, cities or
    /// networks (ASN): requests and visitors are counted by their clients' countries and networks,
    /// too. Each is read into memory
    #[arg(
        long,
        env = "JOB_WORKER_GEO_DATABASE",
        value_name = "FILE,...",
        value_delimiter = ',',
        help_heading = COUNTING
    )]
    pub geo_database: Vec<String>,
    /// Distinct keys up to which a table is exact; beyond it, or beyond 16 MiB of keys, its error
    /// is stated
    #[arg(
        long,
        env = "JOB_WORKER_EXACT_KEYS",
        value_name = "N",
        default_value_t = 100_000,
        value_parser = clap::value_parser!(u32).range(100..=1_000_000),
        help_heading = COUNTING
    )]
    pub exact_keys: u32,
    /// Folder or s3:// prefix for 01/ to 12/
    #[arg(
        long,
        env = "OUTPUT_BUCKET",
        value_name = "LOCATION",
        value_parser = output_location,
        help_heading = OUTPUT
    )]
    pub output: Location,
    /// Rows of each table in the summary and the CSV files
    #[arg(
        long,
        env = "JOB_WORKER_TOP",
        value_name = "N",
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(ROWS),
        help_heading = OUTPUT
    )]
    pub top: u32,
    /// Do the work again although the month is finished
    #[arg(long, env = "JOB_WORKER_FORCE", help_heading = OUTPUT)]
    pub force: bool,
    /// Once this month is done, look whether all twelve are: the pod that sees that merges them and
    /// draws report.html
    #[arg(long, env = "JOB_WORKER_FINISH", help_heading = OUTPUT)]
    pub finish: bool,
    /// Exit 65 and publish only the lines that could not be parsed when they are more than this
    /// share of all lines (0.1, 10%)
    #[arg(
        long,
        env = "JOB_WORKER_MAX_UNPARSED",
        value_name = "SHARE",
        default_value = "10%",
        help_heading = LIMITS
    )]
    pub max_unparsed: Fraction,
    /// The same when a file of ten lines or more has more of them than this share, however small
    /// it is among the others: it may be no access log
    #[arg(
        long,
        env = "JOB_WORKER_MAX_UNPARSED_PER_FILE",
        value_name = "SHARE",
        default_value = "50%",
        help_heading = LIMITS
    )]
    pub max_unparsed_per_file: Fraction,
    /// Threads that read and count [default: the processors of the pod's CPU limit, at
    /// most 8, and as many as its memory limit allows: 48 MiB and 32 MiB for each]
    #[arg(long, env = "JOB_WORKER_THREADS", value_name = "N", help_heading = LIMITS)]
    pub threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `merge`.
#[derive(Args, Clone, Debug)]
pub struct MergeArgs {
    /// Folder or s3:// prefix that the months were published to
    #[arg(value_name = "LOCATION", env = "OUTPUT_BUCKET", help_heading = INPUT)]
    pub output: Location,
    /// The year; the months must be of it [default: whichever they are of]
    #[arg(
        long,
        env = "YEAR",
        value_parser = clap::value_parser!(i32).range(YEARS),
        help_heading = INPUT
    )]
    pub year: Option<i32>,
    /// Leave out months that are not there, take parts of months that are not over, and name both
    /// in year.json
    #[arg(long, env = "JOB_WORKER_ALLOW_MISSING", help_heading = INPUT)]
    pub allow_missing: bool,
    /// Add months up that were counted with different filters: the numbers of some are then not
    /// those of the same requests
    #[arg(long, env = "JOB_WORKER_ALLOW_OTHER_FILTERS", help_heading = INPUT)]
    pub allow_other_filters: bool,
    /// Merge months that were counted by different time zones: a request may be in two months, or
    /// in none
    #[arg(long, env = "JOB_WORKER_ALLOW_OTHER_TIME_ZONES", help_heading = INPUT)]
    pub allow_other_time_zones: bool,
    /// Merge months whose clients were looked up in different databases, or in none: a network may
    /// have another owner or country in some
    #[arg(long, env = "JOB_WORKER_ALLOW_OTHER_GEO_DATABASES", help_heading = INPUT)]
    pub allow_other_geo_databases: bool,
    /// Rows of each table in the summary and the CSV files
    #[arg(
        long,
        env = "JOB_WORKER_TOP",
        value_name = "N",
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(ROWS),
        help_heading = OUTPUT
    )]
    pub top: u32,
    /// Draw report.html; without this flag, only one that is there already is drawn again
    #[arg(long, env = "JOB_WORKER_REPORT", help_heading = OUTPUT)]
    pub report: bool,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `report`.
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// Folder or s3:// prefix that the year was merged in
    #[arg(value_name = "LOCATION", env = "OUTPUT_BUCKET", help_heading = INPUT)]
    pub output: Location,
    /// The year; what was merged must be of it [default: whichever it is of]
    #[arg(
        long,
        env = "YEAR",
        value_parser = clap::value_parser!(i32).range(YEARS),
        help_heading = INPUT
    )]
    pub year: Option<i32>,
    /// Where the year before it was merged, to be drawn beside it [default: the folder beside this
    /// one, where they are named by their years, as in analytics/2024/ and analytics/2023/]
    #[arg(
        long,
        env = "JOB_WORKER_LAST_YEAR",
        value_name = "LOCATION",
        help_heading = INPUT
    )]
    pub last_year: Option<Location>,
    /// Draw the year as it was merged, even where its months have changed or gone since then
    #[arg(long, env = "JOB_WORKER_AS_MERGED", help_heading = INPUT)]
    pub as_merged: bool,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

#[cfg(test)]
mod tests;
