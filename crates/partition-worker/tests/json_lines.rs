//! JSON lines as input: a record is an object, with the laws of all records.

mod support;

use std::io::Write as _;

use proptest::prelude::*;
use support::{Folder, Ran, SCHEMA};

fn lines(file: impl AsRef<[u8]>) -> Folder {
    let folder = Folder::new();
    folder.write("schema.json", SCHEMA);
    folder.write("in/a.jsonl", file);
    folder
}

fn validate(folder: &Folder, more: &[&str]) -> Ran {
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    folder.run(0, 1, &[&arguments, more].concat())
}

fn accepted(folder: &Folder) -> String {
    folder.read("out/part-00000/accepted.jsonl")
}

/// The rejected records, each as JSON.
fn rejected(folder: &Folder) -> Vec<serde_json::Value> {
    let text = folder.read("out/part-00000/rejected.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn objects_are_judged_as_rows_are_and_stay_as_they_were_written() {
    let file = "{\"id\":\"a1\",\"amount\":10}\n \
                {\"amount\": 1.50, \"id\": \"a2\"}\r\n\
                \n\
                {\"id\":\"A3\",\"amount\":2000}\n\
                {\"id\":\"a1\",\"amount\":\"7\"}\n\
                {\"id\":\"a4\"}\n  \r\n\
                {\"id\":\"a5\",\"amount\":null}\n\
                {\"id\":\"a6\",\"amount\":1,\"note\":\"x\"}\n\
                {\"id\":\"a7\",\"amount\":1,\"id\":\"a8\"}\n\
                not json\n\
                [1,2]\n\
                {\"id\":\"\\u0061\\u0039\",\"amount\":9}";
    let folder = lines(file);
    validate(&folder, &[]).assert_code(0);
    assert_eq!(
        accepted(&folder),
        "{\"id\":\"a1\",\"amount\":10}\n {\"amount\": 1.50, \"id\": \"a2\"}\r\n\
         {\"id\":\"\\u0061\\u0039\",\"amount\":9}\n"
    );
    let rejects = rejected(&folder);
    let told: Vec<(u64, String)> = rejects
        .iter()
        .map(|of| (of["_line"].as_u64().unwrap(), of["_reasons"].as_str().unwrap().to_owned()))
        .collect();
    let starts = [
        (4, "constraint-error in field \"id\""),
        (5, "primary-key in field \"id\": \"a1\" was seen before (first on line 1)"),
        (6, "constraint-error in field \"amount\": \"\" is a missing value"),
        (8, "constraint-error in field \"amount\": \"\" is a missing value"),
        (9, "extra-cell in field \"note\": the schema has no such field"),
        (10, "source-error: the member \"id\" is there twice"),
        (11, "source-error: not a JSON object: expected"),
        (12, "source-error: not a JSON object: invalid type: sequence"),
    ];
    assert_eq!(told.len(), starts.len(), "{told:?}");
    for ((line, reason), (on, starts)) in told.iter().zip(starts) {
        assert!(*line == on && reason.starts_with(starts), "{line}: {reason}");
    }
    for of in &rejects {
        let at = of["_offset"].as_u64().unwrap() as usize;
        let line = file[at..].lines().next().unwrap();
        match &of["_record"] {
            serde_json::Value::String(text) => assert_eq!(text, line.trim()),
            object => assert_eq!(object, &serde_json::from_str::<serde_json::Value>(line).unwrap()),
        }
        assert_eq!(of["_source"], "a.jsonl");
    }
    let summary = folder.json("out/part-00000/summary.json");
    let counts = ["rows", "accepted", "rejected"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [11, 3, 8], "blank lines are no records");
    assert_eq!(summary["reasons"]["extra-cell"], 1);
    assert_eq!(summary["reasons"]["source-error"], 3);
}

#[test]
fn numbers_keep_all_their_digits_and_nested_values_are_those_of_their_types() {
    let folder = lines(
        "{\"n\":0.10000000000000000000000000000000000001,\"o\":{\"a\":[1,2]},\"l\":[1,2]}\n\
         {\"n\":1e400}\n\
         {\"n\":0.1,\"o\":[1],\"l\":{\"a\":1}}\n",
    );
    folder.write(
        "schema.json",
        r#"{"fields": [
            {"name": "n", "type": "number", "constraints": {"exclusiveMinimum": 0.1}},
            {"name": "o", "type": "object"},
            {"name": "l", "type": "array", "constraints": {"minLength": 2}}
        ]}"#,
    );
    validate(&folder, &[]).assert_code(0);
    assert_eq!(accepted(&folder).lines().count(), 2);
    let rejects = rejected(&folder);
    let reasons = rejects[0]["_reasons"].as_str().unwrap();
    for says in ["in field \"n\"", "in field \"o\"", "in field \"l\""] {
        assert!(reasons.contains(says), "{reasons}");
    }
}

