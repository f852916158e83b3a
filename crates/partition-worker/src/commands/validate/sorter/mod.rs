//! Judged blocks in, accepted and rejected records out. Finds what only the order of the records
//! can tell (duplicates, lines), and counts everything. Does no I/O.

mod publishing;
mod rejecting;

use std::collections::HashMap;

use csv_records::translation::TextMap;
use csv_records::{Dialect, Splitter};
use json_records::ObjectReader;
use table_schema::{Reason, ReasonKind, Validator};

use super::cell_reader::CellReader;
use super::judge::{Judgement, NoData, UniqueValue};
use super::listing::{ListedPlace, end_line};
use super::rejection::{Duplicate, Rejection};
use super::row_places::{NO_ROW, Place, RowPlaces};
use super::unique::Unique;
use super::warnings::{Warned, WarningList};
use crate::cli::InputFormat;
use crate::keys::KeyWriter;
use crate::partition::{FLAWED, OwnCells};
use crate::summary::Records;

/// The most values that room is made for in advance: 1.9 GiB for each constraint. An expectation
/// may be wrong, and must not take more memory than that.
const MOST_EXPECTED: usize = 1 << 26;

/// What reasons are counted by: their kind, and the column or the check.
type Counted = (ReasonKind, Option<usize>, Option<u16>);

/// Sorts the records of one partition into accepted and rejected ones.
pub(crate) struct Sorter<'v> {
    validator: &'v Validator,
    dialect: Dialect,
    line_end: &'static [u8],
    single: CellReader,
    /// Records stand at offsets of their file.
    has_offset: bool,
    /// Names of members that are no fields.
    extra: u64,
    /// Lines that are no records.
    blank: u64,
    /// The file of the records before.
    source: String,
    unique: Unique,
    /// How many bytes of records to expect.
    expected_bytes: u64,
    duplicates: Vec<Duplicate>,
    /// Where the rows stand; `None` if nothing has to be unique.
    places: Option<RowPlaces>,
    /// How often each kind of reason was found in each column or by each check, with one of them as
    /// an example.
    counts: HashMap<Counted, (Reason, u64)>,
    flawed: u64,
    /// Files without a line end behind their last record.
    unended_files: u64,
    rows_read: u64,
    rows_rejected: u64,
    text: String,
    warnings: WarningList<'v>,
    /// The keys that other partitions are compared with.
    keys: Option<KeyWriter>,
    /// The rows of the block that are not among the accepted records.
    left_out: Vec<u32>,
}

impl<'v> Sorter<'v> {
    /// A sorter for records of at most `limit` bytes, about `expected_bytes` of them in all.
    /// `line_end` is given to a last record that has none.
    pub(crate) fn new(
        validator: &'v Validator,
        dialect: Dialect,
        line_end: &'static [u8],
        limit: usize,
        expected_bytes: u64,
    ) -> Self {
        Sorter {
            validator,
            dialect,
            line_end,
            single: CellReader::Csv(Splitter::new(dialect, limit)),
            has_offset: true,
            extra: 0,
            blank: 0,
            source: String::new(),
            unique: Unique::new(validator.unique_constraints().len()),
            expected_bytes,
            duplicates: Vec::new(),
            places: (!validator.unique_constraints().is_empty()).then(RowPlaces::default),
            counts: HashMap::new(),
            flawed: 0,
            unended_files: 0,
            rows_read: 0,
            rows_rejected: 0,
            text: String::new(),
            warnings: WarningList::new(validator),
            keys: None,
            left_out: Vec::new(),
        }
    }

    /// The same with its keys written for the finish.
    pub(crate) fn with_keys(self, keys: Option<KeyWriter>) -> Self {
        Sorter { keys, ..self }
    }

    /// The same for JSON lines.
    pub(crate) fn of_lines(self, reader: ObjectReader, format: InputFormat) -> Self {
        // Rows of Parquet stand nowhere by themselves: they have numbers only.
        let has_offset = format != InputFormat::Parquet;
        Sorter { single: CellReader::Jsonl(reader), has_offset, ..self }
    }

