//! What a record of JSON lines is, for every worker: one JSON object, whose members are the cells
//! of the fields that they are named after. Pure: bytes in, cells out.
//!
//! A cell is the text of a value: a string without its quotes and escapes, a number as it is
//! written, digit for digit, `true` or `false`, and an array or an object as it stands. What is
//! `null` or not there has a cell of the caller's choice.
//!
//! ```
//! use json_records::ObjectReader;
//!
//! let fields = ["id", "amount", "tags"].map(|name| (name.to_owned(), b"".as_slice()));
//! let mut reader = ObjectReader::new(fields, false);
//! let line = br#"{"amount": 12.50, "id": "a\u0062", "tags": null, "note": 1}"#;
//! reader
//!     .read(line, |row| {
//!         assert_eq!(row.cells, [b"ab".as_slice(), b"12.50", b""]);
//!         assert_eq!(row.unknown, ["note"]);
//!     })
//!     .unwrap();
//! let twice = reader.read(br#"{"id": 1, "id": 2}"#, |_| ()).unwrap_err();
//! assert_eq!(twice.to_string(), "the member \"id\" is there twice");
//! ```

mod members;
mod reader;

pub use reader::{NotARow, ObjectReader, Row};
