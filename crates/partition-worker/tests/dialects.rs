//! Files in other dialects than plain CSV: by flags, by a descriptor, by the schema, by their first
//! line. Their records come out as plain CSV, with the places of the file.

mod support;

use proptest::prelude::*;
use support::{Folder, Ran};

const TRANSACTIONS: &str = r#"{"fields": [
    {"name": "Datum", "type": "date", "format": "%d.%m.%Y"},
    {"name": "Betrag", "type": "number", "decimalChar": ",", "groupChar": "."}
]}"#;

const NOTES: &str = r#"{"fields": [
    {"name": "id", "type": "string"}, {"name": "note", "type": "string"}
]}"#;

fn folder(schema: &str, file: impl AsRef<[u8]>) -> Folder {
    let folder = Folder::with_input(file);
    folder.write("schema.json", schema);
    folder
}

/// Validates this input into this output.
fn validate_at(folder: &Folder, index: u32, input: &str, output: &str, more: &[&str]) -> Ran {
    let start = ["validate", "--schema", "schema.json", "--input", input, "--output", output];
    folder.run(index, 1 + index, &[&start[..], more].concat())
}

/// What `validate` makes of one file: its accepted and its rejected records.
fn validated(schema: &str, file: impl AsRef<[u8]>, more: &[&str]) -> (String, String) {
    let folder = folder(schema, file);
    folder.validate(0, 1, more).assert_code(0);
    (folder.read("out/part-00000/accepted.csv"), folder.read("out/part-00000/rejected.csv"))
}

const PREAMBLE: &str = r#""Konto:";"DE00 / Giro"
"Von:";"01.01.2024"

"Datum";"Betrag"
"02.01.2024";"-30,78"
x;1
"#;

#[test]
fn a_preamble_is_passed_over_by_the_rows_of_the_header() {
    for more in [["--header-rows", "4"], ["--skip-rows", "3"]] {
        let (accepted, rejected) =
            validated(TRANSACTIONS, PREAMBLE, &[&more[..], &["--delimiter", ";"]].concat());
        assert_eq!(accepted, "Datum;Betrag\n02.01.2024;-30,78\n");
        assert!(rejected.contains("data_0.csv;6;83;"), "{rejected}");
    }
    let folder = folder(TRANSACTIONS, PREAMBLE);
    let ran = folder.validate(0, 1, &["--delimiter", ";"]);
    assert!(ran.assert_code(65).error().contains("--header-rows 4"), "{}", ran.stderr);
}

#[test]
fn the_first_line_of_excel_names_the_delimiter() {
    let file = "sep=;\r\nDatum;Betrag\r\n02.01.2024;1,5\r\nx;2\r\n";
    let (accepted, rejected) = validated(TRANSACTIONS, file, &["--delimiter", ";"]);
    assert_eq!(accepted, "Datum;Betrag\r\n02.01.2024;1,5\r\n");
    assert!(rejected.contains("data_0.csv;4;37;"), "{rejected}");
    let (accepted, rejected) = validated(TRANSACTIONS, file, &[]);
    assert_eq!(accepted, "Datum,Betrag\n02.01.2024,\"1,5\"\n");
    assert!(rejected.contains("data_0.csv,4,37,"), "{rejected}");
    let utf16: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for more in [&["--encoding", "utf-16le"][..], &["--encoding", "auto", "--delimiter", ";"]] {
        let (accepted, rejected) = validated(TRANSACTIONS, &utf16, more);
        assert_eq!(accepted.lines().count(), 2);
        assert!(rejected.contains("4,74,") || rejected.contains("4;74;"), "{rejected}");
    }
    let folder = folder(TRANSACTIONS, file);
    let ran = folder.validate(0, 1, &["--delimiter", "|"]);
    assert!(ran.assert_code(65).error().contains("sep=;"), "{}", ran.stderr);
    let cut = |more: &[&str]| {
        let more = [&["--split", "bytes"], more].concat();
        validate_at(&folder, 0, "in/data_0.csv", "out", &more)
    };
    cut(&[]).assert_code(64);
    cut(&["--delimiter", ";"]).assert_code(0);
    assert!(folder.read("out/part-00000/rejected.csv").contains("data_0.csv;4;37;"));
}

