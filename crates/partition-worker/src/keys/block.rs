//! A block of a run: a few hundred keys in their order, each after what it shares with the one
//! before, and their places as differences, compressed.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::entry::KeyPlace;
use super::{form, numbers};

/// Keys of a block at most. A block of each run is in memory while they are merged, so that it is
/// small; and large enough for the compression to find something.
const MOST_KEYS: usize = 512;

/// Bytes of keys after which a block ends.
const MOST_BYTES: usize = 16 << 10;

/// Before each block: its length as it is stored and as it is, the number of its keys, and the XXH3
/// of all this.
pub(super) const HEADER: usize = 20;

/// No block is longer, as it is.
const LONGEST: usize = MOST_BYTES + form::LONGEST + 2 + MOST_KEYS * COLUMNS * 10 + 4 * COLUMNS;

/// Fast, as every key of a run goes through it.
const LEVEL: i32 = 1;

/// Keys, records, lines, offsets, sources: each by itself, as they are alike.
const COLUMNS: usize = 5;

/// A file of keys that is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is cut off or has been changed")]
pub(crate) struct Broken;

/// Writes blocks.
pub(crate) struct BlockWriter {
    columns: [Vec<u8>; COLUMNS],
    keys: u32,
    last: Vec<u8>,
    place: KeyPlace,
    compressor: Option<zstd::bulk::Compressor<'static>>,
    raw: Vec<u8>,
    stored: Vec<u8>,
}

impl BlockWriter {
    pub(crate) fn new() -> BlockWriter {
        BlockWriter {
            columns: Default::default(),
            keys: 0,
            last: Vec::with_capacity(form::LONGEST),
            place: KeyPlace::default(),
            // Without memory for it blocks are stored as they are.
            compressor: zstd::bulk::Compressor::new(LEVEL).ok(),
            raw: Vec::new(),
            stored: Vec::new(),
        }
    }

    /// Appends a key, which is above the one before, and whatever block is full to `out`.
    pub(crate) fn add(&mut self, form: &[u8], place: KeyPlace, out: &mut Vec<u8>) {
        let [keys, records, lines, offsets, sources] = &mut self.columns;
        let shared = form.iter().zip(&self.last).take_while(|(one, other)| one == other).count();
        keys.extend_from_slice(&[shared as u8, (form.len() - shared) as u8]);
        keys.extend_from_slice(&form[shared..]);
        self.last.truncate(shared);
        self.last.extend_from_slice(&form[shared..]);
        let (before, now) = (self.place, place);
        let difference = |now: u64, before: u64| now.wrapping_sub(before) as i64;
        numbers::write(difference(now.record, before.record), records);
        // Lines run beside the records.
        let beside = |place: KeyPlace| place.line.wrapping_sub(place.record);
        numbers::write(difference(beside(now), beside(before)), lines);
        numbers::write(difference(now.offset, before.offset), offsets);
        numbers::write(difference(now.source.into(), before.source.into()), sources);
        self.place = place;
        self.keys += 1;
        if self.keys as usize == MOST_KEYS || self.columns[0].len() >= MOST_BYTES {
            self.end(out);
        }
    }

    /// Appends what there is as a block.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        if self.keys == 0 {
            return;
        }
        self.raw.clear();
        for column in &self.columns {
            self.raw.extend_from_slice(&(column.len() as u32).to_le_bytes());
        }
        for column in &mut self.columns {
            self.raw.append(column);
        }
        self.stored.clear();
        self.stored.reserve(zstd::zstd_safe::compress_bound(self.raw.len()));
        let compressed = self.compressor.as_mut().is_some_and(|compressor| {
            compressor.compress_to_buffer(&self.raw, &mut self.stored).is_ok()
        });
        let stored = match compressed && self.stored.len() < self.raw.len() {
            true => &self.stored,
            false => &self.raw,
        };
        out.extend_from_slice(&(stored.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.raw.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.keys.to_le_bytes());
        let xxh3 = checksum(stored, self.raw.len(), self.keys);
        out.extend_from_slice(&xxh3.to_le_bytes());
        out.extend_from_slice(stored);
        self.keys = 0;
        self.last.clear();
        self.place = KeyPlace::default();
    }
}

fn checksum(stored: &[u8], raw: usize, keys: u32) -> u64 {
    xxh3_64_with_seed(stored, (raw as u64) << 32 | u64::from(keys))
}

/// What stands before a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockHeader {
    /// The length of what is stored behind it.
    pub(super) stored: usize,
    raw: usize,
    keys: u32,
    xxh3: u64,
}

impl BlockHeader {
    /// Reads the first [`HEADER`] bytes.
    pub(super) fn read(bytes: &[u8]) -> Result<BlockHeader, Broken> {
        let number = |at: usize| {
            let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).ok_or(Broken)?;
            Ok(u32::from_le_bytes(four))
        };
        let (stored, raw, keys) = (number(0)? as usize, number(4)? as usize, number(8)?);
        let xxh3 = u64::from(number(12)?) | u64::from(number(16)?) << 32;
        let is_sane = stored <= raw && raw <= LONGEST && (1..=MOST_KEYS as u32).contains(&keys);
        is_sane.then_some(BlockHeader { stored, raw, keys, xxh3 }).ok_or(Broken)
    }
}

