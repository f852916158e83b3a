//! The rows of a file, or of those of its row groups that begin in a byte range, as lines.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, PoisonError};

use job_files::{InputFile, Source, fingerprint};
use object_storage::Storage;
use parquet::column::page::PageReader;
use parquet::column::reader::get_column_reader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::serialized_reader::SerializedPageReader;
use table_schema::{ColumnType, Schema};
use worker_runtime::Progress;

use super::column_values::ColumnValues;
use super::form::Form;
use super::node::{Node, RowWriter};
use super::pages::Pages;
use super::problem::ParquetProblem;
use super::window::{Failure, Window};
use crate::error::Error;

/// Text that is made at once.
const TEXT: usize = 64 * 1024;

/// The windows of all columns together, in bytes, and how large one may be.
const WINDOWS: usize = 16 << 20;
const WINDOW: std::ops::RangeInclusive<usize> = (64 << 10)..=(1 << 20);

/// The shortest file: both magics, and the length of what describes no columns.
const SHORTEST: u64 = 12;

/// The rows of a file.
pub(crate) struct ParquetRows {
    storage: Storage,
    source: Source,
    schema: Arc<Schema>,
    metadata: ParquetMetaData,
    nodes: Vec<(Node, Option<usize>)>,
    names: Vec<String>,
    groups: VecDeque<usize>,
    columns: Vec<ColumnValues>,
    /// Rows of the row group that are still to be written.
    left: u64,
    text: Vec<u8>,
    read: usize,
    cell: Vec<u8>,
    failure: Failure,
    progress: Progress,
    bytes: u64,
}

