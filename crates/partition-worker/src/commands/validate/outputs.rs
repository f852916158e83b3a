//! The accepted and the rejected records, filled by the thread that sorts.

use job_files::{Arrivals, GATHER, Output};

use super::judged_block::JudgedBlock;
use super::sorter::Sorter;
use crate::error::Error;
use crate::summary::Records;

/// The outputs, and the bytes that are gathered before they are written.
pub(super) struct SortedOutputs {
    pub(super) accepted: Output,
    pub(super) rejected: Output,
    /// If there is anything that warns.
    pub(super) warnings: Option<Output>,
    pub(super) good: Vec<u8>,
    pub(super) bad: Vec<u8>,
}

impl SortedOutputs {
    pub(super) fn new(accepted: Output, rejected: Output, warnings: Option<Output>) -> Self {
        let gathered = || Vec::with_capacity(2 * GATHER);
        SortedOutputs { accepted, rejected, warnings, good: gathered(), bad: gathered() }
    }

    /// Sorts the records of all judged blocks into the outputs.
    pub(super) fn sort(
        mut self,
        mut sorter: Sorter<'_>,
        blocks: &Arrivals<JudgedBlock>,
    ) -> Result<(Records, Self), Error> {
        while let Some(judged) = blocks.next() {
            sorter.sort(
                judged.block(),
                judged.judgement(),
                judged.map(),
                judged.place(),
                &mut self.good,
                &mut self.bad,
            );
            blocks.give_back(judged);
            self.accepted.take(&mut self.good, false)?;
            self.rejected.take(&mut self.bad, false)?;
            if let Some(warnings) = &mut self.warnings {
                warnings.take(sorter.warned(), false)?;
            }
        }
        self.accepted.take(&mut self.good, true)?;
        self.rejected.take(&mut self.bad, true)?;
        if let Some(warnings) = &mut self.warnings {
            warnings.take(sorter.warned(), true)?;
        }
        Ok((sorter.records(), self))
    }
}
