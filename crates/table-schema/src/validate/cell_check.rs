//! The check of one cell, as far as it needs no parsing.

use super::shortcut::Shortcut;
use crate::schema::Field;
use crate::types::byte_set::ByteSet;

/// The check of the cells of one column that a field describes.
#[derive(Debug)]
pub(crate) struct CellCheck {
    /// The column in the file, from 0.
    pub(crate) column: u32,
    /// The field in the schema, from 0.
    pub(crate) field: u16,
    pub(crate) required: bool,
    /// The field is part of the primary key.
    pub(crate) primary: bool,
    /// A cell without a type error is its own value.
    pub(crate) verbatim: bool,
    empty: EmptyCell,
    /// The other missing values, where the field has to have a value.
    refused: Option<ByteSet>,
    shortcut: Shortcut,
}

/// What an empty cell is.
#[derive(Debug)]
enum EmptyCell {
    /// A value like any other.
    Value,
    /// Missing, which the field may be.
    Good,
    /// Missing, which the field may not be, or not without a warning.
    Bad,
}

impl CellCheck {
    /// The check of the cells of `column`, which are of the field of this index.
    pub(crate) fn new(column: u32, index: u16, field: &Field, primary: bool) -> CellCheck {
        let Field { field_type, constraints, missing, warnings, .. } = field;
        let warns_of_missing = warnings.as_ref().is_some_and(|warnings| warnings.required);
        let needed = primary || constraints.required || warns_of_missing;
        CellCheck {
            column,
            field: index,
            required: constraints.required,
            primary,
            verbatim: field_type.is_verbatim(),
            empty: match (missing.contains(b""), needed) {
                (false, _) => EmptyCell::Value,
                (true, false) => EmptyCell::Good,
                (true, true) => EmptyCell::Bad,
            },
            refused: missing.others().filter(|_| needed).cloned(),
            // A shortcut knows nothing of warnings.
            shortcut: match warnings {
                None => Shortcut::new(field_type, constraints),
                Some(_) => Shortcut::None,
            },
        }
    }

    /// Whether the cell is surely good; if not, it is to be judged in full.
    #[inline]
    pub(crate) fn surely_good(&self, cell: &[u8]) -> bool {
        if cell.is_empty() {
            return match self.empty {
                EmptyCell::Value => self.shortcut.accepts(cell),
                EmptyCell::Good => true,
                EmptyCell::Bad => false,
            };
        }
        self.refused.as_ref().is_none_or(|refused| !refused.contains(cell))
            && self.shortcut.accepts(cell)
    }
}
