//! Files of the kinds that public acid tests have (csv-spectrum, csv-test-data, the tests of the
//! csv modules of Python and Rust), made by hand: each with a defined meaning is read as it.

use csv_records::translation::{Rewriter, TableDialect, TextMap};
use csv_records::{Dialect, Splitter};

/// The records of a text, a malformed one as `None`.
fn split(text: &[u8], dialect: Dialect) -> Vec<Option<Vec<String>>> {
    let mut records = Vec::new();
    Splitter::new(dialect, 1 << 20).split(text, true, |record| {
        let cells = record.cells.iter().map(|cell| String::from_utf8(cell.to_vec()).unwrap());
        records.push(record.malformed.is_none().then(|| cells.collect()));
        true
    });
    records
}

#[test]
fn what_has_a_meaning_is_read_as_it() {
    let cases: &[(&str, &str, &[&[&str]])] = &[
        ("plain", "a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]),
        ("CR LF", "a,b\r\n1,2\r\n", &[&["a", "b"], &["1", "2"]]),
        (
            "line ends of both kinds",
            "a,b\r\n1,2\n3,4\r\n",
            &[&["a", "b"], &["1", "2"], &["3", "4"]],
        ),
        ("no last line end", "a,b\n1,2", &[&["a", "b"], &["1", "2"]]),
        ("a header alone", "a,b\n", &[&["a", "b"]]),
        ("one column", "a\n1\n2\n", &[&["a"], &["1"], &["2"]]),
        ("a comma in quotes", "a,b\n\"x, y\",2\n", &[&["a", "b"], &["x, y", "2"]]),
        ("doubled quotes", "a\n\"say \"\"hi\"\"\"\n", &[&["a"], &["say \"hi\""]]),
        ("nothing but quotes", "a\n\"\"\"\"\n\"\"\n", &[&["a"], &["\""], &[""]]),
        ("line feeds in quotes", "a,b\n\"1\n2\n\",3\n", &[&["a", "b"], &["1\n2\n", "3"]]),
        ("CR LF in quotes", "a,b\r\n\"1\r\n2\",3\r\n", &[&["a", "b"], &["1\r\n2", "3"]]),
        (
            "quotes and line feeds",
            "a,b\n1,\"x \n\"\"y\"\" \nz\"\n",
            &[&["a", "b"], &["1", "x \n\"y\" \nz"]],
        ),
        (
            "empty cells",
            "a,b,c\n1,,\n,,3\n,,\n",
            &[&["a", "b", "c"], &["1", "", ""], &["", "", "3"], &["", "", ""]],
        ),
        ("empty cells in quotes", "a,b\n\"\",\"\"\n", &[&["a", "b"], &["", ""]]),
        (
            "blanks stay",
            "a,b\n  1,2  \n\" 3 \",\t4\n",
            &[&["a", "b"], &["  1", "2  "], &[" 3 ", "\t4"]],
        ),
        ("letters of all scripts", "ä,文\n😀,ʤ\n", &[&["ä", "文"], &["😀", "ʤ"]]),
        (
            "JSON in a cell",
            "k,v\n1,\"{\"\"t\"\": \"\"P\"\", \"\"c\"\": [1.5, 2]}\"\n",
            &[&["k", "v"], &["1", "{\"t\": \"P\", \"c\": [1.5, 2]}"]],
        ),
        (
            "quotes inside of an unquoted cell",
            "a,b\n1,x \"y\" z\n",
            &[&["a", "b"], &["1", "x \"y\" z"]],
        ),
        (
            "an apostrophe and a backslash mean nothing",
            "a,b\n'1,2'\n\\,\\n\n",
            &[&["a", "b"], &["'1", "2'"], &["\\", "\\n"]],
        ),
        (
            "rows of other lengths are rows",
            "a,b\n1\n1,2,3\n",
            &[&["a", "b"], &["1"], &["1", "2", "3"]],
        ),
        ("blank lines are rows of one empty cell", "a\n\n1\n", &[&["a"], &[""], &["1"]]),
        ("a zero byte is one", "a\nx\0y\n", &[&["a"], &["x\0y"]]),
        (
            "a long quoted cell",
            "a,b\n\"1234567890123456789012345678901234567890123456789012345678\
         901234567890,\",2\n",
            &[
                &["a", "b"],
                &["1234567890123456789012345678901234567890123456789012345678901234567890,", "2"],
            ],
        ),
    ];
    for (name, file, expected) in cases {
        let expected: Vec<Option<Vec<String>>> = expected
            .iter()
            .map(|row| Some(row.iter().map(ToString::to_string).collect()))
            .collect();
        assert_eq!(split(file.as_bytes(), Dialect::default()), expected, "{name}");
        // Byte by byte, as other dialects are read.
        let table = TableDialect::default();
        let output = table.rewritten();
        let mut rewriter = Rewriter::new(table, output, None, 1 << 20);
        let (mut text, mut map) = (Vec::new(), TextMap::default());
        rewriter.rewrite(file.as_bytes(), true, &TextMap::default(), &mut text, &mut map);
        assert_eq!(split(&text, output), expected, "{name}, rewritten");
    }
}

#[test]
fn what_has_no_meaning_is_no_row_and_the_next_one_is() {
    for (name, line) in [
        ("a quote that is never closed", "1,\"I forgot"),
        ("text behind a closing quote", "1,\"I \" forgot"),
        ("a single quote as a cell", "1,\""),
        ("a blank behind a quote", "\"1\" ,2"),
    ] {
        let file = format!("a,b\n{line}\n3,4\n");
        let records = split(file.as_bytes(), Dialect::default());
        let row = |cells: [&str; 2]| Some(cells.map(str::to_owned).to_vec());
        assert_eq!(records, [row(["a", "b"]), None, row(["3", "4"])], "{name}");
    }
}
