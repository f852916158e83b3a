//! Rejected records that come back: `rejected.csv` of an earlier run as input.

mod support;

use proptest::prelude::*;
use support::{Folder, Ran, SCHEMA};

const OWN: &str = "_source,_line,_offset,_reasons,";

/// Validates the file or pattern `input` into `out2`, with the settings `more`.
fn again(folder: &Folder, input: &str, more: &[&str]) -> Ran {
    let arguments =
        ["validate", "--input", input, "--schema", "schema.json", "--output", "out2", "--force"];
    folder.run(0, 1, &[&arguments, more].concat())
}

fn accepted(folder: &Folder) -> String {
    folder.read("out2/part-00000/accepted.csv")
}

fn rejected(folder: &Folder) -> String {
    folder.read("out2/part-00000/rejected.csv")
}

fn returned(file: impl AsRef<[u8]>) -> Folder {
    let folder = Folder::new();
    folder.write("schema.json", SCHEMA);
    folder.write("rejected.csv", file);
    folder
}

#[test]
fn a_corrected_record_is_accepted_and_the_others_keep_their_first_place() {
    let folder = Folder::with_input("id,amount\na1,10\nA2,2000\na3,5,x\n\na4,x\n\"a\"5,1\n");
    folder.validate(0, 1, &[]).assert_code(0);
    let first = folder.read("out/part-00000/rejected.csv");
    folder.write("rejected.csv", first.replace("A2,2000", "a2,20"));
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\na2,20\n");
    let second = rejected(&folder);
    let kept: Vec<&str> = first.lines().filter(|line| !line.contains("A2")).collect();
    let lines: Vec<&str> = second.lines().collect();
    assert_eq!(lines[..4], kept[..4]);
    // What was no record is none as long as it is as it was.
    assert!(lines[4].starts_with("data_0.csv,7,37,\"source-error: text after a closing quote; it"));
    assert!(lines[4].ends_with(",\"\"\"a\"\"5,1\""), "{}", lines[4]);
    // And so on, for ever.
    folder.write("rejected.csv", &second);
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(rejected(&folder), second);
}

#[test]
fn a_spreadsheet_may_change_the_dialect() {
    // Semicolons, CR LF, windows-1252, quotes around names, and a sep= line.
    for start in ["", "sep=;\r\n"] {
        let mut file =
            format!("{start}_source;_line;_offset;_reasons;\"id\";amount\r\n").into_bytes();
        file.extend(b"caf\xe9.csv;3;16;\"constraint-error; in field \"\"id\"\"\";a2;20\r\n");
        file.extend(b"caf\xe9.csv;4;24;\"constraint-error\";A\xe9;20\r\n");
        let folder = returned(file);
        again(&folder, "rejected.csv", &["--encoding", "windows-1252"]).assert_code(0);
        // It is rewritten, so that quotes stand only where they must.
        assert_eq!(accepted(&folder), "id,amount\na2,20\n");
        let second = rejected(&folder);
        assert!(second.contains("\ncafé.csv,4,24,") && second.ends_with(",Aé,20\n"), "{second}");
    }
    let folder = returned("_source;_line;_offset;_reasons;id;amount\nf;2;9;x;a2;20\n");
    let ran = again(&folder, "rejected.csv", &["--delimiter", "|"]);
    assert!(ran.assert_code(65).error().contains("give --delimiter ';'"), "{}", ran.stderr);
    // Cut into ranges it cannot be rewritten.
    let ran = again(&folder, "rejected.csv", &["--split", "bytes"]);
    assert!(ran.assert_code(65).error().contains("give --delimiter ';'"), "{}", ran.stderr);
}

#[test]
fn the_dialect_of_the_first_input_does_not_stand_in_the_way() {
    let folder = Folder::with_input("made by a bank\nid||amount\n# note\na1||10\nA2||x\n");
    let dialect = ["--delimiter", "||", "--header-rows", "2", "--comment-char", "#"];
    folder.validate(0, 1, &dialect).assert_code(0);
    let first = folder.read("out/part-00000/rejected.csv");
    assert!(first.contains("data_0.csv,5,"), "{first}");
    folder.write("rejected.csv", first.replace("A2,x", "a2,7"));
    again(&folder, "rejected.csv", &dialect).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\na2,7\n");
    folder.write("rejected.csv", &first);
    again(&folder, "rejected.csv", &dialect).assert_code(0);
    assert_eq!(rejected(&folder), first);
}

