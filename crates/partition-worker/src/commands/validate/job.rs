//! One partition's records, read and judged on this thread and sorted on another.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Instant;

use csv_records::translation::{InputEncoding, Union, UnionColumn};
use csv_records::{Dialect, Header};
use job_files::{Belt, Compression, Output, Publication, Source, Work};
use json_records::ObjectReader;
use object_storage::Storage;
use table_schema::{FieldsMatch, Validator};
use worker_runtime::{Pod, Progress, Report};

use super::accepted_records::AcceptedRecords;
use super::converted::ConvertedOutput;
use super::header_hint;
use super::judge::{Judge, JudgeRecords};
use super::judged_block::judge_block;
use super::line_judge::LineJudge;
use super::listing::list_header;
use super::outputs::{Accepted, SortedOutputs};
use super::parquet::ParquetOutput;
use super::rules::Rules;
use super::sorter::Sorter;
use crate::cli::{self, InputFormat, OutputFormat};
use crate::descriptors::FileDialect;
use crate::error::Error;
use crate::keys::KEYS_NAME;
use crate::partition::{
    OwnColumns, PARQUET_NAME, Partition, REASONS_COLUMN, Reading, RecordStream, WARNINGS_COLUMN,
    already_done, are_moved,
};
use crate::summary::Records;

/// All that is known before the first record is read.
pub(super) struct ValidateJob {
    pub(super) args: cli::Validate,
    pub(super) format: InputFormat,
    pub(super) dialect: Dialect,
    pub(super) file_dialect: Arc<FileDialect>,
    pub(super) encoding: InputEncoding,
    pub(super) rules: Rules,
    pub(super) partition: Partition,
    pub(super) work: Work,
    pub(super) storage: Storage,
    pub(super) publication: Publication,
    pub(super) pod: Pod,
}

/// What reading came to.
pub(super) struct ReadTotals {
    pub(super) records: Records,
    pub(super) input_bytes: u64,
}

impl ValidateJob {
    /// The report of an earlier run that has done the same.
    pub(super) fn already_done(&self) -> Result<Option<Report>, Error> {
        if self.args.partition.force {
            self.publication.withdraw_by_force()?;
            return Ok(None);
        }
        let longest_record = self.args.max_record_size.into();
        // Its rows depend on the end of the file, wherever they are.
        let is_parquet = self.format == InputFormat::Parquet;
        already_done(
            &self.storage,
            &self.publication,
            &self.work,
            &if is_parquet { self.partition.of_whole_files() } else { self.partition.clone() },
            longest_record,
            "",
        )
    }

    /// Reads, judges and publishes.
    pub(super) fn run_and_close(self) -> Result<Report, Error> {
        let storage = self.storage.clone();
        let report = self.run();
        storage.close();
        report
    }

    fn run(mut self) -> Result<Report, Error> {
        let began = Instant::now();
        let progress = self.pod.progress("bytes", Some(self.partition.size()));
        let (read, outputs) = self.read(&progress)?;
        progress.finish();
        self.publish(outputs, read, began)
    }

    /// The names of the accepted and the rejected records' outputs, and that of the warnings.
    pub(super) fn output_names(&self) -> [String; 3] {
        let suffix = self.args.partition.compress.suffix();
        self.format.outputs(self.args.accepted.output_format, suffix)
    }