#[test]
fn backslashes_comments_blanks_and_line_ends_are_read_by_flags() {
    let escaped = "id,note\n1,\"TV 50\\\" wide\"\n2,\"plain\"\n3,\"a \\\"b\\\", c\"\n4,ok\n";
    let (accepted, rejected) = validated(NOTES, escaped, &["--escape-char", "\\"]);
    assert_eq!(accepted, "id,note\n1,\"TV 50\"\" wide\"\n2,plain\n3,\"a \"\"b\"\", c\"\n4,ok\n");
    assert_eq!(rejected.lines().count(), 1);
    for (file, more) in [
        ("# made by X\nid,note\n1,a\n", &["--comment-char", "#"][..]),
        ("id, note\n1,  a\n", &["--skip-initial-space"]),
        ("id,note\r1,a\r", &["--line-terminator", "\\r"]),
        ("id,note;1,a;", &["--line-terminator", ";"]),
        ("\nid,note\n\n1,a\n\n", &["--skip-blank-rows"]),
        ("id||note\n1||a\n", &["--delimiter", "||"]),
        ("id\u{a6}note\n1\u{a6}a\n", &["--delimiter", "\u{a6}"]),
        ("\u{feff}id||note\n1||a\n", &["--delimiter", "||"]),
        ("x\nid,note\ny\n1,a\n", &["--header-rows", "2", "--comment-rows", "3"]),
    ] {
        assert_eq!(validated(NOTES, file, more).0, "id,note\n1,a\n", "{more:?}");
    }
    let without = ["--no-header", "--skip-rows", "1", "--delimiter", "||"];
    assert_eq!(validated(NOTES, "by X\n1||a\n", &without).0, "1,a\n");
}

#[test]
fn a_null_sequence_is_no_value() {
    let schema = r#"{"fields": [
        {"name": "id", "type": "string"},
        {"name": "n", "type": "integer", "missingValues": ["-"]}
    ]}"#;
    let file = "id,n\nA,\\N\nB,-\nC,NULL\n";
    for more in
        [&["--null-sequence", "\\N"][..], &["--null-sequence", "\\N", "--escape-char", "\\"]]
    {
        let (accepted, rejected) = validated(schema, file, more);
        assert_eq!(accepted, "id,n\nA,\\N\nB,-\n");
        assert!(rejected.contains("C,NULL"));
    }
}

