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
            ["_SUCCESS", "accepted.csv", "keys.bin", "rejected.csv", "summary.json"]
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
