//! `validate` as a process: what it publishes, and what it says of bad input.

mod support;

use std::io::Write as _;

use support::{Folder, SCHEMA, rows};

#[test]
fn good_records_are_accepted_and_bad_ones_rejected_with_line_offset_and_all_reasons() {
    let folder =
        Folder::with_input("id,amount\na1,10\nA2,2000\na3,5,x\n\na1,7\n\"a\"4,1\na5,\"1\"\n");
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\na1,10\na5,\"1\"\n");
    let rejected = folder.read("out/part-00000/rejected.csv");
    let lines: Vec<&str> = rejected.lines().collect();
    assert_eq!(lines[0], "_source,_line,_offset,_reasons,id,amount");
    assert!(
        lines[1].starts_with("data_0.csv,3,16,\"constraint-error in field \"\"id\"\""),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains("; constraint-error in field \"\"amount\"\""), "{}", lines[1]);
    assert!(lines[1].ends_with(",A2,2000"), "{}", lines[1]);
    assert!(lines[2].starts_with("data_0.csv,4,24,"), "{}", lines[2]);
    assert!(lines[2].contains("extra-cell") && lines[2].ends_with(",a3,5,x"), "{}", lines[2]);
    assert!(
        lines[3].starts_with("data_0.csv,5,31,") && lines[3].contains("blank-row"),
        "{}",
        lines[3]
    );
    assert!(
        lines[4].starts_with("data_0.csv,6,32,") && lines[4].contains("primary-key"),
        "{}",
        lines[4]
    );
    assert_eq!(
        lines[5],
        "data_0.csv,7,37,source-error: text after a closing quote,\"\"\"a\"\"4,1\""
    );
    assert_eq!(lines.len(), 6);
}

#[test]
fn a_schema_that_is_far_too_large_is_not_read() {
    let folder = Folder::with_input(rows(1));
    // Sparse: reading all of it would take an hour and the memory.
    std::fs::File::create(folder.path("huge.json")).unwrap().set_len(1 << 40).unwrap();
    let arguments =
        ["validate", "--input", "in/data_{index}.csv", "--schema", "huge.json", "--output", "out"];
    let ran = folder.run(0, 1, &arguments);
    let error = ran.assert_code(64).error();
    assert!(error.contains("more than the 16777216 that are allowed"), "{error}");
}

