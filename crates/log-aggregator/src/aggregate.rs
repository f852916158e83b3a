//! `aggregate`: a month's access logs into a summary, tables and a state that merges.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use job_files::{BlockingStorage, InputFile, Manifest, Publication, Work};
use object_storage::Storage;
use worker_runtime::{Outcome, Pod, Report, on_blocking_thread};

use crate::cli;
use crate::count::Counter;
use crate::error::Error;
use crate::fingerprint::{by_file, fingerprint};
use crate::format::sniff_with;
use crate::moment::utc;
use crate::month::Rules;
use crate::output_version;
use crate::outputs::month_outputs;
use crate::part::Part;
use crate::plan::Plan;
use crate::remark::Remark;
use crate::share::Share;
use crate::spans::{Span, cut};
use crate::state::MonthState;
use crate::summary::Summary;
use crate::turnstile::Turnstile;
use crate::twins::twins;

/// A log that is turned over once a day may have a day of another month: 1 of 28 is 3.6 %. With
/// more, whole files are in the wrong place.
const OTHERS: Share = Share::percent(5);

/// Pairs of files with the same lines that are named.
const TWINS: usize = 10;

/// Runs `aggregate` for the month that this pod is.
pub(crate) async fn run(args: cli::Aggregate, pod: Pod) -> Result<Report, Error> {
    let plan = Plan::new(&args, &pod)?;
    let storage = Storage::new(&args.storage);
    let files = pod.unless_stopped(plan.input.find(&storage)).await.ok_or(Error::Stopped)?;
    let files = files.map_err(|error| match error {
        error @ job_files::Error::NoInput { .. } => {
            Error::NoLogs { problem: error.to_string(), hint: plan.hint.clone() }
        }
        error => Error::from(error),
    })?;
    let size: u64 = files.iter().map(|file| file.entry.size).sum();
    tracing::info!(month = plan.name(), files = files.len(), size_bytes = size, "[1/4] download");
    let blocking = BlockingStorage::new(storage.clone());
    let publication = Publication::new(blocking.clone(), plan.folder.clone(), pod.about);
    let report = on_blocking_thread(move || {
        let spans = cut(&blocking, files, plan.forced.as_ref(), &plan.json)?;
        Job { plan, spans, size, storage: blocking, publication, pod }.run()
    })
    .await;
    storage.close().await;
    report
}

/// Everything that was settled before the first line is read.
struct Job {
    plan: Plan,
    spans: Vec<Span>,
    size: u64,
    storage: BlockingStorage,
    publication: Publication,
    pod: Pod,
}

impl Job {
    fn run(self) -> Result<Report, Error> {
        if !self.plan.force
            && let Some(manifest) = self.finished()?
        {
            let message = format!(
                "this month was finished before, from the same logs; it is in {}",
                self.publication.folder()
            );
            return Ok(Report {
                counts: manifest.counts,
                ..Report::new(Outcome::AlreadyDone).message(message)
            });
        }
        let part = self.read()?;
        self.check(&part)?;
        self.publish(part)
    }

    /// The manifest of an earlier run with the same settings and logs, if all of its outputs are
    /// there.
    fn finished(&self) -> Result<Option<Manifest>, Error> {
        let Some(manifest) = self.publication.manifest()? else { return Ok(None) };
        let again = |why: &str| {
            tracing::info!("the work is done again: {why}");
            Ok(None)
        };
        let work = self.plan.work(Vec::new());
        if manifest.work.command == work.command
            && let Some(why) = work.newer_than(&manifest.work)
        {
            return again(&why);
        }
        if (&manifest.work.command, &manifest.work.settings) != (&work.command, &work.settings) {
            return again("an earlier run had other settings");
        }
        if manifest.work.input != fingerprint(&self.storage, &self.spans)? {
            return again("the logs have changed since an earlier run");
        }
        if !self.publication.is_whole(&manifest)? {
            return again("outputs of an earlier run are missing or cut short");
        }
        Ok(Some(manifest))
    }

