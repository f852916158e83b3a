//! Reads, parses and counts the lines of one span.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bumpalo::Bump;
use job_files::{Belt, InputCompression, OpenSource};
use object_storage::Storage;
use worker_runtime::{Progress, Shutdown};

use crate::counting::BATCH;
use crate::error::Error;
use crate::filters::Filters;
use crate::formats::{
    Entry, Format, InPlace, Line, MAX_LINE_BYTES, Parser, Presence, Proxies, Remark, Unparsed,
    detect_with, fitted, not_text,
};

use super::anonymous::Anonymizer;
use super::copies::FileStart;
use super::line_blocks::{LineBlock, LineBlocks};
use super::span::{HEAD, Span};
use super::span_counts::{FileLines, SpanCounts};

/// What counting a span takes. All threads share it.
pub(crate) struct SpanCounter<'a> {
    storage: &'a Storage,
    /// Seconds that the clocks of the servers are ahead of UTC, for times that name no zone.
    /// `None` where no setting says it: such times are taken as UTC, with a remark.
    log_offset: Option<i32>,
    /// How JSON lines are read, in whatever file they are found.
    json: &'a Format,
    /// Who is believed about clients.
    proxies: &'a Proxies,
    /// What is counted in the place of clients.
    anonymizer: &'a Anonymizer,
    /// Which requests are counted.
    filters: &'a Filters,
    progress: &'a Progress,
    shutdown: &'a Shutdown,
    /// Microseconds that threads waited for blocks of lines, and that they parsed and counted
    /// them, all threads together.
    reading_us: AtomicU64,
    counting_us: AtomicU64,
}

impl<'a> SpanCounter<'a> {
    /// A counter for all spans of a month.
    pub(crate) fn new(
        storage: &'a Storage,
        json: &'a Format,
        (proxies, anonymizer): (&'a Proxies, &'a Anonymizer),
        filters: &'a Filters,
        log_offset: Option<i32>,
        progress: &'a Progress,
        shutdown: &'a Shutdown,
    ) -> Self {
        SpanCounter {
            storage,
            log_offset,
            json,
            proxies,
            anonymizer,
            filters,
            progress,
            shutdown,
            reading_us: AtomicU64::new(0),
            counting_us: AtomicU64::new(0),
        }
    }

    /// How long threads have waited for blocks of lines, all in all.
    pub(crate) fn reading(&self) -> Duration {
        Duration::from_micros(self.reading_us.load(Relaxed))
    }

    /// How long threads have parsed and counted lines, all in all.
    pub(crate) fn counting(&self) -> Duration {
        Duration::from_micros(self.counting_us.load(Relaxed))
    }

    /// Counts the lines of a span.
    pub(crate) fn count(&self, span: &Span, counts: &mut SpanCounts) -> Result<(), Error> {
        let extent = span.source.extent(MAX_LINE_BYTES as u64 + 2);
        let open =
            OpenSource::new(self.storage, span.source.clone(), extent, self.progress.clone())?;
        let compression = open.compression();
        let lines = LineBlocks::new(open, span.source.owned.as_ref());
        let before = (counts.month.lines(), counts.month.unparsed());
        let mut reading = SpanReading {
            counter: self,
            span,
            counts,
            parser: None,
            began: false,
            end: 0,
            format: String::new(),
            present: Presence::default(),
            arena: Bump::new(),
        };
        let open = match compression {
            InputCompression::None => reading.beside_nobody(lines)?,
            // Decompressing takes longer than counting: a second processor, if there is one, does
            // it meanwhile.
            InputCompression::Gzip
            | InputCompression::Zstd
            | InputCompression::Bzip2
            | InputCompression::Xz => reading.beside_the_decoder(lines)?,
        };
        reading.end();
        let (name, present) = (std::mem::take(&mut reading.format), reading.present);
        let of_file = FileLines {
            lines: counts.month.lines() - before.0,
            unparsed: counts.month.unparsed() - before.1,
        };
        if of_file.unparsed > 0 || span.source.owned.is_some() {
            counts.files.insert(span.file, of_file);
        }
        if !self.filters.is_empty() && of_file.lines > of_file.unparsed {
            counts.present.entry(name).or_default().join(present);
        }
        counts.input.push(open.into_fingerprint());
        Ok(())
    }

    /// Whether requests are changed, or some are left out, before they are counted.
    fn prepares(&self) -> bool {
        !self.anonymizer.is_off() || !self.filters.is_empty()
    }

