//! A source, opened and positioned at the first record that belongs to the partition.

use std::io::Read as _;
use std::ops::Range;
use std::sync::Arc;

use job_files::{Blocks, Compression, InputFile, OpenSource, Source};
use object_storage::Storage;
use table_schema::Misgrouped;
use worker_runtime::Progress;

use crate::error::Error;
use crate::header::{self, Reading};
use crate::judge::{Judge, Judgement};
use crate::sorter::Place;
use csv_records::ranges::{Alignment, AlignmentProbe, BlockContext, CutError, Cutter};
use csv_records::{Header, Malformed};

/// Judged records on their way to where they are sorted, with all that is to be known of them.
#[derive(Default)]
pub(crate) struct Lot {
    buffer: Vec<u8>,
    records: Range<usize>,
    found: Judgement,
    source: Arc<str>,
    offset: u64,
    line: Option<u64>,
}

impl Lot {
    /// The block that was judged.
    pub(crate) fn block(&self) -> &[u8] {
        &self.buffer[self.records.clone()]
    }

    /// What was found in it.
    pub(crate) fn found(&self) -> &Judgement {
        &self.found
    }

    /// Where it stands.
    pub(crate) fn place(&self) -> Place<'_> {
        Place { source: &self.source, offset: self.offset, line: self.line }
    }
}

/// Records of one source.
pub(crate) struct RecordStream {
    storage: Storage,
    blocks: Blocks<OpenSource>,
    reading: Reading,
    name: Arc<str>,
    header: Option<Header>,
    /// Line of the next byte, from 1; unknown in the middle of a file.
    line: Option<u64>,
    /// Records that begin here or later belong to the next partition.
    end: u64,
    /// Offset of the first record.
    first: u64,
    /// The first record is known to be one ([`BlockContext::aligned`]).
    aligned: bool,
    /// Fields of which it was told that their groups may be none.
    told: Vec<u16>,
}

impl RecordStream {
    /// Opens `source` and reads its header, if the dialect has one.
    pub(crate) fn open(
        storage: &Storage,
        source: &Source,
        reading: Reading,
        progress: &Progress,
    ) -> Result<Self, Error> {
        let extent = source.extent(reading.longest_record as u64);
        let start = extent.start;
        let open = OpenSource::new(storage, source.clone(), extent, progress.clone())?;
        let mut stream = RecordStream {
            storage: storage.clone(),
            blocks: Blocks::new(open, start),
            reading,
            name: source.name.as_str().into(),
            header: None,
            line: Some(1),
            end: source.owned.as_ref().map_or(u64::MAX, |owned| owned.end),
            first: 0,
            aligned: true,
            told: Vec::new(),
        };
        match &source.owned {
            None => stream.read_header()?,
            Some(owned) => {
                let head = Head::read(storage, source, reading)?;
                stream.seek(owned, &head)?;
                stream.header = head.header;
            }
        }
        stream.first = stream.blocks.offset();
        Ok(stream)
    }

    fn read_header(&mut self) -> Result<(), Error> {
        self.fill()?;
        header::skip_mark(&mut self.blocks, &self.name)?;
        if self.reading.dialect.header {
            let header = header::read(&mut self.blocks, self.reading, &self.name);
            let header = header.map_err(|error| self.name_failure(error))?;
            let header =
                header.ok_or_else(|| Error::NoHeader { source_name: self.name.to_string() })?;
            self.line = Some(1 + header.lines);
            self.header = Some(header);
        }
        Ok(())
    }

