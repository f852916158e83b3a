//! `sample-data transactions`: its settings, and how the files come about.

use std::io::Write;
use std::ops::Range;

use clap::Args;
use object_storage::{Condition, Location, Storage, StorageArgs, Upload};
use worker_runtime::{Outcome, Pod, Progress, Report, Shutdown};

use super::compression::{Compression, Encoder};
use super::recipe_args::RecipeArgs;
use super::stale::warn_of_stale_files;
use super::summary::summary;
use crate::error::Error;
use crate::partition::deal;
use crate::transactions::{Recipe, Record, SCHEMA, Tally, Truth, write_header, write_record};

/// The most partitions, which is the most completions that an Indexed Job can have.
const MAX_PARTITIONS: i64 = 100_000;

/// Bytes of CSV that are handed on in one piece.
const PIECE: usize = 256 << 10;

const SCHEMA_NAME: &str = "transactions.schema.json";
const TRUTH_NAME: &str = "truth.json";

/// Card transactions of one business day as CSV, some of them bad, with a schema that tells which
///
/// Writes data_0.csv and so on, one file a partition; transactions.schema.json, a Frictionless
/// Table Schema that the good rows conform to and the bad rows do not; and at last truth.json,
/// which says how many rows of each partition a validator must accept and reject, and how many were
/// damaged in which way. Files of these names are replaced.
///
/// The same settings give the same bytes on every machine. The rows and their order do not depend
/// on --partitions.
#[derive(Args, Clone, Debug)]
pub(crate) struct TransactionsArgs {
    /// Folder or s3://bucket/prefix/ that the files go to
    #[arg(long, env = "SAMPLE_DATA_OUTPUT", value_name = "LOCATION")]
    output: Location,

    #[command(flatten)]
    recipe: RecipeArgs,

    /// Files that the rows are dealt out over in order, 1 to 100000; their sizes differ by one row
    /// at most
    #[arg(
        long, env = "TOTAL_PARTITIONS", value_name = "N", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=MAX_PARTITIONS)
    )]
    partitions: u32,

    /// Compression of the CSV files
    #[arg(long, env = "SAMPLE_DATA_COMPRESS", value_enum, default_value_t = Compression::None)]
    compress: Compression,

    /// Make the bucket of --output first, where there is none
    #[arg(long, env = "SAMPLE_DATA_MAKE_BUCKET")]
    make_bucket: bool,

    #[command(flatten)]
    storage: StorageArgs,
}

/// Writes all files, the truth last, and a summary to stdout. An earlier truth goes before the
/// data, so that a truth is never beside files it does not speak of.
pub(crate) fn write_transactions(args: &TransactionsArgs, pod: &Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let report = write_all(args, pod, &storage);
    storage.close();
    report
}

fn write_all(args: &TransactionsArgs, pod: &Pod, storage: &Storage) -> Result<Report, Error> {
    let schema_at = args.output.join(SCHEMA_NAME)?;
    let truth_at = args.output.join(TRUTH_NAME)?;
    if args.make_bucket {
        storage.make_bucket(&args.output)?;
    }
    let recipe = args.recipe.recipe();
    tracing::info!(
        rows = recipe.rows,
        partitions = args.partitions,
        bad_share = %recipe.bad_share,
        kinds = %recipe.kinds,
        seed = recipe.seed,
        output = %args.output,
        "makes transactions"
    );
    storage.put(&schema_at, SCHEMA)?;
    storage.delete(&truth_at)?;

    let progress = pod.progress("rows", Some(recipe.rows));
    let mut truth = Truth::default();
    let mut size_bytes = 0;
    for (index, range) in deal(recipe.rows, args.partitions).enumerate() {
        let name = format!("data_{index}.csv{}", args.compress.suffix());
        let at = args.output.join(&name)?;
        let file = PartitionFile {
            recipe: recipe.clone(),
            range,
            compression: args.compress,
            upload: storage.create(&at)?,
            progress: progress.clone(),
            shutdown: pod.shutdown.clone(),
        };
        match file.write().map_err(|source| Error::Write { at, source })? {
            Some((tally, bytes)) => {
                truth.push(name, tally);
                size_bytes += bytes;
            }
            None => {
                let message = format!(
                    "stopped before data_{index} was whole; run again for all files and \
                     {TRUTH_NAME}"
                );
                return Ok(Report::new(Outcome::Stopped)
                    .count("rows", truth.total().rows())
                    .message(message));
            }
        }
    }
    progress.finish();
    warn_of_stale_files(storage, &args.output, &truth)?;
    storage.put(&truth_at, truth.to_json())?;

    let text = summary(&truth, size_bytes, &schema_at, &truth_at);
    if let Err(error) = std::io::stdout().write_all(text.as_bytes()) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot write the summary to stdout; all files are there"
        );
    }
    let total = truth.total();
    Ok(Report::new(Outcome::Done)
        .count("rows", total.rows())
        .count("accepted", total.accepted())
        .count("rejected", total.rejected())
        .count("size_bytes", size_bytes))
}

/// What the thread that writes one partition is given.
struct PartitionFile {
    recipe: Recipe,
    range: Range<u64>,
    compression: Compression,
    upload: Upload,
    progress: Progress,
    shutdown: Shutdown,
}

impl PartitionFile {
    /// Writes and publishes the file; gives its counts and its size in bytes, or `None` when the
    /// process was asked to stop, and then nothing is there.
    fn write(self) -> std::io::Result<Option<(Tally, u64)>> {
        let mut encoder = Encoder::new(self.upload, self.compression)?;
        let mut rows = self.recipe.rows(self.range);
        let mut record = Record::default();
        let mut tally = Tally::default();
        let mut told = 0;
        let mut piece = Vec::with_capacity(PIECE + 1024);
        write_header(&mut piece);
        loop {
            let is_row = rows.read(&mut record);
            if is_row {
                tally.count(&record);
                write_record(&record, &mut piece);
            }
            if piece.len() >= PIECE || !is_row {
                if self.shutdown.is_requested() {
                    return Ok(None);
                }
                encoder.write_all(&piece)?;
                piece.clear();
                self.progress.advance(tally.rows() - told);
                told = tally.rows();
            }
            if !is_row {
                break;
            }
        }
        let published = encoder.finish()?.publish(Condition::Always)?;
        Ok(Some((tally, published.size)))
    }
}