#[test]
fn the_summary_counts_records_and_reasons_and_the_manifest_vouches_for_every_output() {
    let folder = Folder::with_input(rows(100));
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(
        folder.json("out/part-00000/summary.json"),
        serde_json::json!({
            "command": "validate", "index": 0, "partitions": 1, "input_bytes": 971,
            "rows": 100, "accepted": 90, "rejected": 10,
            "reasons": {"type-error": 10}, "fields": {"amount": {"type-error": 10}},
        })
    );
    let manifest = folder.json("out/part-00000/_SUCCESS");
    assert_eq!(
        manifest["counts"],
        serde_json::json!({"rows": 100, "accepted": 90, "rejected": 10, "input_bytes": 971})
    );
    let outputs = manifest["outputs"].as_array().unwrap();
    let names: Vec<&str> = outputs.iter().map(|output| output["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["accepted.csv", "rejected.csv", "summary.json"]);
    for output in outputs {
        let name = output["name"].as_str().unwrap();
        let bytes = std::fs::read(folder.path(&format!("out/part-00000/{name}"))).unwrap();
        assert_eq!(output["size_bytes"], bytes.len());
        assert_eq!(output["blake3"], job_files::blake3(&bytes));
    }
    let message = folder.termination();
    assert_eq!(message["outcome"], "done");
    assert_eq!(message["index"], 0);
    assert_eq!(message["counts"]["rejected"], 10);
}

#[test]
fn accepted_rejected_and_summary_are_there_even_when_nothing_is_wrong_or_nothing_is_there() {
    let folder = Folder::with_input("id,amount\na,1\n");
    folder.write("in/data_1.csv", "id,amount\n");
    for index in 0..2 {
        folder.validate(index, 2, &[]).assert_code(0);
        let part = folder.tree(&format!("out/part-0000{index}"));
        assert_eq!(
            part.keys().collect::<Vec<_>>(),
            ["_SUCCESS", "accepted.csv", "rejected.csv", "summary.json"]
        );
        assert_eq!(part["rejected.csv"], b"_source,_line,_offset,_reasons,id,amount\n");
    }
}

#[test]
fn over_the_limit_the_rejects_are_published_the_accepted_are_not_and_the_exit_code_is_65() {
    let folder = Folder::with_input(rows(100));
    folder.validate(0, 1, &["--max-rejected", "10%"]).assert_code(0);
    for limit in ["0.09", "9", "0"] {
        let ran = folder.validate(0, 1, &["--max-rejected", limit]);
        ran.assert_code(65);
        assert!(ran.stderr.contains("10 of 100 records are rejected"), "{}", ran.stderr);
        let part = folder.tree("out/part-00000");
        assert_eq!(part.keys().collect::<Vec<_>>(), ["rejected.csv", "summary.json"]);
        assert_eq!(folder.termination()["outcome"], "rejected");
    }
    folder.validate(0, 1, &["--max-rejected", "10"]).assert_code(0);
    assert!(folder.exists("out/part-00000/accepted.csv"));
}

#[test]
fn crlf_a_byte_order_mark_and_a_missing_last_line_end_are_taken_as_they_come() {
    let folder = Folder::with_input("\u{feff}id,amount\r\na,1\r\nb,x\r\nc,3");
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\r\na,1\r\nc,3\r\n");
    let rejected = folder.read("out/part-00000/rejected.csv");
    assert!(
        rejected.starts_with("_source,_line,_offset,_reasons,id,amount\r\ndata_0.csv,3,19,"),
        "{rejected}"
    );
    assert!(rejected.ends_with(",b,x\r\n"), "{rejected}");
}

#[test]
fn other_dialects_are_read_and_written() {
    let folder = Folder::with_input("a|'1'\nb|'x|y'\n");
    folder.validate(0, 1, &["--no-header", "--delimiter", "|", "--quote", "'"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "a|'1'\n");
    let rejected = folder.read("out/part-00000/rejected.csv");
    assert!(
        rejected.starts_with("_source|_line|_offset|_reasons|id|amount\ndata_0.csv|2|6|"),
        "{rejected}"
    );
    assert!(rejected.ends_with("|b|'x|y'\n"), "{rejected}");

    let folder = Folder::with_input("id\tamount\na\t1\n\"b\"\t2\n");
    folder.validate(0, 1, &["--delimiter", "\\t", "--quote", "none"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id\tamount\na\t1\n");
}

#[test]
fn compressed_files_are_recognised_by_their_bytes_and_outputs_compressed_on_request() {
    let plain = rows(1000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let folder = Folder::with_input(gzip.finish().unwrap());
    folder.write("in/data_1.csv", zstd::encode_all(plain.as_bytes(), 3).unwrap());
    folder.write("in/data_2.csv", &plain);
    for index in 0..3 {
        folder.validate(index, 3, &[]).assert_code(0);
    }
    let accepted = folder.read("out/part-00002/accepted.csv");
    assert_eq!(folder.read("out/part-00000/accepted.csv"), accepted);
    assert_eq!(folder.read("out/part-00001/accepted.csv"), accepted);

    folder.validate(0, 3, &["--compress", "gzip"]).assert_code(0);
    folder.validate(1, 3, &["--compress", "zstd"]).assert_code(0);
    let mut unzipped = String::new();
    let file = std::fs::File::open(folder.path("out/part-00000/accepted.csv.gz")).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut unzipped)
        .unwrap();
    assert_eq!(unzipped, accepted);
    let bytes = std::fs::read(folder.path("out/part-00001/rejected.csv.zst")).unwrap();
    assert!(
        String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap().starts_with("_source,")
    );
    assert!(
        !folder.exists("out/part-00000/accepted.csv"),
        "the outputs of the other settings are taken back"
    );
}

#[test]
fn files_of_a_folder_or_a_pattern_are_dealt_out_and_every_file_is_read_once() {
    let folder = Folder::with_input("id,amount\n");
    for file in 0..7 {
        folder.write(
            &format!("many/sub{}/f{file}.csv", file % 2),
            format!("id,amount\nx{file},{file}\n"),
        );
    }
    folder.write("many/notes.txt", "not a table\n");
    let mut seen = Vec::new();
    for index in 0..3 {
        let arguments = [
            "validate",
            "--input",
            "many/*/*.csv",
            "--schema",
            "schema.json",
            "--output",
            "out",
            "--max-rejected",
            "0",
        ];
        folder.run(index, 3, &arguments).assert_code(0);
        let accepted = folder.read(&format!("out/part-0000{index}/accepted.csv"));
        let lines: Vec<&str> = accepted.lines().collect();
        assert_eq!(lines[0], "id,amount");
        seen.extend(lines[1..].iter().map(|line| line.to_string()));
    }
    seen.sort();
    assert_eq!(seen, ["x0,0", "x1,1", "x2,2", "x3,3", "x4,4", "x5,5", "x6,6"]);
    // The folder as a whole has a file that is no such table, and every pod says so.
    let arguments = ["validate", "--input", "many/", "--schema", "schema.json", "--output", "out2"];
    let ran = folder.run(0, 1, &arguments);
    ran.assert_code(64);
    assert!(
        ran.error().contains("notes.txt") && ran.error().contains("'many/**/*.csv'"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_partition_without_files_publishes_an_empty_result() {
    let folder = Folder::with_input("id,amount\na,1\n");
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    folder.run(1, 2, &arguments).assert_code(0);
    assert_eq!(folder.read("out/part-00001/accepted.csv"), "id,amount\n");
    assert_eq!(folder.json("out/part-00001/summary.json")["rows"], 0);
}

#[test]
fn columns_may_stand_in_another_order_and_must_all_be_there() {
    let folder = Folder::with_input("amount,id\n1,a\nx,b\n");
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "amount,id\n1,a\n");
    let ran = folder.validate(0, 1, &["--fields-match", "exact"]);
    assert!(ran.assert_code(65).error().contains("out of order"), "{}", ran.stderr);
    folder.write("in/data_0.csv", "id,amount,note\na,1,n\n");
    let ran = folder.validate(0, 1, &[]);
    assert!(ran.assert_code(65).error().contains("note"), "{}", ran.stderr);
    folder.validate(0, 1, &["--fields-match", "subset"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount,note\na,1,n\n");
}

/// A run that must fail: its settings, its input, its exit code, what the error must say.
struct Bad<'a> {
    input: &'a [u8],
    more: &'a [&'a str],
    code: i32,
    says: &'a [&'a str],
}

#[test]
fn bad_input_gets_one_error_that_names_the_place_and_the_remedy_and_publishes_nothing() {
    let long = [b"id,amount\na,1\n".as_slice(), &[b'x'; 3000]].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows(5000).as_bytes()).unwrap();
    let mut gzip = gzip.finish().unwrap();
    gzip.truncate(gzip.len() / 2);
    let mut zstd = zstd::encode_all(rows(100_000).as_bytes(), 3).unwrap();
    let half = zstd.len() / 2;
    zstd[half..half + 8].fill(0xff);
    let cases = [
        Bad { input: b"", more: &[], code: 65, says: &["data_0.csv is empty", "--no-header"] },
        Bad { input: b"id\na\n", more: &[], code: 65, says: &["header of data_0.csv", "amount"] },
        Bad { input: b"\xff\xfei\0d\0", more: &[], code: 65, says: &["UTF-16", "byte 0", "iconv"] },
        Bad { input: b"id,am\xe9\n", more: &[], code: 65, says: &["not UTF-8", "byte 5", "iconv"] },
        Bad {
            input: &long,
            more: &["--max-record-size", "2000"],
            code: 65,
            says: &["data_0.csv, line 3, byte 14", "2000 bytes", "--max-record-size"],
        },
        Bad {
            input: &gzip,
            more: &[],
            code: 65,
            says: &["data_0.csv is broken gzip data", "upload it again"],
        },
        Bad {
            input: &zstd,
            more: &[],
            code: 65,
            says: &["data_0.csv is broken zstd data", "upload it again"],
        },
        Bad { input: b"id,amount\n", more: &["--delimiter", "\""], code: 64, says: &["--quote"] },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/data_{idx}.csv"],
            code: 64,
            says: &["{idx}", "{index}"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/none_{index}.csv"],
            code: 66,
            says: &["in/none_0.csv"],
        },
        Bad { input: b"id,amount\n", more: &["--input", "none/"], code: 66, says: &["none"] },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/*.txt"],
            code: 66,
            says: &["in/*.txt"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--schema", "none.json"],
            code: 64,
            says: &["schema", "none.json"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--schema", "in/data_0.csv"],
            code: 64,
            says: &["schema in/data_0.csv"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--output", "schema.json"],
            code: 64,
            says: &["schema.json"],
        },
        Bad {
            input: b"id,amount\n",
            more: &["--input", "in/data_0.csv", "--total-partitions", "2"],
            code: 64,
            says: &["--split bytes"],
        },
        Bad { input: b"id,amount\n", more: &["--index", "1"], code: 66, says: &["data_1.csv"] },
    ];
    for Bad { input, more, code, says } in cases {
        let folder = Folder::with_input(input);
        // A flag that is given twice is an error of its own, so these replace the usual ones.
        let mut arguments: Vec<&str> = support::VALIDATE.to_vec();
        match arguments.iter().position(|argument| Some(argument) == more.first()) {
            Some(at) => arguments[at + 1] = more[1],
            None => arguments.extend(more),
        }
        if more.len() > 2 {
            arguments.extend(&more[2..]);
        }
        let ran = folder.run(0, 1, &arguments);
        ran.assert_code(code);
        let error = ran.error();
        for text in says {
            assert!(error.contains(text), "{text:?} is not in {error}");
        }
        assert!(folder.tree("out").is_empty(), "{more:?} left {:?}", folder.tree("out").keys());
        let message = folder.termination();
        assert_eq!(message["exit_code"], code);
        assert_eq!(message["outcome"], "failed");
    }
}

#[test]
fn without_a_header_no_column_can_be_missing_or_more() {
    for matching in ["subset", "superset", "partial"] {
        let folder = Folder::with_input("a,1\n");
        let ran = folder.validate(0, 1, &["--no-header", "--fields-match", matching]);
        let error = ran.assert_code(64).error();
        assert!(
            error.contains("--no-header and --fields-match") && error.contains("leave out one"),
            "{error}"
        );
        let schema = SCHEMA.replacen('{', &format!("{{\"fieldsMatch\": [\"{matching}\"],"), 1);
        folder.write("schema.json", schema);
        let ran = folder.validate(0, 1, &["--no-header"]);
        assert!(ran.assert_code(64).error().contains("the schema's fieldsMatch"), "{}", ran.stderr);
    }
    let folder = Folder::with_input("a,1\n");
    folder.validate(0, 1, &["--no-header", "--fields-match", "exact"]).assert_code(0);
}

#[test]
fn two_files_of_one_partition_need_the_same_header() {
    let folder = Folder::with_input("id,amount\na,1\n");
    folder.write("in/data_1.csv", "amount,id\n1,b\n");
    let ran = folder.run(
        0,
        1,
        &["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"],
    );
    let error = ran.assert_code(65).error();
    assert!(error.contains("data_1.csv differs from that of data_0.csv"), "{error}");
}

#[test]
fn a_full_disk_is_an_io_error_and_leaves_nothing_behind() {
    let folder = Folder::with_input(rows(20_000));
    // A limit on the size of files, which the kernel reports like a full disk; it needs no
    // privilege.
    let arguments = support::VALIDATE.join(" ");
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", &format!("trap '' XFSZ; ulimit -f 64; exec \"$0\" {arguments}")])
        .arg(env!("CARGO_BIN_EXE_partition-worker"))
        .current_dir(folder.path(""))
        .env("JOB_COMPLETION_INDEX", "0")
        .env("TOTAL_PARTITIONS", "1")
        .env("JOB_WORKER_TERMINATION_MESSAGE", "termination.json")
        .env("JOB_WORKER_LOG_FORMAT", "json");
    let ran = support::Ran::of(command.output().unwrap());
    let error = ran.assert_code(74).error();
    assert!(error.contains("no room left") && error.contains("free space"), "{error}");
    let left: Vec<_> = std::fs::read_dir(folder.path("out/part-00000")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_identity_is_missing_or_wrong_and_the_error_names_the_variables() {
    let folder = Folder::with_input("id,amount\n");
    let ran = support::Ran::of(folder.bare_worker(&support::VALIDATE).output().unwrap());
    assert!(ran.assert_code(64).error().contains("JOB_COMPLETION_INDEX"), "{}", ran.stderr);
    // A file that bears its index needs no number; where the number says which share it is, an
    // index past it ends alone.
    folder.validate(5, 5, &[]).assert_code(66);
    let shared = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    let ran = folder.run(5, 5, &shared);
    let error = ran.assert_code(66).error();
    assert!(
        error.contains("JOB_COMPLETION_INDEX") && error.contains("TOTAL_PARTITIONS"),
        "{error}"
    );
}

#[test]
fn a_row_is_held_against_the_schema_that_is_given() {
    let folder = Folder::with_input("id,amount\na,1\n");
    folder.write("schema.json", SCHEMA.replace("\"minimum\": 0", "\"minimum\": 5"));
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.json("out/part-00000/summary.json")["rejected"], 1);
}

#[test]
fn two_values_that_were_made_to_have_one_hash_are_two() {
    // XXH3 multiplies the halves of the last sixteen bytes, each after XOR with a known text, and
    // adds them. Exchanging the bits in which the known texts agree changes neither, if the
    // halves differ in all others.
    let one: &[u8] =
        b"TX-0000000000001\xcc\xb5\xee\x9e\x8f\x43\x38\x72\x63\x23\x27\xd1\xb0\x68\xc3\x86";
    let other: &[u8] =
        b"TX-0000000000001\xcf\xb7\xee\x9c\x84\x4b\x33\x42\x60\x21\x27\xd3\xbb\x60\xc8\xb6";
    assert_eq!(xxhash_rust::xxh3::xxh3_128(one), xxhash_rust::xxh3::xxh3_128(other));
    let folder = Folder::with_input([b"id\n", one, b"\n", other, b"\n", one, b"\n"].concat());
    folder.write("schema.json", r#"{"fields": [{"name": "id"}], "primaryKey": "id"}"#);
    folder.validate(0, 1, &[]).assert_code(0);
    let summary = folder.json("out/part-00000/summary.json");
    assert_eq!((&summary["accepted"], &summary["rejected"]), (&2.into(), &1.into()));
}

#[test]
fn a_unique_field_is_so_within_each_file_and_a_key_in_the_whole_partition() {
    let schema = |more: &str, unique: bool| {
        format!(
            r#"{{"fields": [{{"name": "id", "type": "string", "constraints": {{"unique": {unique}}}}}, {{"name": "n"}}]{more}}}"#
        )
    };
    for (schema, rejected) in [
        (schema("", true), 1),
        (schema(r#", "primaryKey": "id""#, true), 2),
        (schema(r#", "uniqueKeys": [["id"]]"#, true), 2),
        (schema(r#", "uniqueKeys": [["id", "n"]]"#, false), 0),
    ] {
        let folder = Folder::new();
        folder.write("schema.json", schema);
        folder.write("in/a.csv", "id,n\nx,1\nx,2\n");
        folder.write("in/b.csv", "id,n\nx,3\ny,4\n");
        let arguments =
            ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
        folder.run(0, 1, &arguments).assert_code(0);
        assert_eq!(
            folder.json("out/part-00000/summary.json")["rejected"],
            rejected,
            "{}",
            folder.read("schema.json")
        );
    }
}

#[test]
fn a_misspelt_property_ends_the_run_and_one_of_ones_own_is_told() {
    let folder = Folder::with_input("id,amount\na1,5\n");
    folder.write("schema.json", SCHEMA.replace("\"constraints\"", "\"constraint\""));
    let error = folder.validate(0, 1, &[]).assert_code(64).error();
    assert!(
        error.contains("did you mean \\\"constraints\\\"") && error.contains("schema.json"),
        "{error}"
    );
    folder.write(
        "schema.json",
        SCHEMA.replace("\"type\": \"number\"", "\"type\": \"number\", \"nullable\": false"),
    );
    let ran = folder.validate(0, 1, &[]);
    let said = &ran.assert_code(0).stderr;
    let told = said.lines().filter(|line| {
        line.contains("WARN") && line.contains("nullable") && line.contains("amount")
    });
    assert_eq!(told.count(), 1, "{said}");
}

#[test]
fn a_number_whose_group_may_be_a_decimal_is_told_once_a_file_and_field_with_what_it_is_read_as() {
    let folder = Folder::new();
    folder.write(
        "schema.json",
        r#"{"fields": [{"name": "id"}, {"name": "n", "type": "number", "groupChar": ".", "decimalChar": ","}]}"#,
    );
    let rows: String = (0..9).map(|row| format!("\"{row}\n\",1234.50\n")).collect();
    folder.write("in/a.csv", format!("id,n\n\"x\ny\",\"1.234,50\"\n{rows}"));
    folder.write("in/b.csv", "id,n\nx,2.5\n");
    folder.write("in/c.csv", "id,n\nx,1.500\n");
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    let ran = folder.run(0, 1, &arguments);
    let told: Vec<serde_json::Value> = ran
        .assert_code(0)
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["level"] == "WARN")
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|line| (&line["file"], &line["line"], &line["value"], &line["read_as"]))
        .collect();
    let text = serde_json::json!({"a": "a.csv", "b": "b.csv", "v": "1234.50", "r": "123450", "w": "2.5", "s": "25", "l": 4, "m": 2});
    assert_eq!(
        told,
        [
            (&text["a"], &text["l"], &text["v"], &text["r"]),
            (&text["b"], &text["m"], &text["w"], &text["s"]),
        ]
    );
}

#[test]
fn a_duplicate_names_the_line_of_the_first_one_and_whether_it_was_rejected() {
    let folder = Folder::new();
    folder.write(
        "schema.json",
        r#"{"fields": [{"name": "id"}, {"name": "n", "type": "integer"}, {"name": "u", "constraints": {"unique": true}}], "primaryKey": "id"}"#,
    );
    // The numbers are ascending at first and then they are not, and both ways to hold them must
    // know the rows.
    let row = |number: usize| {
        format!(
            "k{:04},{number},\"u\n{number}\"\n",
            if number < 300 { number } else { 9000 - number * 7 % 997 }
        )
    };
    let rows: String = (0..900).map(row).collect();
    let first = "B,1,b1\nA,x,a1\n";
    let later = "k0007,7,z\nk8491,7,y\nA,2,x\nB,2,b1\n";
    folder.write("in/1.csv", format!("id,n,u\n{first}{rows}{later}"));
    folder.write("in/2.csv", "id,n,u\nk0008,1,1\nC,1,2\nC,1,3\n");
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    folder.run(0, 1, &arguments).assert_code(0);
    let rejected = folder.read("out/part-00000/rejected.csv");
    // Line 1 is the header, 2 and 3 are the first rows, and each of the rows takes two lines.
    let swapped = 500;
    for says in [
        "\"\"k0007\"\" was seen before (first on line 18)".to_owned(),
        format!("\"\"k8491\"\" was seen before (first on line {})", 4 + 2 * swapped),
        "\"\"A\"\" was seen before (first on line 3, itself rejected)".to_owned(),
        "\"\"B\"\" was seen before (first on line 2); unique-error in field \"\"u\"\": \"\"b1\"\" \
         was seen before (first on line 2)"
            .to_owned(),
        "\"\"k0008\"\" was seen before (first in 1.csv, line 20)".to_owned(),
        "\"\"C\"\" was seen before (first on line 3)".to_owned(),
    ] {
        assert!(rejected.contains(&says), "{says}: {rejected}");
    }
    let one_line = Folder::new();
    one_line
        .write("schema.json", r#"{"fields": [{"name": "id"}, {"name": "n"}], "primaryKey": "id"}"#);
    let rows: String = (0..40)
        .map(|row| format!("{:02},{:060}\n", if row == 39 { 35 } else { row }, row))
        .collect();
    one_line.write("in.csv", format!("id,n\n{rows}"));
    let arguments = [
        "validate",
        "--split",
        "bytes",
        "--input",
        "in.csv",
        "--schema",
        "schema.json",
        "--output",
        "out",
    ];
    one_line.run(1, 2, &arguments).assert_code(0);
    assert!(one_line.read("out/part-00001/rejected.csv").contains("(first 4 records before)"));
}

#[test]
fn a_nul_is_a_character_like_any_other_behind_the_header() {
    let folder = Folder::with_input("id,amount\na,1\n\"b\0c\",2\n\0,3\n\"d\0\ne\",4\nf,5\n");
    folder.write(
        "schema.json",
        r#"{"fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "integer"}]}"#,
    );
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), folder.read("in/data_0.csv"));
    assert_eq!(folder.json("out/part-00000/summary.json")["rows"], 5);
}
