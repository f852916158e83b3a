//! Laws of the record splitter, against the `csv` crate where both must agree.

use csv_records::{Dialect, Malformed};
use proptest::prelude::*;

#[path = "../../../tests/fuzz/laws/records.rs"]
mod law;

/// Splits `file` as if it came in pieces of `piece` bytes. `Err` is the offset of a record that is
/// too long.
fn split(file: &[u8], piece: usize, limit: usize) -> Result<Vec<law::Record>, usize> {
    let (records, end) = law::split(file, Dialect::default(), piece, limit);
    end.map(|()| records)
}

proptest! {
    #[test]
    fn the_law_of_the_fuzzer_holds_for_random_files(
        settings in any::<[u8; 4]>(), file in prop::collection::vec(prop::sample::select(b",;\t|'\"\n\rab\xff\0".to_vec()), 0..200),
    ) {
        law::holds(&[&settings[..], &file].concat());
    }
}

fn cells(file: &[u8]) -> Vec<Vec<String>> {
    let text = |cell: &Vec<u8>| String::from_utf8(cell.clone()).unwrap();
    split(file, 7, 1000).unwrap().iter().map(|record| record.2.iter().map(text).collect()).collect()
}

#[test]
fn quotes_commas_and_line_ends_are_read_as_rfc_4180_says() {
    assert_eq!(cells(b"a,b\n1,2\n"), [["a", "b"], ["1", "2"]]);
    assert_eq!(cells(b"a,b\r\n\"1\",\"2\"\r\n"), [["a", "b"], ["1", "2"]]);
    assert_eq!(cells(b"\"a,\"\"b\"\"\",\"line\nbreak\""), [["a,\"b\"", "line\nbreak"]]);
    assert_eq!(cells(b"a\"b,5\" pipe,\"\"\n"), [["a\"b", "5\" pipe", ""]]);
    assert_eq!(cells(b",\n\n,"), [vec!["", ""], vec![""], vec!["", ""]]);
    assert_eq!(cells(b"a,b"), [["a", "b"]]);
    assert!(cells(b"").is_empty());
}

#[test]
fn a_stray_quote_costs_one_line_and_not_the_rest_of_the_file() {
    let file = b"a,b\n\"x\"y,1\nc,d\n\"open,2\ne,f\n";
    let records = split(file, 5, 1000).unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|(bytes, lines, _, malformed)| (&bytes[..], *lines, *malformed))
        .collect();
    assert_eq!(
        told,
        [
            (&b"a,b\n"[..], 1, None),
            (b"\"x\"y,1\n", 1, Some(Malformed::TextAfterQuote { at: 3 })),
            (b"c,d\n", 1, None),
            (b"\"open,2\n", 1, Some(Malformed::Unclosed)),
            (b"e,f\n", 1, None),
        ]
    );
}

#[test]
fn a_record_longer_than_the_limit_is_told_wherever_the_blocks_are_cut() {
    let file = [b"a,b\n".as_slice(), &[b'x'; 200], b"\nc\n"].concat();
    for piece in [1, 3, 50, 1000] {
        assert_eq!(split(&file, piece, 100), Err(4));
    }
    // A quote that is never closed does not swallow what follows it up to the limit.
    let file = [b"\"open\n".as_slice(), &b"c,d\n".repeat(100)].concat();
    for piece in [1, 3, 50, 1000] {
        let records = split(&file, piece, 100).unwrap();
        assert_eq!((records.len(), records[0].3), (101, Some(Malformed::Unclosed)));
    }
}

fn anything() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"ab,,\"\"\"\n\n\r\xc3\xa9".to_vec()), 0..300)
}

proptest! {
    #[test]
    fn every_byte_is_in_exactly_one_record_wherever_the_blocks_are_cut(
        file in anything(), piece in 1usize..80, limit in 300usize..400,
    ) {
        let records = split(&file, piece, limit).unwrap();
        let together: Vec<u8> = records.iter().flat_map(|record| record.0.clone()).collect();
        prop_assert_eq!(&together, &file);
        prop_assert_eq!(&records, &split(&file, file.len().max(1), limit).unwrap());
        for (bytes, lines, cells, malformed) in &records {
            let line_feeds = bytes.iter().filter(|byte| **byte == b'\n').count() as u32;
            prop_assert!(line_feeds == *lines || (line_feeds + 1 == *lines && !bytes.ends_with(b"\n")));
            prop_assert_eq!(cells.is_empty(), malformed.is_some());
            prop_assert!(malformed.is_none() || *lines == 1);
        }
    }

    #[test]
    fn a_small_limit_gives_the_same_verdict_wherever_the_blocks_are_cut(
        file in anything(), piece in 1usize..80, limit in 1usize..40,
    ) {
        prop_assert_eq!(split(&file, piece, limit), split(&file, file.len().max(1), limit));
    }

    #[test]
    fn what_the_csv_crate_writes_is_read_as_the_csv_crate_reads_it(
        rows in prop::collection::vec(prop::collection::vec("[a,\"\n\ré;]{0,6}", 2..6), 0..20),
        crlf in any::<bool>(), piece in 1usize..80,
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().flexible(true).terminator(terminator).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let file = writer.into_inner().unwrap();
        let mut expected = Vec::new();
        for record in csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(&file[..]).byte_records() {
            expected.push(record.unwrap().iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
        }
        let read: Vec<_> = split(&file, piece, 1000).unwrap().into_iter().map(|record| record.2).collect();
        prop_assert_eq!(read, expected);
    }
}
