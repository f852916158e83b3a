//! Cuts input into tasks, in a thread of its own.

use std::{
    cell::RefCell,
    io::{BufRead as _, BufReader, ErrorKind, Read as _},
    path::{Path, PathBuf},
    rc::Rc,
};

use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};
use worker_runtime::Shutdown;

use super::{
    arrivals::Arrivals,
    batcher::{Batch, Batcher},
    csv_quotes::Checked,
    header::{Row, check_header, is_header_like, row_kind},
    notes::Notes,
    text_check::{self, BYTE_ORDER_MARK, CR_ALONE, has_inner_return},
    unique_key::unique_key,
};
use crate::{
    cli::{Format, PushArgs},
    commands::error::CommandError,
};

/// What became of the tasks that were read.
pub(super) struct WasRead {
    pub(super) read: u64,
    /// What is told of the input.
    pub(super) notes: Notes,
    /// Whether a stop came before the end of the input.
    pub(super) is_cut: bool,
}

/// Reads all sources to their end, and sends what is cut out of them.
pub(super) fn read_all(
    args: PushArgs,
    sender: mpsc::Sender<Batch>,
    shutdown: Shutdown,
) -> JoinHandle<Result<WasRead, CommandError>> {
    spawn_blocking(move || {
        let batcher = Rc::new(RefCell::new(Batcher::new(sender, shutdown)));
        let mut reader = Cutter {
            args: &args,
            batcher: Rc::clone(&batcher),
            tasks: 0,
            notes: Notes::default(),
            first_line: None,
        };
        let sources = if args.input.files.is_empty() {
            vec![PathBuf::from("-")]
        } else {
            args.input.files.clone()
        };
        let mut is_cut = false;
        let mut result = Ok(());
        for source in &sources {
            is_cut = batcher.borrow().is_stopped();
            if is_cut {
                break;
            }
            match reader.source(source) {
                Ok(whole) => is_cut = !whole,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
            if is_cut {
                break;
            }
        }
        // What was good before an error is pushed, and counted: the line that the error names is
        // the first that is not.
        batcher.borrow_mut().flush();
        let Cutter { tasks: read, notes, .. } = reader;
        result.map(|()| WasRead { read, notes, is_cut })
    })
}

/// What standard input is called.
const STDIN: &str = "stdin";

/// Cuts input into tasks.
struct Cutter<'a> {
    args: &'a PushArgs,
    batcher: Rc<RefCell<Batcher>>,
    tasks: u64,
    notes: Notes,
    /// The first line of the first source.
    first_line: Option<Vec<u8>>,
}

type Input = Arrivals<Rc<RefCell<Batcher>>>;

