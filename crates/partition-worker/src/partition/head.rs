//! The beginning of a file that is cut into byte ranges: every partition needs its header.

use std::io::Read as _;

use csv_records::Header;
use job_files::{Blocks, InputCompression, Source};
use object_storage::Storage;

use super::header::{self, Reading};
use crate::cli::InputFormat;
use crate::error::Error;

/// The beginning of a file that is cut into byte ranges, which every partition needs.
pub(crate) struct Head {
    pub(crate) header: Option<Header>,
    /// What stands before it in a file that an earlier run has rejected.
    pub(crate) own_header: Option<Vec<u8>>,
    /// Lines before the first record.
    pub(crate) lines: u64,
    /// Offset of the first record.
    pub(crate) end: u64,
}

impl Head {
    /// Reads the header, if the dialect has one.
    pub(crate) fn read(
        storage: &Storage,
        source: &Source,
        reading: &Reading,
    ) -> Result<Self, Error> {
        let name = &source.name;
        let extent = 0..source.entry.size.min(reading.longest_record as u64 + 8);
        let whole = extent.end == source.entry.size;
        let reader = storage.open(&source.entry, extent)?;
        let mut blocks = Blocks::new(reader.take(source.entry.size), 0);
        blocks.fill()?;
        let compression = InputCompression::of(blocks.bytes());
        if compression != InputCompression::None {
            return Err(Error::SplitCompressed {
                source_name: name.clone(),
                compression: compression.as_str(),
            });
        }
        if reading.format == InputFormat::Jsonl {
            header::begin_lines(&mut blocks, name)?;
            return Ok(Head { header: None, own_header: None, lines: 0, end: blocks.offset() });
        }
        let sep = header::find_sep_line(blocks.bytes(), reading, name)?;
        let own = header::find_own_delimiter(blocks.bytes(), reading, name)?;
        if let Some(has) = own.filter(|own| *own != char::from(reading.dialect.delimiter)) {
            let given = char::from(reading.dialect.delimiter).to_string();
            return Err(Error::OwnDelimiter { source_name: name.clone(), has, given });
        }
        header::skip_mark(&mut blocks, name)?;
        match sep {
            None => {}
            Some((sep, false)) => blocks.consume(sep.length),
            Some((sep, true)) => {
                return Err(Error::SplitSepLine { source_name: name.clone(), says: sep.delimiter });
            }
        }
        let mut header = None;
        if reading.dialect.header || own.is_some() {
            header = header::read(&mut blocks, reading, name)?;
            if header.is_none() && whole {
                return Err(Error::NoHeader { source_name: name.clone() });
            }
            if header.as_ref().is_some_and(|header| header.lines > 1) {
                return Err(Error::QuotedLineBreak { place: format!("{name}, line 1") });
            }
        }
        let lines = header.as_ref().map_or(0, |header| header.lines) + u64::from(sep.is_some());
        let own_header = header
            .as_mut()
            .and_then(|header| reading.own_columns.take_off(header, &reading.dialect));
        Ok(Head { header, own_header, lines, end: blocks.offset() })
    }
}