    /// Reads and counts all spans.
    fn read(&self) -> Result<Part, Error> {
        let began = Instant::now();
        let progress = self.pod.progress("bytes", Some(self.size));
        let counter = Counter {
            storage: &self.storage,
            log_offset: self.plan.log_offset,
            json: &self.plan.json,
            progress: &progress,
            shutdown: &self.pod.shutdown,
            reading_us: AtomicU64::new(0),
            counting_us: AtomicU64::new(0),
        };
        let part = self.count_all(&counter)?;
        let (mut whole, merging) = part;
        whole.input = by_file(&self.spans, std::mem::take(&mut whole.input));
        let elapsed = began.elapsed();
        let (reading, counting) =
            (counter.reading_us.into_inner(), counter.counting_us.into_inner());
        progress.finish();
        let counts = &whole.counts;
        // They overlap: what is told of each is how long threads were busy with it.
        tracing::info!(size_bytes = self.size, busy_ms = reading / 1000, "[1/4] download: done");
        tracing::info!(
            lines = counts.lines(),
            unparsed = counts.unparsed(),
            format = formats(&whole.formats),
            busy_ms = counting / 1000,
            elapsed_ms = elapsed.as_millis() as u64,
            lines_per_second = (counts.lines() as f64 / elapsed.as_secs_f64()) as u64,
            "[2/4] parse: done"
        );
        tracing::info!(
            requests = counts.total().requests,
            visitors = counts.visitors(),
            of_other_months = counts.of_other_months,
            busy_ms = merging.as_millis() as u64,
            "[3/4] aggregate: done"
        );
        Ok(whole)
    }

