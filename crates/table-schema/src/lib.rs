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
//! let validator = schema.compile(Some(&header), schema.fields_match())?;
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

mod byte_set;
mod constraints;
mod decimal;
mod describe;
mod descriptor;
mod duration;
mod error;
mod field;
mod header;
mod json;
mod kind;
mod moment;
mod number;
mod pattern;
mod scaled;
mod schema;
mod shortcut;
mod shown;
mod text;
mod unique;
mod utf8;
mod validator;
mod verdict;

pub use error::{Place, SchemaError};
pub use header::{FieldsMatch, HeaderError, UnknownFieldsMatch};
pub use schema::Schema;
pub use unique::UniqueConstraint;
pub use validator::Validator;
pub use verdict::{Key, Reason, ReasonKind, Verdict};
