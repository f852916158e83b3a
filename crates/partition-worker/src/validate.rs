//! `validate`: a partition's records, checked against a schema, into accepted and rejected records
//! and a summary.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Instant;

use job_files::{Arrivals, Belt, GATHER, Output, Publication, Source, Work, blake3};
use object_storage::{ErrorKind, Location, Storage};
use table_schema::{FieldsMatch, Schema, Validator};
use worker_runtime::{Outcome, Pod, Progress, Report, on_blocking_thread};

use crate::already_done::already_done;
use crate::cli;
use crate::error::Error;
use crate::header::Reading;
use crate::header_hint;
use crate::judge::Judge;
use crate::output_version;
use crate::overlap;
use crate::partition::{Input, Partition, folder, share};
use crate::record_stream::{Lot, RecordStream};
use crate::sorter::{Sorter, reject_header};
use crate::summary::{NOT_TOLD, Records, SUMMARY_NAME, Summary};
use csv_records::Dialect;
use csv_records::Header;

const ACCEPTED: &str = "accepted.csv";
const REJECTED: &str = "rejected.csv";

/// A schema is a few kilobytes; anything much larger is something else.
const LARGEST_SCHEMA: u64 = 16 << 20;

/// Everything that was settled before the first record is read.
struct Job {
    args: cli::Validate,
    dialect: Dialect,
    schema: Schema,
    partition: Partition,
    work: Work,
    storage: Storage,
    publication: Publication,
    pod: Pod,
}

/// Runs `validate` for the partition that this pod is.
pub(crate) async fn run(args: cli::Validate, pod: Pod) -> Result<Report, Error> {
    let identity = share(&args.identity, &args.partition.input)?;
    pod.assume(identity);
    let (index, partitions) = (identity.index, identity.count.unwrap_or(NOT_TOLD));
    let dialect = args.dialect.dialect().map_err(Error::Setting)?;
    let input = Input::parse(&args.partition.input, args.partition.split, partitions)?;
    let suffix = args.partition.compress.suffix();
    let outputs =
        [format!("{ACCEPTED}{suffix}"), format!("{REJECTED}{suffix}"), SUMMARY_NAME.to_owned()];
    overlap::refuse(&input, &args.partition.output, &outputs.each_ref().map(String::as_str))?;

    let storage = Storage::new(&args.storage);
    let schema_at = args.schema.clone();
    let read = {
        let storage = storage.clone();
        pod.blocking_unless_stopped(move || read_schema(&storage, &schema_at)).await
    };
    let (schema, schema_blake3) = read.ok_or(Error::Stopped)??;
    check_fields_match(&args, dialect, &schema)?;
    let found = {
        let storage = storage.clone();
        pod.blocking_unless_stopped(move || input.find(&storage, index, partitions)).await
    };
    let partition = found.ok_or(Error::Stopped)??;
    overlap::refuse_found(&partition.sources, &args.partition.output)?;
    tracing::info!(
        files = partition.sources.len(),
        size_bytes = partition.size(),
        "partition found"
    );

    let work = Work {
        command: "validate".to_owned(),
        output_version: output_version::VALIDATE,
        index,
        partitions,
        settings: settings(&args, dialect, schema_blake3, &partition),
        input: Vec::new(),
    };
    let publication =
        Publication::new(storage.clone(), folder(&args.partition.output, index)?, pod.about);
    let job =
        Job { args, dialect, schema, partition, work, storage, publication, pod: pod.clone() };
    let looked = pod.blocking_unless_stopped(move || (job.already_done(), job)).await;
    match looked.ok_or(Error::Stopped)? {
        (Ok(None), job) => on_blocking_thread(move || job.run_and_close()).await,
        (Ok(Some(report)), _) => Ok(report),
        (Err(error), _) => Err(error),
    }
}

fn read_schema(storage: &Storage, at: &Location) -> Result<(Schema, String), Error> {
    let bytes = storage.read(at, LARGEST_SCHEMA).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::SchemaMissing(error),
        _ => Error::Storage(error),
    })?;
    let schema = Schema::from_json(&bytes)
        .map_err(|source| Error::Schema { location: at.to_string(), source: Box::new(source) })?;
    if !schema.ignored().is_empty() {
        tracing::warn!(
            schema = %at,
            properties = schema.ignored().join(", "),
            "properties that are not of the Table Schema standard are not looked at"
        );
    }
    Ok((schema, blake3(&bytes)))
}

