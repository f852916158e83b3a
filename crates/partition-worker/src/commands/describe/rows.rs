//! The rows of files, looked at one after the other.

use csv_records::FlawDetector;
use csv_records::ranges::Cutter;
use table_schema::Inference;

use crate::error::Error;
use crate::partition::{OWN_COLUMNS, Reading, RecordStream, Returned};

/// What was seen of the rows.
pub(super) struct Rows {
    reading: Reading,
    /// How many are looked at, if not all.
    most: Option<u64>,
    /// The columns; `None` until the first record has told how many there are.
    pub(super) inference: Option<Inference>,
    pub(super) seen: u64,
    /// Records with another number of cells than there are columns, or none at all.
    pub(super) misshapen: u64,
    /// Records that are no data, whatever a schema says.
    pub(super) flawed: u64,
}

impl Rows {
    pub(super) fn new(reading: Reading, most: Option<u64>, names: Option<Vec<String>>) -> Rows {
        let inference = names.map(Inference::new);
        Rows { reading, most, inference, seen: 0, misshapen: 0, flawed: 0 }
    }

    /// Whether no more rows are looked at.
    pub(super) fn are_enough(&self) -> bool {
        self.most == Some(self.all())
    }

    /// Every record that was looked at.
    pub(super) fn all(&self) -> u64 {
        self.seen + self.misshapen + self.flawed
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
                    if self.are_enough() {
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
                        self.flawed += 1;
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
                        true => self.seen += 1,
                        false => self.misshapen += 1,
                    }
                })
            })?;
            if stopped() {
                return Err(Error::Stopped);
            }
            stream.consume(consumed);
            if self.are_enough() || !stream.read_on(consumed)? {
                return Ok(());
            }
        }
    }
}
