//! Whether what was counted is the month's log at all.

use std::time::{Duration, SystemTime};

use crate::cli::Fraction;
use crate::error::Error;
use crate::input::{FileLines, Span, SpanCounts};

use super::plan::Plan;

/// Requests of other months that need no remark. A log that is rotated once a day may hold a day of
/// another month: 1 of 28 is 3.6 %. With more than this, whole files are in the wrong place.
const OTHER_MONTHS: Fraction = Fraction::percent(5);

/// Lines of a file that is judged by itself. A file of fewer may have nothing but the remark of a
/// program that rotates logs.
const JUDGED: u64 = 10;

/// Whether more lines could not be parsed than the settings allow, of all or of a single file, in
/// words. Such a file is no access log, or of a format that was taken for another one, and its few
/// lines may be lost among those of large files.
pub(super) fn too_many_unparsed(
    plan: &Plan,
    spans: &[Span],
    counted: &SpanCounts,
) -> Option<String> {
    let (lines, unparsed) = (counted.month.lines(), counted.month.unparsed());
    if plan.max_unparsed.is_exceeded_by(unparsed, lines) {
        return Some(format!(
            "{unparsed} of {lines} lines could not be parsed, more than the {} of --max-unparsed",
            plan.max_unparsed
        ));
    }
    let is_unread = |FileLines { lines, unparsed }: &FileLines| {
        *lines >= JUDGED && plan.max_unparsed_per_file.is_exceeded_by(*unparsed, *lines)
    };
    let unread = counted.files.iter().filter(|(_, lines)| is_unread(lines));
    let (file, FileLines { lines, unparsed }) = unread.clone().next()?;
    let span = spans.iter().find(|span| span.file == *file)?;
    Some(format!(
        "{unparsed} of the {lines} lines of {} could not be parsed, more than the {} of \
         --max-unparsed-per-file (files like that: {}): if it is no access log, leave it out of \
         --input by a glob such as access.log*, or allow it by that flag",
        span.source.name,
        plan.max_unparsed_per_file,
        unread.count()
    ))
}

/// Refuses what is not the month's log, and warns where part of it is not.
pub(super) fn check(plan: &Plan, spans: &[Span], counted: &SpanCounts) -> Result<(), Error> {
    let counts = &counted.month;
    if counts.lines() == 0 && !plan.allow_empty {
        let files = spans.iter().map(|span| span.file + 1).max().unwrap_or(0);
        return Err(Error::Empty { files, month: plan.name(), input: plan.input_name.clone() });
    }
    let own = counts.total().requests + counts.filtered();
    if let (0, 1.., Some(until), false) =
        (own, counts.after_until, counts.rules().calendar.end_of_part(), plan.allow_empty)
    {
        return Err(Error::AllAfterUntil {
            requests: counts.after_until,
            month: plan.name(),
            input: plan.input_name.clone(),
            until: counts.rules().calendar.zone().show(until),
        });
    }
    if let (0, 0, Some((first, last))) = (own, counts.after_until, counts.other_times) {
        return Err(Error::OtherMonths {
            requests: counts.of_other_months,
            input: plan.input_name.clone(),
            month: plan.name(),
            period: format!("from {} to {}", rfc3339(first), rfc3339(last)),
            hint: plan.hint.clone(),
        });
    }
    refuse_blind_filters(plan, counted)?;
    if counts.total().requests == 0 && counts.filtered() > 0 && !plan.allow_empty {
        let filters: Vec<&str> = plan.filters.names().collect();
        return Err(Error::NothingLeft {
            requests: counts.filtered(),
            month: plan.name(),
            filters: filters.join(", "),
        });
    }
    if let Some((first, last)) = counts.other_times
        && OTHER_MONTHS.is_exceeded_by(
            counts.of_other_months,
            counts.of_other_months + counts.after_until + counts.total().requests,
        )
    {
        tracing::warn!(
            requests = counts.total().requests,
            of_other_months = counts.of_other_months,
            from = rfc3339(first),
            to = rfc3339(last),
            "more than {OTHER_MONTHS} of the requests are of other months than {} and are not \
             counted: see that each month's logs are where its own index finds them{}",
            plan.name(),
            plan.hint
        );
    }
    match &counted.unknown {
        Some((source_name, source)) if counted.formats.is_empty() => {
            Err(Error::UnknownFormat { source_name: source_name.clone(), source: source.clone() })
        }
        _ => Ok(()),
    }
}

/// Refuses filters by a field that no line of a format has: they would leave out nothing, or
/// everything.
fn refuse_blind_filters(plan: &Plan, counted: &SpanCounts) -> Result<(), Error> {
    let asked = plan.filters.fields();
    let blind = counted.present.iter().find_map(|(format, present)| {
        asked.without(*present).first().map(|field| (format.clone(), field))
    });
    match blind {
        Some((format, field)) => Err(Error::BlindFilter { format, field }),
        None => Ok(()),
    }
}

/// A time in seconds since 1970 as RFC 3339 writes it, to the second.
pub(super) fn rfc3339(seconds: i64) -> String {
    // Years before 1970 are shown as 1970: no server logged anything then.
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0).min(253_402_300_799));
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since).to_string()
}
