//! Objects, looked at one after the other: their members are the columns, in the order in which
//! they come up.

use csv_records::ranges::cut_lines;
use json_records::ObjectReader;
use table_schema::Inference;

use super::seen::Seen;
use crate::error::Error;
use crate::partition::RecordStream;

/// Members that objects may have, all together: names that are values have no end.
const MOST_NAMES: usize = 4096;

/// The cell of what is null or not there: a missing value.
const NULL: &[u8] = b"";

/// What was seen of the objects.
pub(super) struct Lines {
    limit: usize,
    names: Vec<String>,
    reader: ObjectReader,
    pub(super) inference: Inference,
    pub(super) seen: Seen,
}

impl Lines {
    /// Nothing yet, of lines of at most `limit` bytes, of which so many are looked at.
    pub(super) fn new(limit: usize, most: Option<u64>) -> Lines {
        let names: Vec<String> = Vec::new();
        Lines {
            limit,
            reader: reader_of(&names),
            names,
            inference: Inference::new(Vec::<String>::new()),
            seen: Seen { most, ..Seen::default() },
        }
    }

    /// Looks at the objects of a file. `stopped` says whether to end early.
    pub(super) fn read(
        &mut self,
        mut stream: RecordStream,
        stopped: impl Fn() -> bool,
    ) -> Result<(), Error> {
        loop {
            let consumed = stream.cut_block(|block, context, _| {
                cut_lines(block, context, self.limit, |start, end| self.look(&block[start..end]))
            })?;
            if self.names.len() > MOST_NAMES {
                return Err(Error::NotJsonLines {
                    source_name: stream.name().to_string(),
                    found: "has thousands of members with different names",
                    remedy: "put what the names say into values",
                });
            }
            if stopped() {
                return Err(Error::Stopped);
            }
            stream.consume(consumed);
            if self.seen.are_enough() || !stream.read_on(consumed)? {
                return Ok(());
            }
        }
    }

    fn look(&mut self, line: &[u8]) {
        if self.seen.are_enough() || line.trim_ascii().is_empty() || self.names.len() > MOST_NAMES {
            return;
        }
        loop {
            let Lines { reader, inference, .. } = self;
            let unknown = reader.read(line, |row| {
                if row.unknown.is_empty() {
                    inference.see(row.cells);
                }
                row.unknown.to_vec()
            });
            match unknown {
                Ok(unknown) if unknown.is_empty() => {
                    self.seen.good += 1;
                    return;
                }
                Ok(unknown) if is_twice(&unknown) => break,
                Ok(unknown) => self.add(unknown),
                Err(_) => break,
            }
        }
        self.seen.flawed += 1;
    }

    /// Adds columns, which all objects before had no member for.
    fn add(&mut self, names: Vec<String>) {
        for name in names {
            self.inference.add(&name, self.seen.good);
            self.names.push(name);
        }
        self.reader = reader_of(&self.names);
    }
}

fn reader_of(names: &[String]) -> ObjectReader {
    ObjectReader::new(names.iter().map(|name| (name.clone(), NULL)), false)
}

fn is_twice(names: &[String]) -> bool {
    names.iter().enumerate().any(|(number, name)| names[..number].contains(name))
}