    /// Appends each record of a judged block to `accepted` or `rejected`, runs of accepted ones in
    /// one piece. The place is that of the text, and `map` says where it stood in the file.
    pub(crate) fn sort(
        &mut self,
        block: &[u8],
        found: &Judgement,
        map: &TextMap,
        place: Place<'_>,
        accepted: &mut Vec<u8>,
        rejected: &mut Vec<u8>,
    ) {
        if *place.source != *self.source {
            place.source.clone_into(&mut self.source);
            if let Some(keys) = &mut self.keys {
                keys.begin(place.source);
            }
            // A field that is `unique` is so within each file.
            for (constraint, _) in self
                .validator
                .unique_constraints()
                .iter()
                .enumerate()
                .filter(|(_, c)| c.within_file)
            {
                self.unique.forget(constraint);
            }
        }
        if self.rows_read == 0 && !found.values.is_empty() {
            self.expect(found.rows.len(), block.len());
        }
        let start = u32::try_from(self.rows_read).unwrap_or(NO_ROW);
        self.find_duplicates(found, start);
        let accepted_before = self.rows_read - self.blank - self.rows_rejected;
        self.left_out.clear();
        let first = rows_start(found);
        let came_back = !found.returned.is_empty();
        let lines_differ = self.places.is_some() && map.shifts_lines();
        if let Some(places) = &mut self.places
            && !came_back
        {
            places.note(start, place.of(first, place.line, map));
        }
        let Judgement { rows, reasons, warned, .. } = found;
        let duplicates = std::mem::take(&mut self.duplicates);
        let mut duplicates_left = duplicates.as_slice();
        let mut warned_left = warned.as_slice();
        // Where each row has to be looked at, none is passed over.
        let looks_at_each = came_back || lines_differ;
        let next_to_tell = |duplicates: &[Duplicate], warned: &[Warned]| {
            if looks_at_each { 0 } else { first_told(duplicates, warned) }
        };
        let mut next_told = next_to_tell(duplicates_left, warned_left);
        let mut run = rows.first().map_or(0, |row| row.start as usize);
        let mut reasons_start = 0;
        let mut lines = 0;
        let end = rows.last().map_or(run as u32, |row| row.end);
        for (number, row) in rows.iter().enumerate() {
            lines += u64::from(row.lines);
            // Nearly every row is one of these, and the run of accepted ones goes on.
            if row.is_plain(reasons_start) && (number as u32) < next_told {
                continue;
            }
            let is_duplicate =
                duplicates_left.first().is_some_and(|duplicate| duplicate.row as usize == number);
            let is_warned = warned_left.first().is_some_and(|w| w.row as usize == number);
            let returned = found.returned.get(number).copied();
            if (row.lines != 1 || lines_differ)
                && !came_back
                && let Some(places) = &mut self.places
            {
                let own = place.line.map(|line| line + lines - u64::from(row.lines));
                let own = place.of(row.start, own, map).line;
                let next = place.of(row.end, place.line.map(|line| line + lines), map).line;
                if next != own.map(|line| line + 1) {
                    places.note_line(start.saturating_add(number as u32 + 1), next);
                }
            }
            let data = returned.map_or(row.start, |returned| returned.data);
            let own_cells = returned
                .map(|_| OwnCells::read(&block[row.start as usize..data as usize], self.dialect));
            if let (Some(own), Some(places)) = (&own_cells, &mut self.places) {
                let line = place.line.map(|line| line + lines - u64::from(row.lines));
                let here = place.of(row.start, line, map);
                places.note(
                    start.saturating_add(number as u32),
                    RowPlaces::first(own).unwrap_or(here),
                );
            }
            let seen_before = match &own_cells {
                Some(own) if own.tells_of_duplicates() => {
                    self.seen_before(own, &block[data as usize..row.end as usize])
                }
                _ => Vec::new(),
            };
            if row.flaw == Some(NoData::Blank) {
                accepted.extend_from_slice(&block[run..row.start as usize]);
                run = row.end as usize;
                self.blank += 1;
                self.left_out.push(number as u32);
                continue;
            }
            let problem = returned.and_then(|returned| returned.problem);
            if reasons_start == row.reasons_end as usize
                && !is_duplicate
                && row.flaw.is_none()
                && problem.is_none()
                && seen_before.is_empty()
            {
                if is_warned {
                    let own = warned_left.iter().take_while(|w| w.row as usize == number).count();
                    let (own, others) = warned_left.split_at(own);
                    warned_left = others;
                    next_told = next_to_tell(duplicates_left, warned_left);
                    let line = place.line.map(|line| line + lines - u64::from(row.lines));
                    let at = first_place(own_cells.as_ref(), place.of(row.start, line, map));
                    self.warn(&block[data as usize..row.end as usize], own, at);
                }
                if came_back {
                    accepted.extend_from_slice(&block[data as usize..row.end as usize]);
                    end_line(self.line_end, accepted);
                    run = row.end as usize;
                }
                continue;
            }
            while warned_left.first().is_some_and(|warned| warned.row as usize == number) {
                // A double: it is not accepted after all.
                warned_left = &warned_left[1..];
            }
            let own_reasons = &reasons[reasons_start..row.reasons_end as usize];
            let own_duplicates = duplicates_left
                .iter()
                .take_while(|duplicate| duplicate.row as usize == number)
                .count();
            let (own_duplicates, others) = duplicates_left.split_at(own_duplicates);
            accepted.extend_from_slice(&block[run..row.start as usize]);
            run = row.end as usize;
            let line = place.line.map(|line| line + lines - u64::from(row.lines));
            let at = first_place(own_cells.as_ref(), place.of(row.start, line, map));
            let record = &block[data as usize..row.end as usize];
            self.left_out.push(number as u32);
            let number = start.saturating_add(number as u32);
            let rejection = Rejection {
                flaw: row.flaw,
                returned: problem.zip(own_cells.as_ref()),
                reasons: own_reasons,
                duplicates: own_duplicates,
                seen_before: &seen_before,
                is_unended: found.is_unended && row.end == end,
            };
            self.reject(record, number, at, map, rejection, rejected);
            reasons_start = row.reasons_end as usize;
            duplicates_left = others;
            next_told = next_to_tell(duplicates_left, warned_left);
        }
        let end = end as usize;
        accepted.extend_from_slice(&block[run..end]);
        if run < end {
            end_line(self.line_end, accepted);
        }
        self.rows_read += rows.len() as u64;
        self.unended_files += u64::from(found.is_unended);
        self.duplicates = duplicates;
        if self.keys.is_some() {
            self.publish_keys(found, map, place, accepted_before);
        }
    }

