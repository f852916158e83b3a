//! The file of a partition's keys, as it is written.

use std::collections::HashMap;

use super::block::BlockWriter;
use super::chunk::Chunk;
use super::entry::KeyPlace;
use super::footer::{Footer, KeySource, KeysOf};

/// Keys of all constraints together that are gathered before they are written: 15 MiB, and 8 more
/// where they are long.
const GATHERED: usize = 1 << 18;

/// A constraint whose keys are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// Its number among those of the validator.
    pub(crate) constraint: u16,
    /// The names of its fields.
    pub(crate) fields: Vec<String>,
    /// Their types.
    pub(crate) types: Vec<String>,
}

/// Keys of one constraint.
struct Keys {
    chunk: Chunk,
    of: KeysOf,
    /// The form of the highest key of the last run.
    highest: Vec<u8>,
}

/// Writes the keys of a partition.
pub(crate) struct KeyWriter {
    /// By the number of the constraint; `None` where its keys are nobody else's business.
    keys: Vec<Option<Keys>>,
    blocks: BlockWriter,
    ranks: HashMap<String, u64>,
    sources: Vec<KeySource>,
    /// What was written since it was last taken.
    written: Vec<u8>,
    /// How much was taken before.
    taken: u64,
}

impl KeyWriter {
    /// Writes the keys of these constraints.
    ///
    /// `ranks` says where each file stands among those of all partitions.
    pub(crate) fn new(published: Vec<Published>, ranks: HashMap<String, u64>) -> KeyWriter {
        KeyWriter::gathering(GATHERED, published, ranks)
    }

    /// The same with another number of keys that are gathered.
    pub(crate) fn gathering(
        most: usize,
        published: Vec<Published>,
        ranks: HashMap<String, u64>,
    ) -> KeyWriter {
        let most = most / published.len().max(1);
        let mut keys = Vec::new();
        for Published { constraint, fields, types } in published {
            let of = KeysOf { fields, types, count: 0, runs: Vec::new() };
            keys.resize_with(usize::from(constraint), || None);
            keys.push(Some(Keys { chunk: Chunk::new(most), of, highest: Vec::new() }));
        }
        let (blocks, sources, written) = (BlockWriter::new(), Vec::new(), Vec::new());
        KeyWriter { keys, blocks, ranks, sources, written, taken: 0 }
    }

    /// The records that follow stand in this file.
    pub(crate) fn begin(&mut self, name: &str) {
        let rank = self.ranks.get(name).copied().unwrap_or(u64::MAX);
        self.sources.push(KeySource { name: name.to_owned(), rank });
    }

    /// Whether keys of this constraint are written.
    #[inline]
    pub(crate) fn wants(&self, constraint: u16) -> bool {
        matches!(self.keys.get(usize::from(constraint)), Some(Some(_)))
    }

    /// Adds the key of a record that is the first of this partition with it. The place is without
    /// its source, which is the one that was begun last. `exact` is the value where `value` is only
    /// a hash of it.
    pub(crate) fn add(&mut self, constraint: u16, value: u128, exact: &[u8], place: KeyPlace) {
        let number = usize::from(constraint);
        let Some(Some(Keys { chunk, .. })) = self.keys.get_mut(number) else { return };
        let source = (self.sources.len() as u32).saturating_sub(1);
        chunk.add(value, exact, KeyPlace { source, ..place });
        if chunk.is_full() {
            self.write_run(number);
        }
    }

    /// Sorts what is gathered of a constraint and writes it. Where it is all above what was written
    /// before, as with the numbers of an export, the run goes on.
    fn write_run(&mut self, number: usize) {
        let KeyWriter { keys, blocks, written, taken, .. } = self;
        let Some(Some(Keys { chunk, of, highest })) = keys.get_mut(number) else { return };
        if chunk.len() == 0 {
            return;
        }
        of.count += chunk.len() as u64;
        let start = *taken + written.len() as u64;
        let (first, last) = chunk.write(blocks, written);
        let length = *taken + written.len() as u64 - start;
        match of.runs.last_mut() {
            Some(run) if first > *highest => match run.last_mut() {
                Some((at, before)) if *at + *before == start => *before += length,
                _ => run.push((start, length)),
            },
            _ => of.runs.push(vec![(start, length)]),
        }
        *highest = last;
    }

    /// Hands over what was written to `take`, which takes all of it or nothing.
    pub(crate) fn hand_over<E>(
        &mut self,
        take: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.written.len();
        take(&mut self.written)?;
        self.taken += (before - self.written.len()) as u64;
        Ok(())
    }

    /// Writes all that is left, and the footer.
    pub(crate) fn finish(&mut self) {
        (0..self.keys.len()).for_each(|number| self.write_run(number));
        let of = self.keys.drain(..).flatten().map(|keys| keys.of).collect();
        let footer = Footer::new(std::mem::take(&mut self.sources), of);
        self.written.extend(footer.to_bytes());
    }
}
