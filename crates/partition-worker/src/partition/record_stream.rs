//! A source, opened and positioned at the first record that belongs to the partition, and read
//! block by block from there.

use std::ops::Range;
use std::sync::Arc;

use csv_records::Header;
use csv_records::ranges::{BlockContext, Consumed, CutError};
use csv_records::translation::TextMap;
use job_files::{Blocks, InputFile, OpenSource, Source};
use object_storage::Storage;
use worker_runtime::Progress;

use super::alignment;
use super::head::Head;
use super::header::{self, Reading};
use super::parquet::ParquetRows;
use super::rewriting::rewriter_of;
use super::text::Text;
use crate::cli::InputFormat;
use crate::error::Error;

/// Records of one source.
pub(crate) struct RecordStream {
    storage: Storage,
    blocks: Blocks<Text>,
    reading: Reading,
    name: Arc<str>,
    header: Option<Header>,
    /// What stands before the header in a file that an earlier run has rejected.
    own_header: Option<Vec<u8>>,
    /// Line of the next byte, from 1; unknown in the middle of a file.
    line: Option<u64>,
    /// Records that begin here or later belong to the next partition.
    end: u64,
    /// Offset behind the header.
    head: u64,
    /// Offset of the first record.
    first: u64,
    /// The first record is known to be one ([`BlockContext::aligned`]).
    aligned: bool,
}

impl RecordStream {
    /// Opens `source` and reads its header, if the dialect has one.
    pub(crate) fn open(
        storage: &Storage,
        source: &Source,
        reading: &Reading,
        progress: &Progress,
    ) -> Result<Self, Error> {
        if let Some(schema) = &reading.schema {
            let rows = ParquetRows::open(storage, source, schema, progress)?;
            let line = Some(rows.first_row());
            let text = Blocks::new(Text::of_rows(source, rows), 0);
            let stream = RecordStream::new(storage, source, reading, text);
            let mut stream = RecordStream { line, ..stream };
            return stream.fill().map(|()| stream);
        }
        let extent = source.extent(reading.longest_record as u64);
        let start = extent.start;
        let open = OpenSource::new(storage, source.clone(), extent, progress.clone())?;
        let text = Blocks::new(Text::open(open, reading)?, start);
        let mut stream = RecordStream::new(storage, source, reading, text);
        stream.end = source.owned.as_ref().map_or(u64::MAX, |owned| owned.end);
        match &source.owned {
            None => stream.read_header()?,
            Some(owned) => {
                let head = Head::read(storage, source, reading)?;
                stream.seek(owned, &head)?;
                stream.head = head.end;
                stream.header = head.header;
                stream.own_header = head.own_header;
            }
        }
        stream.first = stream.blocks.offset();
        Ok(stream)
    }

    fn new(
        storage: &Storage,
        source: &Source,
        reading: &Reading,
        blocks: Blocks<Text>,
    ) -> RecordStream {
        RecordStream {
            storage: storage.clone(),
            blocks,
            reading: reading.clone(),
            name: source.name.as_str().into(),
            header: None,
            own_header: None,
            line: Some(1),
            end: u64::MAX,
            head: 0,
            first: 0,
            aligned: true,
        }
    }

    fn read_header(&mut self) -> Result<(), Error> {
        self.fill()?;
        if self.reading.format == InputFormat::Jsonl {
            return header::begin_lines(&mut self.blocks, &self.name);
        }
        let sep = header::find_sep_line(self.blocks.bytes(), &self.reading, &self.name)?;
        let sep = sep.filter(|_| !self.blocks.get_ref().is_rewritten());
        let own = header::find_own_delimiter(self.blocks.bytes(), &self.reading, &self.name)?;
        let rewriter = if self.blocks.get_ref().is_rewritten() && own.is_none() {
            None
        } else {
            rewriter_of(self.blocks.bytes(), self.blocks.is_last(), (sep, own), &self.reading)
        };
        if let Some(rewriter) = rewriter {
            let first = self.blocks.take_back();
            self.blocks.get_mut().rewrite(first, rewriter);
            self.fill()?;
        }
        let sep = sep.filter(|_| !self.blocks.get_ref().is_rewritten());
        header::skip_mark(&mut self.blocks, &self.name)?;
        let mut lines = 0;
        if let Some((sep, false)) = sep {
            self.blocks.consume(sep.length);
            lines = 1;
            self.line = Some(2);
        }
        if self.reading.dialect.header || own.is_some() {
            let header = header::read(&mut self.blocks, &self.reading, &self.name);
            let header = header.map_err(|error| self.name_failure(error))?;
            let mut header =
                header.ok_or_else(|| Error::NoHeader { source_name: self.name.to_string() })?;
            self.refuse_bad_header()?;
            self.line = Some(1 + lines + header.lines);
            let Reading { own_columns, dialect, .. } = &self.reading;
            self.own_header = own_columns.take_off(&mut header, dialect);
            self.header = Some(header);
        }
        Ok(())
    }