#[test]
fn null_is_missing_whatever_texts_are() {
    let folder = lines("{\"a\":null}\n{}\n{\"a\":\"\"}\n{\"a\":\"-\"}\n");
    let schema = |required: bool| {
        format!(
            r#"{{"fields": [{{"name": "a", "type": "string",
                "constraints": {{"required": {required}}}}}], "missingValues": ["-"]}}"#
        )
    };
    folder.write("schema.json", schema(true));
    validate(&folder, &[]).assert_code(0);
    assert_eq!(accepted(&folder), "{\"a\":\"\"}\n");
    let reasons = rejected(&folder)[0]["_reasons"].to_string();
    assert!(reasons.contains("null is a missing value"), "{reasons}");
    folder.write("schema.json", schema(false));
    validate(&folder, &[]).assert_code(0);
    assert_eq!(accepted(&folder).lines().count(), 4);
}

#[test]
fn more_members_are_allowed_where_more_columns_are() {
    let folder = lines("{\"id\":\"a\",\"amount\":1,\"note\":\"x\"}\n");
    validate(&folder, &["--fields-match", "subset"]).assert_code(0);
    assert_eq!(accepted(&folder), "{\"id\":\"a\",\"amount\":1,\"note\":\"x\"}\n");
}

#[test]
fn warnings_checks_and_compression_are_there_as_well() {
    let folder = Folder::new();
    folder.write("schema.json", SCHEMA);
    folder.write("checks", "warning small: amount < 9\nnot_seven: amount <> 7");
    let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    file.write_all(b"\xef\xbb\xbf{\"id\":\"a\",\"amount\":10}\n{\"id\":\"b\",\"amount\":7}\n")
        .unwrap();
    folder.write("in/a.ndjson.gz", file.finish().unwrap());
    validate(&folder, &["--checks", "checks"]).assert_code(0);
    assert_eq!(accepted(&folder), "{\"id\":\"a\",\"amount\":10}\n");
    let warned = folder.read("out/part-00000/warnings.jsonl");
    assert!(
        warned.starts_with("{\"_source\":\"a.ndjson.gz\",\"_line\":1,\"_offset\":3,\"_warnings\":")
    );
    assert!(warned.ends_with(",\"_record\":{\"id\":\"a\",\"amount\":10}}\n"), "{warned}");
    assert_eq!(rejected(&folder).len(), 1);
}

#[test]
fn what_is_no_json_lines_is_refused_with_the_remedy() {
    for (file, says) in [
        ("[{\"id\":\"a\"},\n{\"id\":\"b\"}]\n", "jq -c '.[]'"),
        ("\u{feff}\n  [\n  {}\n]\n", "jq -c '.[]'"),
        ("{\n  \"id\": \"a\"\n}\n", "jq -c ."),
        (
            "{\"_source\":\"a\",\"_line\":1,\"_offset\":0,\"_reasons\":\"x\",\"_record\":{}}",
            "jq -c ._record",
        ),
    ] {
        let ran = validate(&lines(file), &[]);
        assert!(ran.assert_code(65).error().contains(says), "{}", ran.stderr);
    }
    let folder = lines("{\"id\":\"a\",\"amount\":1}\n");
    folder.write("in/b.csv", "id,amount\na,1\n");
    let arguments = ["validate", "--input", "in/*", "--schema", "schema.json", "--output", "out"];
    let error = folder.run(0, 1, &arguments).assert_code(65).error();
    assert!(error.contains("a.jsonl") && error.contains("b.csv"), "{error}");
    let both = folder.bare_worker(&["describe", "in/a.jsonl", "in/b.csv"]).output().unwrap();
    let ran = Ran::of(both);
    assert!(ran.assert_code(65).error().contains("is JSON lines by its name"), "{}", ran.stderr);
}

