//! `aggregate`: a month's access logs into a summary, tables and a state that merges.

use std::collections::BTreeMap;
use std::time::Instant;

use job_files::Publication;
use object_storage::Storage;
use worker_runtime::{Outcome, Pod, Report, on_blocking_thread};

use crate::cli::AggregateArgs;
use crate::error::Error;
use crate::input::{
    LineRules, Span, SpanCounter, SpanCounts, by_file, count_spans, cut, fingerprint, without_links,
};
use crate::output::{
    MonthState, Summary, UNPARSED, hours_of, month_folder, month_outputs, prepare_families,
    version, year_of,
};

use super::advice::{
    format_names, other_format, tell_filtered, tell_links, tell_other_formats, warn_of_copies,
    warn_of_no_agents, warn_of_no_hosts, warn_of_remarks, what_is_wrong,
};
use super::checks::{check, too_many_unparsed};
use super::earlier::Earlier;
use super::finish::{self, YearToFinish};
use super::finish_input::Logs;
use super::gaps::warn_of_gaps;
use super::geo_databases;
use super::merge::Merger;
use super::plan::Plan;

/// Runs `aggregate` for the month that this pod is.
pub(super) async fn run(args: AggregateArgs, pod: Pod) -> Result<Report, Error> {
    let plan = Plan::new(&args, &pod)?;
    let year = args.finish.then(|| finish::merge_args(&args));
    if !plan.has_begun {
        let message = format!("there is nothing of {} before --until yet", plan.name());
        return Ok(Report::new(Outcome::Done).message(message).count("requests", 0));
    }
    let storage = Storage::until(&pod.shutdown, &args.storage);
    // Before anything that takes away what is there.
    let look = {
        let storage = storage.clone();
        move || -> Result<_, Error> {
            let earlier = Earlier::read(&storage, &plan)?;
            earlier.refuse_other_year(&plan)?;
            earlier.refuse_later_part(&plan)?;
            Ok((earlier.part_stays(&plan), plan))
        }
    };
    let (part_stays, mut plan) =
        pod.blocking_unless_stopped(look).await.ok_or(Error::Stopped)??;
    let publication =
        Publication::new(storage.clone(), plan.folder.clone(), pod.about, "aggregate")
            .within(args.output.clone(), plan.folder_name.clone());
    let published = Published { publication: publication.clone(), part_stays };
    let databases = {
        let (storage, names) = (storage.clone(), args.geo_database);
        pod.blocking_unless_stopped(move || geo_databases::read(&storage, &names)).await
    };
    let databases = published.after(databases.ok_or(Error::Stopped)?).await?;
    plan.look_up_in(databases);
    // A part of a month is in no whole year.
    let year = year.filter(|_| plan.part_until.is_none());
    let year = year.map(|args| YearToFinish {
        merger: Merger::new(storage.clone(), args, pod.about),
        own: plan.work(vec![]),
        logs: Logs::new(storage.clone(), &plan),
    });
    let found = {
        let (storage, input) = (storage.clone(), plan.input.clone());
        pod.blocking_unless_stopped(move || input.find(&storage).map(without_links)).await
    };
    let found = found.ok_or(Error::Stopped)?.map_err(|error| match error {
        error @ job_files::Error::NoInput { .. } => {
            Error::NoLogs { problem: error.to_string(), hint: plan.hint.clone() }
        }
        error => Error::from(error),
    });
    let (files, links) = published.after(found).await?;
    tell_links(&links);
    let size: u64 = files.iter().map(|file| file.entry.size).sum();
    if let Some(until) = &plan.part_until {
        tracing::info!(month = plan.name(), until, "only requests before --until are counted");
    }
    tracing::info!(month = plan.name(), files = files.len(), size_bytes = size, "[1/4] download");
    let look = {
        let pod = pod.clone();
        move || -> Result<_, Error> {
            let spans = cut(&storage, files, plan.given_format.as_ref(), &plan.json)?;
            let job = Job { plan, spans, size, storage, publication, pod };
            // An earlier part is other work.
            let done = if part_stays { None } else { job.already_done()? };
            Ok((done, job))
        }
    };
    let looked = pod.blocking_unless_stopped(look).await.ok_or(Error::Stopped)?;
    let report = match published.after(looked).await? {
        (Some(report), _) => report,
        (None, job) => on_blocking_thread(move || job.run_and_close()).await?,
    };
    finish::after(year, report).await
}

/// What earlier runs have published in the folder of this one.
struct Published {
    publication: Publication,
    /// Whether it is an earlier part, which stays until this run replaces it, whatever happens.
    part_stays: bool,
}

impl Published {
    /// The outcome of a step. Where it failed for good, what was published no longer stands.
    async fn after<T: Send + 'static>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if self.part_stays {
            return outcome;
        }
        self.publication.withdraw_on_failure(outcome).await
    }
}

