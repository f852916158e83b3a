//! Everything that can end a command early, one variant for each decision that people have to make.

use worker_runtime::{Exit, WorkerError};

use crate::formats::{DetectionError, FormatError};
use crate::output::StateError;

/// Why the month, the year or the report is not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting, or the combination of two, is wrong.
    #[error("{0}")]
    Setting(String),
    /// The index, and so the month, is unknown.
    #[error(transparent)]
    Identity(#[from] worker_runtime::IdentityError),
    /// The string of `--format` is not a format.
    #[error("--format {format:?} is neither a name ({}) nor a LogFormat string", names())]
    Format {
        /// The setting.
        format: String,
        /// What is wrong with it.
        source: FormatError,
    },
    /// No file has a known format.
    #[error("the format of {source_name} cannot be told")]
    UnknownFormat {
        /// Name of the file.
        source_name: String,
        /// What was tried.
        source: DetectionError,
    },
    /// There are files, but nothing in them.
    #[error(
        "the {files} files of {month} in {input} have no line: check that the logs were written; \
         if the month had no traffic, say --allow-empty"
    )]
    Empty {
        /// How many.
        files: usize,
        /// The month, such as 2024-03.
        month: String,
        /// The setting.
        input: String,
    },
    /// There are requests, but all are of other months.
    #[error(
        "none of the {requests} requests in {input} is of {month}: they are {period}; check YEAR, \
         the index (or --month) and the {{year}} and {{month}} of --input{hint}"
    )]
    OtherMonths {
        /// How many.
        requests: u64,
        /// The setting.
        input: String,
        /// The month, such as 2024-03.
        month: String,
        /// When the first and the last were.
        period: String,
        /// What is odd about the setting.
        hint: String,
    },
    /// The filters leave nothing to count.
    #[error(
        "none of the {requests} requests of {month} is left by the filters ({filters}): check \
         --exclude and --only; if that is as it should be, say --allow-empty"
    )]
    NothingLeft {
        /// How many there were.
        requests: u64,
        /// The month, such as 2024-03.
        month: String,
        /// The filters.
        filters: String,
    },
    /// A filter asks for a field that the log does not have.
    #[error(
        "--exclude or --only asks for the {field}, and no line that is read as {format} has one: \
         leave that condition out, or say by --format what the lines have"
    )]
    BlindFilter {
        /// The format of the lines.
        format: String,
        /// The field.
        field: &'static str,
    },
    /// What would be replaced is of another year.
    #[error(
        "{at} is of the year {theirs}, and {month} would replace it: give each year a folder of \
         its own (--output or OUTPUT_BUCKET, such as analytics/{ours}/); if {theirs} is to be \
         replaced, say --force"
    )]
    OtherYear {
        /// The folder.
        at: String,
        /// The year that is there.
        theirs: i32,
        /// The month that is counted, such as 2025-03.
        month: String,
        /// Its year.
        ours: i32,
    },
    /// The part that is there goes on behind the one that is asked for.
    #[error(
        "{at} has the month up to {until}, and --until asks for less of it, up to {asked}: leave \
         it as it is, publish the shorter part to another --output, or replace the later one by \
         --force"
    )]
    LaterPart {
        /// The folder.
        at: String,
        /// Where the part that is there ends.
        until: String,
        /// Where the other one would end.
        asked: String,
    },
    /// There is no database at a name of `--geo-database`.
    #[error(
        "--geo-database: there is no {at}: see that the volume or bucket with the database is \
         there, or leave the flag out, and nothing is counted by country and network"
    )]
    NoDatabase {
        /// Where it should be.
        at: String,
    },
    /// A file of `--geo-database` is of no use.
    #[error("--geo-database {at}: {problem}")]
    Database {
        /// Where it is.
        at: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// No file is found by the name of the input.
    #[error("{problem}{hint}")]
    NoLogs {
        /// What was not found.
        problem: String,
        /// What is odd about the setting.
        hint: String,
    },
    /// Months of the year are missing, or there is only a part of them.
    #[error(
        "the year is not complete: {problem} in {output}; let their indexes finish, or merge what \
         is there by --allow-missing"
    )]
    Incomplete {
        /// The folder.
        output: String,
        /// Which months.
        problem: String,
    },
    /// The month is still running.
    #[error(
        "{month} is not over: it ends at {end}, and now it is {now}; count it then, or publish \
         what there is of it as a part by --partial --until today (or a date or time)"
    )]
    Running {
        /// The month, such as 2024-03.
        month: String,
        /// Its end.
        end: String,
        /// What the clock of this machine shows.
        now: String,
    },
    /// The month begins after the time up to which requests are counted.
    #[error(
        "there is nothing of {month} before {until}, which is what --until says: check YEAR, the \
         index (or --month) and --until"
    )]
    NothingBefore {
        /// The month, such as 2024-03.
        month: String,
        /// The time.
        until: String,
    },
    /// There are requests of the month, but none is early enough.
    #[error(
        "none of the {requests} requests of {month} in {input} is before {until}, which is what \
         --until says: check it; if there was no traffic until then, say --allow-empty"
    )]
    AllAfterUntil {
        /// How many.
        requests: u64,
        /// The month, such as 2024-03.
        month: String,
        /// The setting.
        input: String,
        /// The time.
        until: String,
    },
    /// There is no month at all.
    #[error(
        "there is no finished month in {output}, from month 01 to month 12: no folder of a month \
         there has a _SUCCESS; see that this is where log-aggregator aggregate writes to (its \
         --output), and that it has run"
    )]
    NoMonths {
        /// The folder.
        output: String,
    },
    /// Months that cannot be added up.
    #[error(
        "the months in {output} do not belong together: {problem}; aggregate them again with the \
         same settings and the same version of this program"
    )]
    Mixed {
        /// The folder.
        output: String,
        /// Which differ, and by what.
        problem: String,
    },
    /// A state that cannot be used.
    #[error("the state {at} cannot be used")]
    State {
        /// Where it is.
        at: String,
        /// Why.
        source: StateError,
    },
    /// What was published is not what its `_SUCCESS` vouches for.
    #[error("{at} is not what its _SUCCESS says: aggregate the month again with --force")]
    Changed {
        /// Where it is.
        at: String,
    },
    /// There is no year to report.
    #[error("there is no {at}: run log-aggregator merge first")]
    NoYear {
        /// Where it should be.
        at: String,
    },
    /// A month was counted again after the merge, or the merge was stopped before it was done.
    #[error(
        "there is no _SUCCESS beside {at}, so that nothing vouches for it: a month was counted \
         again or has come since the merge, or the merge was stopped; run log-aggregator merge \
         again, or draw the year as it was merged by --as-merged"
    )]
    UnfinishedYear {
        /// The year's summary.
        at: String,
    },
    /// The year's summary is not what its `_SUCCESS` vouches for.
    #[error("{at} is not what its _SUCCESS says: run log-aggregator merge again")]
    YearChanged {
        /// The year's summary.
        at: String,
    },
    /// The months are not those that the year was merged from.
    #[error(
        "{at} is older than its months: {changes}; run log-aggregator merge again, or draw the \
         year as it was merged by --as-merged"
    )]
    Stale {
        /// The year's summary.
        at: String,
        /// Which months have changed, and how.
        changes: String,
    },
    /// The year's summary cannot be read.
    #[error("{at} is no year of this version: run log-aggregator merge again")]
    Year {
        /// Where it is.
        at: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The last year cannot stand beside this one.
    #[error("{at} cannot be drawn beside this year: {why}")]
    NotComparable {
        /// The last year's summary.
        at: String,
        /// Why.
        why: String,
    },
    /// The shutdown signal came first.
    #[error("stopped before the month was finished; nothing was published")]
    Stopped,
    /// The input cannot be found or read, or the output not be published.
    #[error(transparent)]
    Files(#[from] job_files::Error),
}

fn names() -> String {
    crate::formats::NAMED.map(|(name, _)| name).join(", ")
}

impl WorkerError for Error {
    fn exit(&self) -> Exit {
        match self {
            Error::Setting(_)
            | Error::Format { .. }
            | Error::Database { .. }
            | Error::OtherYear { .. }
            | Error::LaterPart { .. } => Exit::Config,
            Error::Identity(error) => error.exit(),
            Error::UnknownFormat { .. }
            | Error::OtherMonths { .. }
            | Error::BlindFilter { .. }
            | Error::Mixed { .. }
            | Error::State { .. }
            | Error::Changed { .. }
            | Error::YearChanged { .. }
            | Error::Stale { .. }
            | Error::Year { .. }
            | Error::NotComparable { .. } => Exit::BadInput,
            Error::NoLogs { .. }
            | Error::NoDatabase { .. }
            | Error::Empty { .. }
            | Error::NothingLeft { .. }
            | Error::Incomplete { .. }
            | Error::Running { .. }
            | Error::NothingBefore { .. }
            | Error::AllAfterUntil { .. }
            | Error::NoMonths { .. }
            | Error::NoYear { .. }
            | Error::UnfinishedYear { .. } => Exit::NoInput,
            Error::Stopped => Exit::Terminated,
            Error::Files(error) => error.exit(),
        }
    }
}

impl From<object_storage::Error> for Error {
    fn from(error: object_storage::Error) -> Error {
        Error::Files(error.into())
    }
}

impl From<object_storage::LocationError> for Error {
    fn from(error: object_storage::LocationError) -> Error {
        Error::Files(error.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Files(error.into())
    }
}
