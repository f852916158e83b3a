//! Any bytes as a CSV file in any dialect, read in blocks of any size.

use csv_records::{Dialect, Malformed, Rest, Splitter};

/// A record without borrows: bytes, lines, cells, what is malformed.
pub(crate) type Record = (Vec<u8>, u32, Vec<Vec<u8>>, Option<Malformed>);

/// Splits a file that comes in pieces of `piece` bytes. `Err` is the offset of a record that is too
/// long.
pub(crate) fn split(
    file: &[u8],
    dialect: Dialect,
    piece: usize,
    limit: usize,
) -> (Vec<Record>, Result<(), usize>) {
    let mut splitter = Splitter::new(dialect, limit);
    let mut records = Vec::new();
    let (mut start, mut end) = (0, 0);
    loop {
        let (block, last) = (&file[start..end], end == file.len());
        let rest = splitter.split(block, last, |record| {
            let cells = record.cells.iter().map(|cell| cell.to_vec()).collect();
            records.push((
                block[record.start..record.end].to_vec(),
                record.lines,
                cells,
                record.malformed,
            ));
            true
        });
        match rest {
            Rest::Incomplete(consumed) => start += consumed,
            Rest::TooLong(at) => return (records, Err(start + at)),
        }
        if last {
            assert_eq!(start, file.len(), "the last block is consumed whole");
            return (records, Ok(()));
        }
        end = (end + piece).min(file.len());
    }
}

/// Every byte is in exactly one record, the records do not depend on where the blocks are cut, and
/// where no quoting is malformed they are those of the `csv` crate. Four bytes choose the dialect,
/// the limit and the size of the blocks.
pub(crate) fn holds(data: &[u8]) {
    let Some((&[style, quote, limit, piece], file)) = data.split_first_chunk::<4>() else { return };
    let delimiter = [b',', b';', b'\t', b'|'][usize::from(style % 4)];
    let quote = [Some(b'"'), Some(b'\''), None, Some(quote)][usize::from(style / 4 % 4)];
    if quote.is_some_and(|quote| quote == delimiter || matches!(quote, b'\n' | b'\r')) {
        return;
    }
    let dialect = Dialect { delimiter, quote, header: false };
    let limit = if limit < 128 { usize::from(limit) + 1 } else { file.len() + 2 };
    let (records, end) = split(file, dialect, usize::from(piece) + 1, limit);
    assert!(
        (&records, end) == (&split(file, dialect, file.len().max(1), limit).0, end),
        "the cuts of blocks show"
    );

    let together: Vec<u8> = records.iter().flat_map(|record| &record.0).copied().collect();
    assert_eq!(together.len(), end.err().unwrap_or(file.len()));
    assert!(file.starts_with(&together), "the records are the file");
    for (bytes, lines, cells, malformed) in &records {
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count() as u32;
        assert!(ends == *lines || (ends + 1 == *lines && !bytes.ends_with(b"\n")));
        assert_eq!(cells.is_empty(), malformed.is_some());
        assert!(bytes.len() <= limit);
    }

    // The `csv` crate skips blank lines, and knows a CR by itself as an end of the line or, as
    // here, not even before LF.
    let well_formed =
        end.is_ok() && records.iter().all(|record| record.3.is_none()) && !file.contains(&b'\r');
    if well_formed && !file.starts_with(b"\xef\xbb\xbf") {
        let mut reader = csv::ReaderBuilder::new();
        reader
            .flexible(true)
            .has_headers(false)
            .delimiter(delimiter)
            .terminator(csv::Terminator::Any(b'\n'));
        match quote {
            Some(quote) => reader.quote(quote),
            None => reader.quoting(false),
        };
        let theirs = reader.from_reader(file).into_byte_records();
        let theirs: Vec<Vec<Vec<u8>>> = theirs
            .map(|record| record.expect("memory can be read").iter().map(<[u8]>::to_vec).collect())
            .collect();
        let ours: Vec<Vec<Vec<u8>>> =
            records.into_iter().filter(|record| record.0 != b"\n").map(|record| record.2).collect();
        assert_eq!(ours, theirs);
    }
}
