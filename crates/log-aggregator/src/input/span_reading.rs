//! A span of lines on its way into the counts: cut into lines, parsed, and counted in batches.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bumpalo::Bump;
use job_files::{Belt, OpenSource};
use worker_runtime::Shutdown;

use crate::counting::BATCH;
use crate::error::Error;
use crate::formats::{
    Entry, InPlace, Line, OthersBeside, Parser, Presence, Remark, Unparsed, detect_with, fitted,
    not_text,
};

use crate::geo::{DatabaseError, OriginFinder};

use super::copies::FileStart;
use super::landmarks::LandmarkSearch;
use super::line_blocks::{LineBlock, LineBlocks};
use super::line_rules::LineRules;
use super::span::{HEAD, Span};
use super::span_counts::SpanCounts;

/// How long threads waited for blocks of lines, and parsed and counted them, all of them together.
#[derive(Default)]
pub(super) struct BusyTimes {
    reading_us: AtomicU64,
    counting_us: AtomicU64,
}

impl BusyTimes {
    /// Waiting for blocks of lines.
    pub(super) fn reading(&self) -> Duration {
        Duration::from_micros(self.reading_us.load(Relaxed))
    }

    /// Parsing and counting lines.
    pub(super) fn counting(&self) -> Duration {
        Duration::from_micros(self.counting_us.load(Relaxed))
    }
}

/// A span that is being read.
pub(super) struct SpanReading<'a, 'b> {
    pub(super) rules: &'a LineRules<'a>,
    pub(super) shutdown: &'a Shutdown,
    pub(super) busy: &'a BusyTimes,
    pub(super) span: &'a Span,
    pub(super) counts: &'b mut SpanCounts,
    /// `None` before the first line, or where the format cannot be found.
    pub(super) parser: Option<Parser>,
    /// The formats that are tried for lines that have not that of the file.
    pub(super) others: OthersBeside<'a>,
    pub(super) began: bool,
    /// Offset of what follows the lines that were read.
    pub(super) end: u64,
    /// The name of the format.
    pub(super) format: String,
    /// The fields that its lines have, where filters ask for some.
    pub(super) present: Presence,
    /// Finds the countries and networks of clients, where they are looked up.
    pub(super) finder: Option<OriginFinder<'a>>,
    /// What is wrong with a database.
    pub(super) damaged: Option<DatabaseError>,
    /// Finds lines that other files have, too.
    pub(super) landmarks: LandmarkSearch,
    /// Memory for values of a block's lines that do not stand in the lines themselves.
    pub(super) arena: Bump,
}

fn next(lines: &mut LineBlocks<OpenSource>, used: LineBlock) -> Result<Option<LineBlock>, Error> {
    Ok(lines.next(used, OpenSource::failed)?)
}

impl SpanReading<'_, '_> {
    pub(super) fn beside_nobody(
        &mut self,
        mut lines: LineBlocks<OpenSource>,
    ) -> Result<OpenSource, Error> {
        let mut used = LineBlock::default();
        loop {
            let began = Instant::now();
            let next = next(&mut lines, used)?;
            self.busy.reading_us.fetch_add(began.elapsed().as_micros() as u64, Relaxed);
            let Some(block) = next else { return Ok(lines.into_inner()) };
            self.take(&block)?;
            used = block;
        }
    }

