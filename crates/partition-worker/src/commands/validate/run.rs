//! From the settings of `validate` to its job: the schema, the partition, and what the outputs
//! depend on.

use std::collections::BTreeMap;
use std::sync::Arc;

use csv_records::Dialect;
use csv_records::translation::InputEncoding;
use job_files::Work;
use object_storage::Storage;
use table_schema::{FieldsMatch, Schema};
use worker_runtime::{Pod, Report};

use super::described::Described;
use super::job::ValidateJob;
use super::rules::Rules;
use crate::cli::{self, InputFormat, OutputFormat, RecordLimit, Split, encoding_args};
use crate::commands::finish::{self, Dataset};
use crate::commands::partition_job;
use crate::descriptors::FileDialect;
use crate::error::Error;
use crate::output_version;
use crate::partition::{Partition, PartitionInput, overlap, share};
use crate::summary::{NOT_TOLD, SUMMARY_NAME};

/// Runs `validate` for the partition that this pod is.
pub(crate) async fn run(args: cli::Validate, pod: Pod) -> Result<Report, Error> {
    let given = args.partition.input.as_deref();
    if args.package.is_none() {
        args.partition.given_input()?;
    }
    let identity = share(&args.identity, given.unwrap_or_default())?;
    pod.assume(identity);
    let (index, partitions) = (identity.index, identity.count.unwrap_or(NOT_TOLD));
    finish::check(&args.partition, partitions)?;
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let output = &args.partition.output;
    let publication = partition_job::publication(&pod, &storage, output, index, "validate")?;
    let read = {
        let (storage, args) = (storage.clone(), args.clone());
        pod.blocking_unless_stopped(move || Described::read(&storage, &args)).await
    };
    let read = read.unwrap_or(Err(Error::Stopped));
    let Described { rules, dialect: file_dialect, encoding, paths } =
        publication.withdraw_on_failure(read).await?;
    encoding_args::check_split(encoding, args.partition.split)?;
    let input = match given {
        Some(input) => PartitionInput::parse(input, args.partition.split, partitions)?,
        None => PartitionInput::of_package(paths, args.partition.split, partitions)?,
    };
    if args.max_rejected.is_some_and(RecordLimit::is_none_at_all) {
        tracing::warn!(
            "--max-rejected says that all records may be rejected, which is no limit; one record \
             is 1, without a point"
        );
    }
    let suffix = args.partition.compress.suffix();
    // Which of them are published is known when the files are found.
    let outputs: Vec<String> = [InputFormat::Csv, InputFormat::Jsonl, InputFormat::Parquet]
        .into_iter()
        .flat_map(|format| format.outputs(args.accepted.output_format, suffix))
        .chain([SUMMARY_NAME.to_owned()])
        .collect();
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    overlap::refuse(&input, &args.partition.output, &outputs)?;

    let mut dialect = file_dialect.output();
    let checked = check_fields_match(&args, dialect, &rules.schema)
        .and_then(|()| check_union(&args, dialect, &rules.schema));
    publication.withdraw_on_failure(checked).await?;
    let found = partition_job::find(&pod, &storage, input.clone(), index, partitions, output).await;
    let partition = publication.withdraw_on_failure(found).await?;
    let format = partition.format.or(args.input_format);
    let format = publication.withdraw_on_failure(format).await?;
    let is_parquet = format == InputFormat::Parquet;
    let other_encoding = is_parquet && encoding != InputEncoding::Utf8;
    if format.has_objects()
        && let Some(setting) = args
            .dialect
            .any()
            .or(args.union.then_some("--union"))
            .or(other_encoding.then_some("--encoding"))
    {
        let refused = Err(Error::Setting(format!(
            "{setting} says how delimited text is written, and the input is {}: leave it out, or \
             say --input-format csv",
            format.in_words()
        )));
        return publication.withdraw_on_failure(refused).await;
    }
    let rules = match format {
        InputFormat::Csv => rules,
        InputFormat::Jsonl | InputFormat::Parquet => {
            dialect.header = false;
            Rules { schema: rules.schema.with_null(), ..rules }
        }
    };

    let work = Work {
        command: "validate".to_owned(),
        output_version: output_version::VALIDATE,
        index,
        partitions,
        settings: settings(&args, (&file_dialect, format), encoding, &rules, &partition),
        input: Vec::new(),
    };
    let dataset = args.partition.finish.then(|| Dataset {
        storage: storage.clone(),
        input,
        longest_record: args.max_record_size.into(),
        of_whole_files: is_parquet,
        output: output.clone(),
        own: work.clone(),
        max_duplicates: args.duplicates.max_duplicates,
    });
    let job = ValidateJob {
        args,
        format,
        dialect,
        file_dialect: Arc::new(file_dialect),
        encoding,
        rules,
        partition,
        work,
        storage,
        publication: publication.clone(),
        pod: pod.clone(),
    };
    let (already_done, run) = (ValidateJob::already_done, ValidateJob::run_and_close);
    let report = partition_job::run_unless_done(&pod, publication, job, already_done, run).await?;
    finish::after(dataset, report).await
}

