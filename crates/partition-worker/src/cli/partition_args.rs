//! The settings of a partition: where it comes from and goes to.

use clap::{Args, ValueEnum};
use job_files::{Compression, output_location};
use object_storage::Location;

use super::headings::{INPUT, OUTPUT};
use crate::error::Error;

/// Where a partition comes from and goes to.
#[derive(Args, Clone, Debug)]
pub(crate) struct PartitionArgs {
    /// A template (data_{index}.csv, in/{index}/*.csv, {index:05}, {total}), a folder or s3://
    /// prefix ending in / or a glob (its files are dealt out by size), or one file with --split
    /// bytes
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_INPUT", value_name = "INPUT")]
    pub(crate) input: Option<String>,
    /// Folder or s3:// prefix for part-00000/ and so on
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_OUTPUT",
        value_name = "LOCATION",
        value_parser = output_location,
    )]
    pub(crate) output: Location,
    /// Whole files, or byte ranges of one plain file cut at line ends (a record is a line there)
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_SPLIT",
        value_enum,
        default_value_t = Split::Files,
    )]
    pub(crate) split: Split,
    /// Exit 65 when the last record of a file has no line end, as where an upload was cut off; only
    /// a warning without it
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_REQUIRE_FINAL_NEWLINE")]
    pub(crate) require_final_newline: bool,
    /// Compression of the outputs; inputs are recognised by their first bytes
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_COMPRESS",
        value_enum,
        default_value_t = Compression::None,
    )]
    pub(crate) compress: Compression,
    /// Do the work again although the partition is finished
    #[arg(long, help_heading = OUTPUT, env = "JOB_WORKER_FORCE")]
    pub(crate) force: bool,
    /// Once this partition is done, look whether all are: the pod that sees that adds them up, as
    /// summarize does, and writes _SUCCESS of the whole last. Needs the number of partitions
    #[arg(long, help_heading = OUTPUT, env = "JOB_WORKER_FINISH")]
    pub(crate) finish: bool,
}

impl PartitionArgs {
    /// The input, where nothing else can name it.
    ///
    /// # Errors
    ///
    /// If it is not given.
    pub(crate) fn given_input(&self) -> Result<&str, Error> {
        self.input.as_deref().ok_or_else(|| {
            Error::Setting(
                "--input is not given: name a template, a folder, a pattern or a file".to_owned(),
            )
        })
    }
}

/// What the records of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Delimited text.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Parquet.
    Parquet,
}

/// How accepted records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// As the input is.
    Same,
    /// Delimited text.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Parquet, typed by the schema.
    Parquet,
}

/// What a partition is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Split {
    /// Whole files.
    Files,
    /// Byte ranges of one file.
    Bytes,
}
