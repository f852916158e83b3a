//! The command line: every setting of the worker is here, and nothing else reads the environment.

use clap::{Args, Parser, Subcommand, ValueEnum};
use job_files::{Compression, output_location};
use object_storage::{Location, StorageArgs};
use table_schema::FieldsMatch;
use worker_runtime::{IdentityArgs, RuntimeArgs};

use crate::max_rejected::MaxRejected;
use crate::phases::Phases;
use csv_records::Dialect;

/// The in-container half of an Indexed Job: pod i of N reads partition i, works on it, and
/// publishes the result once.
#[derive(Clone, Debug, Parser)]
#[command(name = "partition-worker", version, about, max_term_width = 120)]
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

/// What to do with the partition.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Check a partition's records against a Table Schema: accepted and rejected records, and a
    /// summary
    Validate(Validate),
    /// Give the partition to a program on its standard input, and publish what it writes to its
    /// standard output
    Exec(Exec),
    /// Spend time in named phases, as a stand-in for work: for teaching clusters and for benchmarks
    Simulate(Simulate),
    /// Add up the summaries of all partitions; missing partitions are an error
    Summarize(Summarize),
}

/// `validate`.
#[derive(Args, Clone, Debug)]
pub struct Validate {
    #[command(flatten)]
    pub(crate) partition: PartitionArgs,
    /// Frictionless Table Schema (JSON), a path or s3:// object
    #[arg(long, env = "JOB_WORKER_SCHEMA", value_name = "LOCATION")]
    pub schema: Location,
    /// Exit 65 and publish no accepted records when more than this share (0.05, 5%) or number
    /// (100) is rejected
    #[arg(long, env = "JOB_WORKER_MAX_REJECTED", value_name = "SHARE|COUNT")]
    pub max_rejected: Option<MaxRejected>,
    #[command(flatten)]
    pub(crate) dialect: DialectArgs,
    /// How the file's fields must match the schema's [default: the schema's fieldsMatch, or equal:
    /// the same fields in any order]
    #[arg(
        long,
        env = "JOB_WORKER_FIELDS_MATCH",
        value_name = "exact|equal|subset|superset|partial"
    )]
    pub fields_match: Option<FieldsMatch>,
    /// Longest record in bytes; it bounds the memory
    #[arg(long, env = "JOB_WORKER_MAX_RECORD_SIZE", value_name = "BYTES", default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(1024..=256 << 20))]
    pub max_record_size: u32,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `exec`.
#[derive(Args, Clone, Debug)]
pub struct Exec {
    #[command(flatten)]
    pub(crate) partition: PartitionArgs,
    /// Name of the output in the partition's folder
    #[arg(long, env = "JOB_WORKER_OUTPUT_NAME", value_name = "NAME", default_value = "output")]
    pub output_name: String,
    /// The first record of every input file is a header: give it to the program once; the headers
    /// must be the same
    #[arg(long, env = "JOB_WORKER_INPUT_HEADER")]
    pub header: bool,
    #[command(flatten)]
    pub(crate) cells: CellArgs,
    /// Longest record in bytes, with --header
    #[arg(long, env = "JOB_WORKER_MAX_RECORD_SIZE", value_name = "BYTES", default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(1024..=256 << 20))]
    pub max_record_size: u32,
    /// Files that the result depends on and the command line does not name, such as modules: a
    /// finished partition is done again when one of them has changed
    #[arg(long, env = "JOB_WORKER_DEPENDS_ON", value_name = "FILE,...", value_delimiter = ',')]
    pub depends_on: Vec<std::path::PathBuf>,
    /// Environment variables that the result depends on, by their names
    #[arg(long, env = "JOB_WORKER_DEPENDS_ON_ENV", value_name = "NAME,...", value_delimiter = ',')]
    pub depends_on_env: Vec<String>,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub program: Vec<String>,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `simulate`.
#[derive(Args, Clone, Debug)]
pub struct Simulate {
    /// Phases in order, each a name and a time or a range of times
    #[arg(
        long,
        env = "JOB_WORKER_PHASES",
        value_name = "NAME=TIME[..TIME],...",
        default_value = "download=1s,process=3s..5s,upload=1s"
    )]
    pub phases: Phases,
    /// Seed of the times drawn from ranges; the same seed and index give the same times
    #[arg(long, env = "JOB_WORKER_SEED", default_value_t = 0)]
    pub seed: u64,
    /// Folder or s3:// prefix for part-00000/summary.json and _SUCCESS; nothing is published
    /// without it
    #[arg(long, env = "JOB_WORKER_OUTPUT", value_name = "LOCATION", value_parser = output_location)]
    pub output: Option<Location>,
    /// Do the work again although the partition is finished
    #[arg(long, env = "JOB_WORKER_FORCE")]
    pub force: bool,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `summarize`.