/// Takes away what was published of the month and is superseded. Until then, every reader of ours
/// takes the whole month; so it is no error if that cannot be done.
fn supersede(publication: &Publication, why: &str) {
    let folder = publication.folder();
    match publication.remove() {
        Ok(true) => tracing::info!(%folder, "taken away: {why}"),
        Ok(false) => {}
        Err(error) => tracing::warn!(%folder, %error, "cannot be taken away: {why}"),
    }
}

/// Everything that is settled before the first line is read.
struct Job {
    plan: Plan,
    spans: Vec<Span>,
    /// Bytes of all files.
    size: u64,
    storage: Storage,
    publication: Publication,
    pod: Pod,
}

impl Job {
    /// The report of an earlier run that has done the same.
    fn already_done(&self) -> Result<Option<Report>, Error> {
        if self.plan.force {
            self.publication.withdraw_by_force()?;
            return Ok(None);
        }
        let work = self.plan.work(Vec::new());
        let logs = || fingerprint(&self.storage, &self.spans);
        let finished = job_files::already_done(&self.publication, &work, logs)?;
        if finished.is_some() {
            self.settle_beside();
        }
        Ok(finished.map(|manifest| {
            let message = format!(
                "this month was finished before, from the same logs; it is in {}",
                self.publication.folder()
            );
            Report { counts: manifest.counts, ..Report::new(Outcome::AlreadyDone).message(message) }
        }))
    }

    /// Sees to what is published beside the month, which is finished now.
    fn settle_beside(&self) {
        let beside =
            |folder| Publication::new(self.storage.clone(), folder, self.pod.about, "aggregate");
        if self.plan.part_until.is_none() {
            supersede(&beside(self.plan.partial.clone()), "the whole month replaces its part");
            return;
        }
        let whole = beside(self.plan.whole.clone())
            .within(self.plan.output.clone(), month_folder(self.plan.month));
        // Without permission to list a bucket, S3 answers 403 where there is nothing.
        let Some(manifest) = whole.manifest().ok().flatten() else { return };
        if year_of(&manifest).is_some_and(|year| year != self.plan.year) {
            supersede(&whole, "it is of another year, and there is --force");
        } else if manifest.work.output_version < version::MONTH && !self.plan.is_over {
            let why = "an earlier version had published the month before it was over";
            supersede(&whole, why);
        } else {
            tracing::warn!(whole = %whole.folder(), "the whole month is there, and merge takes it");
        }
    }

    fn run_and_close(self) -> Result<Report, Error> {
        let storage = self.storage.clone();
        let report = self.run();
        storage.close();
        report
    }

    fn run(self) -> Result<Report, Error> {
        // It takes a twentieth of a second, and is there when the summary is to be made. Where no
        // thread can be started, that waits for it.
        let _ = std::thread::Builder::new().name("families".to_owned()).spawn(prepare_families);
        let counted = self.count()?;
        check(&self.plan, &self.spans, &counted)?;
        self.publish(counted)
    }

    /// Reads and counts all spans.
    fn count(&self) -> Result<SpanCounts, Error> {
        let began = Instant::now();
        let progress = self.pod.progress("bytes", Some(self.size));
        let rules = LineRules {
            log_offset: self.plan.log_offset,
            as_logged: self.plan.rules.calendar.zone().is_as_logged(),
            json: &self.plan.json,
            others: &self.plan.others,
            proxies: &self.plan.proxies,
            anonymizer: &self.plan.anonymizer,
            filters: &self.plan.filters,
            databases: &self.plan.databases,
        };
        let counter = SpanCounter::new(&self.storage, rules, &progress, &self.pod.shutdown);
        let (mut all, merging) =
            count_spans(&counter, &self.spans, self.plan.rules.clone(), self.plan.threads)?;
        for filter in self.plan.filters.names() {
            all.month.filtered.entry(filter.to_owned()).or_default();
        }
        all.input = by_file(&self.spans, std::mem::take(&mut all.input));
        let elapsed = began.elapsed();
        let (reading, counting) = (counter.reading(), counter.counting());
        progress.finish();
        let counts = &all.month;
        let (visitors, is_known) = (counts.visitors(), counts.tables.has_agents());
        // The steps overlap: for each, this is how long threads were busy with it.
        tracing::info!(
            size_bytes = self.size,
            busy_ms = reading.as_millis() as u64,
            "[1/4] download: done"
        );
        tracing::info!(
            lines = counts.lines(),
            unparsed = counts.unparsed(),
            format = format_names(&all.formats),
            busy_ms = counting.as_millis() as u64,
            elapsed_ms = elapsed.as_millis() as u64,
            lines_per_second = (counts.lines() as f64 / elapsed.as_secs_f64()) as u64,
            "[2/4] parse: done"
        );
        tracing::info!(
            requests = counts.total().requests,
            people = is_known.then_some(visitors.people),
            bots = is_known.then_some(visitors.bots),
            visitors = visitors.all(),
            of_other_months = counts.of_other_months,
            busy_ms = merging.as_millis() as u64,
            "[3/4] aggregate: done"
        );
        Ok(all)
    }