#[test]
fn files_without_a_header_come_back_with_one_and_go_without() {
    let folder = Folder::with_input("a1,10\nA2,2000\n");
    folder.validate(0, 1, &["--no-header"]).assert_code(0);
    let first = folder.read("out/part-00000/rejected.csv");
    folder.write("rejected.csv", first.replace("A2,2000", "a2,20"));
    again(&folder, "rejected.csv", &["--no-header"]).assert_code(0);
    assert_eq!(accepted(&folder), "a2,20\n");
    assert_eq!(rejected(&folder), format!("{OWN}id,amount\n"));
    // By position: columns in another order would be other values.
    folder.write("rejected.csv", format!("{OWN}amount,id\nf,1,0,x,20,a2\n"));
    again(&folder, "rejected.csv", &["--no-header"]).assert_code(65);
}

#[test]
fn no_rows_are_no_rows() {
    let folder = returned(format!("{OWN}id,amount\r\n"));
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\r\n");
    assert_eq!(rejected(&folder), format!("{OWN}id,amount\r\n"));
    assert_eq!(folder.json("out2/part-00000/summary.json")["rows"], 0);
}

#[test]
fn beside_ordinary_files_both_are_named() {
    for (first, second) in [("in/a.csv", "in/b.csv"), ("in/b.csv", "in/a.csv")] {
        let folder = Folder::new();
        folder.write("schema.json", SCHEMA);
        folder.write(first, format!("{OWN}id,amount\nf,2,9,x,a1,1\n"));
        folder.write(second, "id,amount\na2,1\n");
        let ran = again(&folder, "in/*.csv", &[]);
        let error = ran.assert_code(65).error();
        assert!(error.contains("a.csv") && error.contains("b.csv"), "{error}");
        assert!(error.contains("run them apart"), "{error}");
        assert!(!folder.exists("out2/part-00000/accepted.csv"));
    }
}

