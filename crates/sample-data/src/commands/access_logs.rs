//! `sample-data access-logs`: its settings, and how the files come about.

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use clap::Args;
use object_storage::{Condition, Location, Storage, StorageArgs, Upload};
use worker_runtime::{Outcome, Pod, Progress, Report, Shutdown};

use super::compression::{Compression, Encoder};
use crate::access_logs::{Format, Lines, MonthRecipe};
use crate::bad_share::BadShare;
use crate::error::Error;
use crate::partition::deal;

/// The most lines of a month, which is how far months are apart in the random stream.
const MAX_LINES: u64 = 1 << 40;
const MAX_OBJECTS: i64 = 100_000;

/// Bytes of a log that are handed on in one piece.
const PIECE: usize = 256 << 10;

/// Access logs of a web shop, month by month, with the truth about each month
///
/// Writes YEAR/MM/access-0.log and so on, and beside each month's folder, so that nobody takes it
/// for a log, YEAR/truth-MM.json. Files of these names are replaced.
///
/// The truth has the counts of `lines` (headers left out), which are `requests` of this month,
/// `broken` lines that no reader can make anything of, and lines of `other_months`, as they stand
/// at both ends of any month's log. Of the requests it has the `bytes`, the `visitors` (distinct
/// client, user agent and day, bots included), how many are of bots, those that were no
/// HTTP (`not_http`, with status 400 and neither method nor path), and the counts by status,
/// method, day and hour, all in UTC, and the 100 most frequent paths without their queries.
///
/// Lines stand in the order of time. Hours and days are as busy as people make them, paths and
/// clients follow Zipf's law, a part are bots, static files, IPv6 clients and paths that are not
/// there. Some user agents have quotes or are missing, some paths are percent-encoded or not UTF-8.
///
/// The same settings give the same bytes on every machine. The lines and their order do not depend
/// on --objects.
#[derive(Args, Clone, Debug)]
pub(crate) struct AccessLogsArgs {
    /// Folder or s3://bucket/prefix/ that the files go to
    #[arg(long, env = "SAMPLE_DATA_OUTPUT", value_name = "LOCATION")]
    output: Location,

    /// The year, 1970 to 9999
    #[arg(
        long,
        env = "YEAR",
        value_name = "YEAR",
        default_value_t = 2024,
        value_parser = clap::value_parser!(i64).range(1970..=9999)
    )]
    year: i64,

    /// Only this month, 1 to 12
    #[arg(
        long,
        env = "SAMPLE_DATA_MONTH",
        value_name = "MONTH",
        value_parser = clap::value_parser!(u8).range(1..=12)
    )]
    month: Option<u8>,

    /// How lines are written
    #[arg(long, env = "SAMPLE_DATA_FORMAT", value_enum, default_value_t = Format::Combined)]
    format: Format,

    /// Lines a month, 1 to 1099511627776; about 210 bytes each in the combined format
    #[arg(
        long, env = "SAMPLE_DATA_LINES", value_name = "N", default_value_t = 100_000,
        value_parser = clap::value_parser!(u64).range(1..=MAX_LINES)
    )]
    lines: u64,

    /// Files that a month's lines are dealt out over in order, 1 to 100000
    #[arg(
        long, env = "SAMPLE_DATA_OBJECTS", value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=MAX_OBJECTS)
    )]
    objects: u32,

    /// Compression of the logs
    #[arg(long, env = "SAMPLE_DATA_COMPRESS", value_enum, default_value_t = Compression::Gzip)]
    compress: Compression,

    /// Chance of a line to be broken, 0 to 1, in steps of one in a million
    #[arg(long, env = "SAMPLE_DATA_BROKEN_SHARE", value_name = "SHARE", default_value = "0.001")]
    broken_share: BadShare,

    /// Another seed gives other lines, 0 to 18446744073709551615
    #[arg(long, env = "SAMPLE_DATA_SEED", value_name = "N", default_value_t = 7)]
    seed: u64,

    /// Make the bucket of --output first, where there is none
    #[arg(long, env = "SAMPLE_DATA_MAKE_BUCKET")]
    make_bucket: bool,

    #[command(flatten)]
    storage: StorageArgs,
}

/// Writes all months, as many at once as there are processors. An earlier truth goes before its
/// month's logs, the new one comes after them.
pub(crate) fn write_access_logs(args: &AccessLogsArgs, pod: &Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let report = write_all(args, pod, &storage);
    storage.close();
    report
}