/// A block that is read, key after key.
#[derive(Default)]
pub(super) struct Block {
    raw: Vec<u8>,
    /// Where the next of each column stands.
    at: [usize; COLUMNS],
    left: u32,
    form: Vec<u8>,
    place: KeyPlace,
}

impl Block {
    /// Opens a block that is stored like this.
    pub(super) fn open(
        &mut self,
        header: BlockHeader,
        stored: &[u8],
        decompressor: &mut zstd::bulk::Decompressor<'_>,
    ) -> Result<(), Broken> {
        if checksum(stored, header.raw, header.keys) != header.xxh3 {
            return Err(Broken);
        }
        self.raw.clear();
        if stored.len() == header.raw {
            self.raw.extend_from_slice(stored);
        } else {
            self.raw.reserve(header.raw);
            decompressor.decompress_to_buffer(stored, &mut self.raw).map_err(|_| Broken)?;
        }
        let mut at = 4 * COLUMNS;
        for (column, start) in self.at.iter_mut().enumerate() {
            *start = at;
            let length = self.raw.get(4 * column..4 * column + 4);
            let length = length.and_then(|four| four.try_into().ok()).ok_or(Broken)?;
            at += u32::from_le_bytes(length) as usize;
        }
        if at != self.raw.len() || at != header.raw {
            return Err(Broken);
        }
        self.left = header.keys;
        self.form.clear();
        self.place = KeyPlace::default();
        Ok(())
    }

    /// Goes on to the next key; whether there is one.
    pub(super) fn advance(&mut self) -> Result<bool, Broken> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let Block { raw, at: [key, records, lines, offsets, sources], form, place, .. } = self;
        let lengths = raw.get(*key..*key + 2).ok_or(Broken)?;
        let (shared, rest) = (usize::from(lengths[0]), usize::from(lengths[1]));
        *key += 2;
        if shared > form.len() || shared + rest > form::LONGEST {
            return Err(Broken);
        }
        form.truncate(shared);
        form.extend_from_slice(raw.get(*key..*key + rest).ok_or(Broken)?);
        *key += rest;
        let next = |before: u64, at: &mut usize| {
            numbers::read(raw, at).map(|number| before.wrapping_add(number as u64)).ok_or(Broken)
        };
        let record = next(place.record, records)?;
        let beside = next(place.line.wrapping_sub(place.record), lines)?;
        let offset = next(place.offset, offsets)?;
        let source = next(place.source.into(), sources)?;
        let source = u32::try_from(source).map_err(|_| Broken)?;
        *place = KeyPlace { source, offset, line: beside.wrapping_add(record), record };
        Ok(true)
    }

    /// The form of the key.
    pub(super) fn form(&self) -> &[u8] {
        &self.form
    }

    /// Where it stands.
    pub(super) fn place(&self) -> KeyPlace {
        self.place
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(mut bytes: &[u8]) -> Result<Vec<(Vec<u8>, KeyPlace)>, Broken> {
        let mut decompressor = zstd::bulk::Decompressor::new().unwrap();
        let (mut block, mut found) = (Block::default(), Vec::new());
        while !bytes.is_empty() {
            let header = BlockHeader::read(bytes)?;
            let stored = bytes.get(HEADER..HEADER + header.stored).ok_or(Broken)?;
            block.open(header, stored, &mut decompressor)?;
            while block.advance()? {
                found.push((block.form().to_vec(), block.place()));
            }
            bytes = &bytes[HEADER + header.stored..];
        }
        Ok(found)
    }

    fn written(entries: &[(Vec<u8>, KeyPlace)]) -> Vec<u8> {
        let (mut writer, mut out) = (BlockWriter::new(), Vec::new());
        entries.iter().for_each(|(form, place)| writer.add(form, *place, &mut out));
        writer.end(&mut out);
        out
    }

    fn entries() -> impl Strategy<Value = Vec<(Vec<u8>, KeyPlace)>> {
        let place = (0_u32..3, any::<u64>(), 0_u64..1 << 40, any::<u64>())
            .prop_map(|(source, offset, line, record)| KeyPlace { source, offset, line, record });
        prop::collection::vec((prop::collection::vec(0_u8..3, 1..60), place), 0..1500)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn blocks_read_back(entries in entries()) {
            prop_assert_eq!(read(&written(&entries)), Ok(entries));
        }

        #[test]
        fn a_byte_that_has_changed_is_noticed_and_costs_no_memory(
            entries in entries(),
            at in any::<prop::sample::Index>(),
            bit in 0..8,
        ) {
            let mut bytes = written(&entries);
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] ^= 1_u8 << bit;
                prop_assert_eq!(read(&bytes), Err(Broken));
            }
        }

        #[test]
        fn a_block_that_is_cut_is_broken(
            entries in entries(),
            at in any::<prop::sample::Index>(),
        ) {
            let bytes = written(&entries);
            let cut = at.index(bytes.len() + 1);
            let read = read(&bytes[..cut]);
            prop_assert!(read == Err(Broken) || read.unwrap().len() <= entries.len());
        }
    }
}
