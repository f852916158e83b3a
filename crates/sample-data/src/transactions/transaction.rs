//! The transactions of one business day.

use std::ops::Range;

use super::columns::write_id;
use super::damage::{Damage, Kinds};
use super::inflict::inflict;
use super::merchant::MERCHANTS;
use super::record::Record;
use super::{iban, money};
use crate::bad_share::BadShare;
use crate::number::push_padded;
use crate::random::{RowWords, Word, Words};

/// The Frictionless Table Schema that every good row conforms to and no bad row does.
pub const SCHEMA: &[u8] = include_bytes!("transactions.schema.json");

/// The number of transaction ids there are.
pub const MAX_ROWS: u64 = 10_000_000_000;

const DOMAIN: [u8; 16] = *b"transactions/1\0\0";

/// Weights in parts of 1,000.
const STATUSES: &[(u32, &str)] =
    &[(800, "settled"), (120, "pending"), (40, "reversed"), (30, "declined"), (10, "refunded")];

/// What a reference may be; `#` stands for a digit. Weights in parts of 1,000.
const REFERENCES: &[(u32, &str)] = &[
    (600, ""),
    (220, "INV-######"),
    (60, "order ####"),
    (40, "rent"),
    (20, "Miete März"),
    (20, "seat ##, row ##"),
    (20, "ref \"A-##\""),
    (10, "R/##/##"),
    (10, "invoice ####\nline ##"),
];

/// Everything that decides what the rows are. How they are dealt out over files is no part of it.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// How many rows, at least one and at most [`MAX_ROWS`].
    pub rows: u64,
    /// The chance of each row to be bad.
    pub bad_share: BadShare,
    /// How the bad ones are damaged.
    pub kinds: Kinds,
    /// Another seed, other rows.
    pub seed: u64,
    /// Whether references have no line breaks, so that every record is one line.
    pub single_line: bool,
}

impl Recipe {
    /// The rows of `range`, which are the same as those of that range in a run over all rows.
    pub fn rows(&self, range: Range<u64>) -> Rows<'_> {
        // The row before decides whether the first one can be its duplicate.
        let before = range.start.saturating_sub(1);
        let mut words = RowWords::starting_at(DOMAIN, self.seed, before);
        let after_good = range.start > 0 && !self.is_bad(&words.next_row());
        if range.start == 0 {
            words = RowWords::starting_at(DOMAIN, self.seed, 0);
        }
        Rows { recipe: self, words, next: range.start, end: range.end, after_good }
    }

    fn is_bad(&self, words: &Words) -> bool {
        words.below(Word::IsBad, BadShare::WHOLE) < self.bad_share.parts_per_million()
    }

    /// The damage of a bad row. A duplicate needs a good row before it; where there is none,
    /// another kind is drawn, and where no other is allowed, the row stays good.
    fn damage(&self, words: &Words, after_good: bool) -> Option<Damage> {
        let kinds = self.kinds.as_slice();
        let drawn = words.choose(Word::Damage, kinds);
        if drawn != Damage::DuplicateId || after_good {
            return Some(drawn);
        }
        let others = kinds.len() as u32 - 1;
        let duplicate = kinds.iter().position(|kind| *kind == Damage::DuplicateId)?;
        let other = (words.below(Word::DamageVariant, others)) as usize;
        kinds.get(if other < duplicate { other } else { other + 1 }).copied()
    }
}

/// Rows in their order, each made from its number alone.
#[derive(Clone, Debug)]
pub struct Rows<'r> {
    recipe: &'r Recipe,
    words: RowWords,
    next: u64,
    end: u64,
    after_good: bool,
}

impl Rows<'_> {
    /// Puts the next row into `record`; `false` when there is none left. Allocates nothing once
    /// `record` has grown.
    pub fn read(&mut self, record: &mut Record) -> bool {
        if self.next >= self.end {
            return false;
        }
        let row = self.next;
        self.next += 1;
        let words = self.words.next_row();
        let is_bad = self.recipe.is_bad(&words);
        // A damaged row has one line in any case, so that a reader which has lost its place in a
        // malformed record finds it again at the next line.
        write_good(row, self.recipe.rows, &words, self.recipe.single_line || is_bad, record);
        if is_bad && let Some(damage) = self.recipe.damage(&words, self.after_good) {
            inflict(damage, &words, row, record);
        }
        self.after_good = !is_bad;
        true
    }
}

fn write_good(row: u64, rows: u64, words: &Words, single_line: bool, record: &mut Record) {
    record.clear();
    record.push_with(|out| write_id(row, out));
    record.push_with(|out| write_timestamp(row, rows, words, out));
    record.push_with(|out| iban::write(words, out));
    record.push(words.choose(Word::Merchant, MERCHANTS).as_bytes());
    let currency = money::currency_of(words);
    record.push_with(|out| money::write_amount(words, currency, out));
    record.push(currency.code.as_bytes());
    record.push(words.weigh(Word::Status, STATUSES).as_bytes());
    record.push_with(|out| write_reference(words, single_line, out));
}

/// Appends the moment of a row: from 08:00 to before 18:00 on a leap day, later for later rows, at
/// a random place within the row's own slot.
fn write_timestamp(row: u64, rows: u64, words: &Words, out: &mut Vec<u8>) {
    const OPENING: u64 = 8 * 3600;
    const SECONDS: u64 = 10 * 3600;
    /// Places in a slot. `MAX_ROWS * SLOT * SECONDS` stays below 2^64.
    const SLOT: u32 = 1 << 12;
    let place = row * u64::from(SLOT) + u64::from(words.below(Word::Moment, SLOT));
    let second = OPENING + place * SECONDS / (rows * u64::from(SLOT));
    out.extend_from_slice(b"2024-02-29T");
    push_padded(second / 3600, 2, out);
    out.push(b':');
    push_padded(second / 60 % 60, 2, out);
    out.push(b':');
    push_padded(second % 60, 2, out);
    out.push(b'Z');
}

/// Appends the free text of a row, most often none.
fn write_reference(words: &Words, single_line: bool, out: &mut Vec<u8>) {
    let mut number = words.below(Word::ReferenceNumber, 1_000_000);
    for byte in words.weigh(Word::Reference, REFERENCES).bytes() {
        out.push(match byte {
            b'#' => {
                let digit = b'0' + (number % 10) as u8;
                number /= 10;
                digit
            }
            b'\n' if single_line => b' ',
            _ => byte,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_ROWS, write_timestamp};
    use crate::random::RowWords;

    #[test]
    fn the_first_and_the_last_of_the_most_rows_fall_into_the_day() {
        let mut stream = RowWords::starting_at(super::DOMAIN, 1, 0);
        let mut at = |row, rows| {
            let mut out = Vec::new();
            write_timestamp(row, rows, &stream.next_row(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(at(0, MAX_ROWS), "2024-02-29T08:00:00Z");
        assert_eq!(at(MAX_ROWS / 2, MAX_ROWS), "2024-02-29T13:00:00Z");
        assert_eq!(at(MAX_ROWS - 1, MAX_ROWS), "2024-02-29T17:59:59Z");
    }
}
