//! What is said of records that are listed, in words, and what is counted of it.

use csv_records::Flaw;
use csv_records::translation::TextMap;

use super::Sorter;
use crate::commands::validate::cell_reader::CellReader;
use crate::commands::validate::judge::NoData;
use crate::commands::validate::listing::{ListAs, Listed, ListedPlace};
use crate::commands::validate::rejection::Rejection;
use crate::commands::validate::warnings::Warned;
use crate::partition::{FLAWED, OwnCells, REASONS_COLUMN, WARNINGS_COLUMN};

impl Sorter<'_> {
    /// How records are listed, with what is `said` of them.
    fn list_as(&self, said: &'static str) -> ListAs {
        match self.single {
            CellReader::Csv(_) => ListAs::Csv { dialect: self.dialect, line_end: self.line_end },
            CellReader::Jsonl(_) => ListAs::Jsonl { said, has_offset: self.has_offset },
        }
    }

    /// The values of a record that came back, which another record of the earlier run has that was
    /// accepted there: this run cannot see that one.
    pub(super) fn seen_before(&mut self, own: &OwnCells, data: &[u8]) -> Vec<(u16, String)> {
        let validator = self.validator;
        let mut found = Vec::new();
        let _rows_always_read = self.single.read(data, |row| {
            let cells = row.cells;
            for constraint in 0..validator.unique_constraints().len() as u16 {
                let reason = validator.duplicate(constraint);
                let mut text = String::new();
                validator.describe(&reason, cells, &mut text);
                found.extend(own.said_of_duplicate(&text).map(|said| (constraint, said)));
            }
        });
        found
    }

    /// Lists a rejected record with all that is wrong with it.
    pub(super) fn reject(
        &mut self,
        record: &[u8],
        row: u32,
        place: ListedPlace<'_>,
        map: &TextMap,
        rejection: Rejection<'_>,
        rejected: &mut Vec<u8>,
    ) {
        let Rejection { flaw, returned, reasons, duplicates, seen_before, is_unended } = rejection;
        self.rows_rejected += 1;
        if let Some(places) = &mut self.places {
            places.reject(row);
        }
        self.text.clear();
        match (flaw, returned) {
            (None, Some((problem, own))) => {
                self.flawed += 1;
                self.text.push_str(&problem.message(own));
            }
            (Some(NoData::Flaw(flaw)), _) => {
                self.flawed += 1;
                self.text.push_str(FLAWED);
                self.text.push_str(": ");
                match flaw {
                    Flaw::Noted(number) => {
                        let problem = &map.notes()[number as usize].problem;
                        self.text.push_str(&problem.to_string());
                    }
                    flaw => self.text.push_str(flaw.message(record)),
                }
            }
            (Some(NoData::Json | NoData::Blank) | None, _) => {
                let (validator, text, counts) = (self.validator, &mut self.text, &mut self.counts);
                let places = &self.places;
                let read = self.single.read(record, |row_of| {
                    let cells = row_of.cells;
                    self.extra += row_of.unknown.len() as u64;
                    for reason in row_of.extra_reasons() {
                        if !text.is_empty() {
                            text.push_str("; ");
                        }
                        text.push_str(&reason);
                    }
                    let duplicates = duplicates
                        .iter()
                        .map(|of| (validator.duplicate(of.constraint), Some(of.first)));
                    for (reason, first) in
                        reasons.iter().map(|reason| (*reason, None)).chain(duplicates)
                    {
                        if !text.is_empty() {
                            text.push_str("; ");
                        }
                        validator.describe(&reason, cells, text);
                        if let (Some(first), Some(places)) = (first, places) {
                            places.tell(first, row, text);
                        }
                        let counted = (reason.kind, reason.column(), reason.check());
                        counts.entry(counted).or_insert((reason, 0)).1 += 1;
                    }
                });
                if let Err(no_row) = read {
                    self.flawed += 1;
                    *text = format!("{FLAWED}: {no_row}");
                }
                // What this run finds by itself is not told twice.
                let others = seen_before.iter().filter(|(of, _)| {
                    duplicates.iter().all(|duplicate| duplicate.constraint != *of)
                });
                for (constraint, said) in others {
                    let reason = validator.duplicate(*constraint);
                    if !text.is_empty() {
                        text.push_str("; ");
                    }
                    text.push_str(said);
                    let counted = (reason.kind, reason.column(), reason.check());
                    counts.entry(counted).or_insert((reason, 0)).1 += 1;
                }
            }
        }
        if is_unended {
            self.text.push_str(" (the file ends here without a line end: was it cut off?)");
        }
        let is_one_cell = matches!(
            flaw, Some(NoData::Flaw(flaw)) if flaw.is_one_cell(&self.dialect)
        );
        let listed = Listed { place, text: &self.text, record, is_one_cell };
        self.list_as(REASONS_COLUMN).list(&listed, rejected);
    }

    /// Lists an accepted record that is warned of.
    pub(super) fn warn(&mut self, record: &[u8], warned: &[Warned], place: ListedPlace<'_>) {
        let list_as = self.list_as(WARNINGS_COLUMN);
        let warnings = &mut self.warnings;
        let _accepted_rows_always_read = self.single.read(record, |row| {
            warnings.list(record, row.cells, warned, place, list_as);
        });
    }
}
