//! From the settings of `exec` to its job: the partition, and what the result depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use csv_records::translation::InputEncoding;
use job_files::{BINARY, MANIFEST_NAME, OUTPUT_NAME, Work, blake3};
use object_storage::Storage;
use worker_runtime::{Pod, Report};

use super::job::ExecJob;
use super::line_feed::ANY_LENGTH;
use super::program_files::{Kind, files_of};
use crate::cli::{self, InputFormat, RecordLimit, encoding_args};
use crate::commands::finish::{self, Dataset};
use crate::commands::partition_job;
use crate::commands::validate::read_dialect;
use crate::descriptors::FileDialect;
use crate::error::Error;
use crate::output_version;
use crate::partition::{OwnColumns, Partition, PartitionInput, Reading, overlap, share};
use crate::summary::{NOT_TOLD, SUMMARY_NAME};

/// Runs `exec` for the partition that this pod is.
pub(crate) async fn run(args: cli::Exec, pod: Pod) -> Result<Report, Error> {
    let input = args.partition.given_input()?;
    let identity = share(&args.identity, input)?;
    pod.assume(identity);
    let (index, partitions) = (identity.index, identity.count.unwrap_or(NOT_TOLD));
    finish::check(&args.partition, partitions)?;
    encoding_args::check_split(args.encoding, args.partition.split)?;
    check_output_name(&args.output_name)?;
    let input = PartitionInput::parse(input, args.partition.split, partitions)?;
    let name = format!("{}{}", args.output_name, args.partition.compress.suffix());
    overlap::refuse(&input, &args.partition.output, &[&name, SUMMARY_NAME])?;
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let dialect = {
        let (storage, args) = (storage.clone(), args.clone());
        pod.blocking_unless_stopped(move || args.file_dialect(&storage)).await
    };
    let dialect = dialect.unwrap_or(Err(Error::Stopped))?;
    let reading = args.reading(&dialect);
    let output = &args.partition.output;
    let publication = partition_job::publication(&pod, &storage, output, index, "exec")?;
    let found = partition_job::find(&pod, &storage, input.clone(), index, partitions, output).await;
    let partition = publication.withdraw_on_failure(found).await?;
    let format = partition.format.or(None);
    if args.header
        && let Ok(format @ (InputFormat::Jsonl | InputFormat::Parquet)) = format
    {
        return Err(Error::Setting(format!(
            "--header says that the first record of a file is a header, and {} have none: leave it \
             out, and the program is given the files as they are",
            if format == InputFormat::Jsonl { "JSON lines" } else { "files of Parquet" }
        )));
    }
    let settings = settings(&args, &dialect, &partition);
    let work = Work {
        command: "exec".to_owned(),
        output_version: output_version::EXEC,
        index,
        partitions,
        settings: publication.withdraw_on_failure(settings).await?,
        input: Vec::new(),
    };
    let dataset = args.partition.finish.then(|| Dataset {
        storage: storage.clone(),
        input,
        of_whole_files: false,
        longest_record: reading.as_ref().map_or(ANY_LENGTH, |read| read.longest_record as u64),
        output: output.clone(),
        own: work.clone(),
        max_duplicates: RecordLimit::default(),
    });
    let job = ExecJob {
        args,
        reading,
        partition,
        work,
        storage,
        publication: publication.clone(),
        pod: pod.clone(),
    };
    let (already_done, run) = (ExecJob::already_done, ExecJob::run_and_close);
    let report = partition_job::run_unless_done(&pod, publication, job, already_done, run).await?;
    finish::after(dataset, report).await
}

impl cli::Exec {
    /// How files are written.
    fn file_dialect(&self, storage: &Storage) -> Result<FileDialect, Error> {
        let mut dialect = match &self.cells.dialect {
            Some(at) => read_dialect(storage, at)?,
            None => FileDialect::default(),
        };
        self.cells.change(&mut dialect).map_err(Error::Setting)?;
        encoding_args::check_dialect_split(&dialect, self.partition.split)?;
        let refused = match dialect.table.not_plain() {
            _ if !dialect.table.header => Some(("header: false", "only files with a header are")),
            _ if dialect.null.is_some() => {
                Some(("nullSequence", "a program has no schema: none is"))
            }
            Some(property) if !self.header => Some((property, "without --header no file is")),
            _ => None,
        };
        match refused {
            None => Ok(dialect),
            Some((property, why)) => Err(Error::Setting(format!(
                "the dialect has {property}, and {why} read by it: leave it out, or give --header"
            ))),
        }
    }

    /// How records are read, where they are: a header says that the input has records.
    fn reading(&self, dialect: &FileDialect) -> Option<Reading> {
        self.header.then(|| Reading {
            dialect: dialect.output(),
            file_dialect: Arc::new(dialect.clone()),
            longest_record: self.max_record_size as usize,
            utf8: false,
            encoding: self.encoding,
            final_newline: self.partition.require_final_newline,
            format: InputFormat::Csv,
            own_columns: OwnColumns::Data,
            union: None,
            schema: None,
        })
    }
}

/// Refuses names that the program's output cannot have: the worker's own files, and names that
/// begin with `_` or `.`, which readers of the folder ignore, this worker among them.
fn check_output_name(name: &str) -> Result<(), Error> {
    let hidden = name.split('/').any(|part| part.starts_with(['_', '.']));
    if hidden || name.eq_ignore_ascii_case(SUMMARY_NAME) {
        return Err(Error::Setting(format!(
            "--output-name {name:?} cannot be the program's output: {SUMMARY_NAME} and \
             {MANIFEST_NAME} are the worker's own, and names that begin with _ or . are hidden \
             from readers; give another name"
        )));
    }
    Ok(())
}

/// What the result depends on, as far as it can be known.
fn settings(
    args: &cli::Exec,
    dialect: &FileDialect,
    partition: &Partition,
) -> Result<BTreeMap<String, String>, Error> {
    let mut settings = partition.settings();
    let program =
        serde_json::to_string(&args.program).expect("a list of strings always has a JSON form");
    settings.insert("program".to_owned(), program);
    // These variables are the program's: it is found by PATH, and is given the whole environment.
    // None of them is a setting of the worker itself.
    let variable = |name: &str| std::env::var_os(name).map(|value| value.into_encoded_bytes());
    let path = variable("PATH").unwrap_or_default();
    let files = files_of(&args.program, &args.depends_on, &String::from_utf8_lossy(&path))
        .map_err(Error::DependsOn)?;
    for (name, file) in files {
        let kind = match file.kind {
            Kind::Binary => BINARY,
            Kind::File => "file",
        };
        settings.insert(format!("{kind} {name}"), file.hash);
    }
    for name in &args.depends_on_env {
        // A value may be a secret, and the manifest is for everybody who reads the output.
        let value = variable(name).map_or("not set".to_owned(), |value| blake3(&value));
        settings.insert(format!("variable {name}"), value);
    }
    settings.insert(OUTPUT_NAME.to_owned(), args.output_name.clone());
    settings.insert("header".to_owned(), args.header.to_string());
    if args.header {
        settings.extend(dialect.settings());
        settings.insert("max_record_size".to_owned(), args.max_record_size.to_string());
    }
    if args.encoding != InputEncoding::Utf8 {
        settings.insert("encoding".to_owned(), args.encoding.to_string());
    }
    if args.partition.require_final_newline {
        settings.insert("require_final_newline".to_owned(), "true".to_owned());
    }
    if args.allow_unread_input {
        settings.insert("allow_unread_input".to_owned(), "true".to_owned());
    }
    settings.insert("compress".to_owned(), args.partition.compress.as_str().to_owned());
    Ok(settings)
}
