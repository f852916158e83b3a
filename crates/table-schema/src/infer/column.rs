//! What is seen of one column.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use xxhash_rust::xxh3::xxh3_128;

use super::form::{self, COUNT, Forms, TEXT};
use crate::types::utf8::is_utf8;
use crate::types::{Bound, characters};

/// Words for "no value" beside the empty cell. In a column of texts they are texts: `NA` is
/// Namibia.
const TOKENS: [&str; 11] =
    ["NA", "N/A", "n/a", "NULL", "null", "None", "none", "NaN", "nan", "-", "\\N"];

/// A column has at most so many different values if they are listed in an `enum`.
const MOST_CHOICES: usize = 12;

/// And each of them stands there so many times, so that the list is likely to be whole.
const LEAST_TIMES: u64 = 10;

/// A value that is longer is not listed.
const LONGEST_CHOICE: usize = 64;

/// Different values are remembered up to so many, for each column.
const MOST_REMEMBERED: usize = 1 << 16;

/// The least and the greatest value, as they are written.
#[derive(Clone, Debug)]
struct Extremes {
    least: (Bound, Vec<u8>),
    greatest: (Bound, Vec<u8>),
}

/// What is seen of one column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Which forms all values have that are none of [`TOKENS`].
    possible: [bool; COUNT],
    extremes: Vec<Option<Extremes>>,
    /// Pairs of forms by which a value was read as two different ones.
    different: Vec<(usize, usize)>,
    empty: u64,
    tokens: [u64; TOKENS.len()],
    values: u64,
    not_utf8: u64,
    /// Least and most characters.
    lengths: Option<(usize, usize)>,
    /// The values with how often they were seen; `None` if there are too many.
    choices: Option<BTreeMap<Vec<u8>, u64>>,
    /// Hashes of the values; `None` if one was seen twice, or there are too many to tell.
    seen: Option<HashSet<u128>>,
    is_repeated: bool,
}

/// What a column is made of.
pub(super) struct Found {
    pub(super) form: usize,
    /// Words that stand for no value.
    pub(super) missing: Vec<&'static str>,
    pub(super) required: bool,
    pub(super) choices: Vec<Vec<u8>>,
    /// What is known besides, for people.
    pub(super) notes: Vec<String>,
}

impl Column {
    pub(super) fn new() -> Column {
        Column {
            possible: [true; COUNT],
            extremes: vec![None; COUNT],
            different: Vec::new(),
            empty: 0,
            tokens: [0; TOKENS.len()],
            values: 0,
            not_utf8: 0,
            lengths: None,
            choices: Some(BTreeMap::new()),
            seen: Some(HashSet::new()),
            is_repeated: false,
        }
    }

    /// One that so many rows had nothing in.
    pub(super) fn missing(rows: u64) -> Column {
        Column { empty: rows, ..Column::new() }
    }

    pub(super) fn see(&mut self, cell: &[u8], forms: &Forms) {
        if cell.is_empty() {
            self.empty += 1;
            return;
        }
        if !is_utf8(cell) {
            self.not_utf8 += 1;
            return;
        }
        self.remember(cell);
        if let Some(token) = TOKENS.iter().position(|token| token.as_bytes() == cell) {
            self.tokens[token] += 1;
            return;
        }
        self.values += 1;
        for form in 0..COUNT {
            if self.possible[form] {
                self.possible[form] = forms.accepts(form, cell);
                if self.possible[form] {
                    extend(&mut self.extremes[form], form, cell, forms);
                }
            }
        }
        self.compare(cell, forms);
    }

    /// Notes which forms that may be taken for each other read the cell differently.
    fn compare(&mut self, cell: &[u8], forms: &Forms) {
        for (one, other) in form::rivals() {
            let is_open = self.possible[one] && self.possible[other];
            if is_open && !self.different.contains(&(one, other)) {
                let (mut a, mut b) = (Vec::new(), Vec::new());
                for (form, canonical) in [(one, &mut a), (other, &mut b)] {
                    if let Some(value) = forms.field(form).field_type.parse(cell) {
                        value.canonical(canonical);
                    }
                }
                if a != b {
                    self.different.push((one, other));
                }
            }
        }
    }

