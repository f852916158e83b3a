//! Records of a `rejected.csv` that comes back as input: what of them is data, and whether somebody
//! has mended what kept them from being data. Does no I/O.

use csv_records::encoding::UTF8_MARK;
use csv_records::{Dialect, Flaw, NotARecord, Record, RecordParser, Splitter};

use super::own_columns::OWN_COLUMNS;

/// Name of the reason for flaws. It is frictionless' name for everything that keeps a source from
/// being read as a table.
pub(crate) const FLAWED: &str = "source-error";

/// What is said of a record, beside its former reasons, that came back as it was.
const NOT_CORRECTED: &str = "it came back as it was: write its cells into their columns, or empty \
                             its _reasons";

/// What every reason for a duplicate says of its value.
const SEEN_BEFORE: &str = " was seen before";

/// A record that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReturnedRow {
    /// Where its data begins in the block; the record's own first byte if it has none of the four
    /// columns.
    pub(crate) data: u32,
    pub(crate) problem: Option<ReturnProblem>,
}

impl ReturnedRow {
    /// The cells of the data, if it has any that may be judged.
    pub(crate) fn cells<'c>(&self, record: &Record<'c>) -> Option<&'c [&'c [u8]]> {
        match (self.problem, self.data as usize > record.start) {
            (Some(_), _) => None,
            (None, true) => record.cells.get(OWN_COLUMNS..),
            // A blank line.
            (None, false) => Some(record.cells),
        }
    }
}

/// Why a record that came back is no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReturnProblem {
    /// It was no data before, and nobody has mended it.
    NotCorrected,
    /// It does not have the four columns.
    NoPlace,
}

/// Looks at records that came back.
pub(crate) struct Returned {
    dialect: Dialect,
    /// The header of the data.
    header: Vec<u8>,
    columns: usize,
    /// For what a single cell holds.
    parser: RecordParser,
}

impl Returned {
    /// For a file whose data has this header and so many columns.
    pub(crate) fn new(dialect: Dialect, header: &[u8], columns: usize) -> Returned {
        let parser = RecordParser::new(dialect, header, columns, usize::MAX / 2);
        Returned { dialect, header: header.to_vec(), columns, parser }
    }

    /// What of a record of `block` is data, and what is wrong with it as it stands there.
    pub(crate) fn look(
        &mut self,
        block: &[u8],
        record: &Record<'_>,
        flaw: Option<Flaw>,
    ) -> (ReturnedRow, Option<Flaw>) {
        let bytes = &block[record.start..record.end];
        let is_whole = matches!(flaw, None | Some(Flaw::Return | Flaw::Noted(_)));
        let start = match is_whole && record.malformed.is_none() {
            true => self.dialect.start_of_cell(bytes, OWN_COLUMNS),
            false => None,
        };
        let row =
            |start: usize, problem| ReturnedRow { data: (record.start + start) as u32, problem };
        let Some(start) = start else {
            let is_blank = matches!(record.cells, [] | [[]]);
            let problem = (flaw.is_none() && !is_blank).then_some(ReturnProblem::NoPlace);
            return (row(0, problem), flaw);
        };
        let data = &bytes[start..];
        let flaw = flaw.or_else(|| self.flaw_of_data(data));
        let is_flawed = flaw.is_none() && self.is_not_corrected(record.cells, data);
        (row(start, is_flawed.then_some(ReturnProblem::NotCorrected)), flaw)
    }

    /// Traces of joined files at the beginning of the data.
    fn flaw_of_data(&self, data: &[u8]) -> Option<Flaw> {
        if data.starts_with(UTF8_MARK) {
            return Some(Flaw::Mark);
        }
        let rest = data.strip_prefix(&*self.header)?;
        let is_header = self.columns > 1 && matches!(rest, [] | [b'\n'] | [b'\r', b'\n']);
        is_header.then_some(Flaw::Header)
    }

