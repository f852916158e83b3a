//! Data Packages: the input with its encoding, dialect and schema by one name.

mod support;

use support::{Folder, Ran};

const SCHEMA: &str = r#"{"fields": [
    {"name": "id", "type": "string"}, {"name": "amount", "type": "number", "decimalChar": ","}
], "primaryKey": "id"}"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("bank/data/a.csv", b"#x\nid;amount\nM\xfcller;1,5\nb;x\n");
    folder.write("bank/data/b.tsv", "id\tamount\nc\t2\n");
    folder.write("bank/data/c.tsv", "id\tamount\nd\t3\n");
    folder.write("bank/schema.json", SCHEMA);
    let package = format!(
        r##"{{"name": "bank", "resources": [
            {{"name": "one", "path": "data/a.csv", "encoding": "windows-1252",
              "dialect": {{"delimiter": ";", "commentChar": "#"}}, "schema": {SCHEMA}}},
            {{"name": "two", "path": ["data/b.tsv", "data/c.tsv"], "format": "tsv",
              "schema": "schema.json"}},
            {{"name": "bare", "path": "data/a.csv"}}
        ]}}"##
    );
    folder.write("bank/datapackage.json", package);
    folder
}

fn validate(folder: &Folder, index: u32, partitions: u32, more: &[&str]) -> Ran {
    let start = ["validate", "--package", "bank/datapackage.json", "--output", "out"];
    folder.run(index, partitions, &[&start[..], more].concat())
}

#[test]
fn a_package_gives_path_encoding_dialect_and_schema() {
    let folder = folder();
    validate(&folder, 0, 1, &["--resource", "one"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id;amount\nM\u{fc}ller;1,5\n");
    assert!(folder.read("out/part-00000/rejected.csv").contains("data/a.csv;4;"));
}

#[test]
fn the_files_of_a_resource_are_dealt_out() {
    let folder = folder();
    for index in 0..2 {
        validate(&folder, index, 2, &["--resource", "two"]).assert_code(0);
    }
    let part = |index: u32| folder.read(&format!("out/part-{index:05}/accepted.csv"));
    let mut parts = [part(0), part(1)];
    parts.sort();
    assert_eq!(parts, ["id\tamount\nc\t2\n", "id\tamount\nd\t3\n"]);
    validate(&folder, 0, 1, &["--resource", "two"]).assert_code(0);
    assert_eq!(part(0), "id\tamount\nc\t2\nd\t3\n");
}

#[test]
fn settings_go_before_the_package() {
    let folder = folder();
    folder.write("in/data_0.csv", "id|amount\ne|4\n");
    let more = ["--resource", "one", "--input", "in/data_{index}.csv", "--delimiter", "|"];
    validate(&folder, 0, 1, &[&more[..], &["--encoding", "utf-8"]].concat()).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id|amount\ne|4\n");
}

#[test]
fn what_is_missing_or_leads_out_is_refused_with_the_remedy() {
    for (more, says) in [
        (&[][..], "--resource: one, two, bare"),
        (&["--resource", "three"], "no resource"),
        (&["--resource", "bare"], "no schema"),
        (&["--resource", "one", "--split", "bytes"], "commentChar"),
        (&["--resource", "two", "--split", "bytes"], "has several"),
    ] {
        let folder = folder();
        let ran = validate(&folder, 0, 1, more);
        assert!(ran.assert_code(64).error().contains(says), "{more:?}: {}", ran.stderr);
    }
    let folder = folder();
    assert!(
        validate(&folder, 0, 2, &["--resource", "one"]).assert_code(64).error().contains("only")
    );
    folder.run(0, 1, &["validate", "--output", "out"]).assert_code(64);
    folder.run(0, 1, &["validate", "--schema", "s.json", "--output", "out"]).assert_code(64);
    folder.run(0, 1, &["exec", "--output", "out", "--", "cat"]).assert_code(64);
    folder.write("bank/datapackage.json", r#"{"resources": [{"path": "../x.csv"}]}"#);
    validate(&folder, 0, 1, &[]).assert_code(64);
    folder.write("bank/datapackage.json", r#"{"resources": [{"path": "x.csv", "schema": {}}]}"#);
    validate(&folder, 0, 1, &[]).assert_code(64);
    std::fs::remove_file(folder.path("bank/datapackage.json")).unwrap();
    validate(&folder, 0, 1, &[]).assert_code(64);
}
