//! The keys of a block's records, for the comparison with other partitions.

use csv_records::translation::TextMap;

use super::Sorter;
use crate::commands::validate::judge::{Judgement, UniqueValue};
use crate::commands::validate::row_places::Place;
use crate::keys::{KeyPlace, KeyWriter};

impl Sorter<'_> {
    /// Writes the keys of a block that was sorted, but for those that a record before had. A record
    /// that is rejected for one of its keys still is the first with its others, as it would be in
    /// another partition.
    pub(super) fn publish_keys(
        &mut self,
        found: &Judgement,
        map: &TextMap,
        place: Place<'_>,
        accepted_before: u64,
    ) {
        let Some(keys) = &mut self.keys else { return };
        let mut left_out = self.left_out.iter().copied().peekable();
        let mut duplicates = self.duplicates.iter().peekable();
        let (mut row, mut lines, mut left_out_before) = (0, 0, 0);
        let mut exact_start = 0;
        for value in &found.values {
            let exact = &found.exact[exact_start..value.exact_end as usize];
            exact_start = value.exact_end as usize;
            let &UniqueValue { value, row: number, constraint, counts, .. } = value;
            let is_again = duplicates
                .next_if(|again| (again.row, again.constraint) == (number, constraint))
                .is_some();
            if is_again || !counts || !keys.wants(constraint) {
                continue;
            }
            while row < number {
                lines += u64::from(found.rows[row as usize].lines);
                row += 1;
            }
            while left_out.next_if(|left_out| *left_out < number).is_some() {
                left_out_before += 1;
            }
            let is_accepted = left_out.peek() != Some(&number);
            let line = place.line.map(|line| line + lines);
            let at = place.of(found.rows[number as usize].start, line, map);
            let record = accepted_before + u64::from(number) + 1 - left_out_before;
            let place = KeyPlace {
                offset: at.offset,
                line: at.line.unwrap_or(0),
                record: if is_accepted { record } else { 0 },
                ..KeyPlace::default()
            };
            keys.add(constraint, value, exact, place);
        }
    }

    /// The file of keys, if there is one.
    pub(crate) fn keys(&mut self) -> Option<&mut KeyWriter> {
        self.keys.as_mut()
    }
}
