//! Counts the lines of one span after the other.

use std::time::Duration;

use bumpalo::Bump;
use job_files::{InputCompression, OpenSource};
use object_storage::Storage;
use worker_runtime::{Progress, Shutdown};

use crate::error::Error;
use crate::formats::{MAX_LINE_BYTES, OthersBeside, Presence};
use crate::geo::OriginFinder;

use super::landmarks::LandmarkSearch;
use super::line_blocks::LineBlocks;
use super::line_rules::LineRules;
use super::span::Span;
use super::span_counts::{FileLines, SpanCounts};
use super::span_reading::{BusyTimes, SpanReading};

/// What counting a span takes. All threads share it.
pub(crate) struct SpanCounter<'a> {
    storage: &'a Storage,
    rules: LineRules<'a>,
    progress: &'a Progress,
    shutdown: &'a Shutdown,
    busy: BusyTimes,
}

impl<'a> SpanCounter<'a> {
    /// A counter for all spans of a month.
    pub(crate) fn new(
        storage: &'a Storage,
        rules: LineRules<'a>,
        progress: &'a Progress,
        shutdown: &'a Shutdown,
    ) -> Self {
        SpanCounter { storage, rules, progress, shutdown, busy: BusyTimes::default() }
    }

    /// How long threads have waited for blocks of lines, all in all.
    pub(crate) fn reading(&self) -> Duration {
        self.busy.reading()
    }

    /// How long threads have parsed and counted lines, all in all.
    pub(crate) fn counting(&self) -> Duration {
        self.busy.counting()
    }

    /// Counts the lines of a span.
    pub(crate) fn count(&self, span: &Span, counts: &mut SpanCounts) -> Result<(), Error> {
        let extent = span.source.extent(MAX_LINE_BYTES as u64 + 2);
        let open =
            OpenSource::new(self.storage, span.source.clone(), extent, self.progress.clone())?;
        let compression = open.compression();
        let lines = LineBlocks::new(open, span.source.owned.as_ref());
        let before = (counts.month.lines(), counts.month.unparsed());
        let mut reading = SpanReading {
            rules: &self.rules,
            shutdown: self.shutdown,
            busy: &self.busy,
            span,
            counts,
            parser: None,
            others: OthersBeside::default(),
            began: false,
            end: 0,
            format: String::new(),
            present: Presence::default(),
            finder: (!self.rules.databases.is_empty())
                .then(|| OriginFinder::new(self.rules.databases)),
            damaged: None,
            landmarks: LandmarkSearch::new(),
            arena: Bump::new(),
        };
        let open = match compression {
            InputCompression::None => reading.beside_nobody(lines)?,
            // Decompressing takes longer than counting: a second processor, if there is one, does
            // it meanwhile.
            InputCompression::Gzip
            | InputCompression::Zstd
            | InputCompression::Bzip2
            | InputCompression::Xz => reading.beside_the_decoder(lines)?,
        };
        reading.end();
        let (name, present) = (std::mem::take(&mut reading.format), reading.present);
        let of_file = FileLines {
            lines: counts.month.lines() - before.0,
            unparsed: counts.month.unparsed() - before.1,
        };
        if of_file.unparsed > 0 || span.source.owned.is_some() {
            counts.files.insert(span.file, of_file);
        }
        if !self.rules.filters.is_empty() && of_file.lines > of_file.unparsed {
            counts.present.entry(name).or_default().join(present);
        }
        counts.input.push(open.into_fingerprint());
        Ok(())
    }
}