    /// Goes to the first record that begins at or after the start of `owned`: behind the first line
    /// end from the byte before it on.
    fn seek(&mut self, owned: &Range<u64>, head: &Head) -> Result<(), Error> {
        let in_head = owned.start <= head.end;
        self.aligned = in_head;
        self.line = in_head.then_some(1 + head.header.as_ref().map_or(0, |header| header.lines));
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

    /// Its header, if the dialect has one.
    pub(crate) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The bytes behind the header, as far as they are read.
    pub(crate) fn next_bytes(&self) -> &[u8] {
        self.blocks.bytes()
    }

    /// Name of the source.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Judges the next block, into `lot`, whose contents do not matter. Returns whether there are
    /// further ones.
    pub(crate) fn judge_block(
        &mut self,
        judge: &mut Judge<'_>,
        lot: &mut Lot,
    ) -> Result<bool, Error> {
        let (context, offset) = (self.context(), self.blocks.offset());
        let consumed = match judge.judge(self.blocks.bytes(), context, &mut lot.found) {
            Err(stop) if self.is_aligned_after_all(stop)? => {
                judge.judge(self.blocks.bytes(), self.context(), &mut lot.found)
            }
            judged => judged,
        };
        let consumed = consumed.map_err(|stop| self.stopped(stop))?;
        for number in std::mem::take(&mut lot.found.misgrouped) {
            self.tell_misgrouped(judge, &number);
        }
        (lot.buffer, lot.records) =
            self.blocks.hand_over(consumed.bytes, std::mem::take(&mut lot.buffer));
        (lot.source, lot.offset, lot.line) = (Arc::clone(&self.name), offset, self.line);
        self.line = self.line.map(|line| line + consumed.lines);
        if context.last || consumed.done {
            return Ok(false);
        }
        self.fill()?;
        Ok(true)
    }

    /// Gives the records of the next block to `write` as they stand in the source. Returns whether
    /// there are further ones.
    ///
    /// # Errors
    ///
    /// Where the quotes of a record are opened and never closed: a program would take whatever
    /// follows for one cell, the next file included.
    pub(crate) fn give_block(
        &mut self,
        cutter: &mut Cutter,
        write: &mut impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let context = self.context();
        let mut unclosed = None;
        let mut lines = 0;
        let mut cut = |block: &[u8], context: BlockContext| {
            (unclosed, lines) = (None, 0);
            cutter.cut(block, context, |record| {
                if record.malformed == Some(Malformed::Unclosed) && unclosed.is_none() {
                    unclosed = Some((record.start, lines));
                }
                lines += u64::from(record.lines);
            })
        };
        let consumed = match cut(self.blocks.bytes(), context) {
            Err(stop) if self.is_aligned_after_all(stop)? => {
                cut(self.blocks.bytes(), self.context())
            }
            cut => cut,
        };
        let consumed = consumed.map_err(|stop| self.stopped(stop))?;
        if let Some((at, lines)) = unclosed {
            return Err(Error::UnclosedQuote { place: self.place(at, lines) });
        }
        write(&self.blocks.bytes()[..consumed.bytes])?;
        self.blocks.consume(consumed.bytes);
        self.line = self.line.map(|line| line + consumed.lines);
        if context.last || consumed.done {
            return Ok(false);
        }
        self.fill()?;
        Ok(true)
    }

    /// Warns of a number whose groups may be none, once for each field of a file.
    fn tell_misgrouped(&mut self, judge: &mut Judge<'_>, number: &Misgrouped) {
        if self.told.contains(&number.field) {
            return;
        }
        self.told.push(number.field);
        let lines = judge.lines_before(self.blocks.bytes(), self.context(), number);
        tracing::warn!(
            file = %self.name,
            line = self.line.map(|line| line + lines),
            field = judge.field_name(number.field),
            value = %String::from_utf8_lossy(&number.value),
            read_as = number.read_as,
            "a number has groups as nobody writes them (three digits each, and no zero at the \
             start): is the groupChar of the schema the decimalChar of the file? \"strictGroups\": \
             true rejects such values"
        );
    }

    fn context(&self) -> BlockContext {
        BlockContext {
            offset: self.blocks.offset(),
            end: self.end,
            last: self.blocks.is_last(),
            aligned: self.aligned,
        }
    }

    /// Whether a line whose quotes do not pair up is a record all the same, since the bytes from
    /// the first record on show that nothing before them can have left a quote open.
    fn is_aligned_after_all(&mut self, stop: CutError) -> Result<bool, Error> {
        if self.aligned || !matches!(stop, CutError::OpenQuote { .. }) {
            return Ok(false);
        }
        let entry = &self.blocks.get_ref().source.entry;
        let end = self.first.saturating_add(self.reading.longest_record as u64).min(entry.size);
        let mut range = self.storage.open(entry, self.first..end)?;
        let mut probe = AlignmentProbe::new(self.reading.dialect);
        let mut buffer = vec![0; 64 * 1024];
        let start = loop {
            match range.read(&mut buffer)? {
                0 => break probe.end(),
                count => {
                    if let Some(start) = probe.take(&buffer[..count]) {
                        break start;
                    }
                }
            }
        };
        self.aligned = start == Alignment::Record;
        Ok(self.aligned)
    }

    /// Offset of the next byte in the decompressed source.
    pub(crate) fn offset(&self) -> u64 {
        self.blocks.offset()
    }

    /// What was read. The rest of the source, if any, is read for it.
    pub(crate) fn into_fingerprint(self) -> InputFile {
        self.blocks.into_inner().into_fingerprint()
    }

    fn fill(&mut self) -> Result<(), Error> {
        let (offset, held) = (self.blocks.offset(), self.blocks.bytes().len() as u64);
        match self.blocks.fill() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.blocks.get_ref().failed(error, offset + held).into()),
        }
    }

    /// An error of reading that came up while the header was read.
    fn name_failure(&self, error: Error) -> Error {
        match error {
            Error::Io(error) => self.blocks.get_ref().failed(error, self.blocks.offset()).into(),
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
    fn place(&self, at: usize, lines: u64) -> String {
        let byte = self.blocks.offset() + at as u64;
        match self.line {
            Some(line) => format!("{}, line {}, byte {byte}", self.name, line + lines),
            None => format!("{}, byte {byte}", self.name),
        }
    }
}

/// The beginning of a file that is cut into byte ranges, which every partition needs.
struct Head {
    header: Option<Header>,
    /// Offset of the first record.
    end: u64,
}

impl Head {
    fn read(storage: &Storage, source: &Source, reading: Reading) -> Result<Self, Error> {
        let name = &source.name;
        let extent = 0..source.entry.size.min(reading.longest_record as u64 + 8);
        let whole = extent.end == source.entry.size;
        let reader = storage.open(&source.entry, extent)?;
        let mut blocks = Blocks::new(reader.take(source.entry.size), 0);
        blocks.fill()?;
        let compression = Compression::of(blocks.bytes());
        if compression != Compression::None {
            return Err(Error::SplitCompressed {
                source_name: name.clone(),
                compression: compression.as_str(),
            });
        }
        header::skip_mark(&mut blocks, name)?;
        let mut header = None;
        if reading.dialect.header {
            header = header::read(&mut blocks, reading, name)?;
            if header.is_none() && whole {
                return Err(Error::NoHeader { source_name: name.clone() });
            }
            if header.as_ref().is_some_and(|header| header.lines > 1) {
                return Err(Error::QuotedLineBreak { place: format!("{name}, line 1") });
            }
        }
        Ok(Head { header, end: blocks.offset() })
    }
}