    /// Refuses a header that holds what could not be read: nobody would know the names.
    fn refuse_bad_header(&self) -> Result<(), Error> {
        match self.map().notes().first() {
            Some(note) if note.at < self.blocks.offset() => Err(Error::NotOfEncoding {
                source_name: self.name.to_string(),
                problem: note.problem,
            }),
            _ => Ok(()),
        }
    }

    /// Goes to the first record that begins at or after the start of `owned`: behind the first line
    /// end from the byte before it on.
    fn seek(&mut self, owned: &Range<u64>, head: &Head) -> Result<(), Error> {
        let in_head = owned.start <= head.end;
        self.aligned = in_head;
        self.line = in_head.then_some(1 + head.lines);
        loop {
            let is_there = if in_head {
                let missing = head.end - self.blocks.offset();
                let read = self.blocks.bytes().len();
                self.blocks.consume(usize::try_from(missing).map_or(read, |n| n.min(read)));
                self.blocks.offset() == head.end
            } else {
                self.blocks.skip_line()
            };
            if is_there || self.blocks.is_last() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Its header, if the dialect has one; that of the data in a file that an earlier run has
    /// rejected.
    pub(crate) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The header of the four columns in front of the data, with the delimiter behind them, in a
    /// file that an earlier run has rejected.
    pub(crate) fn own_header(&self) -> Option<&[u8]> {
        self.own_header.as_deref()
    }

    /// The bytes behind the header, as far as they are read.
    pub(crate) fn next_bytes(&self) -> &[u8] {
        self.blocks.bytes()
    }

    /// Name of the source.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The bytes of the block that is being read, and what is known of it.
    pub(crate) fn block(&self) -> (&[u8], BlockContext) {
        (self.blocks.bytes(), self.context())
    }

    /// Where the text that is read and not handed over stood in the file.
    pub(crate) fn map(&self) -> &TextMap {
        self.blocks.get_ref().map()
    }

    /// Calls `cut` with the next block. If `cut` stops at a quote because the block may begin
    /// inside a cell, and it turns out to begin with a record, `cut` is called once more. Nothing
    /// is consumed yet.
    ///
    /// # Errors
    ///
    /// If `cut` cannot cut the block; the message names the place.
    pub(crate) fn cut_block(
        &mut self,
        mut cut: impl FnMut(&[u8], BlockContext, &TextMap) -> Result<Consumed, CutError>,
    ) -> Result<Consumed, Error> {
        let consumed = match cut(self.blocks.bytes(), self.context(), self.map()) {
            Err(stop) if self.is_aligned_after_all(stop)? => {
                cut(self.blocks.bytes(), self.context(), self.map())
            }
            cut => cut,
        };
        consumed.map_err(|stop| self.stopped(stop))
    }

    /// Whether the file ends with what was `consumed` of the block, and without a line end. That is
    /// warned of, or an error where settings say so.
    pub(crate) fn is_unended(&self, consumed: Consumed) -> Result<bool, Error> {
        let is_whole_file = self.end == u64::MAX;
        // The last record of a file that is cut belongs to the range that it begins in.
        let has_records = consumed.bytes > 0 || is_whole_file;
        if !self.blocks.is_last() || consumed.in_line || !has_records {
            return Ok(false);
        }
        let is_all = consumed.bytes == self.blocks.bytes().len();
        let last_byte = self.blocks.last_byte().filter(|_| is_all);
        if !last_byte.is_some_and(|byte| self.blocks.get_ref().is_unended(byte)) {
            return Ok(false);
        }
        // The line before that of the next byte, if there were one.
        let line = self.line_of(consumed.bytes, consumed.lines).map(|next| (next - 1).max(1));
        if self.reading.final_newline {
            let place = line.map_or(String::new(), |line| format!(", line {line}"));
            return Err(Error::NoFinalNewline { place: format!("{}{place}", self.name) });
        }
        tracing::warn!(
            file = %self.name,
            line,
            "the last record has no line end, and it was taken as a whole one: if the upload was \
             cut off, send the file once more; --require-final-newline makes this an error"
        );
        Ok(true)
    }

    /// Passes over what was consumed of the block.
    pub(crate) fn consume(&mut self, consumed: Consumed) {
        self.blocks.consume(consumed.bytes);
        let end = self.blocks.offset();
        let _passed = self.blocks.get_mut().take_map(end);
        self.pass_lines(consumed);
    }

    /// Hands over the block, as far as it was consumed, in exchange for a buffer whose contents do
    /// not matter: the buffer that it is in, its place there, and where it stood in the file.
    pub(crate) fn hand_over(
        &mut self,
        consumed: Consumed,
        buffer: Vec<u8>,
    ) -> (Vec<u8>, Range<usize>, TextMap) {
        self.pass_lines(consumed);
        let (buffer, range) = self.blocks.hand_over(consumed.bytes, buffer);
        let end = self.blocks.offset();
        (buffer, range, self.blocks.get_mut().take_map(end))
    }

    fn pass_lines(&mut self, consumed: Consumed) {
        self.line = self.line.map(|line| line + consumed.lines);
    }

    /// Reads the next block behind one that was consumed as far as this. Returns whether there is
    /// one.
    pub(crate) fn read_on(&mut self, consumed: Consumed) -> Result<bool, Error> {
        if consumed.in_line {
            return self.pass_line();
        }
        if self.blocks.is_last() || consumed.done {
            return Ok(false);
        }
        self.fill()?;
        Ok(true)
    }

    /// Passes over the rest of a line. Returns whether anything follows it.
    fn pass_line(&mut self) -> Result<bool, Error> {
        while !self.blocks.skip_line() {
            if self.blocks.is_last() {
                return Ok(false);
            }
            self.fill()?;
        }
        if self.blocks.bytes().is_empty() && !self.blocks.is_last() {
            self.fill()?;
        }
        Ok(!self.blocks.bytes().is_empty())
    }

    /// Line of the next byte of the text, from 1; unknown in the middle of a file.
    pub(crate) fn line(&self) -> Option<u64> {
        self.line
    }

    fn context(&self) -> BlockContext {
        BlockContext {
            offset: self.blocks.offset(),
            end: self.end,
            last: self.blocks.is_last(),
            aligned: self.aligned,
        }
    }

    /// Whether a line whose quotes do not pair up is a record all the same, since nothing before
    /// the first record has left a quote open.
    fn is_aligned_after_all(&mut self, stop: CutError) -> Result<bool, Error> {
        if self.aligned || !matches!(stop, CutError::OpenQuote { .. }) {
            return Ok(false);
        }
        let entry = &self.blocks.get_ref().source().entry;
        self.aligned = alignment::begins_with_record(
            &self.storage,
            entry,
            &self.reading,
            self.head,
            self.first,
        )?;
        Ok(self.aligned)
    }

    /// Offset of the next byte in the text.
    pub(crate) fn offset(&self) -> u64 {
        self.blocks.offset()
    }

    /// Offset of the next byte in the decompressed source; of Parquet, the bytes that were read.
    pub(crate) fn source_offset(&self) -> u64 {
        self.rows().map_or_else(|| self.map().offset(self.blocks.offset()), ParquetRows::bytes)
    }

    /// The rows that it is made of, where it is made of Parquet.
    pub(crate) fn rows(&self) -> Option<&ParquetRows> {
        self.blocks.get_ref().rows()
    }

    /// What was read. The rest of the source, if any, is read for it.
    pub(crate) fn into_fingerprint(self) -> Result<InputFile, Error> {
        self.blocks.into_inner().into_fingerprint()
    }

    fn fill(&mut self) -> Result<(), Error> {
        let filled = self.blocks.fill().map(drop);
        filled.map_err(|error| self.blocks.get_ref().failed(error, self.blocks.end_offset()))
    }

    /// An error of reading that came up while the header was read.
    fn name_failure(&self, error: Error) -> Error {
        match error {
            Error::Io(error) => self.blocks.get_ref().failed(error, self.blocks.end_offset()),
            error => error,
        }
    }

    fn stopped(&self, stop: CutError) -> Error {
        let (CutError::TooLong { at, lines } | CutError::OpenQuote { at, lines }) = stop;
        let place = self.place(at, lines);
        match stop {
            CutError::TooLong { .. } => {
                Error::RecordTooLong { place, limit: self.reading.longest_record }
            }
            CutError::OpenQuote { .. } => Error::QuotedLineBreak { place },
        }
    }

    /// The record `at` this offset of the block, `lines` lines on, as messages name it.
    pub(crate) fn place(&self, at: usize, lines: u64) -> String {
        if self.rows().is_some() {
            return format!("{}, row {}", self.name, self.line_of(at, lines).unwrap_or(0));
        }
        let byte = self.map().offset(self.blocks.offset() + at as u64);
        match self.line_of(at, lines) {
            Some(line) => format!("{}, line {line}, byte {byte}", self.name),
            None => format!("{}, byte {byte}", self.name),
        }
    }

    /// Line in the file of the record `at` this offset of the block, `lines` lines on.
    pub(crate) fn line_of(&self, at: usize, lines: u64) -> Option<u64> {
        let at = self.blocks.offset() + at as u64;
        self.line.map(|line| self.map().line(at, line + lines))
    }
}
