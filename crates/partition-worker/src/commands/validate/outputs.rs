//! The accepted and the rejected records, filled by the thread that sorts.

use job_files::{Arrivals, Finished, GATHER, Output};

use super::converted::ConvertedOutput;
use super::judged_block::JudgedBlock;
use super::parquet::ParquetOutput;
use super::sorter::Sorter;
use crate::error::Error;
use crate::summary::Records;

/// The accepted records' own output.
pub(super) enum Accepted {
    /// Their bytes as they are.
    Text(Output),
    /// Their cells in the other format.
    Converted(Box<ConvertedOutput>),
    /// Their values in columns.
    Parquet(Box<ParquetOutput>),
}

impl Accepted {
    /// Hands over what was gathered, when it is enough or when `all` of it must go.
    fn take(&mut self, gathered: &mut Vec<u8>, all: bool) -> Result<(), Error> {
        match self {
            Accepted::Text(output) => Ok(output.take(gathered, all)?),
            _ if gathered.len() < GATHER && !all => Ok(()),
            Accepted::Converted(output) => output.take(gathered),
            Accepted::Parquet(output) => output.take(gathered),
        }
    }

    /// Writes the end.
    pub(super) fn finish(self) -> Result<Finished, Error> {
        match self {
            Accepted::Text(output) => Ok(output.finish()?),
            Accepted::Converted(output) => output.finish(),
            Accepted::Parquet(output) => output.finish(),
        }
    }

    /// Whether they are written as they are read, header included.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Accepted::Text(_))
    }
}

/// The outputs, and the bytes that are gathered before they are written.
pub(super) struct SortedOutputs {
    pub(super) accepted: Accepted,
    pub(super) rejected: Output,
    /// If there is anything that warns.
    pub(super) warnings: Option<Output>,
    /// If other partitions must not have them.
    pub(super) keys: Option<Output>,
    pub(super) good: Vec<u8>,
    pub(super) bad: Vec<u8>,
}

impl SortedOutputs {
    pub(super) fn new(
        accepted: Accepted,
        rejected: Output,
        warnings: Option<Output>,
        keys: Option<Output>,
    ) -> Self {
        let gathered = || Vec::with_capacity(2 * GATHER);
        SortedOutputs { accepted, rejected, warnings, keys, good: gathered(), bad: gathered() }
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
            if let (Some(output), Some(keys)) = (&mut self.keys, sorter.keys()) {
                keys.hand_over(|written| output.take(written, false))?;
            }
        }
        self.accepted.take(&mut self.good, true)?;
        self.rejected.take(&mut self.bad, true)?;
        if let Some(warnings) = &mut self.warnings {
            warnings.take(sorter.warned(), true)?;
        }
        if let (Some(output), Some(keys)) = (&mut self.keys, sorter.keys()) {
            keys.finish();
            keys.hand_over(|written| output.take(written, true))?;
        }
        Ok((sorter.records(), self))
    }
}
