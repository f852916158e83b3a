//! `merge`: the months of a year into the year.

use std::collections::BTreeMap;
use std::io::Write as _;

use job_files::{InputFile, Manifest, Publication, Work};
use object_storage::{Location, Storage};
use worker_runtime::{About, Outcome, Pod, Report, grouped, on_blocking_thread};

use crate::cli::MergeArgs;
use crate::error::Error;
use crate::output::{
    MonthState, PublishedMonth, STATE, Year, YearSummary, are_months, check_year, month_folder,
    part_of_other_year, partial_folder, version, year_outputs, year_state,
};
use crate::report::share;

use super::month_kind::{MonthKind, differences, in_words};
use super::report::{draw, is_drawn};

/// Runs `merge`.
pub(super) async fn run(args: MergeArgs, pod: Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let merger = Merger::new(storage, args, pod.about);
    let look = move || -> Result<_, Error> { Ok((merger.read()?, merger)) };
    let read = pod.blocking_unless_stopped(look).await;
    let (merged, merger) = read.ok_or(Error::Stopped)??;
    let summary = on_blocking_thread(move || {
        let published = merger.publish_as_is(merged);
        merger.close();
        published
    })
    .await?;
    std::io::stdout().lock().write_all(table(&summary).as_bytes()).map_err(Error::from)?;
    let report = Report::new(Outcome::Done)
        .count("months", summary.months.len() as u64)
        .count("requests", summary.requests)
        .count("visitors", summary.visitors);
    let known = [("people", summary.people), ("bots", summary.bots), ("bytes", summary.bytes)];
    let known = known.into_iter().filter_map(|(name, count)| Some((name, count?)));
    Ok(known.fold(report, |report, (name, count)| report.count(name, count)))
}

pub(super) struct Merger {
    args: MergeArgs,
    storage: Storage,
    about: About,
}

/// The year, and what it was made from.
pub(super) struct Merged {
    summary: YearSummary,
    kind: MonthKind,
    input: Vec<InputFile>,
    states: BTreeMap<u8, Vec<u8>>,
}

impl Merger {
    pub(super) fn new(storage: Storage, args: MergeArgs, about: About) -> Merger {
        Merger { args, storage, about }
    }

    /// Where the year is published.
    pub(super) fn output(&self) -> &Location {
        &self.args.output
    }

    /// Waits for what is under way on a server.
    pub(super) fn close(&self) {
        self.storage.close();
    }

    /// The manifests of the months that are there as a whole, by index.
    pub(super) fn manifests(&self) -> Result<BTreeMap<u32, Manifest>, Error> {
        let mut found = BTreeMap::new();
        for month in 1..=12_u8 {
            let folder = self.args.output.join(&month_folder(month))?;
            let month_of = Publication::new(self.storage.clone(), folder, self.about, "aggregate");
            let manifest = month_of.manifest()?;
            found.extend(manifest.map(|manifest| (u32::from(month) - 1, manifest)));
        }
        Ok(found)
    }