    /// The outputs, empty. `lines` says how JSON lines become rows, if that is what is read.
    fn outputs(
        &self,
        validator: &Arc<Validator>,
        lines: Option<&ObjectReader>,
        longest_record: usize,
    ) -> Result<SortedOutputs, Error> {
        let (storage, at) = (&self.storage, self.publication.folder());
        let compression = self.args.partition.compress;
        // The suffix of the compression is the output's own business.
        let [accepted, rejected, warnings] =
            self.format.outputs(self.args.accepted.output_format, "");
        let place = (storage, at, accepted.as_str());
        let records = || AcceptedRecords::new(self.dialect, longest_record, lines);
        let accepted = match (self.args.accepted.output_format, lines) {
            _ if accepted == PARQUET_NAME => {
                let output = ParquetOutput::create(place, validator, records())?;
                Accepted::Parquet(Box::new(output))
            }
            (OutputFormat::Jsonl, None) => {
                let output = ConvertedOutput::jsonl(place, compression, validator, records())?;
                Accepted::Converted(Box::new(output))
            }
            (OutputFormat::Csv, Some(_)) => {
                let nulls = self.rules.schema.missing_cells();
                let nulls = nulls.map(|null| null.map(|cell| cell.as_bytes().to_vec())).collect();
                let output = ConvertedOutput::csv(place, compression, validator, records(), nulls)?;
                Accepted::Converted(Box::new(output))
            }
            _ => Accepted::Text(Output::create(storage, at, &accepted, compression)?),
        };
        let rejected = Output::create(storage, at, &rejected, compression)?;
        let warnings = match self.rules.warn() {
            true => Some(Output::create(storage, at, &warnings, compression)?),
            false => None,
        };
        let keys = match self.publishes_keys() {
            true => Some(Output::create(storage, at, KEYS_NAME, Compression::None)?),
            false => None,
        };
        Ok(SortedOutputs::new(accepted, rejected, warnings, keys))
    }

    /// Reads and judges all sources, while another thread sorts the records into the outputs.
    fn read(&mut self, progress: &Progress) -> Result<(ReadTotals, SortedOutputs), Error> {
        let longest_record = self.args.max_record_size as usize;
        let reading = Reading {
            dialect: self.dialect,
            file_dialect: Arc::clone(&self.file_dialect),
            longest_record,
            utf8: true,
            encoding: self.encoding,
            final_newline: self.args.partition.require_final_newline,
            format: self.format,
            own_columns: OwnColumns::beside(&self.rules.schema.field_names().collect::<Vec<_>>()),
            union: self.args.union.then(|| Arc::new(self.union())),
            schema: (self.format == InputFormat::Parquet)
                .then(|| Arc::new(self.rules.schema.clone())),
        };
        let longest_record = reading.longest_in_text();
        let open = |source: &Source| RecordStream::open(&self.storage, source, &reading, progress);
        let mut sources = self.partition.sources.iter();
        let mut next = sources.next().map(open).transpose()?;
        let first = next.as_ref().map(|stream| stream.name().to_string()).unwrap_or_default();
        let header = next.as_ref().and_then(|stream| stream.header().cloned());
        let own_header = next.as_ref().and_then(|stream| stream.own_header().map(<[u8]>::to_vec));
        if own_header.is_some() {
            tracing::info!(
                file = first,
                "the columns of rejected.csv are kept apart: places are those of the earlier run"
            );
        }
        let validator = Arc::new(self.compile(header.as_ref(), &first, next.as_ref())?);
        let line_end = header.as_ref().map_or(b"\n".as_slice(), |header| header.line_end);
        let names = self.header_bytes(header.as_ref());
        let lines = self.format.has_objects().then(|| self.object_reader());
        let mut sorted = self.outputs(&validator, lines.as_ref(), longest_record)?;
        if lines.is_none() {
            self.write_headers(&names, line_end, sorted.accepted.is_text(), &mut sorted);
        }

        let one_line = self.args.partition.split == cli::Split::Bytes;
        let mut judge = Judge::new(&validator, self.dialect, &names, one_line, longest_record);
        if let Some(own_header) = &own_header {
            judge = judge.of_returned(own_header, &names, self.dialect);
        }
        let mut sorter =
            Sorter::new(&validator, self.dialect, line_end, longest_record, self.partition.size())
                .with_keys(self.key_writer(&validator));
        let mut line_judge;
        let judge: &mut dyn JudgeRecords = match lines {
            Some(reader) => {
                sorter = sorter.of_lines(reader.clone(), self.format);
                line_judge = LineJudge::new(&validator, reader, longest_record);
                &mut line_judge
            }
            None => {
                list_header(WARNINGS_COLUMN, &names, &self.dialect, sorter.warned());
                sorter.warned().extend_from_slice(line_end);
                &mut judge
            }
        };
        let mut input_bytes = 0;
        let mut input = Vec::new();
        let (records, sorted) = std::thread::scope(|threads| {
            let belt = Belt::start(threads, "sorter", move |blocks| sorted.sort(sorter, &blocks))?;
            while let Some(mut stream) = next.take() {
                refuse_beside((&first, own_header.is_some()), &stream)?;
                self.check_columns(&stream)?;
                if stream.header().map(|header| &header.names)
                    != header.as_ref().map(|header| &header.names)
                {
                    if self.args.union {
                        // What is wrong with this one says more than that it is another one.
                        self.compile(stream.header(), stream.name(), Some(&stream))?;
                    }
                    return Err(Error::HeadersDiffer {
                        first: first.clone(),
                        second: stream.name().to_string(),
                    });
                }
                let start = stream.source_offset();
                let mut warned = Vec::new();
                loop {
                    let mut judged = belt.empty();
                    let more = judge_block(&mut stream, judge, &mut warned, &mut judged)?;
                    if self.pod.shutdown.is_requested() {
                        return Err(Error::Stopped);
                    }
                    if !belt.put(judged) {
                        // The other thread has failed, and its error says why.
                        return belt.end();
                    }
                    if !more {
                        break;
                    }
                }
                input_bytes += stream.source_offset() - start;
                input.push(stream.into_fingerprint()?);
                next = sources.next().map(open).transpose()?;
            }
            belt.end()
        })?;
        self.work.input = input;
        let mut records = records;
        if self.publishes_keys() {
            records.keys = Some(KEYS_NAME.to_owned());
        } else if self.work.index > 0 {
            // The run was said to have one partition, and its Job has grown.
            records.unique_within_partition = self.keys_of_all();
        }
        Ok((ReadTotals { records, input_bytes }, sorted))
    }

