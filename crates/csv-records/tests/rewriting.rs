//! Laws of dialects: what is plain is rewritten as it is read, every record of a file is in the
//! text once with its place, and blocks may be cut anywhere.

use csv_records::translation::{LineEnd, Problem, Rewriter, TableDialect, TextMap};
use csv_records::{Dialect, FlawDetector, Splitter};
use proptest::prelude::*;

/// A record as it is judged: where it begins in the file (offset and line), its cells, and what
/// keeps it from being data.
#[derive(Clone, Debug, PartialEq)]
struct Judged {
    offset: u64,
    line: u64,
    cells: Vec<String>,
    flaw: Option<String>,
}

/// Rewrites a file that comes in blocks of `piece` bytes.
fn rewrite(file: &[u8], dialect: &TableDialect, piece: usize, limit: usize) -> (Vec<u8>, TextMap) {
    let mut rewriter = Rewriter::new(dialect.clone(), dialect.rewritten(), None, limit);
    let (mut text, mut map) = (Vec::new(), TextMap::default());
    let (mut start, mut end) = (0, 0);
    loop {
        end = (end + piece).min(file.len());
        let last = end == file.len();
        let block = &file[start..end];
        start += rewriter.rewrite(block, last, &TextMap::default(), &mut text, &mut map);
        if last {
            assert_eq!(start, file.len(), "the last block is consumed whole");
            return (text, map);
        }
    }
}

/// The records of plain CSV, judged with a map.
fn judge(text: &[u8], dialect: Dialect, map: &TextMap, limit: usize) -> Vec<Judged> {
    let mut judged = Vec::new();
    let mut detector = FlawDetector::new(dialect, b"\0", 1);
    detector.begin_noted(text, 0, map.notes());
    let mut line = 1;
    Splitter::new(dialect, limit).split(text, true, |record| {
        let at = record.start as u64;
        let flaw = detector.of(text, &record);
        let cells = record.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned());
        judged.push(Judged {
            offset: map.offset(at),
            line: map.line(at, line),
            cells: if flaw.is_some() { Vec::new() } else { cells.collect() },
            flaw: flaw.map(|flaw| match flaw {
                csv_records::Flaw::Noted(number) => {
                    map.notes()[number as usize].problem.to_string()
                }
                flaw => flaw.message(&text[record.start..record.end]).to_owned(),
            }),
        });
        line += u64::from(record.lines);
        true
    });
    judged
}

fn read(file: &[u8], dialect: &TableDialect) -> Vec<Judged> {
    let (text, map) = rewrite(file, dialect, 1 << 20, 1000);
    judge(&text, dialect.rewritten(), &map, 1 << 20)
}

fn rows(file: &str, change: impl FnOnce(&mut TableDialect)) -> Vec<Vec<String>> {
    let mut dialect = TableDialect::default();
    change(&mut dialect);
    assert_eq!(dialect.check(), Ok(()));
    let judged = read(file.as_bytes(), &dialect);
    for piece in 1..9 {
        let (text, map) = rewrite(file.as_bytes(), &dialect, piece, 1000);
        assert_eq!(judge(&text, dialect.rewritten(), &map, 1 << 20), judged, "{piece}");
    }
    judged.into_iter().map(|row| row.flaw.map_or(row.cells, |flaw| vec![flaw])).collect()
}

