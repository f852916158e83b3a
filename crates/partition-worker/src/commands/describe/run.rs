//! `describe`: finds the files, looks at their rows, and prints a schema.

use std::io::Write as _;
use std::sync::Arc;

use csv_records::Dialect;
use csv_records::translation::InputEncoding;
use job_files::{Input, Source};
use object_storage::Storage;
use table_schema::Schema;
use worker_runtime::{Outcome, Pod, Progress, Report};

use super::delimiter;
use super::lines::Lines;
use super::rows::Rows;
use crate::cli::{self, InputFormat};
use crate::commands::validate::read_dialect;
use crate::descriptors::FileDialect;
use crate::error::Error;
use crate::partition::{NamedFormat, OwnColumns, Reading, RecordStream};

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
    let mut files = Vec::new();
    for name in &args.files {
        files.extend(Input::parse(name)?.find(storage)?);
    }
    let format = NamedFormat::of(&files).or(None)?;
    let sources: Vec<Source> = files.into_iter().map(Source::from).collect();
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
        format,
        union: None,
        schema: None,
        own_columns: OwnColumns::Apart,
    };
    let mut reading = reading_of(&file_dialect);
    let Some(first) = sources.first() else { return Err(no_rows(args)) };
    if format.has_objects() {
        if let Some(setting) = args.dialect.any() {
            return Err(Error::Setting(format!(
                "{setting} says how delimited text is written, and the input is {}: leave it out",
                format.in_words()
            )));
        }
        return describe_objects(args, (storage, pod), &sources, (reading, progress));
    }
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
            Some(source) if !rows.seen.are_enough() => {
                stream = open(storage, source, &reading, &progress)?;
                read.push(stream.name().to_string());
            }
            _ => break,
        }
    }
    progress.finish();
    let Some(inference) = &rows.inference else { return Err(no_rows(args)) };
    let mut made_of = rows.seen.made_of(&read);
    if encoding != InputEncoding::Utf8 {
        made_of.push_str(&format!("; read with --encoding {encoding}"));
    }
    let schema = inference.schema(&made_of, Some(&file_dialect.descriptor().to_string()));
    std::io::stdout().lock().write_all(schema.as_bytes()).map_err(Error::from)?;
    Ok(Report::new(Outcome::Done).count("rows", rows.seen.all()))
}

/// The same of files whose records are objects.
fn describe_objects(
    args: &cli::Describe,
    (storage, pod): (&Storage, &Pod),
    sources: &[Source],
    (mut reading, progress): (Reading, Progress),
) -> Result<Report, Error> {
    if reading.format == InputFormat::Parquet {
        reading.schema = Some(Arc::new(Schema::of_nothing()));
    }
    let mut lines = Lines::new(reading.longest_record, args.rows);
    let mut read = Vec::new();
    for source in sources {
        if lines.seen.are_enough() {
            break;
        }
        let stream = open(storage, source, &reading, &progress)?;
        read.push(stream.name().to_string());
        lines.read(stream, || pod.shutdown.is_requested())?;
    }
    progress.finish();
    if lines.inference.is_empty() {
        return Err(no_rows(args));
    }
    let schema = lines.inference.schema(&lines.seen.made_of(&read), None);
    std::io::stdout().lock().write_all(schema.as_bytes()).map_err(Error::from)?;
    Ok(Report::new(Outcome::Done).count("rows", lines.seen.all()))
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