    fn compile(
        &self,
        header: Option<&Header>,
        source: &str,
        stream: Option<&RecordStream>,
    ) -> Result<Validator, Error> {
        let schema = &self.rules.schema;
        let fields: Vec<&str> = schema.field_names().collect();
        let any_case = self.file_dialect.any_case;
        let names: Option<Vec<&[u8]>> = header.map(|header| {
            let names = header.names.iter().map(Vec::as_slice);
            names.map(|name| if any_case { in_case_of(name, &fields) } else { name }).collect()
        });
        let matching =
            self.args.fields_match.or(schema.fields_match()).unwrap_or(self.usual_match());
        // Rejected records have a header where no other file has one.
        let is_named = self.dialect.header || self.format.has_objects();
        let matching = if is_named { matching } else { FieldsMatch::Exact };
        if header.is_some_and(|header| are_moved(&header.names, &fields)) {
            return Err(Error::OwnColumnsMoved { source_name: source.to_owned() });
        }
        let validator = schema.compile(names.as_deref(), matching).map_err(|error| {
            let next = stream.map_or(b"".as_slice(), RecordStream::next_bytes);
            let hint = header.map(|header| {
                header_hint::hint(&header.bytes, &header.names, next, &fields, self.dialect)
            });
            let hint = match hint.unwrap_or_default() {
                hint if hint.is_empty() && self.args.union => {
                    header_hint::of_union(names.as_deref(), &fields)
                }
                hint => hint,
            };
            Error::Header { source_name: source.to_owned(), hint, source: Box::new(error) }
        })?;
        let rows = stream.and_then(RecordStream::rows);
        let alike = rows.map(|rows| rows.alike().collect::<Vec<_>>()).unwrap_or_default();
        let validator = self.args.accepted.choose(validator, &alike);
        let validator = match &self.rules.checks {
            Some(checks) => validator.with_checks(checks),
            None => validator,
        };
        // A seed of its own in each process, so that nobody can make values with equal hashes.
        let validator = validator.with_seed(RandomState::new().hash_one(0));
        Ok(if self.publishes_keys() { validator.with_exact_keys() } else { validator })
    }