#[test]
fn the_format_is_told_by_the_name_unless_a_setting_tells_it() {
    let folder = Folder::new();
    folder.write("schema.json", SCHEMA);
    folder.write("in/events.json", "{\"id\":\"a\",\"amount\":1}\n");
    validate(&folder, &["--input-format", "jsonl"]).assert_code(0);
    assert_eq!(accepted(&folder), "{\"id\":\"a\",\"amount\":1}\n");
    let folder = lines("id,amount\na,1\n");
    validate(&folder, &["--input-format", "csv"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\na,1\n");
}

#[test]
fn a_partition_without_files_is_of_the_format_of_the_others() {
    let folder = lines("{\"id\":\"a\",\"amount\":1}\n");
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    for index in 0..2 {
        folder.run(index, 2, &arguments).assert_code(0);
        assert!(folder.exists(&format!("out/part-0000{index}/accepted.jsonl")));
    }
    Ran::of(folder.bare_worker(&["summarize", "out"]).output().unwrap()).assert_code(0);
    // And the next step reads what is accepted, and nothing else.
    let arguments = ["validate", "--input", "out/", "--schema", "schema.json", "--output", "next"];
    folder.run(0, 1, &arguments).assert_code(0);
    assert_eq!(folder.json("next/part-00000/summary.json")["rows"], 1);
}

#[test]
fn a_line_over_the_limit_is_rejected_and_the_others_are_not() {
    let long = "x".repeat(3000);
    let file = format!(
        "{{\"id\":\"a\",\"amount\":1}}\n{{\"id\":\"{long}\"}}\n{{\"id\":\"b\",\"amount\":1}}\n"
    );
    let folder = lines(file);
    validate(&folder, &["--max-record-size", "1024"]).assert_code(0);
    assert_eq!(accepted(&folder).lines().count(), 2);
    let rejects = rejected(&folder);
    assert!(rejects[0]["_reasons"].as_str().unwrap().contains("longer than --max-record-size"));
    assert!(rejects[0]["_record"].as_str().unwrap().len() <= 1000);
}

#[test]
fn other_encodings_are_read() {
    let text = "{\"id\":\"a\",\"amount\":1}\r\n{\"id\":\"é\",\"amount\":1}\r\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let folder = lines([b"\xff\xfe".as_slice(), &utf16].concat());
    validate(&folder, &["--encoding", "utf-16"]).assert_code(0);
    assert_eq!(accepted(&folder), "{\"id\":\"a\",\"amount\":1}\r\n");
    assert_eq!(rejected(&folder)[0]["_record"]["id"], "é");
    let folder = lines(b"{\"id\":\"a\x81\",\"amount\":1}\n{\"id\":\"b\",\"amount\":\"\xff\"}\n");
    validate(&folder, &["--encoding", "windows-1252"]).assert_code(0);
    assert!(
        rejected(&folder)[0]["_reasons"].as_str().unwrap().contains("the byte 0x81 at offset 8")
    );
}

#[test]
fn a_program_is_given_the_lines() {
    let folder = lines("{\"id\":\"a\"}\n\n{\"id\":\"b\"}");
    folder.write("in/b.jsonl", "{\"id\":\"c\"}\n");
    let exec = |more: &[&str]| {
        let arguments = [&["exec", "--input", "in/", "--output", "out"], more, &["--", "cat"]];
        folder.run(0, 1, &arguments.concat())
    };
    exec(&[]).assert_code(0);
    let expected = "{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n";
    assert_eq!(folder.read("out/part-00000/output"), expected);
    assert!(exec(&["--header"]).assert_code(64).error().contains("JSON lines have none"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_record_is_in_one_output_in_order_however_the_file_is_cut(
        lines in prop::collection::vec(
            prop_oneof![
                3 => "\\{\"id\":\"[a-c\u{e9}]{1,2}\",\"amount\":(-?[0-9]{1,2}|null|\"x\")\\}",
                1 => "\\{\"amount\":1\\}|[ ]?|\\[1\\]|\\{\"id\":\"a\"|x",
            ],
            0..30,
        ),
        crlf in any::<bool>(),
        last in any::<bool>(),
        partitions in 1u32..9,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        // What begins with an array is refused.
        let mut file = format!("{{}}{end}{}", lines.join(end));
        if last {
            file.push_str(end);
        }
        let folder = self::lines(&file);
        folder.write("schema.json", SCHEMA.replace(r#""primaryKey": ["id"]"#, r#""title": "x""#));
        let arguments = ["validate", "--input", "in/a.jsonl", "--schema", "schema.json"];
        let arguments = [&arguments[..], &["--output", "out", "--split", "bytes"]].concat();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for index in 0..partitions {
            folder.run(index, partitions, &arguments).assert_code(0);
            let part = |name: &str| folder.read(&format!("out/part-{index:05}/{name}.jsonl"));
            good.extend(part("accepted").lines().map(|line| line.trim().to_owned()));
            bad.extend(part("rejected").lines().map(|line| {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                row["_offset"].as_u64().unwrap()
            }));
        }
        let (mut good, mut bad) = (good.into_iter(), bad.into_iter().peekable());
        let mut at = 0;
        for line in file.split_inclusive('\n') {
            if !line.trim().is_empty() {
                if bad.peek() == Some(&at) {
                    bad.next();
                } else {
                    let found = good.next();
                    prop_assert_eq!(found.as_deref(), Some(line.trim()));
                }
            }
            at += line.len() as u64;
        }
        prop_assert_eq!((good.next(), bad.next()), (None, None));
    }
}

const TYPED: &str = r#"{
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "n", "type": "integer"},
        {"name": "amount", "type": "number"},
        {"name": "euro", "type": "number", "decimalChar": ","},
        {"name": "ok", "type": "boolean"},
        {"name": "more", "type": "array"}
    ],
    "missingValues": ["", "NA"]
}"#;

fn convert(input: &str, file: &str, to: &str) -> (Folder, Ran) {
    let folder = Folder::new();
    folder.write("schema.json", TYPED);
    folder.write(&format!("in/{input}"), file);
    let ran = folder.run(
        0,
        1,
        &[
            "validate",
            "--input",
            "in/",
            "--schema",
            "schema.json",
            "--output",
            "out",
            "--output-format",
            to,
        ],
    );
    (folder, ran)
}

#[test]
fn rows_become_json_lines_and_come_back_as_the_same_rows() {
    let csv = "id,n,amount,euro,ok,more\n\
               \"a \"\"b\"\"\",007,12.50,\"1,5\",true,\"[1,\n2]\"\n\
               b,x,,,,\n\
               NA,-3,1e400,NA,0,\n";
    let (folder, ran) = convert("data.csv", csv, "jsonl");
    ran.assert_code(0);
    let lines = folder.read("out/part-00000/accepted.jsonl");
    assert_eq!(
        lines,
        "{\"id\":\"a \\\"b\\\"\",\"n\":\"007\",\"amount\":12.50,\"euro\":\"1,5\",\"ok\":true,\
         \"more\":[1, 2]}\n\
         {\"id\":null,\"n\":-3,\"amount\":1e400,\"euro\":null,\"ok\":\"0\",\"more\":null}\n"
    );
    assert!(folder.read("out/part-00000/rejected.csv").contains(",b,x,,,,\n"));
    assert!(!folder.exists("out/part-00000/accepted.csv"));

    let (folder, ran) = convert("data.jsonl", &lines, "csv");
    ran.assert_code(0);
    assert_eq!(
        folder.read("out/part-00000/accepted.csv"),
        "id,n,amount,euro,ok,more\n\
         \"a \"\"b\"\"\",007,12.50,\"1,5\",true,\"[1, 2]\"\n\
         ,-3,1e400,,0,\n"
    );
    // What is as it is to be stays as it is.
    let (folder, ran) = convert("data.jsonl", &lines, "jsonl");
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.jsonl"), lines);
}

#[test]
fn null_has_no_cell_where_a_field_has_no_missing_values() {
    let folder = Folder::new();
    folder.write("schema.json", r#"{"fields": [{"name": "a"}], "missingValues": []}"#);
    folder.write("in/a.jsonl", "{\"a\": \"\"}\n{\"a\": null}\n");
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    let ran = folder.run(0, 1, &[&arguments[..], &["--output-format", "csv"]].concat());
    let error = ran.assert_code(65).error();
    assert!(error.contains("accepted record 2") && error.contains("missingValues"), "{error}");
    assert!(folder.tree("out").is_empty());
}
