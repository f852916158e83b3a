//! What a record of a CSV file is, for every worker.
//!
//! The readers on crates.io copy each record, skip blank lines and read on over malformed quotes. A
//! worker that has to hand back every record byte for byte, with its line, needs the records in
//! place and needs to be told what is wrong with them. So this crate has its own: it is given bytes
//! and says where the records are. It opens no file and reads no clock.
//!
//! - A whole file: [`Header::read`] takes the header off the first block, [`Splitter`] cuts blocks
//!   into [`Record`]s, [`FlawDetector`] finds those that are no data whatever they mean.
//! - A byte range of a file, which may begin anywhere: [`ranges`].
//! - A record by itself, such as a task of a queue: [`RecordParser`].
//!
//! ```
//! use csv_records::{Dialect, NotARecord, RecordParser};
//!
//! let mut parser = RecordParser::new(Dialect::default(), b"id,amount", 2, 1 << 20);
//! let cells = |cells: &[&[u8]]| cells.iter().map(|cell| cell.to_vec()).collect::<Vec<_>>();
//! let row = parser.parse(b"\"a, \"\"b\"\"\",12.50\r\n", cells);
//! assert_eq!(row, Ok(vec![b"a, \"b\"".to_vec(), b"12.50".to_vec()]));
//! assert_eq!(parser.parse(b"a,1\nb,2\n", cells), Err(NotARecord::Several));
//! let open = parser.parse(b"\"a,1", cells).unwrap_err();
//! assert_eq!(open.to_string(), "a quote is opened and not closed");
//! ```

pub mod encoding;
pub mod ranges;
pub mod translation;

mod dialect;
mod flaw;
mod header;
mod parser;
mod quoted;
mod record;
mod splitter;
mod structural_index;

pub use dialect::Dialect;
pub use flaw::{Flaw, FlawDetector};
pub use header::{Header, HeaderError};
pub use parser::{NotARecord, RecordParser};
pub use record::{Malformed, Record, Rest};
pub use splitter::Splitter;
