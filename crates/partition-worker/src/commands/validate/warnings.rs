//! `warnings.csv`: accepted records that break what the schema or the checks only warn of. Does no
//! I/O.

use table_schema::{Reason, Validator};

use super::listing::{ListAs, Listed, ListedPlace};
use crate::summary::{Records, Warnings};

/// What an accepted record is warned of, in the order of the rows of a block.
#[derive(Clone, Copy)]
pub(crate) struct Warned {
    /// Number of the row in the block.
    pub row: u32,
    pub reason: Reason,
}

/// The records that were warned of so far.
pub(crate) struct WarningList<'v> {
    validator: &'v Validator,
    counts: Records,
    rows: u64,
    text: String,
    /// Records that are still to be written.
    pub(crate) listed: Vec<u8>,
}

impl<'v> WarningList<'v> {
    pub(crate) fn new(validator: &'v Validator) -> Self {
        WarningList {
            validator,
            counts: Records::default(),
            rows: 0,
            text: String::new(),
            listed: Vec::new(),
        }
    }

    /// Lists an accepted record with its warnings.
    pub(crate) fn list(
        &mut self,
        record: &[u8],
        cells: &[&[u8]],
        warned: &[Warned],
        place: ListedPlace<'_>,
        list_as: ListAs,
    ) {
        self.rows += 1;
        self.text.clear();
        for Warned { reason, .. } in warned {
            if !self.text.is_empty() {
                self.text.push_str("; ");
            }
            self.validator.describe(reason, cells, &mut self.text);
            self.counts.count(reason, self.validator, 1);
        }
        let listed = Listed { place, text: &self.text, record, is_one_cell: false };
        list_as.list(&listed, &mut self.listed);
    }

    /// What all of them came to.
    pub(crate) fn summary(&self) -> Warnings {
        let Records { reasons, fields, checks, .. } = self.counts.clone();
        Warnings { rows: self.rows, reasons, fields, checks }
    }
}