impl ParquetRows {
    /// Reads what the file says of its columns.
    pub(crate) fn open(
        storage: &Storage,
        source: &Source,
        schema: &Arc<Schema>,
        progress: &Progress,
    ) -> Result<Self, Error> {
        let failure = Failure::default();
        let entry = Arc::new(source.entry.clone());
        let window = Window::new(storage, &entry, *WINDOW.start(), &failure);
        let broken = |problem| Error::BrokenParquet { source_name: source.name.clone(), problem };
        let cause = |error: ParquetError| match take(&failure) {
            Some(error) => Error::Io(error),
            None => broken(ParquetProblem::of(&error)),
        };
        let size = source.entry.size;
        let begin = window.bytes(0..size.min(4)).map_err(cause)?;
        let end = window.bytes(size - size.min(4)..size).map_err(cause)?;
        match (&*begin, &*end) {
            (b"PARE", _) | (_, b"PARE") => return Err(broken(ParquetProblem::Encrypted)),
            (b"PAR1", b"PAR1") if size >= SHORTEST => {}
            (b"PAR1", _) => return Err(broken(ParquetProblem::CutOff)),
            _ => return Err(broken(ParquetProblem::NotParquet)),
        }
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&window).map_err(cause)?;
        if !are_inside(&metadata, size) {
            let words = "its columns are not where it says".to_owned();
            return Err(broken(ParquetProblem::Damaged(words)));
        }
        let root = metadata.file_metadata().schema();
        let fields: Vec<&str> = schema.field_names().collect();
        let names: Vec<String> =
            root.get_fields().iter().map(|column| column.name().to_owned()).collect();
        let field_of = |name: &String| fields.iter().position(|field| field == name);
        let nodes = Node::columns_of(root).map_err(broken)?;
        let nodes = nodes.into_iter().zip(names.iter().map(field_of)).collect();
        let groups = (0..metadata.num_row_groups())
            .filter(|group| {
                let owned = source.owned.as_ref();
                owned.is_none_or(|owned| owned.contains(&begin_of(&metadata, *group)))
            })
            .collect();
        Ok(ParquetRows {
            storage: storage.clone(),
            source: source.clone(),
            schema: Arc::clone(schema),
            metadata,
            nodes,
            names,
            groups,
            columns: Vec::new(),
            left: 0,
            text: Vec::new(),
            read: 0,
            cell: Vec::new(),
            failure,
            progress: progress.clone(),
            bytes: 0,
        })
    }

    /// The names of the columns.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns of a typed output that take after those of the file, by their fields: floats
    /// stay floats, what has no sign has none, and clocks in an unknown place what they are.
    pub(crate) fn alike(&self) -> impl Iterator<Item = (usize, ColumnType)> {
        self.nodes.iter().filter_map(|(node, field)| {
            let alike = match node.form()? {
                Form::Float | Form::HalfFloat => ColumnType::Double,
                Form::Unsigned => ColumnType::Unsigned,
                Form::Timestamp { utc, .. } => ColumnType::Timestamp { utc },
                _ => return None,
            };
            Some(((*field)?, alike))
        })
    }

    /// The number of the first row in the file, from 1.
    pub(crate) fn first_row(&self) -> u64 {
        let groups = self.metadata.row_groups();
        let before = self.groups.front().copied().unwrap_or(groups.len());
        1 + groups[..before].iter().map(|group| rows_of(group.num_rows())).sum::<u64>()
    }

    /// Bytes of the row groups that were begun, as they are stored.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What an error of reading was.
    pub(crate) fn failed(&self, error: io::Error) -> Error {
        let source_name = self.source.name.clone();
        match error.downcast::<ParquetProblem>() {
            Ok(problem) => Error::BrokenParquet { source_name, problem },
            Err(error) => Error::Io(error),
        }
    }

    /// The fingerprint of the file: its rows depend on its end, wherever they are.
    pub(crate) fn into_fingerprint(self) -> Result<InputFile, Error> {
        let whole = Source { owned: None, ..self.source };
        Ok(fingerprint(&self.storage, &whole, 0..whole.entry.size)?)
    }

    fn begin_group(&mut self, group: usize) -> ParquetResult<()> {
        let of_group = self.metadata.row_group(group);
        let columns = of_group.columns();
        let size = (WINDOWS / columns.len().max(1)).clamp(*WINDOW.start(), *WINDOW.end());
        let entry = Arc::new(self.source.entry.clone());
        let rows = rows_of(of_group.num_rows()) as usize;
        self.columns.clear();
        for column in columns {
            let about = column.column_descr_ptr();
            let (definition, repetition) = (about.max_def_level(), about.max_rep_level());
            let window = Arc::new(Window::new(&self.storage, &entry, size, &self.failure));
            let pages = SerializedPageReader::new(window, column, rows, None)?;
            let pages: Box<dyn PageReader> = Box::new(Pages::new(pages));
            let reader = get_column_reader(about, pages);
            self.columns.push(ColumnValues::new(reader, definition, repetition)?);
        }
        let bytes = rows_of(of_group.compressed_size());
        self.bytes += bytes;
        self.progress.advance(bytes);
        self.left = rows as u64;
        Ok(())
    }

    /// Appends rows, until there is enough text or there are no more.
    fn fill(&mut self) -> ParquetResult<()> {
        self.text.clear();
        self.read = 0;
        while self.text.len() < TEXT {
            if self.left == 0 {
                let Some(group) = self.groups.pop_front() else { return Ok(()) };
                self.begin_group(group)?;
                continue;
            }
            let ParquetRows { nodes, schema, columns, cell, text, .. } = self;
            let mut writer = RowWriter { schema, columns, text: cell };
            text.push(b'{');
            for (number, (node, field)) in nodes.iter().enumerate() {
                if number > 0 {
                    text.push(b',');
                }
                node.write_member(*field, &mut writer, text)?;
            }
            text.extend_from_slice(b"}\n");
            self.left -= 1;
        }
        Ok(())
    }
}

impl Read for ParquetRows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() {
            self.fill().map_err(|error| match take(&self.failure) {
                Some(error) => error,
                None => io::Error::other(ParquetProblem::of(&error)),
            })?;
        }
        let count = buffer.len().min(self.text.len() - self.read);
        buffer[..count].copy_from_slice(&self.text[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

fn take(failure: &Failure) -> Option<io::Error> {
    failure.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Where a row group begins in the file.
fn begin_of(metadata: &ParquetMetaData, group: usize) -> u64 {
    let columns = metadata.row_group(group).columns().iter();
    // Behind the magic, where there is no column.
    columns.map(|column| column.byte_range().0).min().unwrap_or(4)
}

/// Whether all columns are inside of a file of this size.
fn are_inside(metadata: &ParquetMetaData, size: u64) -> bool {
    metadata.row_groups().iter().flat_map(|group| group.columns()).all(|column| {
        let begins = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let ends = begins.checked_add(column.compressed_size());
        let inside = |at: i64| u64::try_from(at).is_ok_and(|at| at <= size);
        inside(begins)
            && inside(column.data_page_offset())
            && ends.is_some_and(inside)
            && column.compressed_size() >= 0
    })
}

/// A number that is never negative.
fn rows_of(number: i64) -> u64 {
    number.try_into().unwrap_or(0)
}