    /// Lets threads take the spans, one after the other, until all are counted or one fails.
    fn count_all(&self, counter: &Counter<'_>) -> Result<(Part, Duration), Error> {
        let turnstile = Turnstile::new(self.plan.rules);
        let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
        let work = || {
            while let Some((number, span)) = {
                let number = next.fetch_add(1, Relaxed);
                self.spans.get(number).map(|span| (number, span))
            } {
                let mut part = turnstile.part();
                match counter.count(span, &mut part) {
                    Ok(()) if turnstile.pass(number, part) => {}
                    Ok(()) => return,
                    Err(error) => {
                        failed
                            .lock()
                            .unwrap_or_else(|poisoned| poisoned.into_inner())
                            .get_or_insert(error);
                        next.store(self.spans.len(), Relaxed);
                        return turnstile.stop();
                    }
                }
            }
        };
        std::thread::scope(|threads| -> Result<(), Error> {
            for number in 1..self.plan.threads.min(self.spans.len()) {
                std::thread::Builder::new()
                    .name(format!("span-{number}"))
                    .spawn_scoped(threads, work)?;
            }
            work();
            Ok(())
        })?;
        match failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            Some(error) => Err(error),
            None => Ok(turnstile.into_whole()),
        }
    }

    /// Whether this is the month's log at all.
    fn check(&self, part: &Part) -> Result<(), Error> {
        let counts = &part.counts;
        if counts.lines() == 0 && !self.plan.allow_empty {
            let files = self.spans.iter().map(|span| span.file + 1).max().unwrap_or(0);
            return Err(Error::Empty {
                files,
                month: self.plan.name(),
                input: self.plan.input_name.clone(),
            });
        }
        if let (0, Some((first, last))) = (counts.total().requests, counts.other_times) {
            return Err(Error::OtherMonths {
                requests: counts.of_other_months,
                input: self.plan.input_name.clone(),
                month: self.plan.name(),
                period: format!("from {} to {}", utc(first), utc(last)),
                hint: self.plan.hint.clone(),
            });
        }
        if let Some((first, last)) = counts.other_times
            && OTHERS.is_exceeded_by(
                counts.of_other_months,
                counts.of_other_months + counts.total().requests,
            )
        {
            tracing::warn!(
                requests = counts.total().requests,
                of_other_months = counts.of_other_months,
                from = utc(first),
                to = utc(last),
                "more than {OTHERS} of the requests are of other months than {} and are not \
                 counted: see that each month's logs are where its own index finds them{}",
                self.plan.name(),
                self.plan.hint
            );
        }
        match &part.unknown {
            Some((source_name, source)) if part.formats.is_empty() => Err(Error::UnknownFormat {
                source_name: source_name.clone(),
                source: source.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn publish(self, mut part: Part) -> Result<Report, Error> {
        let began = Instant::now();
        let lines = part.counts.lines();
        let unparsed = part.counts.unparsed();
        let other_format = self.other_format(&part);
        if let Some(first) = part.sample.first() {
            tracing::warn!(
                lines = unparsed,
                first_in = first.source,
                first_at_byte = first.offset,
                first_problem = %first.why,
                "lines could not be parsed; the first 1,000 are published as unparsed.log.gz{}",
                other_format
            );
        }
        for (remark, lines) in &part.counts.remarks {
            tracing::warn!(lines, "{remark}: {}", advice(*remark));
        }
        let twins = twins(&part.beginnings);
        for (one, other) in twins.iter().take(TWINS) {
            tracing::warn!(
                one,
                other,
                twins = twins.len(),
                "both files begin with the same lines, which are counted twice: move one of them \
                 away"
            );
        }
        let (year, month) = (self.plan.year, self.plan.month);
        let state = MonthState { year, month, counts: part.counts };
        // What the state is made of is sorted and compressed: another processor does that.
        let (summary, state_bytes) = std::thread::scope(|threads| {
            let bytes = threads.spawn(|| state.to_bytes());
            let summary = Summary::of(&state.counts, year, month, self.plan.top);
            (summary, bytes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let counts: BTreeMap<String, u64> = [
            ("requests", Some(summary.requests)),
            ("bytes", summary.bytes),
            ("visitors", Some(summary.visitors)),
            ("of_other_months", Some(summary.of_other_months)),
            ("unparsed", Some(unparsed)),
            ("input_bytes", Some(self.size)),
        ]
        .into_iter()
        .filter_map(|(name, count)| Some((name.to_owned(), count?)))
        .collect();
        let input = std::mem::take(&mut part.input);
        let hours = state.counts.hours();
        let outputs = month_outputs(
            &self.storage,
            self.publication.folder(),
            &summary,
            hours,
            state_bytes,
            &part.sample,
        )?;
        if self.plan.max_unparsed.is_exceeded_by(unparsed, lines) {
            let is_shown = |name: &str| name == crate::outputs::UNPARSED;
            let (shown, withheld): (Vec<_>, Vec<_>) =
                outputs.into_iter().partition(|output| is_shown(&output.file().name));
            let withheld: Vec<&str> =
                withheld.iter().map(|output| output.file().name.as_str()).collect();
            self.publication.commit_without_manifest(shown, &withheld)?;
            let message = format!(
                "{unparsed} of {lines} lines could not be parsed, more than the {} of \
                 --max-unparsed: see {} in {}; nothing else was published{other_format}",
                self.plan.max_unparsed,
                crate::outputs::UNPARSED,
                self.publication.folder()
            );
            return Ok(Report { counts, ..Report::new(Outcome::Rejected).message(message) });
        }
        let (objects, size) = (
            outputs.len() as u64 + 1,
            outputs.iter().map(|output| output.file().size_bytes).sum::<u64>(),
        );
        self.publication.commit(outputs, self.plan.work(input), counts.clone())?;
        tracing::info!(
            objects,
            size_bytes = size,
            elapsed_ms = began.elapsed().as_millis() as u64,
            output = %self.publication.folder(),
            "[4/4] upload: done"
        );
        Ok(Report { counts, ..Report::new(Outcome::Done) })
    }
}

impl Job {
    /// Words about the lines that could not be parsed, where most of them are of one known format:
    /// they stand in files of another one.
    fn other_format(&self, part: &Part) -> String {
        match sniff_with(part.sample.text(), &self.plan.json) {
            Ok(Some(format)) if !part.formats.contains_key(format.name()) => format!(
                "; most of these lines are {}, in files that are read as {}: a file is read by one \
                 format, so split it into a file for each",
                format.name(),
                formats(&part.formats)
            ),
            _ => String::new(),
        }
    }
}

/// What a remark means for the numbers, and what to do about it.
fn advice(remark: Remark) -> &'static str {
    match remark {
        Remark::NoSize => "these requests are in no sum of bytes",
        Remark::GoesOn => {
            "what stands there is not read, whatever it is; where it is a response time, say so by \
             --format, such as --format combined-time for nginx' $request_time or the server's own \
             LogFormat"
        }
        Remark::ColumnsMissing => "only columns that are not counted, so that the requests are",
        Remark::NoUnit => {
            "these requests are in no response time; of a field of JSON lines, say it by --fields \
             response-time-ms=NAME"
        }
        Remark::NoZone => {
            "it is taken as UTC; where the servers' clocks show another time, say it by \
             --log-time-zone, such as --log-time-zone +02:00"
        }
        Remark::Nuls => {
            "they are passed over; a log that is rotated by copytruncate has them where its server \
             does not append"
        }
        Remark::ByteOrderMark => "it is passed over",
    }
}

fn formats(formats: &BTreeMap<String, u64>) -> String {
    match formats.len() {
        1 => formats.keys().next().cloned().unwrap_or_default(),
        _ => formats
            .iter()
            .map(|(name, files)| format!("{name} ({files} files)"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

impl Plan {
    /// The fingerprint of the month's work, given that of its logs.
    fn work(&self, input: Vec<InputFile>) -> Work {
        Work {
            command: "aggregate".to_owned(),
            output_version: output_version::MONTH,
            index: u32::from(self.month) - 1,
            partitions: 12,
            settings: self.settings.clone(),
            input,
        }
    }
}

impl Rules {
    /// How a month is told to be counted in a manifest.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (String, String)> {
        [
            ("time_zone", self.calendar.zone()),
            ("keep_query", self.keep_query.to_string()),
            ("exact_keys", self.exact_keys.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
    }
}