    /// Refuses a file whose columns are not those of the schema, where the file has names for them
    /// and its records are objects all the same.
    fn check_columns(&self, stream: &RecordStream) -> Result<(), Error> {
        let Some(rows) = stream.rows() else { return Ok(()) };
        let names: Vec<&[u8]> = rows.names().iter().map(String::as_bytes).collect();
        let schema = &self.rules.schema;
        let matching =
            self.args.fields_match.or(schema.fields_match()).unwrap_or(self.usual_match());
        schema.compile(Some(&names), matching).map(drop).map_err(|error| Error::Header {
            source_name: stream.name().to_string(),
            hint: String::new(),
            source: Box::new(error),
        })
    }

    /// How columns match where nobody says it.
    fn usual_match(&self) -> FieldsMatch {
        if self.args.union { FieldsMatch::Superset } else { FieldsMatch::Equal }
    }

    /// The columns that all files get: the schema's fields.
    fn union(&self) -> Union {
        let schema = &self.rules.schema;
        let columns = schema.field_names().zip(schema.missing_cells());
        let matching = self.args.fields_match.or(schema.fields_match());
        let column = |(name, missing): (&str, Option<&str>)| UnionColumn {
            name: name.as_bytes().to_vec(),
            missing: missing
                .filter(|_| matching != Some(FieldsMatch::Equal))
                .map(|cell| cell.as_bytes().to_vec()),
        };
        let union = Union::new(columns.map(column).collect());
        if self.file_dialect.any_case { union.in_any_case() } else { union }
    }

    /// How lines become rows.
    fn object_reader(&self) -> ObjectReader {
        let schema = &self.rules.schema;
        let fields = schema.field_names().map(str::to_owned).zip(schema.null_cells());
        let matching =
            self.args.fields_match.or(schema.fields_match()).unwrap_or(FieldsMatch::Equal);
        ObjectReader::new(fields, matching.allows_extra())
    }

    /// The input's header, or the field names if files have none.
    fn header_bytes(&self, header: Option<&Header>) -> Vec<u8> {
        if let Some(header) = header {
            return header.bytes.clone();
        }
        let mut names = Vec::new();
        for (number, name) in self.rules.schema.field_names().enumerate() {
            if number > 0 {
                names.push(self.dialect.delimiter);
            }
            self.dialect.write_cell(name.as_bytes(), &mut names);
        }
        names
    }

    /// Accepted records keep the input's header, or have none as the input. Rejected ones always
    /// have one, since columns are added to them.
    fn write_headers(
        &self,
        names: &[u8],
        line_end: &[u8],
        is_text: bool,
        SortedOutputs { good: accepted, bad: rejected, .. }: &mut SortedOutputs,
    ) {
        if self.dialect.header && is_text {
            accepted.extend_from_slice(names);
            accepted.extend_from_slice(line_end);
        }
        list_header(REASONS_COLUMN, names, &self.dialect, rejected);
        rejected.extend_from_slice(line_end);
    }
}

/// Refuses a file that an earlier run has rejected beside one that it has not.
fn refuse_beside((first, is_returned): (&str, bool), stream: &RecordStream) -> Result<(), Error> {
    let (first, second) = (first.to_owned(), stream.name().to_string());
    match (is_returned, stream.own_header().is_some()) {
        (true, false) => Err(Error::ReturnedBesideOrdinary { returned: first, ordinary: second }),
        (false, true) => Err(Error::ReturnedBesideOrdinary { returned: second, ordinary: first }),
        _ => Ok(()),
    }
}

/// The field that differs from `name` only in case, or the name itself: a dialect may say that case
/// means nothing in the header.
fn in_case_of<'n>(name: &'n [u8], fields: &[&'n str]) -> &'n [u8] {
    let lower = |name: &str| name.to_lowercase();
    let Ok(text) = std::str::from_utf8(name) else { return name };
    let mut alike = fields.iter().filter(|field| lower(field) == lower(text));
    match (fields.contains(&text), alike.next(), alike.next()) {
        (false, Some(field), None) => field.as_bytes(),
        _ => name,
    }
}
