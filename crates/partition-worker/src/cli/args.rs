//! The command line: every setting of the worker is in this folder, and nothing else reads the
//! environment.

use clap::{Args, Parser, Subcommand};
use csv_records::translation::InputEncoding;
use object_storage::{Location, StorageArgs};
use table_schema::FieldsMatch;
use worker_runtime::{Exit, IdentityArgs, RuntimeArgs};

use super::accepted_args::AcceptedArgs;
use super::dialect_args::{CellArgs, DialectArgs};
use super::duplicate_args::DuplicateArgs;
use super::headings::{INPUT, LIMITS, OUTPUT, PROGRAM, SCHEMA};
use super::partition_args::{InputFormat, PartitionArgs};
use super::plan_args::Plan;
use super::record_limit::RecordLimit;
use super::simulate_args::Simulate;
use super::summarize_args::Summarize;

/// The in-container half of an Indexed Job: pod i of N reads partition i, works on it, and
/// publishes the result once.
#[derive(Clone, Debug, Parser)]
#[command(name = "partition-worker", version, about, max_term_width = 120)]
#[command(after_help = Exit::all_in_words())]
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
    /// Look at files and print a Table Schema that accepts their records, with what is known of
    /// each field
    Describe(Describe),
    /// Give the partition to a program on its standard input, and publish what it writes to its
    /// standard output
    Exec(Exec),
    /// Spend time in named phases, as a stand-in for work: for teaching clusters and for benchmarks
    Simulate(Simulate),
    /// Add up the summaries of all partitions; missing partitions are an error
    Summarize(Summarize),
    /// Print which partitions are still to be done, or the Job that does just these
    Plan(Plan),
}

/// `validate`.
#[derive(Args, Clone, Debug)]
pub struct Validate {
    #[command(flatten)]
    pub(crate) partition: PartitionArgs,
    /// Frictionless Table Schema (JSON), a path or s3:// object
    #[arg(
        long,
        help_heading = SCHEMA,
        env = "JOB_WORKER_SCHEMA",
        value_name = "LOCATION",
        required_unless_present = "package",
    )]
    pub schema: Option<Location>,
    /// What the records are: csv, jsonl for one JSON object a line (NDJSON), or parquet [default:
    /// jsonl for files named .jsonl or .ndjson, compressed or not, parquet for .parquet, and csv
    /// for all others]
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_INPUT_FORMAT",
        value_name = "csv|jsonl|parquet",
        hide_possible_values = true
    )]
    pub(crate) input_format: Option<InputFormat>,
    #[command(flatten)]
    pub(crate) accepted: AcceptedArgs,
    /// Files of a partition may have their columns in different orders, and lack those that a
    /// record need not have: all get the fields of the schema, in its order
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_UNION")]
    pub(crate) union: bool,
    /// Data Package (datapackage.json), a path or s3:// object: it gives the input, its encoding,
    /// dialect and schema; what is given by a setting of its own goes before it
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_PACKAGE", value_name = "LOCATION")]
    pub(crate) package: Option<Location>,
    /// Name of the package's resource, where it has several
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_RESOURCE",
        value_name = "NAME",
        requires = "package",
    )]
    pub(crate) resource: Option<String>,
    /// Checks over a row: named expressions over the fields of the schema (CHECKS.md), a path or
    /// s3:// object
    #[arg(long, help_heading = SCHEMA, env = "JOB_WORKER_CHECKS", value_name = "LOCATION")]
    pub checks: Option<Location>,
    /// Exit 65 and publish no accepted records when more than this share (0.05, 5%) or number
    /// (100) is rejected
    #[arg(long, help_heading = LIMITS, env = "JOB_WORKER_MAX_REJECTED", value_name = "SHARE|COUNT")]
    pub max_rejected: Option<RecordLimit>,
    #[command(flatten)]
    pub(crate) duplicates: DuplicateArgs,
    #[command(flatten)]
    pub(crate) dialect: DialectArgs,
    /// How the file's fields must match the schema's [default: the schema's fieldsMatch, or equal:
    /// the same fields in any order]
    #[arg(
        long,
        help_heading = SCHEMA,
        env = "JOB_WORKER_FIELDS_MATCH",
        value_name = "exact|equal|subset|superset|partial"
    )]
    pub fields_match: Option<FieldsMatch>,
    /// Longest record in bytes; it bounds the memory
    #[arg(
        long,
        help_heading = LIMITS,
        env = "JOB_WORKER_MAX_RECORD_SIZE",
        value_name = "BYTES",
        default_value_t = 1 << 20,
        value_parser = clap::value_parser!(u32).range(1024..=256 << 20),
    )]
    pub max_record_size: u32,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `describe`.
#[derive(Args, Clone, Debug)]
pub struct Describe {
    /// Files, folders, prefixes or globs with the same columns
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// Look at the first records only, not at all
    #[arg(
        long,
        help_heading = LIMITS,
        env = "JOB_WORKER_ROWS",
        value_name = "COUNT",
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub rows: Option<u64>,
    #[command(flatten)]
    pub(crate) dialect: DialectArgs,
    /// Longest record in bytes; it bounds the memory
    #[arg(
        long,
        help_heading = LIMITS,
        env = "JOB_WORKER_MAX_RECORD_SIZE",
        value_name = "BYTES",
        default_value_t = 1 << 20,
        value_parser = clap::value_parser!(u32).range(1024..=256 << 20),
    )]
    pub max_record_size: u32,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// `exec`.
