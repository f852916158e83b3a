//! What a span came to, and what the spans come to together.

use std::collections::BTreeMap;

use job_files::InputFile;

use crate::format::SniffError;
use crate::month::{Month, Rules};
use crate::sample::Sample;
use crate::twins::Beginning;

/// What one span, or all spans so far, came to.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The counts.
    pub counts: Month,
    /// Lines that are none.
    pub sample: Sample,
    /// Files by the name of their format.
    pub formats: BTreeMap<String, u64>,
    /// The first file whose format could not be told, and why.
    pub unknown: Option<(String, SniffError)>,
    /// What was read, in order; the parts of a file one after the other.
    pub input: Vec<InputFile>,
    /// The files' names and how their lines begin, in order.
    pub beginnings: Vec<(String, Beginning)>,
}

impl Part {
    /// Nothing yet.
    pub(crate) fn new(rules: Rules) -> Self {
        Part {
            counts: Month::new(rules),
            sample: Sample::default(),
            formats: BTreeMap::new(),
            unknown: None,
            input: Vec::new(),
            beginnings: Vec::new(),
        }
    }

    /// Adds what the span behind came to.
    pub(crate) fn append(&mut self, other: &mut Part) {
        self.counts.merge(&other.counts);
        self.sample.append(&other.sample);
        for (name, files) in &other.formats {
            *self.formats.entry(name.clone()).or_default() += files;
        }
        self.unknown = self.unknown.take().or_else(|| other.unknown.take());
        self.input.append(&mut other.input);
        self.beginnings.append(&mut other.beginnings);
    }

    /// Forgets everything but the rules, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        self.sample = Sample::default();
        self.formats.clear();
        self.unknown = None;
        self.input.clear();
        self.beginnings.clear();
    }

    /// Bytes of memory that it takes, about.
    pub(crate) fn size(&self) -> usize {
        self.counts.size() + self.sample.size()
    }
}
