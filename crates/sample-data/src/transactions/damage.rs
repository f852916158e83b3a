//! What can be wrong with a row.

use std::fmt;
use std::str::FromStr;

/// The one thing that is wrong with a bad row. The shipped schema rejects each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Damage {
    /// The amount is no number, such as `12,50` or `1O.50`.
    AmountNotANumber,
    /// The amount is negative or zero.
    AmountBelowMinimum,
    /// The amount is above 1,000,000, sometimes by a hundredth only.
    AmountAboveMaximum,
    /// The currency is none of those in the schema, such as `eur`.
    UnknownCurrency,
    /// The status is none of those in the schema, such as `SETTLED`.
    UnknownStatus,
    /// The timestamp looks right, but there is no such day or hour: `2024-02-30T10:00:00Z`.
    ImpossibleDate,
    /// The timestamp is written in another way, such as `29/02/2024 10:00`.
    MalformedTimestamp,
    /// The timestamp is of another day.
    TimestampOutOfRange,
    /// A cell that must hold a value is empty.
    MissingValue,
    /// The record ends after the currency.
    MissingCell,
    /// The record has a ninth cell.
    ExtraCell,
    /// The line is empty.
    BlankRow,
    /// The IBAN has spaces, lower-case letters or a wrong length.
    MalformedIban,
    /// The merchant's name has more than 40 characters.
    MerchantTooLong,
    /// The transaction id has another prefix, such as `tx`, or a digit too many.
    MalformedId,
    /// The transaction id is that of the row before, which is a good one.
    DuplicateId,
    /// The merchant's name is not UTF-8.
    InvalidUtf8,
    /// Text follows the closing quote of the merchant's name: `"Caf"e`.
    MalformedQuoting,
}

impl Damage {
    /// Every kind, in the order of the discriminants.
    pub const ALL: [Damage; 18] = [
        Damage::AmountNotANumber,
        Damage::AmountBelowMinimum,
        Damage::AmountAboveMaximum,
        Damage::UnknownCurrency,
        Damage::UnknownStatus,
        Damage::ImpossibleDate,
        Damage::MalformedTimestamp,
        Damage::TimestampOutOfRange,
        Damage::MissingValue,
        Damage::MissingCell,
        Damage::ExtraCell,
        Damage::BlankRow,
        Damage::MalformedIban,
        Damage::MerchantTooLong,
        Damage::MalformedId,
        Damage::DuplicateId,
        Damage::InvalidUtf8,
        Damage::MalformedQuoting,
    ];

    /// The name in `truth.json` and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Damage::AmountNotANumber => "amount-not-a-number",
            Damage::AmountBelowMinimum => "amount-below-minimum",
            Damage::AmountAboveMaximum => "amount-above-maximum",
            Damage::UnknownCurrency => "unknown-currency",
            Damage::UnknownStatus => "unknown-status",
            Damage::ImpossibleDate => "impossible-date",
            Damage::MalformedTimestamp => "malformed-timestamp",
            Damage::TimestampOutOfRange => "timestamp-out-of-range",
            Damage::MissingValue => "missing-value",
            Damage::MissingCell => "missing-cell",
            Damage::ExtraCell => "extra-cell",
            Damage::BlankRow => "blank-row",
            Damage::MalformedIban => "malformed-iban",
            Damage::MerchantTooLong => "merchant-too-long",
            Damage::MalformedId => "malformed-id",
            Damage::DuplicateId => "duplicate-id",
            Damage::InvalidUtf8 => "invalid-utf8",
            Damage::MalformedQuoting => "malformed-quoting",
        }
    }

    /// Whether every reader of CSV gives the row to its caller: it is a record, of UTF-8, and not a
    /// blank line.
    const fn is_well_formed(self) -> bool {
        !matches!(self, Damage::BlankRow | Damage::InvalidUtf8 | Damage::MalformedQuoting)
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which kinds of damage the bad rows have, each as likely as any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(Vec<Damage>);

/// A list of kinds that says nothing, or names one that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindsError {
    /// No such kind.
    #[error(
        "there is no kind of damage {name:?}: give all, well-formed, or some of {} with commas \
         between",
        names()
    )]
    Unknown {
        /// What was given.
        name: String,
    },
}

fn names() -> String {
    Damage::ALL.map(Damage::as_str).join(", ")
}

impl Kinds {
    /// Every kind.
    pub fn all() -> Kinds {
        Kinds(Damage::ALL.to_vec())
    }

    /// The kinds that every reader of CSV hands over as a record: not `blank-row`, `invalid-utf8`,
    /// `malformed-quoting`.
    pub fn well_formed() -> Kinds {
        Kinds(Damage::ALL.into_iter().filter(|kind| kind.is_well_formed()).collect())
    }

    /// The kinds, in their own order and each once; at least one.
    pub fn as_slice(&self) -> &[Damage] {
        &self.0
    }
}

impl FromStr for Kinds {
    type Err = KindsError;

    /// Reads `all`, `well-formed`, or names of kinds with commas between them.
    fn from_str(text: &str) -> Result<Kinds, KindsError> {
        match text {
            "all" => return Ok(Kinds::all()),
            "well-formed" => return Ok(Kinds::well_formed()),
            _ => {}
        }
        let mut kinds = Vec::new();
        for name in text.split(',').map(str::trim) {
            let known = Damage::ALL.into_iter().find(|kind| kind.as_str() == name);
            kinds.push(known.ok_or_else(|| KindsError::Unknown { name: name.to_owned() })?);
        }
        kinds.sort_unstable();
        kinds.dedup();
        Ok(Kinds(kinds))
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Kinds::all() {
            return f.write_str("all");
        }
        f.write_str(&self.0.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::{Damage, Kinds, KindsError};

    #[test]
    fn the_kinds_stand_in_the_order_of_their_discriminants() {
        for (place, kind) in Damage::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }

    #[test]
    fn kinds_are_read_in_any_order_and_kept_once() {
        let expected = Kinds(vec![Damage::MissingCell, Damage::BlankRow]);
        assert_eq!("blank-row, missing-cell,blank-row".parse(), Ok(expected.clone()));
        assert_eq!(expected.to_string(), "missing-cell,blank-row");
        assert_eq!("all".parse(), Ok(Kinds::all()));
        assert_eq!(Kinds::all().to_string().parse(), Ok(Kinds::all()));
        assert_eq!(Kinds::well_formed().to_string().parse(), Ok(Kinds::well_formed()));
    }

    #[test]
    fn well_formed_leaves_out_what_readers_of_csv_drop_or_refuse() {
        let left_out: Vec<_> = Damage::ALL
            .into_iter()
            .filter(|kind| !Kinds::well_formed().as_slice().contains(kind))
            .collect();
        assert_eq!(left_out, [Damage::BlankRow, Damage::InvalidUtf8, Damage::MalformedQuoting]);
    }

    #[test]
    fn an_unknown_kind_is_named() {
        for (text, name) in [
            ("blank", "blank"),
            ("", ""),
            ("blank-row,", ""),
            ("blank-row;extra-cell", "blank-row;extra-cell"),
        ] {
            assert_eq!(text.parse::<Kinds>(), Err(KindsError::Unknown { name: name.to_owned() }));
        }
    }
}
