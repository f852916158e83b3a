//! Everything that can end a partition's work early, one variant per decision.

mod exit;
mod from;
mod whole;

use csv_records::translation::{LookedWrong, Problem};
use worker_runtime::{Exit, IdentityError};

pub use whole::WholeError;

use crate::partition::ParquetProblem;

/// Why the partition is not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting, or the combination of two, is wrong.
    #[error("{0}")]
    Setting(String),
    /// The input cannot be found or read, or the output not be published.
    #[error(transparent)]
    Files(#[from] job_files::Error),
    /// The schema is wrong.
    #[error("the schema {location} cannot be used")]
    Schema {
        /// Where it was read from.
        location: String,
        /// What is wrong with it.
        source: Box<table_schema::SchemaError>,
    },
    /// The checks over a row are wrong.
    #[error("the checks {location} cannot be used")]
    Checks {
        /// Where they were read from.
        location: String,
        /// What is wrong with them, with line and column.
        source: Box<table_schema::CheckError>,
    },
    /// There are no checks.
    #[error("the checks cannot be read")]
    ChecksMissing(#[source] object_storage::Error),
    /// There is no schema.
    #[error("the schema cannot be read")]
    SchemaMissing(#[source] object_storage::Error),
    /// There is no dialect, or no package.
    #[error("a descriptor cannot be read")]
    DescriptorMissing(#[source] object_storage::Error),
    /// The file is empty: it does not even have a header.
    #[error(
        "{source_name} is empty: it has no header line; write one, or take the file away \
         (validate: give --no-header where files have none)"
    )]
    NoHeader {
        /// Name of the file.
        source_name: String,
    },
    /// The header does not match the schema.
    #[error(
        "the header of {source_name} does not match the schema{}{hint}",
        if hint.is_empty() { "" } else { ": " }
    )]
    Header {
        /// Name of the file.
        source_name: String,
        /// What the file looks like, and what to do about it; empty where it looks like nothing
        /// else.
        hint: String,
        /// What is missing, extra or out of order.
        source: Box<table_schema::HeaderError>,
    },
    /// The header itself cannot be read.
    #[error("the header of {source_name} cannot be read: {problem}")]
    BrokenHeader {
        /// Name of the file.
        source_name: String,
        /// What is wrong with it.
        problem: csv_records::HeaderError,
    },
    /// A folder with files of several kinds, all of which would be read as records.
    #[error(
        "the folder {folder} holds files of different kinds, and all of them would be read as \
         records: {kinds}; name those that are meant in a pattern, such as '{pattern}', or \
         '{all}' for all of them"
    )]
    MixedFolder {
        /// The folder.
        folder: String,
        /// How many files of each kind there are, with an example.
        kinds: String,
        /// A pattern for those that are meant, probably.
        pattern: String,
        /// A pattern for all.
        all: String,
    },
    /// A file that the result depends on cannot be read.
    #[error("a file of --depends-on cannot be read")]
    DependsOn(#[source] std::io::Error),
    /// Two files of one partition have different headers, and there is one output.
    #[error(
        "the header of {second} differs from that of {first}, both in this partition: give every \
         file the same header, or one file to each partition; or name what is data ('*.csv')"
    )]
    HeadersDiffer {
        /// The first file.
        first: String,
        /// The file with another header.
        second: String,
    },
    /// Not UTF-8 from the start.
    #[error(
        "{source_name} is not UTF-8: {found} at byte {offset}; {}convert it first (iconv -f \
         {from} -t utf-8)",
        if *from == "utf-32" {
            String::new()
        } else {
            format!("say what it is (--encoding {from}), or ")
        }
    )]
    Encoding {
        /// Name of the file.
        source_name: String,
        /// What was found.
        found: &'static str,
        /// Where.
        offset: u64,
        /// A likely encoding.
        from: &'static str,
    },
    /// What the file begins with is not of the encoding that was given.
    #[error("the encoding of {source_name}: {wrong}")]
    OtherEncoding {
        /// Name of the file.
        source_name: String,
        /// What the first bytes are instead.
        wrong: LookedWrong,
    },
    /// Bytes that are not of the encoding, where no record can be rejected for them.
    #[error("{source_name}: {problem}; give the encoding that it has, or mend it")]
    NotOfEncoding {
        /// Name of the file.
        source_name: String,
        /// Which bytes, where.
        problem: Problem,
    },
    /// The first line names another delimiter than the one that was given.
    #[error(
        "the first line of {source_name} says that the delimiter is {says:?} (sep={says}), and the \
         settings say {given:?}: give --delimiter {says:?}, or none, and the line is believed"
    )]
    SepLine {
        /// Name of the file.
        source_name: String,
        /// The delimiter of the line.
        says: char,
        /// The delimiter that was given.
        given: String,
    },
    /// A file that an earlier run has rejected has another delimiter than the one that was given.
    #[error(
        "{source_name} begins with the columns of rejected.csv, with {has:?} between them, and \
         the delimiter is {given:?}: give --delimiter {has:?}"
    )]
    OwnDelimiter {
        /// Name of the file.
        source_name: String,
        /// The delimiter of the file.
        has: char,
        /// The delimiter of the settings.
        given: String,
    },
    /// A file that an earlier run has rejected beside an ordinary one.
    #[error(
        "{returned} has the columns of rejected.csv, and {ordinary} does not, and both are in \
         this partition: run them apart, each with an output of its own"
    )]
    ReturnedBesideOrdinary {
        /// The file that was rejected.
        returned: String,
        /// The other one.
        ordinary: String,
    },
    /// Most of the columns of a rejected file are there, but not as they were.
    #[error(
        "{source_name} has columns of rejected.csv, but not _source, _line, _offset and _reasons \
         in front of all others, and would have them as data: put them there again, or take all \
         four away"
    )]
    OwnColumnsMoved {
        /// Name of the file.
        source_name: String,
    },
    /// Files of two formats, and there is one output.
    #[error(
        "{one} is {one_is} by its name, and {other} is {other_is}: name those that are meant in a \
         pattern such as '*.{ending}', or say what all are (--input-format)"
    )]
    TwoFormats {
        /// A file.
        one: String,
        /// What it is.
        one_is: &'static str,
        /// How names of such files end.
        ending: &'static str,
        /// Another file.
        other: String,
        /// What it is.
        other_is: &'static str,
    },
    /// JSON, but not one object a line.
    #[error("{source_name} {found}, and JSON lines have an object on each line: {remedy}")]
    NotJsonLines {
        /// Name of the file.
        source_name: String,
        /// What it begins with.
        found: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No Parquet, or one that cannot be read.
    #[error("{source_name}: {problem}")]
    BrokenParquet {
        /// Name of the file.
        source_name: String,
        /// What is wrong with it.
        problem: ParquetProblem,
    },
    /// Another format than CSV.
    #[error("{source_name} is not CSV but {found}: {remedy}")]
    NotCsv {
        /// Name of the file.
        source_name: String,
        /// What it looks like.
        found: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// A record longer than the limit.
    #[error(
        "{place}: a record is longer than {limit} bytes; raise --max-record-size if that is \
         right, or check that the file's lines end in LF or CR LF"
    )]
    RecordTooLong {
        /// File, line and byte.
        place: String,
        /// `--max-record-size`.
        limit: usize,
    },
    /// Quotes that do not pair up on a line, where one record must be one line.
    #[error(
        "{place}: a quote is opened and not closed on its line; --split bytes cannot read records \
         with line breaks inside quotes: use one file per partition (a template or a folder)"
    )]
    QuotedLineBreak {
        /// File and byte.
        place: String,
    },
    /// A quote that is opened and never closed, in records that a program is to read.
    #[error(
        "{place}: a quote is opened and not closed, and the program would take what follows for \
         one cell, the next file included: mend the record, or give --quote none where quotes \
         mean nothing"
    )]
    UnclosedQuote {
        /// File, line and byte.
        place: String,
    },
    /// The last record of a file has no line end, where settings want one.
    #[error(
        "{place}: the last record has no line end, and --require-final-newline is given: if the \
         upload was cut off, send the file once more; if the file is whole, write a line end \
         behind it"
    )]
    NoFinalNewline {
        /// File and line.
        place: String,
    },
    /// A compressed file cannot be cut.
    #[error(
        "{source_name} is compressed with {compression}: --split bytes needs a plain file; use \
         one file per partition (a template or a folder)"
    )]
    SplitCompressed {
        /// Name of the file.
        source_name: String,
        /// gzip or zstd.
        compression: &'static str,
    },
    /// A file that is cut is in another dialect than the outputs.
    #[error(
        "the first line of {source_name} says that the delimiter is {says:?} (sep={says}): with \
         --split bytes give it by --delimiter {says:?}"
    )]
    SplitSepLine {
        /// Name of the file.
        source_name: String,
        /// The delimiter of the line.
        says: char,
    },
    /// The program could not be started.
    #[error("the program {program} cannot be started: {why}")]
    ProgramStart {
        /// The program.
        program: String,
        /// What keeps it from being started, and the remedy.
        why: String,
        /// What this worker exits with then.
        exit: Exit,
        /// What the system says.
        source: std::io::Error,
    },
    /// The program failed.
    #[error(
        "the program {program} {how}; {}",
        if *said {
            "its last output on stderr is in the log above"
        } else {
            "it wrote nothing to stderr"
        }
    )]
    Program {
        /// The program.
        program: String,
        /// With which status or signal.
        how: String,
        /// Whether it wrote anything to its stderr.
        said: bool,
        /// What this worker exits with then.
        exit: Exit,
    },
    /// The program was content with a part of its input.
    #[error(
        "the program {program} exited with 0 and has read {read} bytes of its input, and not all: \
         if it is a pipeline, did a part of it fail (bash: set -o pipefail)? If the rest does not \
         matter to it, give --allow-unread-input"
    )]
    UnreadInput {
        /// The program.
        program: String,
        /// Bytes that it read.
        read: u64,
    },
    /// An accepted value has no place in a typed output.
    #[error(
        "the field {field:?} of accepted record {record} is {value:?}, which its column in \
         accepted.parquet cannot hold: {why}; or give --output-format csv"
    )]
    Unfit {
        /// The field.
        field: String,
        /// The cell's text, or its beginning.
        value: String,
        /// Number of the record among the accepted ones, from 1.
        record: u64,
        /// What is too large or too fine.
        why: table_schema::Unfit,
    },
    /// Null in CSV, in a field that has no missing values.
    #[error(
        "the field {field:?} of accepted record {record} is null, and CSV has no cell for it: give \
         the field missingValues such as [\"\"], or leave out --output-format"
    )]
    NullInCsv {
        /// The field.
        field: String,
        /// Number of the record among the accepted ones, from 1.
        record: u64,
    },
    /// The library that writes Parquet has failed, and not the file.
    #[error("accepted.parquet cannot be written: {0}; this is an error of the program")]
    Parquet(String),
    /// The partitions do not make a whole.
    #[error(transparent)]
    Whole(#[from] WholeError),
    /// The index, and so the partition, cannot be told.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The shutdown signal came first.
    #[error("stopped before the partition was finished; nothing was published")]
    Stopped,
    /// Reading or publishing failed.
    #[error(transparent)]
    Storage(#[from] object_storage::Error),
    /// A name that does not fit below the output.
    #[error(transparent)]
    Location(#[from] object_storage::LocationError),
    /// A pipe or a file failed.
    #[error("input or output failed")]
    Io(#[from] std::io::Error),
}