    /// Corrects the time of a request whose log names no zone, where a setting says the zone.
    #[inline]
    fn place_in_zone(&self, entry: &mut Entry<'_>) {
        if let Some(offset) = self.log_offset
            && entry.remarks.has(Remark::NoZone)
        {
            entry.time -= i64::from(offset);
            entry.remarks.remove(Remark::NoZone);
        }
    }
}

struct SpanReading<'a, 'b> {
    counter: &'a SpanCounter<'a>,
    span: &'a Span,
    counts: &'b mut SpanCounts,
    /// `None` before the first line, or where the format cannot be found.
    parser: Option<Parser>,
    began: bool,
    /// Offset of what follows the lines that were read.
    end: u64,
    /// The name of the format.
    format: String,
    /// The fields that its lines have, where filters ask for some.
    present: Presence,
    /// Memory for values of a block's lines that do not stand in the lines themselves.
    arena: Bump,
}

fn next(lines: &mut LineBlocks<OpenSource>, used: LineBlock) -> Result<Option<LineBlock>, Error> {
    Ok(lines.next(used, OpenSource::failed)?)
}

impl SpanReading<'_, '_> {
    fn beside_nobody(&mut self, mut lines: LineBlocks<OpenSource>) -> Result<OpenSource, Error> {
        let mut used = LineBlock::default();
        loop {
            let began = Instant::now();
            let next = next(&mut lines, used)?;
            self.counter.reading_us.fetch_add(began.elapsed().as_micros() as u64, Relaxed);
            let Some(block) = next else { return Ok(lines.into_inner()) };
            self.take(&block)?;
            used = block;
        }
    }

    fn beside_the_decoder(
        &mut self,
        mut lines: LineBlocks<OpenSource>,
    ) -> Result<OpenSource, Error> {
        std::thread::scope(|threads| {
            let counter = self.counter;
            let belt = Belt::start(threads, "counter", move |blocks| {
                while let Some(block) = blocks.next() {
                    self.take(&block)?;
                    blocks.give_back(block);
                }
                Ok::<(), Error>(())
            })?;
            loop {
                let began = Instant::now();
                let next = next(&mut lines, belt.empty())?;
                counter.reading_us.fetch_add(began.elapsed().as_micros() as u64, Relaxed);
                // The other thread takes no more where it has failed, and says why.
                if !next.is_some_and(|block| belt.put(block)) {
                    break;
                }
            }
            belt.end()?;
            Ok(lines.into_inner())
        })
    }

    /// Counts the lines of a block.
    fn take(&mut self, block: &LineBlock) -> Result<(), Error> {
        if self.counter.shutdown.is_requested() {
            return Err(Error::Stopped);
        }
        let began = Instant::now();
        if !self.began {
            self.begin(block.lines())?;
            if !self.began {
                return Ok(());
            }
        }
        if block.nuls {
            self.counts.month.add_remark(Remark::Nuls);
        }
        if self.counter.prepares() {
            self.count_block::<true>(block);
        } else {
            self.count_block::<false>(block);
        }
        self.counter.counting_us.fetch_add(began.elapsed().as_micros() as u64, Relaxed);
        Ok(())
    }

    /// Counts the lines of a block; each request is prepared before, if that is asked for.
    fn count_block<const PREPARE: bool>(&mut self, block: &LineBlock) {
        let lines = block.lines();
        let arena = std::mem::take(&mut self.arena);
        let mut batch = [Entry::default(); BATCH];
        let (mut at, mut filled) = (0, 0);
        while at < lines.len() {
            let (rest, entry) = (&lines[at..], &mut batch[filled]);
            let (length, mut is_entry) =
                match self.parser.as_mut().and_then(|parser| parser.parse_next(rest, entry)) {
                    Some(length) => (length, true),
                    None => self.take_line(rest, block.offset + at as u64, &arena, entry),
                };
            if PREPARE && is_entry {
                is_entry = self.prepare(entry, &arena);
            }
            at += length;
            filled += usize::from(is_entry);
            if filled == BATCH {
                self.counts.month.add_all(&batch);
                filled = 0;
            }
        }
        self.counts.month.add_all(&batch[..filled]);
        self.end = block.offset + lines.len() as u64;
        self.arena = arena;
        self.arena.reset();
    }

