//! The counts of a span, and of all spans together.

use std::collections::BTreeMap;

use job_files::InputFile;

use crate::counting::{Month, Rules};
use crate::formats::{DetectionError, Presence};

use super::copies::FileStart;
use super::landmarks::Landmarks;
use super::unparsed_sample::UnparsedSample;

/// The counts of one span, or of all spans so far, and what was noticed on the way.
#[derive(Clone, Debug)]
pub(crate) struct SpanCounts {
    /// The counts.
    pub month: Month,
    /// Lines that could not be parsed.
    pub sample: UnparsedSample,
    /// Files by the name of their format.
    pub formats: BTreeMap<String, u64>,
    /// Lines that have not the format of their file, by the name of the one that they have.
    pub others: BTreeMap<String, u64>,
    /// The fields that lines of each format have, where filters ask for some.
    pub present: BTreeMap<String, Presence>,
    /// The first file whose format could not be found, and why.
    pub unknown: Option<(String, DetectionError)>,
    /// What was read, in order; the spans of a file one after the other.
    pub input: Vec<InputFile>,
    /// The files' names and their first lines, in order.
    pub starts: Vec<(String, FileStart)>,
    /// Runs of requests, by which files that overlap are found.
    pub landmarks: Landmarks,
    /// The lines of files that have some that could not be parsed, or were cut into spans.
    pub files: BTreeMap<usize, FileLines>,
}

/// The lines of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileLines {
    /// All of them, but for blank ones.
    pub lines: u64,
    /// Those that could not be parsed.
    pub unparsed: u64,
}

impl SpanCounts {
    /// Nothing yet.
    pub(crate) fn new(rules: Rules) -> Self {
        SpanCounts {
            month: Month::new(rules),
            sample: UnparsedSample::default(),
            formats: BTreeMap::new(),
            others: BTreeMap::new(),
            present: BTreeMap::new(),
            unknown: None,
            input: Vec::new(),
            starts: Vec::new(),
            landmarks: Landmarks::default(),
            files: BTreeMap::new(),
        }
    }

    /// Adds the counts of the next span.
    pub(super) fn append(&mut self, next: &mut SpanCounts) {
        self.month.merge(&next.month);
        self.sample.append(&next.sample);
        for (name, files) in &next.formats {
            *self.formats.entry(name.clone()).or_default() += files;
        }
        for (name, lines) in &next.others {
            *self.others.entry(name.clone()).or_default() += lines;
        }
        for (name, present) in &next.present {
            self.present.entry(name.clone()).or_default().join(*present);
        }
        self.unknown = self.unknown.take().or_else(|| next.unknown.take());
        self.input.append(&mut next.input);
        self.starts.append(&mut next.starts);
        self.landmarks.append(&mut next.landmarks);
        for (file, more) in &next.files {
            let sum = self.files.entry(*file).or_default();
            sum.lines += more.lines;
            sum.unparsed += more.unparsed;
        }
    }

    /// Forgets everything but the rules, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.month.clear();
        self.sample = UnparsedSample::default();
        self.formats.clear();
        self.others.clear();
        self.present.clear();
        self.unknown = None;
        self.input.clear();
        self.starts.clear();
        self.landmarks.clear();
        self.files.clear();
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.month.size() + self.sample.size() + self.landmarks.size()
    }
}
