//! `describe`: finds the files, looks at their rows, and prints a schema.

use std::io::Write as _;
use std::sync::Arc;

use csv_records::Dialect;
use csv_records::translation::InputEncoding;
use job_files::{Input, Source};
use object_storage::Storage;
use worker_runtime::{Outcome, Pod, Progress, Report};

use super::delimiter;
use super::rows::Rows;
use crate::cli::{self, InputFormat};
use crate::commands::validate::read_dialect;
use crate::descriptors::FileDialect;
use crate::error::Error;
use crate::partition::{OwnColumns, Reading, RecordStream, is_jsonl};

/// Runs `describe`.
pub(crate) async fn run(args: cli::Describe, pod: Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let described = {
        let pod = pod.clone();
        pod.clone().blocking_unless_stopped(move || describe(&args, &storage, &pod)).await
    };
    described.unwrap_or(Err(Error::Stopped))
}

fn describe(args: &cli::Describe, storage: &Storage, pod: &Pod) -> Result<Report, Error> {
    let mut file_dialect = match &args.dialect.cells.dialect {
        Some(at) => read_dialect(storage, at)?,
        None => FileDialect::default(),
    };
    args.dialect.change(&mut file_dialect).map_err(Error::Setting)?;
    let mut sources: Vec<Source> = Vec::new();
    for name in &args.files {
        let input = Input::parse(name)?;
        sources.extend(input.find(storage)?.into_iter().map(Source::from));
    }
    if let Some(source) = sources.iter().find(|source| is_jsonl(&source.name)) {
        return Err(Error::Setting(format!(
            "describe looks at CSV, and {} is JSON lines by its name: convert a sample of it \
             (jq -r '[.id, .amount] | @csv')",
            source.name
        )));
    }
    let bytes = sources.iter().map(|source| source.entry.size).sum();
    let progress = pod.progress("bytes", Some(bytes));
    let encoding = args.dialect.encoding.unwrap_or(InputEncoding::Utf8);
    let reading_of = |file_dialect: &FileDialect| Reading {
        dialect: file_dialect.output(),
        file_dialect: Arc::new(file_dialect.clone()),
        longest_record: args.max_record_size as usize,
        utf8: true,
        encoding,
        final_newline: false,
        format: InputFormat::Csv,
        union: None,
        own_columns: OwnColumns::Apart,
    };
    let mut reading = reading_of(&file_dialect);
    let Some(first) = sources.first() else { return Err(no_rows(args)) };
    let mut stream = open(storage, first, &reading, &progress)?;
    let may_look = !file_dialect.delimiter_given && !reading.rewrites();
    if let Some(delimiter) = other_delimiter(&stream, reading.dialect).filter(|_| may_look) {
        tracing::info!(
            file = %stream.name(),
            delimiter = %char::from(delimiter).escape_default(),
            "the delimiter was found by looking; it is in the schema's dialect"
        );
        file_dialect.table.delimiter = char::from(delimiter).to_string();
        reading = reading_of(&file_dialect);
        stream = open(storage, first, &reading, &progress)?;
    }
    let header = stream.header().map(|header| header.names.clone());
    let first = stream.name().to_string();
    let text = |name: &Vec<u8>| String::from_utf8_lossy(name).into_owned();
    let names = header.as_ref().map(|names| names.iter().map(text).collect());
    let mut rows = Rows::new(reading.clone(), args.rows, names);
    let mut others = sources[1..].iter();
    let mut read = vec![first.clone()];
    loop {
        if stream.header().map(|header| &header.names) != header.as_ref() {
            let second = stream.name().to_string();
            return Err(Error::HeadersDiffer { first, second });
        }
        rows.read(stream, || pod.shutdown.is_requested())?;
        match others.next() {
            Some(source) if !rows.are_enough() => {
                stream = open(storage, source, &reading, &progress)?;
                read.push(stream.name().to_string());
            }
            _ => break,
        }
    }
    progress.finish();
    let Some(inference) = &rows.inference else { return Err(no_rows(args)) };
    let mut made_of = made_of(&rows, &read);
    if encoding != InputEncoding::Utf8 {
        made_of.push_str(&format!("; read with --encoding {encoding}"));
    }
    let schema = inference.schema(&made_of, Some(&file_dialect.descriptor().to_string()));
    std::io::stdout().lock().write_all(schema.as_bytes()).map_err(Error::from)?;
    Ok(Report::new(Outcome::Done).count("rows", rows.all()))
}

fn open(
    storage: &Storage,
    source: &Source,
    reading: &Reading,
    progress: &Progress,
) -> Result<RecordStream, Error> {
    RecordStream::open(storage, source, reading, progress)
}

/// Another delimiter than the one that was given, if that one makes one column of the file and
/// another several.
fn other_delimiter(stream: &RecordStream, dialect: Dialect) -> Option<u8> {
    let mut beginning = Vec::new();
    if let Some(header) = stream.header() {
        if header.names.len() > 1 {
            return None;
        }
        beginning.extend_from_slice(&header.bytes);
        beginning.extend_from_slice(header.line_end);
    }
    let (block, context) = stream.block();
    beginning.extend_from_slice(block);
    let found = delimiter::found(&beginning, context.last, dialect)?;
    let cuts = delimiter::cells_of_first(&beginning, context.last, dialect);
    (cuts == Some(1)).then_some(found)
}

fn no_rows(args: &cli::Describe) -> Error {
    Error::NoHeader { source_name: args.files.join(", ") }
}

/// What the schema was made of, and so how sure it is.
fn made_of(rows: &Rows, files: &[String]) -> String {
    let count = rows.all();
    let mut text = match rows.are_enough() {
        true => format!(
            "Made by partition-worker describe of the first {count} records of {}: others may not \
             fit",
            files.join(", ")
        ),
        false => {
            format!(
                "Made by partition-worker describe of all {count} records of {}",
                files.join(", ")
            )
        }
    };
    if rows.misshapen > 0 {
        text.push_str(&format!(
            "; {} records have another number of cells than there are columns, and will be \
             rejected",
            rows.misshapen
        ));
    }
    if rows.flawed > 0 {
        text.push_str(&format!("; {} records are malformed, and will be rejected", rows.flawed));
    }
    text
}
