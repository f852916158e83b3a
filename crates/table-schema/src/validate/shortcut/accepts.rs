//! What shortcuts there are, and what each says yes to.

use crate::pattern::{Pattern, Positions};
use crate::types::byte_set::ByteSet;
use crate::types::datetime::{Rank, date_rank, datetime_rank};
use crate::types::number::{ScaledRange, scan};
use crate::types::utf8::is_utf8;
use crate::types::{characters, is_uuid};

/// A quick test of a field's cells. It accepts only cells that are of the type and keep all
/// constraints. A cell that it does not accept may still be good and is then parsed and checked in
/// full, so a shortcut decides how fast a row is checked and never what is said of it.
#[derive(Debug)]
pub(crate) enum Shortcut {
    /// No shortcut: every cell is parsed.
    None,
    /// Any UTF-8 of so many bytes that it cannot break a limit of characters.
    Text {
        least: usize,
        most: usize,
    },
    /// Any UTF-8 of so many characters.
    Characters {
        least: usize,
        most: usize,
    },
    Positions(Positions),
    Pattern(Pattern),
    Words(ByteSet),
    Uuid,
    Integer(Box<ScaledRange>),
    Number(Box<ScaledRange>),
    /// Days from the first to the last.
    Date(Rank, Rank),
    /// Whole seconds from the first to the last, with a `Z` or without a time zone.
    Datetime(Rank, Rank),
    /// With a `Z` only, as the bounds are.
    Utc(Rank, Rank),
    /// Without a time zone only, as the bounds are.
    Local(Rank, Rank),
}

impl Shortcut {
    #[inline]
    pub(crate) fn accepts(&self, cell: &[u8]) -> bool {
        match self {
            Shortcut::None => false,
            Shortcut::Text { least, most } => {
                (*least..=*most).contains(&cell.len()) && is_utf8(cell)
            }
            Shortcut::Characters { least, most } => {
                is_utf8(cell) && {
                    // A character has one to four bytes, so most lengths need no counting.
                    let bytes = cell.len();
                    let surely = bytes <= *most && bytes.div_ceil(4) >= *least;
                    surely || (*least..=*most).contains(&characters(cell))
                }
            }
            Shortcut::Positions(positions) => positions.accepts(cell),
            Shortcut::Pattern(pattern) => pattern.matches(cell),
            Shortcut::Words(words) => words.contains(cell),
            Shortcut::Uuid => is_uuid(cell),
            Shortcut::Integer(range) => scan(cell).is_some_and(|(mantissa, scale)| {
                scale == 0 && !cell.ends_with(b".") && range.contains(mantissa, 0)
            }),
            Shortcut::Number(range) => {
                scan(cell).is_some_and(|(mantissa, scale)| range.contains(mantissa, scale))
            }
            Shortcut::Date(first, last) => {
                date_rank(cell).is_some_and(|rank| *first <= rank && rank <= *last)
            }
            Shortcut::Datetime(first, last) => {
                is_within(datetime_rank::<true, true>(cell), first, last)
            }
            Shortcut::Utc(first, last) => {
                is_within(datetime_rank::<true, false>(cell), first, last)
            }
            Shortcut::Local(first, last) => {
                is_within(datetime_rank::<false, true>(cell), first, last)
            }
        }
    }
}

#[inline(always)]
fn is_within(rank: Option<Rank>, first: &Rank, last: &Rank) -> bool {
    rank.is_some_and(|rank| *first <= rank && rank <= *last)
}