    /// What is to be known of every cell that is not empty, be it a value or a token.
    fn remember(&mut self, cell: &[u8]) {
        let length = characters(cell);
        self.lengths = Some(match self.lengths {
            Some((least, most)) => (least.min(length), most.max(length)),
            None => (length, length),
        });
        if let Some(choices) = &mut self.choices {
            *choices.entry(cell.to_vec()).or_default() += 1;
            if choices.len() > MOST_CHOICES || cell.len() > LONGEST_CHOICE {
                self.choices = None;
            }
        }
        if let Some(seen) = &mut self.seen {
            self.is_repeated |= !seen.insert(xxh3_128(cell));
            if self.is_repeated || seen.len() > MOST_REMEMBERED {
                self.seen = None;
            }
        }
    }

    pub(super) fn found(&self) -> Found {
        let first = self.possible.iter().position(|possible| *possible).unwrap_or(TEXT);
        // Without any value, nothing says what the words for no value stand for.
        let form = if self.values == 0 { TEXT } else { first };
        let is_text = form == TEXT;
        let tokens = TOKENS.iter().zip(self.tokens).filter(|(_, times)| *times > 0);
        let missing: Vec<&str> = match is_text {
            true => Vec::new(),
            false => tokens.clone().map(|(token, _)| *token).collect(),
        };
        let mut notes = Vec::new();
        let missing_times: u64 =
            self.empty + if is_text { 0 } else { tokens.map(|(_, times)| times).sum() };
        if self.values == 0 {
            notes.push("there was no value".to_owned());
        } else if missing_times > 0 {
            notes.push(format!("{missing_times} missing"));
        }
        if self.not_utf8 > 0 {
            notes.push(format!("{} cells are not UTF-8 and will be rejected", self.not_utf8));
        }
        if let Some(extremes) = &self.extremes[form] {
            let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
            let (least, greatest) = (shown(&extremes.least.1), shown(&extremes.greatest.1));
            notes.push(format!("from {least} to {greatest}"));
        } else if let Some((least, most)) = self.lengths {
            notes.push(match least == most {
                true => format!("{least} characters"),
                false => format!("{least} to {most} characters"),
            });
        }
        if self.seen.as_ref().is_some_and(|seen| seen.len() > 1) {
            notes.push("no value twice".to_owned());
        }
        for (_, rival) in self.different.iter().filter(|(one, _)| *one == form) {
            if self.possible[*rival] {
                let members = form::members(*rival).replace('"', "");
                notes.push(format!("NOT SURE: could also be {members}"));
            }
        }
        Found {
            form,
            missing,
            required: missing_times == 0 && self.not_utf8 == 0 && self.values > 0,
            choices: if is_text { self.whole_list() } else { Vec::new() },
            notes,
        }
    }

    /// The values, if they are so few and each so frequent that there is hardly another one.
    fn whole_list(&self) -> Vec<Vec<u8>> {
        let Some(choices) = &self.choices else { return Vec::new() };
        let is_whole = choices.values().all(|times| *times >= LEAST_TIMES);
        if is_whole { choices.keys().cloned().collect() } else { Vec::new() }
    }
}

/// Extends the range of values of this form, if they have an order.
fn extend(extremes: &mut Option<Extremes>, form: usize, cell: &[u8], forms: &Forms) {
    let field_type = &forms.field(form).field_type;
    if !field_type.type_name().is_ordered() {
        return;
    }
    let Some(value) = field_type.parse(cell) else { return };
    let Some(extremes) = extremes else {
        *extremes = Bound::of(value).map(|bound| Extremes {
            least: (bound.clone(), cell.to_vec()),
            greatest: (bound, cell.to_vec()),
        });
        return;
    };
    let order = (value.partial_cmp(&extremes.least.0), value.partial_cmp(&extremes.greatest.0));
    let Some(bound) = Bound::of(value) else { return };
    match order {
        (Some(Ordering::Less), _) => extremes.least = (bound, cell.to_vec()),
        (_, Some(Ordering::Greater)) => extremes.greatest = (bound, cell.to_vec()),
        _ => {}
    }
}