/// Columns without names are the fields by position: all of them, and no others.
fn check_fields_match(
    args: &cli::Validate,
    dialect: Dialect,
    schema: &Schema,
) -> Result<(), Error> {
    let matching = args.fields_match.or(schema.fields_match()).unwrap_or(FieldsMatch::Equal);
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

/// What the outputs depend on besides the input's contents.
fn settings(
    args: &cli::Validate,
    dialect: Dialect,
    schema_blake3: String,
    partition: &Partition,
) -> BTreeMap<String, String> {
    let mut settings = partition.settings();
    settings.extend(args.dialect.cells.settings());
    settings.extend([
        ("schema_blake3".to_owned(), schema_blake3),
        ("header".to_owned(), dialect.header.to_string()),
        ("compress".to_owned(), args.partition.compress.as_str().to_owned()),
        ("max_record_size".to_owned(), args.max_record_size.to_string()),
    ]);
    if let Some(limit) = args.max_rejected {
        settings.insert("max_rejected".to_owned(), limit.to_string());
    }
    if let Some(matching) = args.fields_match {
        settings.insert("fields_match".to_owned(), matching.to_string());
    }
    settings
}

impl Job {
    /// The report of an earlier run that has done the same.
    fn already_done(&self) -> Result<Option<Report>, Error> {
        if self.args.partition.force {
            return Ok(None);
        }
        let longest_record = self.args.max_record_size.into();
        already_done(
            &self.storage,
            &self.publication,
            &self.work,
            &self.partition,
            longest_record,
            "",
        )
    }

    fn run_and_close(self) -> Result<Report, Error> {
        let storage = self.storage.clone();
        let report = self.run();
        storage.close();
        report
    }

    fn run(mut self) -> Result<Report, Error> {
        let began = Instant::now();
        let progress = self.pod.progress("bytes", Some(self.partition.size()));
        let compression = self.args.partition.compress;
        let at = self.publication.folder().clone();
        let accepted = Output::create(&self.storage, &at, ACCEPTED, compression)?;
        let rejected = Output::create(&self.storage, &at, REJECTED, compression)?;
        let (read, accepted, rejected) = self.read(accepted, rejected, &progress)?;
        progress.finish();
        self.publish(accepted, rejected, read, began)
    }

    /// Reads and judges all sources, while another thread sorts the records into the outputs.
    fn read(
        &mut self,
        accepted: Output,
        rejected: Output,
        progress: &Progress,
    ) -> Result<(Read, Output, Output), Error> {
        let longest_record = self.args.max_record_size as usize;
        let reading = Reading { dialect: self.dialect, longest_record, utf8: true };
        let open = |source: &Source| RecordStream::open(&self.storage, source, reading, progress);
        let mut sources = self.partition.sources.iter();
        let mut next = sources.next().map(open).transpose()?;
        let first = next.as_ref().map(|stream| stream.name().to_owned()).unwrap_or_default();
        let header = next.as_ref().and_then(|stream| stream.header().cloned());
        let validator = self.compile(header.as_ref(), &first, next.as_ref())?;
        let line_end = header.as_ref().map_or(b"\n".as_slice(), |header| header.line_end);
        let mut sorted = Sorted::new(accepted, rejected);
        let names = self.header_bytes(header.as_ref());
        self.write_headers(&names, line_end, &mut sorted.good, &mut sorted.bad);

        let one_line = self.args.partition.split == cli::Split::Bytes;
        let mut judge = Judge::new(&validator, self.dialect, &names, one_line, longest_record);
        let sorter =
            Sorter::new(&validator, self.dialect, line_end, longest_record, self.partition.size());
        let mut input_bytes = 0;
        let mut input = Vec::new();
        let (records, sorted) = std::thread::scope(|threads| {
            let belt = Belt::start(threads, "sorter", move |lots| sorted.sort(sorter, &lots))?;
            while let Some(mut stream) = next.take() {
                if stream.header().map(|header| &header.names)
                    != header.as_ref().map(|header| &header.names)
                {
                    return Err(Error::HeadersDiffer {
                        first: first.clone(),
                        second: stream.name().to_owned(),
                    });
                }
                let start = stream.offset();
                loop {
                    let mut lot = belt.empty();
                    let more = stream.judge_block(&mut judge, &mut lot)?;
                    if self.pod.shutdown.is_requested() {
                        return Err(Error::Stopped);
                    }
                    if !belt.put(lot) {
                        // The other thread has failed, and says why.
                        return belt.end();
                    }
                    if !more {
                        break;
                    }
                }
                input_bytes += stream.offset() - start;
                input.push(stream.into_fingerprint());
                next = sources.next().map(open).transpose()?;
            }
            belt.end()
        })?;
        self.work.input = input;
        Ok((Read { records, input_bytes }, sorted.accepted, sorted.rejected))
    }

    fn compile(
        &self,
        header: Option<&Header>,
        source: &str,
        stream: Option<&RecordStream>,
    ) -> Result<Validator, Error> {
        let names: Option<Vec<&[u8]>> =
            header.map(|header| header.names.iter().map(Vec::as_slice).collect());
        let matching =
            self.args.fields_match.or(self.schema.fields_match()).unwrap_or(FieldsMatch::Equal);
        let validator = self.schema.compile(names.as_deref(), matching).map_err(|error| {
            let next = stream.map_or(b"".as_slice(), RecordStream::next_bytes);
            let fields: Vec<&str> = self.schema.field_names().collect();
            let hint = header.map(|header| {
                header_hint::hint(&header.bytes, &header.names, next, &fields, self.dialect)
            });
            let hint = hint.unwrap_or_default();
            Error::Header { source_name: source.to_owned(), hint, source: Box::new(error) }
        })?;
        // Nobody may choose values that are taken for each other.
        Ok(validator.with_seed(RandomState::new().hash_one(0)))
    }

    /// The input's header, or what would be it where files have none.
    fn header_bytes(&self, header: Option<&Header>) -> Vec<u8> {
        if let Some(header) = header {
            return header.bytes.clone();
        }
        let mut names = Vec::new();
        for (number, name) in self.schema.field_names().enumerate() {
            if number > 0 {
                names.push(self.dialect.delimiter);
            }
            self.dialect.write_cell(name.as_bytes(), &mut names);
        }
        names
    }

    /// Accepted records keep the input's header; rejected ones always have one, for the columns
    /// that are added.
    fn write_headers(
        &self,
        names: &[u8],
        line_end: &[u8],
        accepted: &mut Vec<u8>,
        rejected: &mut Vec<u8>,
    ) {
        if self.dialect.header {
            accepted.extend_from_slice(names);
            accepted.extend_from_slice(line_end);
        }
        reject_header(names, &self.dialect, rejected);
        rejected.extend_from_slice(line_end);
    }

    fn publish(
        self,
        accepted: Output,
        rejected: Output,
        read: Read,
        began: Instant,
    ) -> Result<Report, Error> {
        let Read { records, input_bytes } = read;
        let exceeded = self
            .args
            .max_rejected
            .filter(|limit| limit.is_exceeded_by(records.rejected, records.rows));
        let summary = Summary {
            command: self.work.command.clone(),
            index: self.work.index,
            partitions: self.work.partitions,
            input_bytes,
            records: Some(records.clone()),
            over_max_rejected: exceeded.map(|limit| limit.to_string()),
        };
        let counts: BTreeMap<String, u64> = [
            ("rows", records.rows),
            ("accepted", records.accepted),
            ("rejected", records.rejected),
            ("input_bytes", input_bytes),
        ]
        .map(|(name, count)| (name.to_owned(), count))
        .into();
        let summary = summary.output(&self.storage, self.publication.folder())?;
        let withheld = format!("{ACCEPTED}{}", self.args.partition.compress.suffix());
        let report = match exceeded {
            None => {
                let outputs = vec![accepted.finish()?, rejected.finish()?, summary];
                self.publication.commit(outputs, self.work, counts.clone())?;
                let seconds = began.elapsed().as_secs_f64();
                if records.rows > 0 && records.accepted == 0 {
                    tracing::warn!(
                        rows = records.rows,
                        "every record is rejected: is it the right schema? --max-rejected makes \
                         this a failure"
                    );
                }
                tracing::info!(
                    rows = records.rows,
                    accepted = records.accepted,
                    rejected = records.rejected,
                    elapsed_ms = (seconds * 1e3) as u64,
                    rows_per_second = (records.rows as f64 / seconds) as u64,
                    output = %self.publication.folder(),
                    "partition published"
                );
                Report::new(Outcome::Done)
            }
            Some(limit) => {
                drop(accepted);
                self.publication
                    .commit_without_manifest(vec![rejected.finish()?, summary], &[&withheld])?;
                Report::new(Outcome::Rejected).message(format!(
                    "{} of {} records are rejected, more than the {limit} of --max-rejected: see \
                     {REJECTED} in {} for the reasons; no accepted records were published",
                    records.rejected,
                    records.rows,
                    self.publication.folder()
                ))
            }
        };
        Ok(Report { counts, ..report })
    }
}

/// The outputs, and what is gathered for them.
struct Sorted {
    accepted: Output,
    rejected: Output,
    good: Vec<u8>,
    bad: Vec<u8>,
}

impl Sorted {
    fn new(accepted: Output, rejected: Output) -> Self {
        let gathered = || Vec::with_capacity(2 * GATHER);
        Sorted { accepted, rejected, good: gathered(), bad: gathered() }
    }

    /// Sorts all lots into the outputs.
    fn sort(
        mut self,
        mut sorter: Sorter<'_>,
        lots: &Arrivals<Lot>,
    ) -> Result<(Records, Self), Error> {
        while let Some(lot) = lots.next() {
            sorter.sort(lot.block(), lot.found(), lot.place(), &mut self.good, &mut self.bad);
            lots.give_back(lot);
            self.accepted.take(&mut self.good, false)?;
            self.rejected.take(&mut self.bad, false)?;
        }
        self.accepted.take(&mut self.good, true)?;
        self.rejected.take(&mut self.bad, true)?;
        Ok((sorter.records(), self))
    }
}

/// What reading came to.
struct Read {
    records: Records,
    input_bytes: u64,
}
