//! Accepted records that have a key which a record before them has in another partition: how many
//! there are, and the file that lists them.

use std::collections::{BTreeMap, HashMap};

use csv_records::Dialect;
use serde::{Deserialize, Serialize};

use crate::keys::KeyPlace;

/// Name of the file.
pub(crate) const DUPLICATES_NAME: &str = "duplicates.csv";

/// Its columns.
const COLUMNS: [&str; 11] = [
    "key",
    "value",
    "partition",
    "record",
    "source",
    "line",
    "offset",
    "first_partition",
    "first_source",
    "first_line",
    "first_offset",
];

/// What the summary says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Duplicates {
    /// How many records: those that a reader must leave out.
    pub(crate) records: u64,
    /// How many of them there are for each key.
    pub(crate) keys: BTreeMap<String, u64>,
    /// The file that lists them.
    pub(crate) listed_in: String,
}

/// A record of a partition, for a reader of the list.
#[derive(Clone, Copy)]
pub(super) struct Found<'f> {
    pub(super) partition: u32,
    pub(super) source: &'f str,
    pub(super) place: KeyPlace,
}

/// Lists duplicates and counts them.
pub(super) struct DuplicateList {
    dialect: Dialect,
    /// Lines that are not written yet.
    pub(super) lines: Vec<u8>,
    counts: Duplicates,
    /// The key whose duplicates are listed.
    key: String,
    seen: Seen,
}

impl DuplicateList {
    /// A list of duplicates of so many keys.
    pub(super) fn new(keys: usize) -> DuplicateList {
        let dialect = Dialect::default();
        let counts = Duplicates { listed_in: DUPLICATES_NAME.to_owned(), ..Duplicates::default() };
        let seen = if keys > 1 { Seen::Bits(HashMap::new()) } else { Seen::Once };
        let mut list =
            DuplicateList { dialect, lines: Vec::new(), counts, key: String::new(), seen };
        list.row(COLUMNS.map(str::to_owned));
        list
    }

    /// The duplicates that follow are those of this key.
    pub(super) fn begin(&mut self, fields: &[String]) {
        self.key = fields.join(", ");
        self.counts.keys.insert(self.key.clone(), 0);
    }

    /// Lists a record whose key another one has, unless it is not accepted anyway.
    pub(super) fn add(
        &mut self,
        value: impl FnOnce() -> String,
        first: Found<'_>,
        again: Found<'_>,
    ) {
        if again.place.record == 0 {
            return;
        }
        *self.counts.keys.entry(self.key.clone()).or_default() += 1;
        self.counts.records += u64::from(self.seen.is_new(again.partition, again.place.record));
        let line = |place: KeyPlace| match place.line {
            0 => String::new(),
            line => line.to_string(),
        };
        self.row([
            self.key.clone(),
            value(),
            again.partition.to_string(),
            again.place.record.to_string(),
            again.source.to_owned(),
            line(again.place),
            again.place.offset.to_string(),
            first.partition.to_string(),
            first.source.to_owned(),
            line(first.place),
            first.place.offset.to_string(),
        ]);
    }

    fn row(&mut self, cells: [String; COLUMNS.len()]) {
        for (number, cell) in cells.iter().enumerate() {
            if number > 0 {
                self.lines.push(self.dialect.delimiter);
            }
            self.dialect.write_cell(cell.as_bytes(), &mut self.lines);
        }
        self.lines.push(b'\n');
    }

    /// How many there are.
    pub(super) fn counts(self) -> Duplicates {
        self.counts
    }
}

/// Which records were listed, since one may be listed for each of its keys.
enum Seen {
    /// There is one key.
    Once,
    /// A bit for each accepted record, by partition and in pages, as duplicates mostly stand
    /// together.
    Bits(HashMap<(u32, u64), Box<[u64; PAGE]>>),
}

/// Words of a page, which is 8 KiB.
const PAGE: usize = 1024;

impl Seen {
    fn is_new(&mut self, partition: u32, record: u64) -> bool {
        let Seen::Bits(pages) = self else { return true };
        let bits = 64 * PAGE as u64;
        let page = pages.entry((partition, record / bits)).or_insert_with(|| Box::new([0; PAGE]));
        let (word, bit) = ((record % bits / 64) as usize, 1 << (record % 64));
        let is_new = page[word] & bit == 0;
        page[word] |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(partition: u32, record: u64) -> Found<'static> {
        let place = KeyPlace { source: 0, offset: 10 * record, line: record + 1, record };
        Found { partition, source: "a, b.csv", place }
    }

    #[test]
    fn a_record_that_is_listed_for_two_keys_is_one_record() {
        let mut list = DuplicateList::new(2);
        list.begin(&["id".to_owned()]);
        list.add(|| "x".to_owned(), found(0, 1), found(2, 70_000));
        list.add(|| "y".to_owned(), found(0, 2), found(1, 70_000));
        // Another key of it is the reason why it is not accepted.
        list.add(|| unreachable!(), found(0, 2), found(1, 0));
        list.begin(&["day".to_owned(), "n".to_owned()]);
        list.add(|| "1, \"2\"".to_owned(), found(0, 0), found(2, 70_000));
        let text = String::from_utf8(list.lines.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[1], "id,x,2,70000,\"a, b.csv\",70001,700000,0,\"a, b.csv\",2,10");
        assert!(lines[3].starts_with("\"day, n\",\"1, \"\"2\"\"\",2,70000,"));
        let counts = list.counts();
        assert_eq!((counts.records, &counts.keys["id"], &counts.keys["day, n"]), (2, &2, &1));
    }
}
