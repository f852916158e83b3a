//! `--union`: the files of a partition have their columns in different orders, or lack some.

mod support;

use proptest::prelude::*;
use support::{Folder, Ran};

const SCHEMA: &str = r#"{
    "fields": [
        {"name": "id", "type": "string", "constraints": {"required": true}},
        {"name": "note", "type": "string"},
        {"name": "amount", "type": "number", "missingValues": ["-"]}
    ]
}"#;

fn union(files: &[(&str, &str)], more: &[&str]) -> (Folder, Ran) {
    let folder = support::files(
        &files.iter().map(|(name, text)| (*name, text.as_bytes())).collect::<Vec<_>>(),
    );
    folder.write("schema.json", SCHEMA);
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    let ran = folder.run(0, 1, &[&arguments, more, &["--union"]].concat());
    (folder, ran)
}

#[test]
fn every_file_gets_the_fields_in_the_order_of_the_schema() {
    let (folder, ran) = union(
        &[
            ("1.csv", "id,note,amount\na,\"x,\"\"y\"\"\",1\n"),
            ("2.csv", "\u{feff}amount,id\r\n2,b\r\nmuch,c\r\n\r\n"),
            ("3.csv", "note,id\n\"two\nlines\",d\nonly\n,e"),
        ],
        &[],
    );
    ran.assert_code(0);
    assert_eq!(
        folder.read("out/part-00000/accepted.csv"),
        "id,note,amount\na,\"x,\"\"y\"\"\",1\nb,,2\nd,\"two\nlines\",-\ne,,-\n"
    );
    let rejected = folder.read("out/part-00000/rejected.csv");
    let rows: Vec<&str> = rejected.lines().collect();
    assert_eq!(rows[0], "_source,_line,_offset,_reasons,id,note,amount");
    assert!(rows[1].starts_with("2.csv,3,19,") && rows[1].ends_with(",c,,much"), "{rejected}");
    assert!(rows[2].starts_with("2.csv,4,27,blank-row"), "{rejected}");
    assert!(rows[3].starts_with("3.csv,4,22,") && rows[3].ends_with(",only"), "{rejected}");
    assert!(rows[3].contains("another number of cells"), "{rejected}");
    assert_eq!(rows.len(), 4);
}

#[test]
fn a_file_that_lacks_what_a_record_needs_or_has_more_is_an_error_that_names_it() {
    for (second, says) in [
        ("note,amount\nx,1\n", "id"),
        ("id,amount,other\na,1,x\n", "other"),
        ("id,amount,id\na,1,b\n", "id"),
    ] {
        for files in
            [vec![("1.csv", second)], vec![("0.csv", "amount,id\n1,a\n"), ("1.csv", second)]]
        {
            let (folder, ran) = union(&files, &[]);
            let error = ran.assert_code(65).error();
            assert!(error.contains("1.csv") && error.contains(says), "{error}");
            assert!(folder.tree("out").is_empty());
        }
    }
    let (_, ran) = union(&[("1.csv", "amount,id\n1,a\n")], &["--fields-match", "equal"]);
    assert!(ran.assert_code(65).error().contains("note"), "{}", ran.stderr);
    for wrong in [&["--no-header"][..], &["--fields-match", "exact"], &["--fields-match", "subset"]]
    {
        let (_, ran) = union(&[("1.csv", "amount,id\n1,a\n")], wrong);
        assert!(ran.assert_code(64).error().contains("--union"), "{}", ran.stderr);
    }
}

#[test]
fn names_in_another_case_are_united_where_a_dialect_says_that_it_means_nothing() {
    let files = [("1.csv", "ID,Amount\na,1\n"), ("2.csv", "amount,id,NOTE\n2,b,x\n")];
    let (folder, _) = union(&files, &[]);
    folder.write("dialect.json", r#"{"caseSensitiveHeader": false}"#);
    let arguments = [
        "validate",
        "--input",
        "in/",
        "--schema",
        "schema.json",
        "--output",
        "out",
        "--union",
        "--dialect",
        "dialect.json",
    ];
    folder.run(0, 1, &arguments).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,note,amount\na,,1\nb,x,2\n");
}

#[test]
fn a_column_that_is_no_field_is_told_with_what_helps() {
    let (_, ran) = union(&[("1.csv", "amount,id,more\n1,a,x\n")], &[]);
    let error = ran.assert_code(65).error();
    assert!(error.contains("give the schema a field for it"), "{error}");
}

#[test]
fn other_dialects_and_encodings_are_united_as_well() {
    let (folder, ran) =
        union(&[("1.csv", "sep=;\namount;id\n1;a\n"), ("2.csv", "id,amount,note\nb,2,x\n")], &[]);
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,note,amount\na,,1\nb,x,2\n");
    let (folder, ran) = union(
        &[("1.csv", "a report\namount|id\n1|a\n")],
        &["--delimiter", "|", "--skip-rows", "1", "--encoding", "windows-1252"],
    );
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id|note|amount\na||1\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// A file with its columns in another order has the records of the file in the schema's order.
    #[test]
    fn the_order_of_columns_changes_nothing(
        rows in prop::collection::vec(
            ["[a-z\",\n ]{0,6}", "[a-z\",\n ]{0,6}", "[0-9x-]{0,3}"],
            1..30,
        ),
        order in Just(vec![0_usize, 1, 2]).prop_shuffle(),
    ) {
        let names = ["id", "note", "amount"];
        let file = |order: &[usize]| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(order.iter().map(|column| names[*column])).unwrap();
            for row in &rows {
                writer.write_record(order.iter().map(|column| row[*column].as_str())).unwrap();
            }
            String::from_utf8(writer.into_inner().unwrap()).unwrap()
        };
        let (straight, ran) = union(&[("1.csv", &file(&[0, 1, 2]))], &[]);
        ran.assert_code(0);
        let (shuffled, ran) = union(&[("1.csv", &file(&order))], &[]);
        ran.assert_code(0);
        let accepted = |folder: &Folder| -> Vec<Vec<String>> {
            let text = folder.read("out/part-00000/accepted.csv");
            let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
            let rows = reader.records().map(Result::unwrap);
            rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
        };
        prop_assert_eq!(accepted(&straight), accepted(&shuffled));
        let rejected = |folder: &Folder| {
            let summary = folder.json("out/part-00000/summary.json");
            (summary["rows"].clone(), summary["reasons"].clone())
        };
        prop_assert_eq!(rejected(&straight), rejected(&shuffled));
    }
}