/// Without a header the columns are the fields by position, so all of them must be there and no
/// others. Where fields are found by their names, each needs one of its own.
fn check_fields_match(
    args: &cli::Validate,
    dialect: Dialect,
    schema: &Schema,
) -> Result<(), Error> {
    let matching = args.fields_match.or(schema.fields_match()).unwrap_or(FieldsMatch::Equal);
    if let Some((name, [first, second])) = schema.field_twice()
        && dialect.header
        && matching != FieldsMatch::Exact
    {
        return Err(Error::Setting(format!(
            "the fields #{first} and #{second} of the schema are both named {name:?}, and fields \
             are found by their names (fields match: {matching}): give each a name of its own; \
             where the file has such a name twice, too, give --fields-match exact, and columns \
             are told apart by their positions"
        )));
    }
    if dialect.header || !(matching.allows_extra() || matching.allows_missing()) {
        return Ok(());
    }
    let by =
        if args.fields_match.is_some() { "--fields-match" } else { "the schema's fieldsMatch" };
    Err(Error::Setting(format!(
        "--no-header and {by} {matching} cannot be together: without a header nobody knows which \
         columns are missing or more; leave out one of them"
    )))
}

/// Columns are united by the names of the schema's fields.
fn check_union(args: &cli::Validate, dialect: Dialect, schema: &Schema) -> Result<(), Error> {
    let matching = args.fields_match.or(schema.fields_match());
    let wrong = match matching {
        _ if !args.union => return Ok(()),
        _ if !dialect.header => "--no-header: columns are found by their names",
        _ if args.partition.split == Split::Bytes => "--split bytes: there is one file",
        Some(FieldsMatch::Exact) => "fields match exact: it is the columns' order that differs",
        Some(FieldsMatch::Subset | FieldsMatch::Partial) => {
            "fields match subset or partial: columns that are no fields would be lost; give the \
             schema a field for each"
        }
        Some(FieldsMatch::Equal | FieldsMatch::Superset) | None => return Ok(()),
    };
    Err(Error::Setting(format!("--union cannot be together with {wrong}")))
}

/// What the outputs depend on besides the input's contents.
fn settings(
    args: &cli::Validate,
    (dialect, format): (&FileDialect, InputFormat),
    encoding: InputEncoding,
    rules: &Rules,
    partition: &Partition,
) -> BTreeMap<String, String> {
    let mut settings = partition.settings();
    settings.extend(dialect.settings());
    settings.extend(rules.settings.iter().cloned());
    settings.extend([
        ("header".to_owned(), dialect.table.header.to_string()),
        ("compress".to_owned(), args.partition.compress.as_str().to_owned()),
        ("max_record_size".to_owned(), args.max_record_size.to_string()),
    ]);
    if args.union {
        settings.insert("union".to_owned(), "true".to_owned());
    }
    // What is written as it is read is what it has always been.
    let other = match (args.accepted.output_format, format) {
        (OutputFormat::Same, _)
        | (OutputFormat::Csv, InputFormat::Csv)
        | (OutputFormat::Jsonl, InputFormat::Jsonl)
        | (OutputFormat::Parquet, InputFormat::Parquet) => None,
        (OutputFormat::Csv, _) => Some("csv"),
        (OutputFormat::Jsonl, _) => Some("jsonl"),
        (OutputFormat::Parquet, _) => Some("parquet"),
    };
    if let Some(other) = other {
        settings.insert("output_format".to_owned(), other.to_owned());
    }
    settings.extend(args.accepted.settings());
    if format.has_objects() {
        settings.insert("format".to_owned(), format.ending().to_owned());
    }
    // Finished partitions of files in UTF-8 stay finished.
    if encoding != InputEncoding::Utf8 {
        settings.insert("encoding".to_owned(), encoding.to_string());
    }
    if args.partition.require_final_newline {
        settings.insert("require_final_newline".to_owned(), "true".to_owned());
    }
    if let Some(limit) = args.max_rejected {
        settings.insert("max_rejected".to_owned(), limit.to_string());
    }
    if let Some(matching) = args.fields_match {
        settings.insert("fields_match".to_owned(), matching.to_string());
    }
    settings
}