    fn publish(self, counted: SpanCounts) -> Result<Report, Error> {
        let began = Instant::now();
        let unparsed = counted.month.unparsed();
        let filtered = counted.month.filtered();
        let given = self.plan.given_format.as_ref();
        let other_format = other_format(&counted, given, &self.plan.json);
        let problem = too_many_unparsed(&self.plan, &self.spans, &counted)
            .map(|problem| problem + &what_is_wrong(&counted, &self.plan.json));
        if let Some(first) = counted.sample.first() {
            tracing::warn!(
                lines = unparsed,
                first_in = first.source,
                first_at_byte = first.offset,
                first_problem = %first.why,
                "lines could not be parsed{}{other_format}",
                if !self.plan.anonymizer.is_off() {
                    ""
                } else {
                    "; the first 1,000 are published as unparsed.log.gz"
                }
            );
        }
        tell_filtered(&counted.month.filtered);
        warn_of_no_hosts(&counted.month.tables, counted.month.hosts.as_deref());
        warn_of_no_agents(&counted.month.tables);
        warn_of_remarks(&counted.month.remarks);
        tell_other_formats(&counted.others);
        warn_of_copies(&counted, &self.spans);
        warn_of_gaps(&self.plan.name(), hours_of(&counted.month));
        let (year, month) = (self.plan.year, self.plan.month);
        let SpanCounts { month: counts, sample, input, .. } = counted;
        let state = MonthState { year, month, counts };
        // Sorting and compressing what the state is made of takes a while: another processor does
        // it meanwhile.
        let (summary, state_bytes) = std::thread::scope(|threads| {
            let bytes = threads.spawn(|| state.to_bytes());
            let summary = Summary::of(&state.counts, year, month, self.plan.top);
            (summary, bytes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let counts: BTreeMap<String, u64> = [
            ("requests", Some(summary.requests)),
            ("bytes", summary.bytes),
            ("visitors", Some(summary.visitors)),
            ("people", summary.people),
            ("bots", summary.bots),
            ("of_other_months", Some(summary.of_other_months)),
            ("after_until", summary.until.as_ref().map(|_| summary.after_until)),
            ("filtered", (!self.plan.filters.is_empty()).then_some(filtered)),
            ("unparsed", Some(unparsed)),
            ("input_bytes", Some(self.size)),
        ]
        .into_iter()
        .filter_map(|(name, count)| Some((name.to_owned(), count?)))
        .collect();
        let outputs = month_outputs(
            &self.storage,
            self.publication.folder(),
            &summary,
            hours_of(&state.counts),
            state_bytes,
            // These lines have clients in them.
            if self.plan.anonymizer.is_off() { sample.text() } else { b"" },
        )?;
        // Another run may have published meanwhile.
        let earlier = Earlier::read(&self.storage, &self.plan)?;
        earlier.refuse_other_year(&self.plan)?;
        if let Some(later) = earlier.later_part(&self.plan)
            && !self.plan.force
        {
            let message = format!(
                "a later part of this month was published meanwhile, and stays; it is in {}",
                self.publication.folder()
            );
            let counts = later.counts.clone();
            return Ok(Report { counts, ..Report::new(Outcome::AlreadyDone).message(message) });
        }
        if let Some(problem) = problem {
            let (shown, withheld): (Vec<_>, Vec<_>) =
                outputs.into_iter().partition(|output| output.file().name == UNPARSED);
            let withheld: Vec<&str> =
                withheld.iter().map(|output| output.file().name.as_str()).collect();
            let work = self.plan.work(input);
            self.publication.commit_without_manifest(shown, &withheld, &work)?;
            let published = if !self.plan.anonymizer.is_off() {
                "; nothing was published".to_owned()
            } else {
                let folder = self.publication.folder();
                format!("; see {UNPARSED} in {folder}; nothing else was published")
            };
            let message = format!("{problem}{published}{other_format}");
            return Ok(Report { counts, ..Report::new(Outcome::Rejected).message(message) });
        }
        let (objects, size) = (
            outputs.len() as u64 + 1,
            outputs.iter().map(|output| output.file().size_bytes).sum::<u64>(),
        );
        self.publication.commit(outputs, self.plan.work(input), counts.clone())?;
        self.settle_beside();
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
