//! The quickest way to see that a cell is good.

use crate::byte_set::ByteSet;
use crate::constraints::Constraints;
use crate::kind::{Bound, Form, Kind, Value, characters};
use crate::moment::{SECONDS_A_DAY, fast_date, fast_datetime};
use crate::pattern::{Pattern, Positions};
use crate::scaled::{ScaledRange, scan};
use crate::text::{TextFormat, is_uuid};

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
    Date {
        first: i64,
        last: i64,
    },
    Datetime {
        first: i64,
        last: i64,
    },
}

impl Shortcut {
    pub(crate) fn new(kind: &Kind, constraints: &Constraints) -> Shortcut {
        let limits = (constraints.min_length.unwrap_or(0), constraints.max_length.unwrap_or(usize::MAX));
        match kind {
            Kind::Text(_) | Kind::Any if constraints.enumeration.is_some() || constraints.categories.is_some() => {
                words(kind, constraints)
            }
            Kind::Any => Shortcut::Text { least: 0, most: usize::MAX },
            Kind::Text(format) => match (format, &constraints.pattern) {
                (TextFormat::Default, None) if limits.0 <= 1 && limits.1 == usize::MAX => {
                    Shortcut::Text { least: limits.0, most: usize::MAX }
                }
                (TextFormat::Default, None) => Shortcut::Characters { least: limits.0, most: limits.1 },
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
            _ if constraints.enumeration.is_some() || constraints.categories.is_some() => Shortcut::None,
            Kind::Number(format) if format.is_plain() => {
                let range = Box::new(scaled_range(constraints));
                if format.integer { Shortcut::Integer(range) } else { Shortcut::Number(range) }
            }
            Kind::Date(Form::Default | Form::Iso) => {
                let (first, last) = seconds(constraints);
                // From the first whole day that is in the range, to the last.
                let first = first.div_euclid(SECONDS_A_DAY) + i64::from(first.rem_euclid(SECONDS_A_DAY) > 0);
                Shortcut::Date { first, last: last.div_euclid(SECONDS_A_DAY) }
            }
            Kind::Datetime(Form::Default | Form::Iso) => {
                let (first, last) = seconds(constraints);
                Shortcut::Datetime { first, last }
            }
            _ => Shortcut::None,
        }
    }

    #[inline]
    pub(crate) fn accepts(&self, cell: &[u8]) -> bool {
        match self {
            Shortcut::None => false,
            Shortcut::Text { least, most } => {
                (*least..=*most).contains(&cell.len()) && std::str::from_utf8(cell).is_ok()
            }
            Shortcut::Characters { least, most } => {
                std::str::from_utf8(cell).is_ok() && {
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
            Shortcut::Integer(range) => scan(cell)
                .is_some_and(|(mantissa, scale)| scale == 0 && !cell.ends_with(b".") && range.contains(mantissa, 0)),
            Shortcut::Number(range) => scan(cell).is_some_and(|(mantissa, scale)| range.contains(mantissa, scale)),
            Shortcut::Date { first, last } => fast_date(cell).is_some_and(|day| (*first..=*last).contains(&day)),
            Shortcut::Datetime { first, last } => {
                fast_datetime(cell).is_some_and(|second| (*first..=*last).contains(&second))
            }
        }
    }
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
    for (bound, exclusive) in [(&constraints.minimum, false), (&constraints.exclusive_minimum, true)] {
        if let Some(Bound::Number(bound)) = bound {
            range.at_least(bound, exclusive);
        }
    }
    for (bound, exclusive) in [(&constraints.maximum, false), (&constraints.exclusive_maximum, true)] {
        if let Some(Bound::Number(bound)) = bound {
            range.at_most(bound, exclusive);
        }
    }
    range
}

/// The first and the last whole second that are surely within all bounds.
fn seconds(constraints: &Constraints) -> (i64, i64) {
    let (mut first, mut last) = (i64::MIN, i64::MAX);
    for (bound, exclusive) in [(&constraints.minimum, false), (&constraints.exclusive_minimum, true)] {
        if let Some(Bound::Moment(bound)) = bound {
            let after = exclusive || !bound.fraction.is_empty();
            first = first.max(bound.seconds + i64::from(after));
        }
    }
    for (bound, exclusive) in [(&constraints.maximum, false), (&constraints.exclusive_maximum, true)] {
        if let Some(Bound::Moment(bound)) = bound {
            let before = exclusive && bound.fraction.is_empty();
            last = last.min(bound.seconds - i64::from(before));
        }
    }
    (first, last)
}
