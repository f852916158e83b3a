//! A record over the limit is a rejected record with its beginning, and not the end of the run.

mod support;

use proptest::prelude::*;
use support::Folder;

const LIMIT: [&str; 2] = ["--max-record-size", "1024"];

/// The lines of an output behind its header, of all partitions in turn.
fn lines_of(folder: &Folder, output: &str, partitions: u32, name: &str) -> Vec<String> {
    let parts =
        (0..partitions).map(|index| folder.read(&format!("{output}/part-{index:05}/{name}")));
    parts.flat_map(|part| part.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn validate(folder: &Folder, output: &str, partitions: u32) {
    let start =
        ["validate", "--input", "in/data_0.csv", "--schema", "schema.json", "--output", output];
    for index in 0..partitions {
        folder
            .run(index, partitions, &[&start[..], &["--split", "bytes"], &LIMIT].concat())
            .assert_code(0);
    }
}

#[test]
fn a_record_over_the_limit_is_rejected_with_its_beginning_and_the_rest_is_read() {
    let long = format!("b,{}", "\u{e9}".repeat(300_000));
    let folder = Folder::with_input(format!("id,amount\na,1\n{long}\nc,3\nd,x\n{long}"));
    folder.validate(0, 1, &LIMIT).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\na,1\nc,3\n");
    let rejected = folder.read("out/part-00000/rejected.csv");
    let lines: Vec<&str> = rejected.lines().collect();
    let says = "\"source-error: the record is longer than --max-record-size, and only its \
                beginning is shown\"";
    let shown = format!("\"b,{}\"", "\u{e9}".repeat(499));
    assert_eq!(lines[1], format!("data_0.csv,3,14,{says},{shown}"));
    assert!(lines[2].starts_with("data_0.csv,5,600021,"), "{}", lines[2]);
    assert!(lines[3].starts_with("data_0.csv,6,600025,"), "{}", &lines[3][..30]);
    assert_eq!(lines.len(), 4);
    let summary = folder.json("out/part-00000/summary.json");
    assert_eq!((&summary["rows"], &summary["rejected"]), (&5.into(), &3.into()));
}

#[test]
fn a_header_over_the_limit_is_an_error_and_so_is_a_record_for_a_program() {
    let folder = Folder::with_input(format!("id,amount\n{}\n", "x".repeat(2000)));
    let start = ["exec", "--input", "in/", "--output", "out", "--header"];
    let ran = folder.run(0, 1, &[&start[..], &LIMIT, &["--", "cat"]].concat());
    assert!(ran.assert_code(65).error().contains("line 2, byte 10"), "{}", ran.stderr);
    folder.write("in/data_0.csv", format!("id,{}\n", "x".repeat(2000)));
    let ran = folder.validate(0, 1, &LIMIT);
    assert!(ran.assert_code(65).error().contains("longer than 1024 bytes"), "{}", ran.stderr);
}

#[test]
fn it_is_the_same_in_another_dialect_and_in_another_encoding() {
    let long = "x".repeat(5000);
    let folder = Folder::with_input(format!("#\nid||amount\na||1\nb||{long}\nc||3\n"));
    let more = ["--delimiter", "||", "--comment-char", "#"];
    folder.validate(0, 1, &[&more[..], &LIMIT].concat()).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\na,1\nc,3\n");
    let rejected = folder.read("out/part-00000/rejected.csv");
    assert!(
        rejected.contains("data_0.csv,4,18,source-error: the record is longer than 1024 bytes")
    );
    let utf16 = format!("id,amount\na,1\nb,{long}\nc,x\n");
    let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("in/data_0.csv", utf16);
    folder.validate(0, 1, &[&["--encoding", "utf-16le"], &LIMIT[..]].concat()).assert_code(0);
    let rejected = folder.read("out/part-00000/rejected.csv");
    assert!(rejected.contains("data_0.csv,3,28,") && rejected.contains("data_0.csv,4,10034,"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn any_number_of_partitions_gives_the_same_records(
        lines in prop::collection::vec(
            prop_oneof![
                4 => "[a-c]{1,3},[0-9x]{1,3}",
                1 => (1000usize..3000, "[a\u{e9}]")
                    .prop_map(|(count, cell)| format!("z,{}", cell.repeat(count))),
                1 => (1000usize..3000).prop_map(|count| format!("z,\"{}\"", "y".repeat(count))),
            ],
            1..20,
        ),
        partitions in 2u32..7, last in any::<bool>(),
    ) {
        let mut file = format!("id,amount\n{}", lines.join("\n"));
        if last {
            file.push('\n');
        }
        let folder = Folder::with_input(&file);
        folder.write("schema.json", r#"{"fields": [{"name": "id", "type": "string"},
            {"name": "amount", "type": "string", "constraints": {"pattern": "[^x]*"}}]}"#);
        validate(&folder, "one", 1);
        validate(&folder, "many", partitions);
        let accepted = |output: &str, n| lines_of(&folder, output, n, "accepted.csv");
        prop_assert_eq!(accepted("one", 1), accepted("many", partitions));
        // The line is known to the first partition only.
        let rejected = |output: &str, n| -> Vec<String> {
            let rows = lines_of(&folder, output, n, "rejected.csv").into_iter();
            rows.map(|row| {
                let mut cells = row.splitn(3, ',');
                format!("{},{}", cells.next().unwrap(), cells.nth(1).unwrap())
            }).collect()
        };
        prop_assert_eq!(rejected("one", 1), rejected("many", partitions));
        let rows = accepted("one", 1).len() + rejected("one", 1).len();
        prop_assert_eq!(rows, lines.len());
    }
}