#[test]
fn each_property_of_the_standard_reads_its_own_example() {
    let fruit = [["id", "name"], ["1", "apple"], ["2", "orange"]];
    let text = |text: &str| text.to_owned();
    assert_eq!(rows("id|name\n1|apple\n2|orange\n", |d| d.delimiter = text("|")), fruit);
    assert_eq!(rows("id||name\n1||apple\n2||orange", |d| d.delimiter = text("||")), fruit);
    let end = LineEnd::Text(text(";"));
    assert_eq!(rows("id,name;1,apple;2,orange", |d| d.line_end = end), fruit);
    assert_eq!(rows("id,name\r1,apple\r2,orange\r", |d| d.line_end = LineEnd::Return), fruit);
    assert_eq!(
        rows("id,name\n1,'apple,fruits'\n2,'it''s'\n", |d| d.quote = Some('\'')),
        [["id", "name"], ["1", "apple,fruits"], ["2", "it's"]]
    );
    assert_eq!(
        rows("id,name\n1,apple|,fruits\n2,orange|,fruits\n", |d| d.escape = Some('|')),
        [["id", "name"], ["1", "apple,fruits"], ["2", "orange,fruits"]]
    );
    let spaced = "id, name\n1, apple\n2, \"orange\"\n";
    assert_eq!(rows(spaced, |d| d.skip_initial_space = true), fruit);
    let commented = "id,name\n#fruits\n1,apple\n2,orange\n";
    assert_eq!(rows(commented, |d| d.comment = Some(text("#"))), fruit);
    assert_eq!(rows(commented, |d| d.comment_rows = vec![2]), fruit);
    let two = "fruit\nid,name\n1,apple\n2,orange\n";
    let joined = [["fruit-id", "fruit-name"], ["1", "apple"], ["2", "orange"]];
    assert_eq!(
        rows(two, |d| {
            d.header_rows = Some(vec![1, 2]);
            d.header_join = text("-");
        }),
        joined
    );
    assert_eq!(rows(two, |d| d.header_rows = Some(vec![2])), fruit);
    assert_eq!(rows(two, |d| d.skip_rows = 1), fruit);
    let blanks = "\n\nid,name\n\n1,apple\n2,orange\n\n";
    assert_eq!(rows(blanks, |d| d.skip_blank_rows = true), fruit);
    assert_eq!(rows("# by X\nid,name\n1,apple\n2,orange", |d| d.comment = Some(text("#"))), fruit);
}

#[test]
fn a_backslash_escapes_inside_and_outside_of_quotes() {
    let file =
        "1,\"TV 50\\\" wide\"\n2,\"plain\"\n3,\"a \\\"b\\\", c\"\n4,a\\,b\\\\\n5,\"x\\\ny\"\n";
    let escaped = rows(file, |dialect| {
        dialect.escape = Some('\\');
        dialect.double_quote = false;
    });
    assert_eq!(
        escaped,
        [["1", "TV 50\" wide"], ["2", "plain"], ["3", "a \"b\", c"], ["4", "a,b\\"], ["5", "x\ny"]]
    );
    let doubled = rows("1,\"a\"\"b\"\n2,\"a\"\n", |dialect| dialect.double_quote = false);
    assert_eq!(doubled, [vec!["text after a closing quote"], vec!["2", "a"]]);
}

#[test]
fn a_row_is_told_with_its_line_and_offset_behind_what_is_passed_over() {
    let dialect = TableDialect { comment: Some("#".to_owned()), ..TableDialect::default() };
    let judged = read(b"# by X\nid,n\n1,\"a\nb\"\n# c\n2,x\n", &dialect);
    let places: Vec<(u64, u64)> = judged.iter().map(|row| (row.offset, row.line)).collect();
    assert_eq!(places, [(7, 2), (12, 3), (24, 6)]);
}

#[test]
fn an_escaped_line_end_over_the_limit_is_told_wherever_the_blocks_are_cut() {
    let dialect = TableDialect { escape: Some('\\'), ..TableDialect::default() };
    let file = b"aaaaaaa\\\nbbbbbbbbbbb,\"c\",d\ne\n";
    let whole = rewrite(file, &dialect, 100, 20);
    for piece in 1..30 {
        assert_eq!(rewrite(file, &dialect, piece, 20).0, whole.0, "{piece}");
    }
}

#[test]
fn a_record_over_the_limit_is_noted_and_the_next_one_is_read() {
    let dialect = TableDialect { line_end: LineEnd::Return, ..TableDialect::default() };
    let file = [b"id\r", [b'x'; 50].as_slice(), b"\r2\r"].concat();
    for piece in [1, 7, 100] {
        let (text, map) = rewrite(&file, &dialect, piece, 20);
        let judged = judge(&text, dialect.rewritten(), &map, 1 << 20);
        let problem = Problem::TooLong { limit: 20, shown: 20 };
        assert_eq!(map.notes()[0].problem, problem);
        assert_eq!(judged.len(), 3, "{piece}");
        assert_eq!((judged[2].offset, judged[2].line, &judged[2].cells[0][..]), (54, 3, "2"));
    }
}