#[derive(Args, Clone, Debug)]
pub struct Exec {
    #[command(flatten)]
    pub(crate) partition: PartitionArgs,
    /// Name of the output in the partition's folder
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_OUTPUT_NAME",
        value_name = "NAME",
        default_value = "output",
    )]
    pub output_name: String,
    /// The first record of every input file is a header: give it to the program once; the headers
    /// must be the same
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_INPUT_HEADER")]
    pub header: bool,
    #[command(flatten)]
    pub(crate) cells: CellArgs,
    /// Encoding of the input, as validate has it: the program is given UTF-8. Without it, and for
    /// utf-8, the program is given the bytes as they are
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_ENCODING",
        default_value_t = InputEncoding::Utf8,
    )]
    pub(crate) encoding: InputEncoding,
    /// Longest record in bytes, with --header
    #[arg(
        long,
        help_heading = LIMITS,
        env = "JOB_WORKER_MAX_RECORD_SIZE",
        value_name = "BYTES",
        default_value_t = 1 << 20,
        value_parser = clap::value_parser!(u32).range(1024..=256 << 20),
    )]
    pub max_record_size: u32,
    /// Files that the result depends on and the command line does not name, such as modules: a
    /// finished partition is done again when one of them has changed
    #[arg(
        long,
        help_heading = PROGRAM,
        env = "JOB_WORKER_DEPENDS_ON",
        value_name = "FILE,...",
        value_delimiter = ','
    )]
    pub depends_on: Vec<std::path::PathBuf>,
    /// Environment variables that the result depends on, by their names
    #[arg(
        long,
        help_heading = PROGRAM,
        env = "JOB_WORKER_DEPENDS_ON_ENV",
        value_name = "NAME,...",
        value_delimiter = ','
    )]
    pub depends_on_env: Vec<String>,
    /// Publish the result of a program that exits with 0 and has read only a part of its input,
    /// which is an error otherwise
    #[arg(long, help_heading = PROGRAM, env = "JOB_WORKER_ALLOW_UNREAD_INPUT")]
    pub allow_unread_input: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub program: Vec<String>,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::{Command as Clap, CommandFactory as _};

    use super::*;

    /// Headings with the settings under each.
    type Headings<'h> = &'h [(&'h str, Vec<&'h str>)];

    /// The settings of a command by their heading.
    fn by_heading(command: &Clap) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
            let name = arg.get_long().expect("every setting has a long name");
            if !["help", "version"].contains(&name) {
                let heading = arg.get_help_heading().unwrap_or("no heading");
                found.entry(heading.to_owned()).or_default().push(name.to_owned());
            }
        }
        found
    }

    fn of_group<G: Args>() -> BTreeMap<String, Vec<String>> {
        by_heading(&G::augment_args(Clap::new("group")))
    }

    #[test]
    fn every_setting_stands_under_the_heading_that_fits_it() {
        let shared: BTreeMap<String, Vec<String>> =
            [of_group::<IdentityArgs>(), of_group::<StorageArgs>(), of_group::<RuntimeArgs>()]
                .into_iter()
                .flatten()
                .collect();
        let input = ["input", "split", "delimiter", "quote"];
        let dialect = [
            "dialect",
            "header-rows",
            "header-join",
            "skip-rows",
            "comment-rows",
            "comment-char",
            "skip-blank-rows",
            "skip-initial-space",
            "line-terminator",
            "escape-char",
            "no-double-quote",
        ];
        let output = ["output", "compress", "force", "finish"];
        let own: [(&str, Headings<'_>); 6] = [
            (
                "validate",
                &[
                    (
                        "Input",
                        [
                            &input[..2],
                            &[
                                "require-final-newline",
                                "input-format",
                                "union",
                                "package",
                                "resource",
                            ],
                            &input[2..],
                            &["no-header", "encoding"],
                        ]
                        .concat(),
                    ),
                    ("Dialect", [&dialect[..], &["null-sequence"]].concat()),
                    ("Schema", vec!["schema", "checks", "fields-match"]),
                    (
                        "Output",
                        [&output[..], &["output-format", "parquet-numbers", "parquet-datetimes"]]
                            .concat(),
                    ),
                    ("Limits", vec!["max-rejected", "max-duplicates", "max-record-size"]),
                ],
            ),
            (
                "describe",
                &[
                    ("Input", [&input[2..], &["no-header", "encoding"]].concat()),
                    ("Dialect", [&dialect[..], &["null-sequence"]].concat()),
                    ("Limits", vec!["rows", "max-record-size"]),
                ],
            ),
            (
                "exec",
                &[
                    (
                        "Input",
                        [
                            &input[..2],
                            &["require-final-newline", "header"],
                            &input[2..],
                            &["encoding"],
                        ]
                        .concat(),
                    ),
                    ("Dialect", dialect.to_vec()),
                    ("Output", [&output[..], &["output-name"]].concat()),
                    ("Limits", vec!["max-record-size"]),
                    ("Program", vec!["depends-on", "depends-on-env", "allow-unread-input"]),
                ],
            ),
            (
                "simulate",
                &[("Simulation", vec!["phases", "seed"]), ("Output", vec!["output", "force"])],
            ),
            (
                "summarize",
                &[
                    ("Input", vec!["termination-messages"]),
                    ("Output", vec!["format"]),
                    ("Limits", vec!["max-duplicates"]),
                ],
            ),
            ("plan", &[("Input", vec!["total-partitions", "job"]), ("Output", vec!["name"])]),
        ];
        let cli = Cli::command();
        assert_eq!(cli.get_subcommands().count(), own.len(), "a command has no headings here");
        for (name, headings) in own {
            let mut found = by_heading(cli.find_subcommand(name).expect("it is a command"));
            for (heading, settings) in headings {
                assert_eq!(
                    found.remove(*heading).unwrap_or_default(),
                    *settings,
                    "{heading} of {name}; see cli/headings.rs"
                );
            }
            for (heading, settings) in found {
                assert_eq!(shared.get(&heading), Some(&settings), "{heading} of {name}");
            }
        }
    }
}
