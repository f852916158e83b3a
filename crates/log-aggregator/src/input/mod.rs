//! The logs of a month: cut into spans, read, and counted span by span.

mod anonymous;
mod copies;
mod fingerprint;
mod landmarks;
mod line_blocks;
mod line_rules;
mod links;
mod ordered_merge;
mod span;
mod span_counter;
mod span_counts;
mod span_reading;
mod threads;
mod unparsed_sample;

pub(crate) use anonymous::Anonymizer;
pub(crate) use copies::copies;
pub(crate) use fingerprint::{by_file, fingerprint};
pub(crate) use line_rules::LineRules;
pub(crate) use links::without_links;
pub(crate) use span::{Span, cut};
pub(crate) use span_counter::SpanCounter;
pub(crate) use span_counts::{FileLines, SpanCounts};
pub(crate) use threads::count_spans;