    /// Whether the record is still what it was rejected as: one cell with all its bytes (a
    /// spreadsheet adds empty ones), or a text that shows a byte as its number.
    fn is_not_corrected(&mut self, cells: &[&[u8]], data: &[u8]) -> bool {
        let flawed = cells[3].strip_prefix(FLAWED.as_bytes());
        let Some(says) = flawed.and_then(|says| says.strip_prefix(b": ")) else { return false };
        if says.starts_with(b"the byte") {
            return has_escaped_byte(data);
        }
        if says.starts_with(b"a byte order mark") || says.starts_with(b"the header once more") {
            return false;
        }
        let [first, others @ ..] = &cells[OWN_COLUMNS..] else { return false };
        if !others.iter().all(|cell| cell.is_empty()) {
            return false;
        }
        self.columns > 1
            || says.starts_with(b"the record is longer than")
            || matches!(self.parser.parse(first, |_| ()), Err(NotARecord::Flawed { .. }))
    }
}

/// Whether a text has a byte as its number, such as `\x81`.
fn has_escaped_byte(text: &[u8]) -> bool {
    text.windows(4)
        .any(|four| four.starts_with(b"\\x") && four[2..].iter().all(u8::is_ascii_hexdigit))
}

/// The own cells of a record that came back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnCells {
    /// Where it stood first. Empty in a record that somebody has added.
    pub(crate) source: String,
    pub(crate) line: String,
    pub(crate) offset: String,
    /// Why it was rejected.
    reasons: String,
}

impl OwnCells {
    /// Reads them off the bytes before the data.
    pub(crate) fn read(own: &[u8], dialect: Dialect) -> OwnCells {
        let mut cells = OwnCells::default();
        Splitter::new(dialect, usize::MAX / 2).split(own, true, |record| {
            let texts = [&mut cells.source, &mut cells.line, &mut cells.offset, &mut cells.reasons];
            for (text, cell) in texts.into_iter().zip(record.cells) {
                *text = String::from_utf8_lossy(cell).into_owned();
            }
            false
        });
        cells
    }

    /// Whether it was rejected because another record had its values.
    pub(crate) fn tells_of_duplicates(&self) -> bool {
        self.reasons.contains(SEEN_BEFORE)
    }

    /// What the earlier run said of a duplicate, if it said just this `text` and more; nothing if
    /// the other record was rejected as well, so that it comes back itself.
    pub(crate) fn said_of_duplicate(&self, text: &str) -> Option<String> {
        let start = self.reasons.find(text).filter(|_| text.contains(SEEN_BEFORE))?;
        let rest = &self.reasons[start + text.len()..];
        // What is said of the record stands behind it.
        let end = rest.find([';', ')']).map_or(0, |at| at + 1);
        let first = Some(&rest[..end]).filter(|rest| rest.starts_with(" (first "));
        let first = first.unwrap_or_default();
        (!first.ends_with(", itself rejected)")).then(|| format!("{text}{first}"))
    }

    /// The reasons of a record that nobody has mended.
    pub(crate) fn reasons_again(&self) -> String {
        match self.reasons.ends_with(NOT_CORRECTED) {
            true => self.reasons.clone(),
            false => format!("{}; {NOT_CORRECTED}", self.reasons),
        }
    }
}

