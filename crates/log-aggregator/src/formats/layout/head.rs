//! Where a layout has the fields that nearly all formats have, which are read at once.

use crate::formats::fields::Field;

use super::combined::{self, LastField};
use super::piece::{FieldEnd, Literal, Piece};

/// The fields of the Common Log Format, or of combined, among those of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Which piece is the first of them.
    pub first: usize,
    pub last: LastField,
    /// Whether a line of the layout has nothing else.
    pub is_all: bool,
}

impl Head {
    /// The longest known run of fields, wherever it stands.
    pub(super) fn find(pieces: &[Piece], tail: &Literal) -> Option<Head> {
        [LastField::Agent, LastField::Status].into_iter().find_map(|last| {
            let known = &combined::PIECES[..last.pieces()];
            let is_it = |run: &[Piece]| {
                let are_equal =
                    |(piece, (before, field, end)): (&Piece, &(&[u8], Field, FieldEnd))| {
                        let is_field = piece.field == *field
                            || (piece.field, *field) == (Field::Sent, Field::Bytes);
                        is_field && piece.end == *end && piece.before.text == *before
                    };
                // Any text may stand before the first one.
                run[0].field == Field::Client
                    && run[0].end == known[0].2
                    && run[1..].iter().zip(&known[1..]).all(are_equal)
            };
            let first = pieces.windows(known.len()).position(is_it)?;
            let is_all = last == LastField::Agent
                && pieces.len() == known.len()
                && pieces[0].before.text.is_empty()
                && tail.text == b"\"";
            Some(Head { first, last, is_all })
        })
    }
}