    pub(super) fn beside_the_decoder(
        &mut self,
        mut lines: LineBlocks<OpenSource>,
    ) -> Result<OpenSource, Error> {
        std::thread::scope(|threads| {
            let busy = self.busy;
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
                busy.reading_us.fetch_add(began.elapsed().as_micros() as u64, Relaxed);
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
        if self.shutdown.is_requested() {
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
        if self.rules.prepares() {
            self.count_block::<true>(block);
        } else {
            self.count_block::<false>(block);
        }
        self.busy.counting_us.fetch_add(began.elapsed().as_micros() as u64, Relaxed);
        self.damaged
            .take()
            .map_or(Ok(()), |error| Err(Error::Setting(format!("--geo-database {error}"))))
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
                self.count_entries::<PREPARE>(&batch);
                filled = 0;
            }
        }
        self.count_entries::<PREPARE>(&batch[..filled]);
        self.end = block.offset + lines.len() as u64;
        self.arena = arena;
        self.arena.reset();
    }

    fn count_entries<const PREPARE: bool>(&mut self, entries: &[Entry<'_>]) {
        self.landmarks.see(entries, self.span.file, &mut self.counts.landmarks);
        match &mut self.finder {
            Some(finder) if PREPARE => {
                self.counts.month.add_all_from(entries, finder.origins());
                finder.make_room();
            }
            _ => self.counts.month.add_all(entries),
        }
    }

    /// Whether a request is counted. If it is, its origin is found, and then its client made
    /// anonymous, where that is asked for.
    fn prepare<'c>(&mut self, entry: &mut Entry<'c>, arena: &'c Bump) -> bool {
        let LineRules { filters, anonymizer, .. } = self.rules;
        if !filters.is_empty() {
            self.present.join(Presence::of(entry));
            if let Some(filter) = filters.dropping(entry)
                && self.counts.month.leave_out(entry, filter)
            {
                return false;
            }
        }
        if let Some(finder) = &mut self.finder {
            match finder.find(entry.client) {
                Ok(origin) => entry.origin = origin,
                Err(error) => self.damaged = Some(error),
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
                self.rules.place_in_zone(entry);
                true
            }
            Ok(InPlace::Nothing) => {
                if line.first() == Some(&0) {
                    self.counts.month.add_remark(Remark::Nuls);
                }
                false
            }
            Ok(InPlace::Apart) => self.read_apart(line, end.is_some(), offset, arena, entry),
            Err(why) => self.by_other_format(line, end.is_some(), offset, why, arena, entry),
        };
        (line.len() + usize::from(end.is_some()), is_entry)
    }

    /// Reads a line whose values do not all stand in it as they are; they go into the arena.
    /// `false` where it is not a request.
    fn read_apart<'c>(
        &mut self,
        line: &[u8],
        is_whole: bool,
        offset: u64,
        arena: &'c Bump,
        entry: &mut Entry<'c>,
    ) -> bool {
        let Some(parser) = &mut self.parser else { return false };
        match parser.parse_apart(line) {
            Ok(Line::Entry(read)) => {
                *entry = read.copied_to(arena);
                self.rules.place_in_zone(entry);
                return true;
            }
            Ok(Line::Nothing) => {}
            Err(why) => {
                return self.by_other_format(line, is_whole, offset, why, arena, entry);
            }
        }
        false
    }

    /// Reads a line that has not the format of its file by the one that it has. Half a line, behind
    /// which the log ends, may look like a whole one of another format.
    #[cold]
    fn by_other_format<'c>(
        &mut self,
        line: &[u8],
        is_whole: bool,
        offset: u64,
        why: Unparsed,
        arena: &'c Bump,
        entry: &mut Entry<'c>,
    ) -> bool {
        let read = match &mut self.parser {
            Some(parser) if is_whole => self.others.read(parser, line, why, arena),
            _ => None,
        };
        let Some((format, read)) = read else {
            self.unparsed(line, offset, why);
            return false;
        };
        *self.counts.others.entry(format.to_owned()).or_default() += 1;
        *entry = read;
        self.rules.place_in_zone(entry);
        true
    }

    /// Counts what is left behind the last line: pieces of lines whose ends are not in the log.
    pub(super) fn end(&mut self) {
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
            None => detect_with(head, self.rules.json),
        };
        match found {
            Ok(Some(format)) => {
                self.others = self.rules.others.beside(&format);
                let parser = Parser::new(&format).believing(self.rules.proxies.clone());
                let as_logged = self.rules.as_logged;
                self.parser = Some(if as_logged { parser.with_times_as_logged() } else { parser });
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