    /// Reads the months and adds them up.
    pub(super) fn read(&self) -> Result<Merged, Error> {
        let mut added: Option<(MonthKind, Year)> = None;
        let (mut missing, mut partial) = (Vec::new(), Vec::new());
        let (mut input, mut states) = (Vec::new(), BTreeMap::new());
        for month in 1..=12_u8 {
            let Some(finished) = PublishedMonth::read(&self.storage, &self.args.output, month)?
            else {
                missing.push(month_folder(month));
                continue;
            };
            let state = self.state(month, &finished)?;
            if finished.folder == month_folder(month) {
                self.refuse_part_of_other_year(month, state.year)?;
            }
            let mut kind = MonthKind::of(&finished, &state);
            let (first, year) = added.get_or_insert_with(|| {
                let year = Year::new(kind.year, self.args.top as usize, kind.exact_keys);
                (MonthKind::of(&finished, &state), year)
            });
            if first.filters != kind.filters && self.args.allow_other_filters {
                tracing::warn!(
                    month,
                    filters = kind.filters.join(", "),
                    before = first.filters.join(", "),
                    "the month was counted with other filters than those before it"
                );
                kind.filters.clone_from(&first.filters);
            }
            if first.zone != kind.zone && self.args.allow_other_time_zones {
                tracing::warn!(
                    month,
                    time_zone = kind.zone,
                    before = first.zone,
                    "the month was counted by another time zone than those before it"
                );
                kind.zone.clone_from(&first.zone);
            }
            if first.origins != kind.origins && self.args.allow_other_geo_databases {
                tracing::warn!(
                    month,
                    databases = in_words(&kind.origins),
                    before = in_words(&first.origins),
                    "clients of the month were looked up in other databases than those before it"
                );
                kind.origins.clone_from(&first.origins);
            }
            if *first != kind {
                let told = if first.filters != kind.filters {
                    " (months with different filters add up with --allow-other-filters)"
                } else if first.zone != kind.zone {
                    " (months of different zones add up with --allow-other-time-zones)"
                } else if first.year != kind.year {
                    " (give each year a folder of its own)"
                } else if first.origins != kind.origins {
                    " (months of different databases add up with --allow-other-geo-databases)"
                } else {
                    ""
                };
                let (own, before) = differences(&kind, first);
                return Err(self.mixed(format!(
                    "month {month:02} has {own}, and those before it have {before}{told}"
                )));
            }
            year.add(month, &state.counts);
            input.push(finished.fingerprint());
            states.insert(month, finished.state);
            let calendar = state.counts.rules().calendar;
            if let Some(until) = calendar.end_of_part() {
                let until = calendar.zone().show(until);
                partial.push(format!("{month:02} (up to {until})"));
                let whole_days = calendar.whole_days();
                tracing::warn!(month, until, whole_days, "only a part of the month is there");
            }
            tracing::info!(month, requests = state.counts.total().requests, "month added");
        }
        match added {
            Some((kind, year))
                if (missing.is_empty() && partial.is_empty()) || self.args.allow_missing =>
            {
                if kind.output_version != version::MONTH {
                    tracing::warn!(
                        months_have = kind.output_version,
                        this_program_writes = version::MONTH,
                        "the months were counted by another version of this program, which may \
                         have counted differently: aggregate them again to have this version's \
                         numbers"
                    );
                }
                Ok(Merged { summary: year.summary(), kind, input, states })
            }
            None => Err(Error::NoMonths { output: self.args.output.to_string() }),
            _ => Err(Error::Incomplete {
                output: self.args.output.to_string(),
                problem: incomplete(&missing, &partial),
            }),
        }
    }

    /// What a month's state says, if it is of that month and of the year that is asked for.
    fn state(&self, month: u8, found: &PublishedMonth) -> Result<MonthState, Error> {
        let (output, folder) = (&self.args.output, &found.folder);
        let at = output.join(folder)?.join(STATE)?.to_string();
        let state =
            MonthState::from_bytes(&found.state).map_err(|source| Error::State { at, source })?;
        check_year(self.args.year, state.year, output)?;
        if state.month != month {
            return Err(self.mixed(format!("the folder {folder} holds month {:02}", state.month)));
        }
        Ok(state)
    }

    /// The whole month stands for its part, but not for that of another year: it would be missing
    /// without a word.
    fn refuse_part_of_other_year(&self, month: u8, year: i32) -> Result<(), Error> {
        match part_of_other_year(&self.storage, &self.args.output, month, year)? {
            None => Ok(()),
            Some(other) => Err(self.mixed(format!(
                "{} is of the year {year}, and {} of {other} (give each year a folder of its own)",
                month_folder(month),
                partial_folder(month)
            ))),
        }
    }

    fn mixed(&self, problem: String) -> Error {
        Error::Mixed { output: self.args.output.to_string(), problem }
    }

    /// Takes away what vouches for the year.
    pub(super) fn withdraw(&self) -> Result<(), Error> {
        let (storage, output) = (self.storage.clone(), self.output().clone());
        Ok(Publication::new(storage, output, self.about, "merge").withdraw()?)
    }

