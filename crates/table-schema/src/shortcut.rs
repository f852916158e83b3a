//! The quickest way to see that a cell is good.

use crate::byte_set::ByteSet;
use crate::constraints::Constraints;
use crate::kind::{Bound, Form, Kind, Value, characters};
use crate::moment::{Rank, SECONDS_A_DAY, date_rank, datetime_rank, written};
use crate::pattern::{Pattern, Positions};
use crate::scaled::{ScaledRange, scan};
use crate::text::{TextFormat, is_uuid};
use crate::utf8::is_utf8;

/// A test of one field's cells that says yes only to good ones: of the type and within all
/// constraints. What it says no to may still be good and is looked at in full, so a shortcut
/// decides how fast a row is checked, never how it is judged.
#[derive(Debug)]
pub(crate) enum Shortcut {
    /// There is none.
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
    pub(crate) fn new(kind: &Kind, constraints: &Constraints) -> Shortcut {
        let limits =
            (constraints.min_length.unwrap_or(0), constraints.max_length.unwrap_or(usize::MAX));
        match kind {
            Kind::Text(_) | Kind::Any
                if constraints.enumeration.is_some() || constraints.categories.is_some() =>
            {
                words(kind, constraints)
            }
            Kind::Any => Shortcut::Text { least: 0, most: usize::MAX },
            Kind::Text(format) => match (format, &constraints.pattern) {
                (TextFormat::Default, None) if limits.0 <= 1 && limits.1 == usize::MAX => {
                    Shortcut::Text { least: limits.0, most: usize::MAX }
                }
                (TextFormat::Default, None) => {
                    Shortcut::Characters { least: limits.0, most: limits.1 }
                }
                (TextFormat::Default, Some(pattern)) => match pattern.positions() {
                    Some(positions) => {
                        let mut positions = positions.clone();
                        positions.limit(limits.0, limits.1);
                        Shortcut::Positions(positions)
                    }
                    None if limits == (0, usize::MAX) => Shortcut::Pattern(pattern.clone()),
                    None => Shortcut::None,
                },
                (TextFormat::Uuid, None) if limits.0 <= 36 && limits.1 >= 36 => Shortcut::Uuid,
                _ => Shortcut::None,
            },
            _ if constraints.enumeration.is_some() || constraints.categories.is_some() => {
                Shortcut::None
            }
            Kind::Number(format) if format.is_plain() => {
                let range = Box::new(scaled_range(constraints));
                if format.integer { Shortcut::Integer(range) } else { Shortcut::Number(range) }
            }
            Kind::Date(Form::Default | Form::Iso) => {
                let (first, last) = seconds(constraints);
                // From the first whole day that is in the range.
                let first = first.saturating_add(SECONDS_A_DAY - 1);
                let (first, last) = ranks(first, last, |written| date_rank(&written[..10]));
                Shortcut::Date(first, last)
            }
            Kind::Datetime(Form::Default | Form::Iso) => {
                let (first, last) = seconds(constraints);
                let (first, last) = ranks(first, last, datetime_rank::<true, true>);
                let bounds = [
                    &constraints.minimum,
                    &constraints.maximum,
                    &constraints.exclusive_minimum,
                    &constraints.exclusive_maximum,
                ];
                let any = |local: bool| {
                    bounds.iter().any(
                        |bound| matches!(bound, Some(Bound::Moment(bound)) if bound.local == local),
                    )
                };
                match (any(false), any(true)) {
                    (false, false) => Shortcut::Datetime(first, last),
                    (true, false) => Shortcut::Utc(first, last),
                    (false, true) => Shortcut::Local(first, last),
                    (true, true) => Shortcut::None,
                }
            }
            _ => Shortcut::None,
        }
    }

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

/// The choices of a text field that keep its other constraints.
fn words(kind: &Kind, constraints: &Constraints) -> Shortcut {
    let choices = constraints.enumeration.as_ref().or(constraints.categories.as_ref());
    let mut scratch = Vec::new();
    let good = choices.iter().flat_map(|choice| &choice.values).filter(|value| {
        let mut keeps = kind.parse(value).is_some();
        constraints.check(&Value::Text(value), &mut scratch, |_| keeps = false);
        keeps
    });
    Shortcut::Words(ByteSet::new(good.map(Vec::as_slice)))
}

fn scaled_range(constraints: &Constraints) -> ScaledRange {
    let mut range = ScaledRange::all();
    for (bound, exclusive) in
        [(&constraints.minimum, false), (&constraints.exclusive_minimum, true)]
    {
        if let Some(Bound::Number(bound)) = bound {
            range.at_least(bound, exclusive);
        }
    }
    for (bound, exclusive) in
        [(&constraints.maximum, false), (&constraints.exclusive_maximum, true)]
    {
        if let Some(Bound::Number(bound)) = bound {
            range.at_most(bound, exclusive);
        }
    }
    range
}

/// The first and the last whole second that are surely within all bounds.
fn seconds(constraints: &Constraints) -> (i64, i64) {
    let (mut first, mut last) = (i64::MIN, i64::MAX);
    for (bound, exclusive) in
        [(&constraints.minimum, false), (&constraints.exclusive_minimum, true)]
    {
        if let Some(Bound::Moment(bound)) = bound {
            let after = exclusive || !bound.fraction.is_empty();
            first = first.max(bound.seconds + i64::from(after));
        }
    }
    for (bound, exclusive) in
        [(&constraints.maximum, false), (&constraints.exclusive_maximum, true)]
    {
        if let Some(Bound::Moment(bound)) = bound {
            let before = exclusive && bound.fraction.is_empty();
            last = last.min(bound.seconds - i64::from(before));
        }
    }
    (first, last)
}

/// The ranks of the first and the last moment of a range, as far as the years 1 to 9999 go.
fn ranks(first: i64, last: i64, rank: impl Fn(&[u8]) -> Option<Rank>) -> (Rank, Rank) {
    let lowest = (0, 0);
    let highest = (u128::MAX, u64::MAX);
    let of = |seconds, before, after| match written_rank(seconds, &rank) {
        Some(rank) => rank,
        None if seconds < 0 => before,
        None => after,
    };
    (of(first, lowest, highest), of(last, lowest, highest))
}

fn written_rank(seconds: i64, rank: impl Fn(&[u8]) -> Option<Rank>) -> Option<Rank> {
    // Far beyond the years that are written with four digits, and safe to divide and add to.
    let seconds = (seconds.unsigned_abs() < 1 << 40).then_some(seconds)?;
    rank(written(seconds)?.as_bytes())
}