impl ReturnProblem {
    /// What is wrong, in words; `own` are the cells before the data.
    pub(crate) fn message(self, own: &OwnCells) -> String {
        match self {
            ReturnProblem::NotCorrected => own.reasons_again(),
            ReturnProblem::NoPlace => format!(
                "{FLAWED}: the row does not have the four columns that the file begins with: \
                 leave them empty in a row that is new"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the data of a line begins, its problem and its flaw.
    fn look(line: &str, columns: usize) -> (usize, Option<ReturnProblem>, Option<Flaw>) {
        let dialect = Dialect::default();
        let header = ["id", "id,n"][usize::from(columns > 1)].as_bytes();
        let mut returned = Returned::new(dialect, header, columns);
        let mut found = None;
        Splitter::new(dialect, 1000).split(line.as_bytes(), true, |record| {
            let malformed = record.malformed.map(Flaw::Quotes);
            let (row, flaw) = returned.look(line.as_bytes(), &record, malformed);
            found = Some((row.data as usize, row.problem, flaw));
            false
        });
        found.unwrap()
    }

    #[test]
    fn what_follows_the_four_columns_is_data() {
        for (line, data) in [
            ("f.csv,2,9,type-error,a,1\n", 21),
            ("\"f,g\",2,9,\"is \"\"x\"\"\",\"a\",1\n", 21),
            (",,,,a,1\n", 4),
            ("f.csv,2,9,blank-row,\n", 20),
        ] {
            assert_eq!(look(line, 2), (data, None, None), "{line}");
        }
        assert_eq!(look("\n", 2), (0, None, None), "a blank line");
        assert_eq!(look("a,1\n", 2), (0, Some(ReturnProblem::NoPlace), None));
    }

    #[test]
    fn what_was_no_data_is_none_until_somebody_mends_it() {
        let flawed = "f.csv,2,9,source-error: text after a closing quote,";
        let still = Some(ReturnProblem::NotCorrected);
        for (data, columns, problem) in [
            ("\"\"\"a\"\"b,1\"\n", 2, still),
            // A spreadsheet makes all rows equally long.
            ("\"\"\"a\"\"b,1\",\n", 2, still),
            ("ab,1\n", 2, None),
            ("\"\"\"a\"\"b\"\n", 1, still),
            ("ab\n", 1, None),
        ] {
            assert_eq!(look(&format!("{flawed}{data}"), columns).1, problem, "{data}");
        }
        for (line, problem) in [
            ("f,2,9,\"source-error: the record is longer than 9 bytes\",aaaaa\n", still),
            ("f,2,9,source-error: the byte 0x81 at offset 7: not x,a\\x81\n", still),
            ("f,2,9,source-error: the byte 0x81 at offset 7: not x,a\n", None),
            ("f,2,9,,\"\"\"a\"\"b\"\n", None),
        ] {
            assert_eq!(look(line, 1).1, problem, "{line}");
        }
        let own = "f,2,9,source-error: a byte order mark,";
        assert_eq!(look(&format!("{own}\u{feff}a,1"), 2).2, Some(Flaw::Mark));
        assert_eq!(look(&format!("{own}id,n\r\n"), 2).2, Some(Flaw::Header));
        assert_eq!(look(&format!("{own}a,"), 2), (own.len(), None, None));
    }

    #[test]
    fn a_duplicate_is_one_as_long_as_it_has_the_value_of_an_accepted_record() {
        let text = "primary-key in field \"id\": \"a\" was seen before";
        for (behind, again) in [
            ("", Some("")),
            (" (first on line 2); type-error", Some(" (first on line 2)")),
            (" (first on line 2) (the file ends here)", Some(" (first on line 2)")),
            (" (first in g, line 2)", Some(" (first in g, line 2)")),
            (" (first on line 2, itself rejected)", None),
        ] {
            let own = OwnCells { reasons: format!("blank; {text}{behind}"), ..OwnCells::default() };
            assert!(own.tells_of_duplicates());
            let said = own.said_of_duplicate(text);
            assert_eq!(said, again.map(|again| format!("{text}{again}")), "{behind}");
            assert_eq!(own.said_of_duplicate(&text.replace("\"a\"", "\"b\"")), None);
        }
    }

    #[test]
    fn reasons_grow_once_and_no_more() {
        let own = OwnCells::read(b"f,2,9,source-error: odd,", Dialect::default());
        let again = own.reasons_again();
        assert!(again.starts_with("source-error: odd; it came back"));
        assert_eq!(OwnCells { reasons: again.clone(), ..own }.reasons_again(), again);
    }
}