impl Cutter<'_> {
    /// Reads a source; false when it was stopped before its end.
    fn source(&mut self, path: &Path) -> Result<bool, CommandError> {
        let name =
            if path == Path::new("-") { STDIN.to_owned() } else { path.display().to_string() };
        let input = Arrivals::of(path, Rc::clone(&self.batcher));
        match self.args.input.format {
            Format::Lines => self.lines(&name, input, false),
            Format::Ndjson => self.lines(&name, input, true),
            Format::Csv => self.csv(&name, input),
        }
    }

    fn lines(&mut self, name: &str, input: Input, json: bool) -> Result<bool, CommandError> {
        let most = self.args.input.max_task_size;
        let mut input = BufReader::with_capacity(64 << 10, input);
        for number in 1u64.. {
            let place = || format!("line {number}");
            let mut line = Vec::new();
            let read = (&mut input).take(most as u64 + 2).read_until(b'\n', &mut line);
            let read =
                read.map_err(|source| CommandError::Read { path: name.to_owned(), source })?;
            let is_whole = line.last() == Some(&b'\n');
            if is_whole {
                line.pop();
            } else if read == 0 || input.get_ref().is_cut() {
                // Half a line is no task: its producer has not written it yet.
                return Ok(!input.get_ref().is_cut());
            }
            let refused = |what| input_error(name, place(), what);
            if number == 1 {
                text_check::beginning(&line).map_err(refused)?;
                if line.starts_with(BYTE_ORDER_MARK) {
                    line.drain(..BYTE_ORDER_MARK.len());
                }
            }
            let behind = (number == 1).then(|| input.buffer());
            text_check::no_nul_in_line(&line, behind).map_err(refused)?;
            // A file that was made on Windows: the CR belongs to the line's end, and no handler
            // expects it in its task.
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            if line.len() <= most && line.trim_ascii().is_empty() {
                self.notes.blank += 1;
                continue;
            }
            if number == 1 {
                if !is_whole && read < most + 2 && has_inner_return(&line) {
                    return Err(refused(CR_ALONE.to_owned()));
                }
                if !json && self.is_header(name, &line) {
                    self.notes.header_tasks.seen(|| format!("{name}, {}", place()));
                }
            }
            let is_text = str::from_utf8(&line);
            if json {
                is_text.map_err(|error| refused(not_utf_8(&error)))?;
                serde_json::from_slice::<serde::de::IgnoredAny>(&line).map_err(|error| {
                    refused(format!(
                        "not JSON: {error}; a line is one whole JSON value, as jq -c writes it"
                    ))
                })?;
            } else if is_text.is_err() {
                self.notes.not_utf8.seen(|| format!("{name}, {}", place()));
            }
            if !json && has_inner_return(&line) {
                self.notes.returns.seen(|| format!("{name}, {}", place()));
            }
            self.task(name, &place, line)?;
            // One task that somebody has typed, as by printf, is no file that was cut.
            if !is_whole && (number > 1 || name != STDIN) {
                self.notes.unended.seen(|| format!("{name}, {}", place()));
            }
        }
        Ok(true)
    }

    /// Whether the first line of a source is most likely a header: its file says that it is a
    /// table, or the first source has begun with the same line.
    fn is_header(&mut self, name: &str, line: &[u8]) -> bool {
        let extension = Path::new(name).extension().unwrap_or_default();
        let is_table = ["csv", "tsv"].iter().any(|known| extension.eq_ignore_ascii_case(known));
        let is_first = self.first_line.is_none();
        let first = self.first_line.get_or_insert_with(|| line.to_vec());
        is_header_like(line) && (is_table || (!is_first && first == line))
    }

    fn csv(&mut self, name: &str, input: Input) -> Result<bool, CommandError> {
        let input = Checked::new(input, self.args.input.delimiter);
        let mut rows =
            csv::ReaderBuilder::new().delimiter(self.args.input.delimiter).from_reader(input);
        let broken = |place: String, error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == ErrorKind::InvalidData => {
                input_error(name, format!("at or after {place}"), source.to_string())
            }
            csv::ErrorKind::Io(source) => CommandError::Read { path: name.to_owned(), source },
            kind => input_error(name, place, describe(&kind)),
        };
        let header = rows.headers().map_err(|error| broken("line 1".to_owned(), error))?.clone();
        check_header(&header, self.args.input.delimiter)
            .map_err(|what| input_error(name, "line 1".to_owned(), what))?;
        let mut row = csv::StringRecord::new();
        for number in 2u64.. {
            let more = rows
                .read_record(&mut row)
                .map_err(|error| broken(format!("record {number}"), error));
            if rows.get_ref().is_cut() {
                // The record that a stop has cut, if there was one.
                return Ok(false);
            }
            if !more? {
                if rows.get_ref().is_unended() {
                    self.notes.unended.seen(|| format!("{name}, record {}", number - 1));
                }
                return Ok(true);
            }
            match row_kind(&row, &header) {
                Row::Record => {}
                Row::Header => {
                    self.notes.headers.seen(|| format!("{name}, record {number}"));
                    continue;
                }
                Row::Blank => {
                    self.notes.blank += 1;
                    continue;
                }
                Row::OtherHeader => {
                    let what = "the names of the header in another order, as where two files of \
                                different columns were put together: push each by itself";
                    return Err(input_error(name, format!("record {number}"), what.to_owned()));
                }
            }
            let mut task = Vec::with_capacity(64 + row.as_slice().len() * 2);
            for (field, value) in header.iter().zip(&row) {
                task.push(if task.is_empty() { b'{' } else { b',' });
                serde_json::to_writer(&mut task, field).expect("a Vec takes every write");
                task.push(b':');
                serde_json::to_writer(&mut task, value).expect("a Vec takes every write");
            }
            task.push(b'}');
            self.task(name, &|| format!("record {number}"), task)?;
        }
        Ok(true)
    }

    fn task(
        &mut self,
        name: &str,
        place: &dyn Fn() -> String,
        task: Vec<u8>,
    ) -> Result<(), CommandError> {
        if task.len() > self.args.input.max_task_size {
            let most = self.args.input.max_task_size;
            let mut what = format!("longer than --max-task-size ({most} bytes)");
            if has_inner_return(&task) {
                what.push_str("; or ");
                what.push_str(CR_ALONE);
            }
            return Err(input_error(name, place(), what));
        }
        let key = match &self.args.known.unique_by {
            Some(field) => Some(
                unique_key(&task, field)
                    .map_err(|why| input_error(name, place(), why.words(field)))?,
            ),
            None => self.args.known.unique.then(|| task.clone()),
        };
        self.tasks += 1;
        self.batcher.borrow_mut().add(task, key);
        Ok(())
    }
}

fn describe(kind: &csv::ErrorKind) -> String {
    match kind {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => not_utf_8(err),
        other => format!("{other:?}"),
    }
}

fn not_utf_8(error: &dyn std::error::Error) -> String {
    format!("not UTF-8 ({error}); convert it first, as with iconv -f WINDOWS-1252 -t UTF-8")
}

fn input_error(name: &str, place: String, what: String) -> CommandError {
    CommandError::Input { source_name: name.to_owned(), place, what }
}
