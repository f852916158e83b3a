//! What people are told about a month's lines, and what to do about it.

use std::collections::BTreeMap;

use crate::counting::{Hosts, Table, Tables};
use crate::formats::{DetectionError, Format, Remark, detect_with};
use crate::input::{Span, SpanCounts, copies};

/// Lines that could not be parsed, of which it is looked what they are.
const UNPARSED_LOOKED_AT: usize = 15;

/// Pairs of files with the same lines that are named one by one.
const COPIES_NAMED: usize = 10;

/// Warns of each remark once, with the number of its lines.
pub(super) fn warn_of_remarks(remarks: &BTreeMap<Remark, u64>) {
    for (remark, lines) in remarks {
        tracing::warn!(lines, "{remark}: {}", advice(*remark));
    }
}

/// Says by which formats lines were read that have not that of their file.
pub(super) fn tell_other_formats(others: &BTreeMap<String, u64>) {
    for (format, lines) in others {
        tracing::info!(lines, format, "lines of another format than their file");
    }
}

/// Says how many requests each filter leaves out. One that leaves out none may be a mistake.
pub(super) fn tell_filtered(filtered: &BTreeMap<String, u64>) {
    for (filter, requests) in filtered {
        if *requests > 0 {
            tracing::info!(requests, filter, "left out by a filter");
        } else if filter.starts_with("exclude") {
            tracing::warn!(filter, "no request is left out by this filter: see that it is right");
        }
    }
}

/// Warns where hosts are to be counted and no request has one.
pub(super) fn warn_of_no_hosts(tables: &Tables, hosts: Option<&Hosts>) {
    if hosts.is_some() && tables.get("hosts").is_some_and(Table::is_empty) {
        tracing::warn!(
            "--by-host counts all requests as those of one host, -, since the log names none: \
             leave it out, or say by --format where the host stands"
        );
    }
}

/// Warns where no request has a user agent, so that people and bots are not told apart.
pub(super) fn warn_of_no_agents(tables: &Tables) {
    if !tables.has_agents() {
        tracing::warn!(
            "no request has a user agent, so that people and bots cannot be told apart: visitors \
             are counted by client alone, and people, bots and bot_requests are unknown"
        );
    }
}

/// Warns of files that begin with the same lines, and of those that have lines of another one
/// elsewhere, or their own twice.
pub(super) fn warn_of_copies(counted: &SpanCounts, spans: &[Span]) {
    let name = |file: usize| {
        spans.iter().find(|span| span.file == file).map_or("", |span| span.source.name.as_str())
    };
    let copied = copies(&counted.starts);
    let overlaps = counted.landmarks.overlaps();
    let overlaps = overlaps.iter().map(|(one, other)| (name(*one), name(*other)));
    let (twice, overlapping): (Vec<_>, Vec<_>) = overlaps
        .filter(|(one, other)| !copied.contains(&(one, other)))
        .partition(|(one, other)| one == other);
    for (one, other) in copied.iter().take(COPIES_NAMED) {
        tracing::warn!(
            one,
            other,
            twins = copied.len(),
            "both files begin with the same lines, which are counted twice: move one of them away"
        );
    }
    for (one, other) in overlapping.iter().take(COPIES_NAMED) {
        tracing::warn!(
            one,
            other,
            overlaps = overlapping.len(),
            "both files have the same lines for some time, which are counted twice: move one of \
             them away, or take the lines of the other one out of it"
        );
    }
    for (file, _) in twice.iter().take(COPIES_NAMED) {
        tracing::warn!(
            file,
            files = twice.len(),
            "the file has the same lines twice, for some time, and they are counted twice: see how \
             it was put together"
        );
    }
}

/// Says which names are further ones of a file, and are not read.
pub(super) fn tell_links(links: &[(String, String)]) {
    for (file, link) in links.iter().take(COPIES_NAMED) {
        tracing::warn!(
            file,
            link,
            links = links.len(),
            "both names are of one file (one is a link), which is read once"
        );
    }
}

/// Words about the lines that could not be parsed, where most of them have a known format, and
/// `--format` names another one. Empty otherwise.
pub(super) fn other_format(counted: &SpanCounts, given: Option<&Format>, json: &Format) -> String {
    if given.is_none() {
        return String::new();
    }
    match detect_with(some_unparsed(counted), json) {
        Ok(Some(format)) if !counted.formats.contains_key(format.name()) => format!(
            "; most of these lines are {}, in files that are read as {}, as --format says: without \
             it each line is read by the format that it has",
            format.name(),
            format_names(&counted.formats)
        ),
        _ => String::new(),
    }
}

/// The first of the lines that could not be parsed.
fn some_unparsed(counted: &SpanCounts) -> &[u8] {
    let text = counted.sample.text();
    let end = memchr::memchr_iter(b'\n', text).nth(UNPARSED_LOOKED_AT);
    &text[..end.map_or(text.len(), |end| end + 1)]
}

/// Words about what is wrong with the first of the lines that could not be parsed, where most of
/// them have no known format and it can be told. Empty otherwise.
pub(super) fn what_is_wrong(counted: &SpanCounts, json: &Format) -> String {
    match detect_with(some_unparsed(counted), json) {
        Err(DetectionError::Unknown { why: Some(why), .. }) => format!("; of the first one: {why}"),
        _ => String::new(),
    }
}

/// The formats of the files, with the number of files of each where there are several.
pub(super) fn format_names(formats: &BTreeMap<String, u64>) -> String {
    match formats.len() {
        1 => formats.keys().next().cloned().unwrap_or_default(),
        _ => formats
            .iter()
            .map(|(name, files)| format!("{name} ({files} files)"))
            .collect::<Vec<_>>()
            .join(", "),
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
        Remark::NoClock => {
            "--time-zone as-logged takes it as UTC; to count by a clock, name its zone there, such \
             as --time-zone Europe/Berlin"
        }
        Remark::Nuls => {
            "they are passed over; a log that is rotated by copytruncate has them where its server \
             does not append"
        }
        Remark::ByteOrderMark => "it is passed over",
        Remark::OtherFormat => {
            "it is counted by the format that it has; where such lines are none of this log, leave \
             them out by --format, which reads no other one"
        }
    }
}