#[test]
fn a_dialect_comes_from_its_file_or_the_schema_and_flags_go_before_it() {
    let folder = folder(NOTES, "#x\nid||note\n1||a\n");
    folder.write("dialect.json", r##"{"delimiter": "||", "commentChar": "#"}"##);
    folder.validate(0, 1, &["--dialect", "dialect.json"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,note\n1,a\n");
    let schema =
        NOTES.replacen('{', r##"{"dialect": {"delimiter": "||", "commentChar": "#"}, "##, 1);
    folder.write("schema.json", schema);
    let ran = folder.validate(0, 1, &[]);
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,note\n1,a\n");
    assert!(!ran.stderr.contains("not of the Table Schema standard"), "{}", ran.stderr);
    folder.write("in/data_0.csv", "#x\nid|note\n1|a\n");
    folder.validate(0, 1, &["--delimiter", "|"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id|note\n1|a\n");
}

#[test]
fn a_duplicate_names_the_line_of_the_first_in_the_file() {
    let schema = NOTES.replacen('{', r#"{"primaryKey": "id", "#, 1);
    let file = "#x\nid,note\n#y\n\"a\",\"1\n2\"\n#z\nb,1\n#z\nb,2\na,3\n";
    let (_, rejected) = validated(&schema, file, &["--comment-char", "#"]);
    assert!(rejected.contains("first on line 7") && rejected.contains("first on line 4"));
    assert!(rejected.contains("data_0.csv,9,") && rejected.contains("data_0.csv,10,"));
}

#[test]
fn names_may_differ_in_case_where_the_dialect_says_so() {
    let folder = folder(NOTES, "ID,Note\n1,a\n");
    folder.validate(0, 1, &[]).assert_code(65);
    folder.write("dialect.json", r#"{"caseSensitiveHeader": false}"#);
    folder.validate(0, 1, &["--dialect", "dialect.json"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "ID,Note\n1,a\n");
}

#[test]
fn what_a_dialect_has_and_nobody_does_is_refused_by_name() {
    for (dialect, more, says) in [
        (r#"{"sheetName": "x"}"#, &[][..], "sheetName"),
        (r#"{"delimiting": ";"}"#, &[], "delimiting"),
        (r#"{"commentRows": [1], "headerRows": [1]}"#, &[], "headerRows"),
        ("{}", &["--delimiter", "\""], "delimiter"),
        ("{}", &["--escape-char", ","], "escapeChar"),
        (r##"{"commentChar": "#"}"##, &["--split", "bytes"], "commentChar"),
        ("{", &[], "dialect.json"),
    ] {
        let folder = folder(NOTES, "id,note\n");
        folder.write("dialect.json", dialect);
        let more = [&["--dialect", "dialect.json"], more].concat();
        let ran = validate_at(&folder, 0, "in/data_0.csv", "out", &more);
        assert!(ran.assert_code(64).error().contains(says), "{dialect} {more:?}: {}", ran.stderr);
    }
}

#[test]
fn a_record_that_is_malformed_in_its_dialect_is_one_rejected_record() {
    let file = "id||note\n1||\"a\"b\n2||c\rd\n3||\"open\n4||ok\n5||caf\u{e9}\n6\n";
    let (accepted, rejected) = validated(NOTES, file, &["--delimiter", "||"]);
    assert_eq!(accepted, "id,note\n4,ok\n5,caf\u{e9}\n");
    let rows: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(rejected.as_bytes())
        .into_records()
        .map(Result::unwrap)
        .collect();
    let told: Vec<(&str, &str, &str)> =
        rows.iter().map(|row| (&row[1], &row[2], &row[4])).collect();
    assert_eq!(
        told,
        [("2", "9", "1||\"a\"b"), ("3", "17", "2"), ("4", "24", "3||\"open"), ("7", "48", "6")]
    );
}

#[test]
fn a_program_gets_plain_csv() {
    let folder = folder(NOTES, "#x\nid||note\n1||a,b\n");
    let start = ["exec", "--input", "in/", "--output", "out", "--delimiter", "||"];
    let dialect = ["--comment-char", "#"];
    folder.run(0, 1, &[&start[..], &dialect, &["--", "cat"]].concat()).assert_code(64);
    let ran = folder.run(0, 1, &[&start[..], &dialect, &["--header", "--", "cat"]].concat());
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "id,note\n1,\"a,b\"\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_records_of_another_dialect_are_those_of_plain_csv(
        rows in prop::collection::vec(("[a-c |\\\\\"\n;]{0,4}", "[a-c,\u{e9}|\r]{0,4}"), 0..20),
        partitions in 1u32..4,
    ) {
        // Written by hand in a dialect with everything, and by a library as plain CSV.
        let quoted = |cell: &str| {
            format!("'{}'", cell.replace('\\', "\\\\").replace('\'', "\\'"))
        };
        let folder = Folder::new();
        folder.write("schema.json", NOTES);
        let mut together = String::new();
        for index in 0..partitions {
            let own = rows.iter().skip(index as usize).step_by(partitions as usize);
            let mut odd = "by X;'id'|| 'note';#;".to_owned();
            let mut plain = csv::WriterBuilder::new().from_writer(Vec::new());
            plain.write_record(["id", "note"]).unwrap();
            for (id, note) in own {
                odd.push_str(&format!("{}|| {};#c;", quoted(id), quoted(note)));
                plain.write_record([id, note]).unwrap();
            }
            folder.write(&format!("in/data_{index}.csv"), odd);
            folder.write(&format!("plain/data_{index}.csv"), plain.into_inner().unwrap());
        }
        let dialect = [
            "--delimiter", "||", "--line-terminator", ";", "--quote", "'", "--escape-char", "\\",
            "--comment-char", "#", "--skip-initial-space", "--header-rows", "2",
        ];
        for index in 0..partitions {
            folder.validate(index, partitions, &dialect).assert_code(0);
            validate_at(&folder, index, "plain/data_{index}.csv", "plain-out", &[]).assert_code(0);
            let cells = |name: &str, quote: u8| -> Vec<Vec<String>> {
                let text = folder.read(name);
                let mut reader = csv::ReaderBuilder::new();
                let reader = reader.quote(quote).from_reader(text.as_bytes());
                let records = reader.into_records().map(Result::unwrap);
                records.map(|record| record.iter().map(str::to_owned).collect()).collect()
            };
            let part = format!("part-{index:05}/accepted.csv");
            let ours = cells(&format!("out/{part}"), b'\'');
            prop_assert_eq!(&ours, &cells(&format!("plain-out/{part}"), b'"'));
            together.push_str(&format!("{}", ours.len()));
        }
        prop_assert!(!together.is_empty());
    }
}