#[test]
fn several_come_back_together_and_values_are_unique_within_the_files_of_the_first_run() {
    let folder = Folder::new();
    let unique = SCHEMA.replace(r#""pattern""#, r#""unique": true, "pattern""#);
    folder.write("schema.json", unique.replace(r#""primaryKey": ["id"]"#, r#""title": "x""#));
    // Sorted by a person: the sources alternate.
    let rows = "f,2,9,x,a1,1\ng,2,9,x,a1,2\nf,3,20,x,a1,3\n";
    folder.write("in/one.csv", format!("{OWN}id,amount\n{rows}"));
    folder.write("in/two.csv", format!("{OWN}id,amount\nf,9,90,x,a9,9\n"));
    again(&folder, "in/", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\na1,1\na1,2\na9,9\n");
    let second = rejected(&folder);
    assert!(second.contains("\nf,3,20,") && second.contains("(first in f, line 2)"), "{second}");
}

#[test]
fn a_duplicate_of_a_record_that_was_accepted_stays_one() {
    let folder = Folder::with_input("id,amount\na1,1\na1,2\nb1,3\nb1,x\nb1,4\nC,5\nC,6\n");
    folder.validate(0, 1, &[]).assert_code(0);
    let first = folder.read("out/part-00000/rejected.csv");
    folder.write("rejected.csv", first.replace("b1,4", "b2,4").replace("C,5", "c1,5"));
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\nb2,4\nc1,5\n", "{}", rejected(&folder));
    let second = rejected(&folder);
    let seen = "\ndata_0.csv,3,15,\"primary-key in field \"\"id\"\": \"\"a1\"\" was seen before \
                (first on line 2)\",a1,2\n";
    assert!(second.contains(seen), "{second}");
    assert_eq!(folder.json("out2/part-00000/summary.json")["reasons"]["primary-key"], 2);
    // Who knows better empties the reasons.
    folder.write("rejected.csv", format!("{OWN}id,amount\nf,3,15,,a1,2\n"));
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\na1,2\n");
}

#[test]
fn a_row_that_somebody_has_added_stands_where_it_stands() {
    let folder = returned(format!("{OWN}id,amount\n,,,,a1,5\n,,,,A1,5\nb7,12\n\n"));
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\na1,5\n");
    let second = rejected(&folder);
    let lines: Vec<&str> = second.lines().collect();
    assert!(lines[1].starts_with("rejected.csv,3,50,\"constraint-error"), "{second}");
    assert!(lines[2].starts_with("rejected.csv,4,59,source-error: the row does not have"));
    assert!(lines[2].ends_with(",b7,12"), "{second}");
    assert!(lines[3].starts_with("rejected.csv,5,65,blank-row"), "{second}");
}

#[test]
fn columns_that_only_look_like_those_are_neither_dropped_nor_taken_for_data() {
    // A field of the user's that has the name of one.
    let with_line =
        SCHEMA.replace(r#""fields": ["#, r#""fields": [{"name": "_line", "type": "integer"},"#);
    let folder = returned(format!("{OWN}_line,id,amount\nf,2,9,x,7,a1,5\n"));
    folder.write("schema.json", &with_line);
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "_line,id,amount\n7,a1,5\n");
    // Fields of all four names: only what is there twice is not data.
    let all = SCHEMA.replace(
        r#""fields": ["#,
        r#""fields": [{"name": "_source"}, {"name": "_line"}, {"name": "_offset"},
            {"name": "_reasons"},"#,
    );
    for own in ["", OWN] {
        folder.write(
            "rejected.csv",
            format!("{own}{OWN}id,amount\n{}mine,2,3,4,a1,5\n", &own.replace('_', "")),
        );
        folder.write("schema.json", &all);
        again(&folder, "rejected.csv", &[]).assert_code(0);
        assert_eq!(accepted(&folder), format!("{OWN}id,amount\nmine,2,3,4,a1,5\n"));
    }
    // Moved, or partly gone: as extra columns they would be data.
    folder.write("schema.json", SCHEMA);
    for header in [
        "id,amount,_source,_line,_offset,_reasons",
        "_source,_line,_reasons,id,amount",
        &format!("{OWN}{OWN}id,amount"),
    ] {
        folder.write("rejected.csv", format!("{header}\n"));
        let ran = again(&folder, "rejected.csv", &["--fields-match", "subset"]);
        assert!(
            ran.assert_code(65).error().contains("has columns of rejected.csv"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn warned_records_come_back_as_well_and_described_are_the_data_alone() {
    let folder =
        returned("_source,_line,_offset,_warnings,id,amount\nf,2,9,x,a1,5\nf,3,9,x,a2,6\n");
    again(&folder, "rejected.csv", &[]).assert_code(0);
    assert_eq!(accepted(&folder), "id,amount\na1,5\na2,6\n");
    let ran = Ran::of(folder.bare_worker(&["describe", "rejected.csv"]).output().unwrap());
    assert!(!ran.assert_code(0).stdout.contains("_line"), "{}", ran.stdout);
    assert!(ran.stdout.contains("amount"));
}

#[test]
fn a_program_is_given_all_columns() {
    let file = format!("{OWN}id,amount\nf,2,9,x,a1,5\n");
    let folder = returned(&file);
    for header in [&["--header"][..], &[]] {
        let arguments = ["exec", "--input", "rejected.csv", "--output", "out3", "--force"];
        let arguments = [&arguments, header, &["--", "cat"]].concat();
        folder.run(0, 1, &arguments).assert_code(0);
        assert_eq!(folder.read("out3/part-00000/output"), file);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_comes_back_as_it_was_is_rejected_as_it_was_however_it_is_cut(
        lines in prop::collection::vec(
            prop_oneof![
                3 => "([A-C]{1,2}|\"[A,é]{0,3}(\"\")?\"|\"[A-C]\")?(,[0-9]{1,5}|,\"[0-9]\"|,x)?",
                1 => "\"a\"b,1|id,amount|\u{feff}a,1|a\rb,1|A,1,x|A,,",
            ],
            0..30,
        ),
        crlf in any::<bool>(),
        partitions in 1u32..6,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let folder = Folder::with_input(format!("id,amount{end}{}{end}", lines.join(end)));
        // Which values are there twice depends on the cuts.
        folder.write("schema.json", SCHEMA.replace(r#""primaryKey": ["id"]"#, r#""title": "x""#));
        folder.validate(0, 1, &[]).assert_code(0);
        let first = folder.read("out/part-00000/rejected.csv");
        folder.write("rejected.csv", &first);
        again(&folder, "rejected.csv", &[]).assert_code(0);
        prop_assert_eq!(accepted(&folder).lines().count(), 1, "nobody has mended anything");
        let places = |file: &str| -> Vec<String> {
            let start = |line: &str| line.split(',').take(3).collect::<Vec<_>>().join(",");
            file.lines().map(start).collect()
        };
        let second = rejected(&folder);
        prop_assert_eq!(places(&second), places(&first));
        folder.write("rejected.csv", &second);
        let arguments = ["validate", "--input", "rejected.csv", "--schema", "schema.json"];
        let arguments = [&arguments[..], &["--output", "out4", "--split", "bytes"]].concat();
        let mut third = String::new();
        for index in 0..partitions {
            folder.run(index, partitions, &arguments).assert_code(0);
            let part = folder.read(&format!("out4/part-{index:05}/rejected.csv"));
            let header = part.find('\n').unwrap() + 1;
            third.push_str(&part[if index == 0 { 0 } else { header }..]);
        }
        prop_assert_eq!(third, second);
    }
}