#[derive(Args, Clone, Debug)]
pub struct Summarize {
    /// Folder or s3:// prefix that the partitions were published to
    #[arg(value_name = "LOCATION", env = "JOB_WORKER_OUTPUT")]
    pub output: Location,
    /// How the summary is printed
    #[arg(long, env = "JOB_WORKER_SUMMARY_FORMAT", value_enum, default_value_t = SummaryFormat::Table)]
    pub format: SummaryFormat,
    /// Folder with the pods' termination messages (files *.json), for seconds and rows/s
    #[arg(long, env = "JOB_WORKER_TERMINATION_MESSAGES", value_name = "DIR")]
    pub termination_messages: Option<std::path::PathBuf>,
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

/// Where a partition comes from and goes to.
#[derive(Args, Clone, Debug)]
pub(crate) struct PartitionArgs {
    /// A template (data_{index}.csv, {index:05}, {total}), a folder or s3:// prefix ending in / or
    /// a glob (its files are dealt out by size), or one file with --split bytes
    #[arg(long, env = "JOB_WORKER_INPUT", value_name = "INPUT")]
    pub(crate) input: String,
    /// Folder or s3:// prefix for part-00000/ and so on
    #[arg(long, env = "JOB_WORKER_OUTPUT", value_name = "LOCATION", value_parser = output_location)]
    pub(crate) output: Location,
    /// Whole files, or byte ranges of one plain file cut at line ends (a record is a line there)
    #[arg(long, env = "JOB_WORKER_SPLIT", value_enum, default_value_t = Split::Files)]
    pub(crate) split: Split,
    /// Compression of the outputs; inputs are recognised by their first bytes
    #[arg(long, env = "JOB_WORKER_COMPRESS", value_enum, default_value_t = Compression::None)]
    pub(crate) compress: Compression,
    /// Do the work again although the partition is finished
    #[arg(long, env = "JOB_WORKER_FORCE")]
    pub(crate) force: bool,
}

/// What a partition is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Split {
    /// Whole files.
    Files,
    /// Byte ranges of one file.
    Bytes,
}

/// How records are cut into cells.
#[derive(Args, Clone, Debug)]
pub(crate) struct CellArgs {
    /// Byte between two cells; \t for a tab
    #[arg(long, env = "JOB_WORKER_DELIMITER", default_value = ",", value_parser = parse_delimiter)]
    delimiter: u8,
    /// Byte around quoted cells, or "none"
    #[arg(long, env = "JOB_WORKER_QUOTE", default_value = "\"", value_parser = parse_quote)]
    quote: Quote,
}

/// How the input is written.
#[derive(Args, Clone, Debug)]
pub(crate) struct DialectArgs {
    #[command(flatten)]
    pub(crate) cells: CellArgs,
    /// The first record is data: fields are matched by position
    #[arg(long, env = "JOB_WORKER_NO_HEADER")]
    no_header: bool,
    /// Encoding of the input, with or without a byte order mark; convert others first (iconv -t
    /// utf-8)
    #[arg(long, env = "JOB_WORKER_ENCODING", value_enum, default_value_t = Encoding::Utf8)]
    encoding: Encoding,
}

#[derive(Clone, Copy, Debug)]
struct Quote(Option<u8>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Encoding {
    /// UTF-8.
    #[value(name = "utf-8", alias = "utf8", alias = "UTF-8")]
    Utf8,
}

impl CellArgs {
    /// The dialect of files with or without a header, or why these settings are none.
    pub(crate) fn dialect(&self, header: bool) -> Result<Dialect, String> {
        if self.quote.0 == Some(self.delimiter) {
            return Err("the delimiter and the quote are the same byte: give --delimiter or \
                        --quote another"
                .to_owned());
        }
        Ok(Dialect { delimiter: self.delimiter, quote: self.quote.0, header })
    }

    /// The settings as a manifest has them.
    pub(crate) fn settings(&self) -> [(String, String); 2] {
        let byte = |byte: u8| char::from(byte).to_string();
        [
            ("delimiter".to_owned(), byte(self.delimiter)),
            ("quote".to_owned(), self.quote.0.map_or("none".to_owned(), byte)),
        ]
    }
}

impl DialectArgs {
    /// The dialect, or why these settings are none.
    pub(crate) fn dialect(&self) -> Result<Dialect, String> {
        self.cells.dialect(!self.no_header)
    }
}

fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => one_byte(text),
    }
}

fn parse_quote(text: &str) -> Result<Quote, String> {
    match text {
        "none" => Ok(Quote(None)),
        _ => one_byte(text).map(|byte| Quote(Some(byte))),
    }
}

fn one_byte(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err("must be one ASCII character, and no line end".to_owned()),
    }
}