fn plain_dialect() -> impl Strategy<Value = TableDialect> {
    (prop::sample::select(vec![",", ";", "\t"]), prop::sample::select(vec![Some('"'), Some('\'')]))
        .prop_map(|(delimiter, quote)| TableDialect {
            delimiter: delimiter.to_owned(),
            quote,
            header: false,
            ..TableDialect::default()
        })
}

fn any_dialect() -> impl Strategy<Value = TableDialect> {
    (
        plain_dialect(),
        prop::sample::select(vec![",", ";", "||", "\u{a6}", ";;a"]),
        prop::sample::select(vec![
            LineEnd::LineFeed,
            LineEnd::Return,
            LineEnd::Text("~".to_owned()),
            LineEnd::Text("~|".to_owned()),
        ]),
        prop::sample::select(vec![None, Some('\\'), Some('\u{ab}')]),
        prop::sample::select(vec![None, Some("#"), Some("//")]),
        any::<[bool; 4]>(),
        0u64..3,
    )
        .prop_map(|(dialect, delimiter, line_end, escape, comment, flags, skip_rows)| {
            TableDialect {
                delimiter: delimiter.to_owned(),
                line_end,
                escape,
                comment: comment.map(str::to_owned),
                double_quote: flags[0],
                skip_initial_space: flags[1],
                skip_blank_rows: flags[2],
                header: flags[3],
                skip_rows,
                ..dialect
            }
        })
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&[u8]> = vec![
        b"a",
        b"b",
        b",",
        b";",
        b"\t",
        b"\"",
        b"'",
        b"\n",
        b"\r\n",
        b"\r",
        b"|",
        b"||",
        b"\\",
        b"#",
        b"//",
        b" ",
        b"~",
        b"~|",
        b"\xc2\xa6",
        b"\xc2\xab",
        b"\xc2",
        b"\xff",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn what_is_plain_is_rewritten_as_it_is_read(
        dialect in plain_dialect(), file in file(),
        limit in prop_oneof![Just(1000usize), 1usize..40],
    ) {
        let plain = dialect.plain().unwrap();
        // What to do about a backslash before a quote depends on the bytes as they were written.
        let without_advice = |rows: Vec<Judged>| -> Vec<Judged> {
            let cut = |flaw: String| flaw.split(": ").next().unwrap_or_default().to_owned();
            rows.into_iter().map(|row| Judged { flaw: row.flaw.map(cut), ..row }).collect()
        };
        let fast = without_advice(judge(&file, plain, &TextMap::default(), limit));
        let (text, map) = rewrite(&file, &dialect, 7, limit);
        let slow = without_advice(judge(&text, dialect.rewritten(), &map, 1 << 20));
        // The fast one ends at a record over the limit.
        let both = fast.len();
        if limit == 1000 {
            prop_assert_eq!(both, slow.len());
        }
        prop_assert_eq!(&slow[..both], &fast[..]);
    }

    #[test]
    fn the_text_does_not_depend_on_the_blocks_and_each_record_has_its_place(
        dialect in any_dialect(), file in file(), piece in 1usize..20,
        limit in prop_oneof![Just(1000usize), 5usize..40],
    ) {
        prop_assume!(dialect.check().is_ok());
        let (text, map) = rewrite(&file, &dialect, file.len().max(1), limit);
        let (again, map_again) = rewrite(&file, &dialect, piece, limit);
        prop_assert_eq!(&again, &text);
        let judged = judge(&text, dialect.rewritten(), &map, 1 << 20);
        prop_assert_eq!(&judge(&again, dialect.rewritten(), &map_again, 1 << 20), &judged);
        // Places ascend, and each is the beginning of a line.
        let end: &[u8] = match &dialect.line_end {
            LineEnd::LineFeed => b"\n",
            LineEnd::Return => b"\r",
            LineEnd::Text(text) => text.as_bytes(),
        };
        let mut before = None;
        for row in &judged {
            let offset = row.offset as usize;
            prop_assert!(before.is_none_or(|before| before < offset) && offset <= file.len());
            prop_assert!(offset == 0 || file[..offset].ends_with(end), "{:?}", row);
            before = Some(offset);
        }
    }
}
