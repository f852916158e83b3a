//! [Frictionless Table Schema](https://datapackage.org/standard/table-schema/), versions 1 and 2,
//! compiled into a validator that works on bytes.
//!
//! ```
//! use table_schema::{Schema, Verdict};
//!
//! let schema = Schema::from_json(br#"{
//!     "fields": [
//!         {"name": "id", "type": "string", "constraints": {"pattern": "TX-[0-9]{4}"}},
//!         {"name": "amount", "type": "number", "constraints": {"minimum": 0.01}}
//!     ],
//!     "primaryKey": "id"
//! }"#)?;
//! let header: [&[u8]; 2] = [b"id", b"amount"];
//! let validator = schema.compile(Some(&header), schema.fields_match().unwrap_or_default())?;
//!
//! let mut verdict = Verdict::new();
//! validator.check(&[b"TX-0001", b"12.50"], &mut verdict);
//! assert!(verdict.is_good());
//! assert_eq!(verdict.keys.len(), 1);
//!
//! let row: [&[u8]; 2] = [b"TX-0002", b"0.001"];
//! validator.check(&row, &mut verdict);
//! let mut message = String::new();
//! validator.describe(&verdict.reasons[0], &row, &mut message);
//! assert_eq!(message, r#"constraint-error in field "amount": "0.001" is below the minimum 0.01"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Checks over a row
//!
//! [`Checks`] are named expressions over the typed values of a row, which the standard does not
//! have: `settled_has_reference: if status = "settled" then reference is not null`. A
//! [`Validator`] that has them says of each row which it does not keep.
//!
//! # Where the standard leaves a choice
//!
//! - White space around a value is part of it, and so an error in a number or a date. Only a
//!   `geopoint`, a number that is not bare and JSON may have it.
//! - Numbers, money among them, are compared digit by digit at any length, never as floats. An
//!   exponent of more than 17 digits is a type error, and so is a year of more than 9, a component
//!   of a duration of more than 18 and JSON that nests deeper than 128.
//! - A `groupChar` stands between two digits before the decimal character, whatever the size of the
//!   groups. `NaN` is within no bound and equal to itself.
//! - A `date` is `yyyy-mm-dd`, a `datetime`, `year`, `yearmonth` and `duration` are those of XML
//!   Schema 1.0: no year 0000, no leap seconds. `24:00:00` ends a day in a `datetime` and is
//!   `00:00:00` in a `time`. A datetime without a time zone is never equal to one that has a zone
//!   (`unique`, `enum`). It is before or after that one only if it would be so in every zone from
//!   -14:00 to +14:00; otherwise it is not within a bound. The format `any` tries a fixed list of
//!   usual forms, the month before the day. Patterns are read as by Python's `strptime` in the C
//!   locale; directives that depend on the locale or on weeks are refused.
//! - Durations have XML Schema's partial order: a month is neither more nor less than 30 days, and
//!   what cannot be compared with a bound is not within it.
//! - A `pattern` is an XML Schema regular expression for the whole value: `\d` is any decimal digit
//!   of Unicode, and `\w` has no underscore. A `^` at its start and a `$` at its end are accepted,
//!   as in the standard's own example; anything that means something else elsewhere is refused.
//! - `minLength` and `maxLength` count characters of a `string`, whatever its format, items of an
//!   `array` or a `list`, and members of an `object` as they are written.
//! - Values of `enum`, `unique` and keys are compared as what they mean: `1.0` is `1.00`, `true` is
//!   `1` and `P1Y` is `P12M`. Strings are compared byte by byte, without normalisation.
//! - The property `identifier` of a `string` is an extension: `iban`, `bic`, `luhn`, `lei` or
//!   `isin` (`types/identifier.rs`). Other software passes over a property that it does not know,
//!   and refuses such a `format`, which is understood here as well.
//! - The property `warnings` of a field is an extension: constraints that the value of a good row
//!   may break, with a warning ([`Verdict::warnings`]).
//! - `categories` are checked like an `enum`. GeoJSON is checked by its structure.
//! - Cells of columns that no field describes only have to be UTF-8.
//!
//! # Where to find what
//!
//! `schema` reads descriptors, `types` says what a cell of each type means, `pattern` has XML
//! Schema's regular expressions, `checks` expressions over a row, `infer` makes a schema of rows,
//! `validate` checks rows. A new constraint begins in `schema/constraint.rs`, a new type in
//! `types/field_type.rs`; the compiler then names the other places.

mod checks;
mod display;
mod error;
mod infer;
mod named_enum;
mod pattern;
mod schema;
mod types;
mod validate;

pub use checks::{CheckError, Checks};
pub use error::{Place, SchemaError};
pub use infer::Inference;
pub use schema::{FieldsMatch, Schema, UniqueConstraint, UnknownFieldsMatch};
pub use types::Native;
pub use validate::{
    ColumnType, DECIMAL_SCALE, HeaderError, Key, Misgrouped, Reason, ReasonKind, TypedCell, Unfit,
    Validator, Verdict, shown_key,
};