    /// Whether a request is counted. If it is, its client is made anonymous where that is asked
    /// for.
    fn prepare<'c>(&mut self, entry: &mut Entry<'c>, arena: &'c Bump) -> bool {
        let SpanCounter { filters, anonymizer, .. } = self.counter;
        if !filters.is_empty() {
            self.present.join(Presence::of(entry));
            if let Some(filter) = filters.dropping(entry)
                && self.counts.month.leave_out(entry, filter)
            {
                return false;
            }
        }
        entry.client = anonymizer.stored(entry.client, arena);
        true
    }

    /// Reads the first of these lines, and gives its length with its line feed and whether it is a
    /// request.
    fn take_line<'c>(
        &mut self,
        lines: &'c [u8],
        offset: u64,
        arena: &'c Bump,
        entry: &mut Entry<'c>,
    ) -> (usize, bool) {
        let end = memchr::memchr(b'\n', lines);
        let line = &lines[..end.unwrap_or(lines.len())];
        let read = match &mut self.parser {
            Some(parser) => parser.parse_in_place(line, entry),
            None => Err(Unparsed::Format),
        };
        let is_entry = match read {
            Ok(InPlace::Entry) => {
                self.counter.place_in_zone(entry);
                true
            }
            Ok(InPlace::Nothing) => {
                if line.first() == Some(&0) {
                    self.counts.month.add_remark(Remark::Nuls);
                }
                false
            }
            Ok(InPlace::Apart) => self.read_apart(line, offset, arena, entry),
            Err(why) => {
                self.unparsed(line, offset, why);
                false
            }
        };
        (line.len() + usize::from(end.is_some()), is_entry)
    }

    /// Reads a line whose values do not all stand in it as they are; they go into the arena.
    /// `false` where it is not a request.
    fn read_apart<'c>(
        &mut self,
        line: &[u8],
        offset: u64,
        arena: &'c Bump,
        entry: &mut Entry<'c>,
    ) -> bool {
        let Some(parser) = &mut self.parser else { return false };
        match parser.parse_apart(line) {
            Ok(Line::Entry(read)) => {
                *entry = read.copied_to(arena);
                self.counter.place_in_zone(entry);
                return true;
            }
            Ok(Line::Nothing) => {}
            Err(why) => self.unparsed(line, offset, why),
        }
        false
    }

    /// Counts what is left behind the last line: pieces of lines whose ends are not in the log.
    fn end(&mut self) {
        let Some(parser) = &mut self.parser else { return };
        let unfinished: Vec<Vec<u8>> = parser.take_unfinished().collect();
        unfinished.iter().for_each(|line| self.unparsed(line, self.end, Unparsed::Shape));
    }

    #[cold]
    fn unparsed(&mut self, line: &[u8], offset: u64, why: Unparsed) {
        self.counts.month.add_unparsed(why);
        self.counts.sample.add(line, &self.span.source.name, offset, why);
    }

    /// Looks at the beginning of the span, which shows its format where nothing else does.
    ///
    /// # Errors
    ///
    /// If the file is not text but has to be unpacked or converted first: the few things in it
    /// that look like lines are not its lines.
    fn begin(&mut self, lines: &[u8]) -> Result<(), Error> {
        let source = &self.span.source;
        let is_beginning = source.owned.as_ref().is_none_or(|owned| owned.start == 0);
        if is_beginning && let Some(found) = not_text(lines) {
            return Err(Error::UnknownFormat { source_name: source.name.clone(), source: found });
        }
        self.began = true;
        if is_beginning && let Some(beginning) = FileStart::of(lines) {
            self.counts.starts.push((source.name.clone(), beginning));
        }
        let head = &lines[..lines.len().min(HEAD)];
        let found = match &self.span.format {
            // The format of a file that was cut was found at its beginning.
            Some(format) if source.owned.is_some() => Ok(Some(format.clone())),
            Some(format) => Ok(Some(fitted(format, head))),
            None => detect_with(head, self.counter.json),
        };
        match found {
            Ok(Some(format)) => {
                self.parser = Some(Parser::new(&format).believing(self.counter.proxies.clone()));
                (self.format, self.present) = (format.name().to_owned(), format.presence());
                if is_beginning {
                    *self.counts.formats.entry(format.name().to_owned()).or_default() += 1;
                }
            }
            // Only blank lines so far: the next block is looked at.
            Ok(None) => self.began = false,
            Err(error) => self.counts.unknown = Some((source.name.clone(), error)),
        }
        Ok(())
    }
}