fn write_all(args: &AccessLogsArgs, pod: &Pod, storage: &Storage) -> Result<Report, Error> {
    if args.make_bucket {
        storage.make_bucket(&args.output)?;
    }
    let months: Vec<u8> = args.month.map_or((1..=12).collect(), |month| vec![month]);
    tracing::info!(
        year = args.year,
        months = months.len(),
        lines = args.lines,
        objects = args.objects,
        seed = args.seed,
        output = %args.output,
        "makes access logs"
    );
    let progress = pod.progress("lines", Some(args.lines * months.len() as u64));
    let left = Mutex::new(months.into_iter());
    let failed = AtomicBool::new(false);
    let write_months = || -> Result<Written, Error> {
        let mut written = Written::default();
        loop {
            let next = left.lock().expect("nobody panics with the list").next();
            let Some(month) = next.filter(|_| !failed.load(Ordering::Relaxed)) else {
                return Ok(written);
            };
            let (progress, shutdown) = (progress.clone(), pod.shutdown.clone());
            let month = Month { args, storage, month, progress, shutdown, failed: &failed };
            // The others then throw away what they upload.
            written.add(month.write().inspect_err(|_| failed.store(true, Ordering::Relaxed))?);
        }
    };
    let mut total = Written::default();
    std::thread::scope(|threads| -> Result<(), Error> {
        let at_once = available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..at_once).map(|_| threads.spawn(write_months)).collect();
        let ended: Vec<_> = running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect();
        for written in ended {
            total.add(written?);
        }
        Ok(())
    })?;
    progress.finish();
    let outcome = if total.stopped { Outcome::Stopped } else { Outcome::Done };
    let report = Report::new(outcome)
        .count("lines", total.lines)
        .count("requests", total.requests)
        .count("broken", total.broken)
        .count("size_bytes", total.size_bytes);
    Ok(match outcome {
        Outcome::Stopped => report.message("stopped before all months were whole; run again"),
        _ => report,
    })
}

/// What came of the months so far.
#[derive(Default)]
struct Written {
    lines: u64,
    requests: u64,
    broken: u64,
    size_bytes: u64,
    stopped: bool,
}

impl Written {
    fn add(&mut self, month: Written) {
        self.lines += month.lines;
        self.requests += month.requests;
        self.broken += month.broken;
        self.size_bytes += month.size_bytes;
        self.stopped |= month.stopped;
    }
}

/// One month's work.
struct Month<'a> {
    args: &'a AccessLogsArgs,
    storage: &'a Storage,
    month: u8,
    progress: Progress,
    shutdown: Shutdown,
    /// Set when another month has failed.
    failed: &'a AtomicBool,
}

impl Month<'_> {
    fn write(self) -> Result<Written, Error> {
        let args = &self.args;
        let year = format!("{:04}", args.year);
        let truth_at = args.output.join(&format!("{year}/truth-{:02}.json", self.month))?;
        let folder = args.output.join(&format!("{year}/{:02}/", self.month))?;
        self.storage.delete(&truth_at)?;
        let mut lines = Lines::of(MonthRecipe {
            year: args.year,
            month: self.month,
            lines: args.lines,
            broken_share: args.broken_share,
            format: args.format,
            seed: args.seed,
        });
        let mut written = Written::default();
        let mut names = HashSet::new();
        for (index, range) in deal(args.lines, args.objects).enumerate() {
            let name = format!("access-{index}.log{}", args.compress.suffix());
            let at = folder.join(&name)?;
            names.insert(name);
            let object = Object {
                lines,
                count: range.end - range.start,
                compression: args.compress,
                upload: self.storage.create(&at)?,
                progress: self.progress.clone(),
                shutdown: self.shutdown.clone(),
                failed: self.failed,
            };
            match object.write().map_err(|source| Error::Write { at, source })? {
                Some((rest, bytes)) => {
                    lines = rest;
                    written.size_bytes += bytes;
                }
                None => return Ok(Written { stopped: true, ..written }),
            }
        }
        self.warn_of_stale_files(&folder, &names)?;
        self.storage.put(&truth_at, lines.truth_json())?;
        let truth = lines.truth();
        Ok(Written {
            lines: truth.lines(),
            requests: truth.requests(),
            broken: truth.broken(),
            ..written
        })
    }

    /// Whoever reads the month reads everything in its folder.
    fn warn_of_stale_files(
        &self,
        folder: &Location,
        written: &HashSet<String>,
    ) -> Result<(), Error> {
        let entries = self.storage.list(folder)?;
        let stale: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry.location.file_name())
            .filter(|name| !written.contains(*name))
            .collect();
        if let Some(first) = stale.first() {
            tracing::warn!(
                files = stale.len(),
                first,
                folder = %folder,
                "there are other files in a month's folder, which a reader of the logs will read \
                 too; remove them, or give each run a folder of its own"
            );
        }
        Ok(())
    }
}

/// What the thread that writes one object is given.
struct Object<'a> {
    lines: Lines,
    count: u64,
    compression: Compression,
    upload: Upload,
    progress: Progress,
    shutdown: Shutdown,
    failed: &'a AtomicBool,
}

impl Object<'_> {
    /// Writes and publishes the object; gives the lines that are left and its size in bytes, or
    /// `None` when the process was asked to stop or another month has failed, and then nothing is
    /// there.
    fn write(mut self) -> std::io::Result<Option<(Lines, u64)>> {
        let mut encoder = Encoder::fast(self.upload, self.compression)?;
        let mut piece = Vec::with_capacity(PIECE + 8192);
        piece.extend_from_slice(self.lines.header());
        let mut told = 0;
        for done in 1..=self.count {
            self.lines.write_next(&mut piece);
            if piece.len() >= PIECE || done == self.count {
                if self.shutdown.is_requested() || self.failed.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                encoder.write_all(&piece)?;
                piece.clear();
                self.progress.advance(done - told);
                told = done;
            }
        }
        // More objects than lines: some have none.
        encoder.write_all(&piece)?;
        let published = encoder.finish()?.publish(Condition::Always)?;
        Ok(Some((self.lines, published.size)))
    }
}