    /// Makes room for the keys of all records. The first block, with `rows` rows in `bytes` bytes,
    /// shows how many to expect.
    fn expect(&mut self, rows: usize, bytes: usize) {
        let rows = rows as u64 * (self.expected_bytes / bytes as u64);
        self.unique.expect(usize::try_from(rows).unwrap_or(usize::MAX).min(MOST_EXPECTED));
    }

    fn find_duplicates(&mut self, found: &Judgement, start: u32) {
        self.duplicates.clear();
        let duplicates = &mut self.duplicates;
        self.unique.insert(&found.values, start, |&UniqueValue { row, constraint, .. }, first| {
            duplicates.push(Duplicate { row, constraint, first });
        });
    }

    /// The records of `warnings.csv` since they were last taken.
    pub(crate) fn warned(&mut self) -> &mut Vec<u8> {
        &mut self.warnings.listed
    }

    /// The counts of all records.
    pub(crate) fn records(&self) -> Records {
        let mut records = Records {
            warnings: self.validator.warns().then(|| self.warnings.summary()),
            rows: self.rows_read - self.blank,
            accepted: self.rows_read - self.blank - self.rows_rejected,
            rejected: self.rows_rejected,
            no_final_newline: self.unended_files,
            ..Records::default()
        };
        for (reason, times) in self.counts.values() {
            records.count(reason, self.validator, *times);
        }
        if self.extra > 0 {
            records.count_reason(ReasonKind::ExtraCell.as_str(), None, self.extra);
        }
        if self.flawed > 0 {
            records.count_reason(FLAWED, None, self.flawed);
        }
        records
    }
}

/// The first row of which something is told although it has no reasons: a duplicate or a warning.
fn first_told(duplicates: &[Duplicate], warned: &[Warned]) -> u32 {
    let duplicate = duplicates.first().map_or(u32::MAX, |duplicate| duplicate.row);
    warned.first().map_or(duplicate, |warned| duplicate.min(warned.row))
}

/// Where a record stood when it was rejected for the first time, or where it stands.
fn first_place<'r>(own: Option<&'r OwnCells>, here: Place<'r>) -> ListedPlace<'r> {
    match own {
        Some(own) if !own.source.is_empty() => ListedPlace::First(own),
        _ => ListedPlace::Here(here),
    }
}

/// Where the first record begins in its block.
fn rows_start(found: &Judgement) -> u32 {
    found.rows.first().map_or(0, |row| row.start)
}
