//! The rows of files, looked at one after the other.

use csv_records::FlawDetector;
use csv_records::ranges::Cutter;
use table_schema::Inference;

use super::seen::Seen;
use crate::error::Error;
use crate::partition::{OWN_COLUMNS, Reading, RecordStream, Returned};

/// What was seen of the rows.
pub(super) struct Rows {
    reading: Reading,
    /// The columns; `None` until the first record has told how many there are.
    pub(super) inference: Option<Inference>,
    pub(super) seen: Seen,
}

impl Rows {
    pub(super) fn new(reading: Reading, most: Option<u64>, names: Option<Vec<String>>) -> Rows {
        let inference = names.map(Inference::new);
        Rows { reading, inference, seen: Seen { most, ..Seen::default() } }
    }

    /// Looks at the rows of a file. `stopped` says whether to end early.
    pub(super) fn read(
        &mut self,
        mut stream: RecordStream,
        stopped: impl Fn() -> bool,
    ) -> Result<(), Error> {
        let dialect = self.reading.dialect;
        let mut cutter = Cutter::new(dialect, false, self.reading.longest_in_text());
        let null = self.reading.file_dialect.null.clone();
        let header = stream.header().cloned();
        let bytes = header.as_ref().map_or(b"".as_slice(), |header| &header.bytes);
        let columns = header.as_ref().map_or(1, |header| header.names.len());
        let mut detector = FlawDetector::new(dialect, bytes, columns);
        let mut returned = stream.own_header().map(|own_header| {
            let whole = [own_header, bytes].concat();
            detector = FlawDetector::new(dialect, &whole, OWN_COLUMNS + columns);
            Returned::new(dialect, bytes, columns)
        });
        loop {
            let consumed = stream.cut_block(|block, context, map| {
                detector.begin_noted(block, context.offset, map.notes());
                cutter.cut(block, context, |record| {
                    if self.seen.are_enough() {
                        return;
                    }
                    let mut flaw = detector.of(block, record);
                    let mut cells = Some(record.cells);
                    if let Some(returned) = &mut returned {
                        let row;
                        (row, flaw) = returned.look(block, record, flaw);
                        cells = row.cells(record);
                    }
                    let Some(cells) = cells.filter(|_| flaw.is_none()) else {
                        self.seen.flawed += 1;
                        return;
                    };
                    let count = cells.len();
                    let named = || Inference::new((1..=count).map(|n| format!("field{n}")));
                    let inference = self.inference.get_or_insert_with(named);
                    let seen = match &null {
                        None => inference.see(cells),
                        Some(null) => {
                            let value = |cell: &&'_ [u8]| -> usize {
                                if *cell == null.as_bytes() { 0 } else { cell.len() }
                            };
                            let cells: Vec<&[u8]> =
                                cells.iter().map(|cell| &cell[..value(cell)]).collect();
                            inference.see(&cells)
                        }
                    };
                    match seen {
                        true => self.seen.good += 1,
                        false => self.seen.misshapen += 1,
                    }
                })
            })?;
            if stopped() {
                return Err(Error::Stopped);
            }
            stream.consume(consumed);
            if self.seen.are_enough() || !stream.read_on(consumed)? {
                return Ok(());
            }
        }
    }
}