    /// Publishes the year. Where a month is replaced meanwhile, it is taken back, and merged from
    /// what is there then: a run that replaces a month takes its manifest away before it takes
    /// that of the year away, so that whichever of the two is later sees what the other has done.
    fn publish_as_is(&self, mut merged: Merged) -> Result<YearSummary, Error> {
        loop {
            let months = merged.input.clone();
            let summary = self.publish(merged)?;
            if are_months(&self.storage, self.output(), &months)? {
                return Ok(summary);
            }
            tracing::info!("months were replaced during the merge: it begins anew");
            self.withdraw()?;
            merged = self.read()?;
        }
    }

    /// Publishes the year, and draws it if that is asked for or was done before.
    pub(super) fn publish(&self, merged: Merged) -> Result<YearSummary, Error> {
        let Merged { summary, kind, input, states } = merged;
        let output = &self.args.output;
        let outputs = year_outputs(&self.storage, output, &summary, year_state(&states))?;
        let counts = [
            ("requests", Some(summary.requests)),
            ("bytes", summary.bytes),
            ("visitors", Some(summary.visitors)),
            ("people", summary.people),
            ("bots", summary.bots),
        ];
        let counts = counts.into_iter().filter_map(|(name, count)| Some((name.to_owned(), count?)));
        let settings = [("year", kind.year.to_string()), ("top", self.args.top.to_string())];
        let work = Work {
            command: "merge".to_owned(),
            output_version: version::YEAR,
            index: 0,
            partitions: 1,
            settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
            input,
        };
        // A page of an earlier merge would go on showing an earlier year.
        let draws = self.args.report || is_drawn(&self.storage, output)?;
        let publication =
            Publication::new(self.storage.clone(), output.clone(), self.about, "merge");
        publication.commit(outputs, work, counts.collect())?;
        tracing::info!(
            months = summary.months.len(),
            requests = summary.requests,
            %output,
            "year published"
        );
        if draws {
            draw(&self.storage, output, &summary, None)?;
        }
        Ok(summary)
    }
}

/// Which months are not there, or not as a whole.
fn incomplete(missing: &[String], partial: &[String]) -> String {
    let mut problems = Vec::new();
    if !missing.is_empty() {
        problems.push(format!("there is no _SUCCESS of month {}", missing.join(", ")));
    }
    if !partial.is_empty() {
        problems.push(format!("there is only a part of month {}", partial.join(", ")));
    }
    problems.join(", and ")
}

/// The months for people.
fn table(summary: &YearSummary) -> String {
    let mut table = worker_runtime::Table::new(&[
        "month", "requests", "people", "bots", "bytes", "errors", "unparsed",
    ]);
    let known = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), grouped);
    let mut row = |name: String, numbers: [u64; 2], some: [Option<u64>; 3], unparsed: u64| {
        let ([requests, errors], [people, bots, bytes]) = (numbers, some);
        table.row(vec![
            name,
            grouped(requests),
            known(people),
            known(bots),
            known(bytes),
            share(errors, requests).replace('\u{202f}', " "),
            grouped(unparsed),
        ]);
    };
    for month in &summary.months {
        let known = [month.people, month.bots, month.bytes];
        let name = month.name() + if month.is_partial() { "*" } else { "" };
        row(name, [month.requests, month.errors], known, month.unparsed.values().sum());
    }
    let (year, known) =
        (format!("{:04}", summary.year), [summary.people, summary.bots, summary.bytes]);
    let unparsed = summary.unparsed.values().sum();
    row(year, [summary.requests, summary.errors], known, unparsed);
    let mut text = table.render();
    for month in &summary.months {
        if let Some(until) = &month.until {
            let (name, days) = (month.name(), month.whole_days);
            text.push_str(&format!("* only a part: {name} up to {until} (whole days: {days})\n"));
        }
    }
    if !summary.missing.is_empty() {
        let missing: Vec<String> =
            summary.missing.iter().map(|month| format!("{month:02}")).collect();
        text.push_str(&format!("missing: {}\n", missing.join(", ")));
    }
    text
}
