//! Laws of `validate` over any input: nothing is lost, nothing is doubled, nothing is changed,
//! however it is split.

mod support;

use csv_records::{Dialect, Rest, Splitter};
use proptest::prelude::*;
use support::Folder;

/// The records of a file, header left out, as (offset, bytes).
fn records(file: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut records = Vec::new();
    let rest = Splitter::new(Dialect::default(), 1 << 20).split(file, true, |record| {
        records.push((record.start as u64, file[record.start..record.end].to_vec()));
        true
    });
    assert_eq!(rest, Rest::Incomplete(file.len()));
    records.remove(0);
    records
}

/// The rows of a `rejected.csv` as (source, offset, record): what follows the four columns of its
/// own.
fn rejects(file: &[u8]) -> Vec<(String, u64, Vec<u8>)> {
    records(file)
        .into_iter()
        .map(|(_, row)| {
            let mut rest = None;
            Splitter::new(Dialect::default(), 1 << 20).split(&row, true, |record| {
                let text = |cell: usize| String::from_utf8(record.cells[cell].to_vec()).unwrap();
                let (source, offset, reasons) = (text(0), text(2), text(3));
                assert!(!reasons.is_empty(), "every reject has a reason");
                // A malformed line is one quoted cell, any other record stands as it came.
                let own = if reasons.starts_with("source-error") {
                    assert_eq!(record.cells.len(), 5);
                    [record.cells[4], b"\n"].concat()
                } else {
                    after_four_cells(&row)
                };
                rest = Some((source, offset.parse().unwrap(), own));
                true
            });
            rest.unwrap()
        })
        .collect()
}

/// What stands behind the fourth delimiter outside quotes.
fn after_four_cells(row: &[u8]) -> Vec<u8> {
    let (mut inside, mut cells) = (false, 0);
    for (at, byte) in row.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b',' if !inside => cells += 1,
            _ => {}
        }
        if cells == 4 {
            return row[at + 1..].to_vec();
        }
    }
    unreachable!("a reject has more than four cells");
}

/// Checks that accepted and rejected together are the input's records, each once, in order.
fn assert_conserved(input: &[(u64, Vec<u8>)], accepted: &[u8], rejected: &[u8]) {
    let accepted: Vec<Vec<u8>> = records(accepted).into_iter().map(|(_, record)| record).collect();
    let rejects = rejects(rejected);
    let (mut good, mut bad) = (accepted.iter(), rejects.iter().peekable());
    for (offset, record) in input {
        // A last record without a line end is given one.
        let mut whole = record.clone();
        if !whole.ends_with(b"\n") {
            whole.push(b'\n');
        }
        let is_reject = bad.peek().is_some_and(|(_, at, _)| at == offset);
        let found = if is_reject {
            &bad.next().unwrap().2
        } else {
            good.next().expect("a record is in neither output")
        };
        let trimmed =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned();
        assert_eq!(trimmed(found), trimmed(&whole));
    }
    assert_eq!((good.next(), bad.next()), (None, None), "an output has a record too many");
}

/// Records with quotes, doubled quotes, line breaks, blank lines, wrong numbers of cells and
/// malformed quoting.
fn file(line: &'static str) -> impl Strategy<Value = String> {
    (prop::collection::vec(line, 0..40), any::<bool>(), any::<bool>()).prop_map(
        |(lines, crlf, last)| {
            let end = if crlf { "\r\n" } else { "\n" };
            let mut file = format!("id,amount{end}{}", lines.join(end));
            if last {
                file.push_str(end);
            }
            file
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_record_is_in_exactly_one_output_unchanged_and_in_order(
        file in file("([a-c\0]{1,2}|\"[a,é\0\n]{0,3}(\"\")?\"|\"[a-c]\")?(,[0-9]{1,5}|,\"[0-9]\"|,x){0,2}|\"a\"b,1|\"open"),
    ) {
        let folder = Folder::with_input(&file);
        folder.validate(0, 1, &[]).assert_code(0);
        let part = folder.tree("out/part-00000");
        assert_conserved(&records(file.as_bytes()), &part["accepted.csv"], &part["rejected.csv"]);
        let summary = folder.json("out/part-00000/summary.json");
        prop_assert_eq!(&summary["rows"], records(file.as_bytes()).len());
        prop_assert_eq!(
            summary["accepted"].as_u64().unwrap() + summary["rejected"].as_u64().unwrap(),
            summary["rows"].as_u64().unwrap()
        );
    }

    #[test]
    fn byte_ranges_give_every_record_to_exactly_one_partition(
        // Quotes inside cells that do not begin with one, too (inch marks).
        file in file(
            "([a-c\0]{1,2}\"?|\"[a,é\0]{0,3}(\"\")?\"|)(,[0-9]{1,5}\"?|,\"[0-9]\"|,x){0,2}"
        ),
        // Ranges of some records, of one and of less; each is a process, so that the many are rarer.
        partitions in prop_oneof![3 => 1u32..=8, 1 => 9u32..=64],
    ) {
        let folder = Folder::with_input(&file);
        let arguments = ["validate", "--input", "in/data_0.csv", "--schema", "schema.json", "--output", "out", "--split", "bytes"];
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for index in 0..partitions {
            folder.run(index, partitions, &arguments).assert_code(0);
            let part = folder.tree(&format!("out/part-{index:05}"));
            let body = |name: &str| {
                let bytes = &part[name];
                let header_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
                (bytes[..header_end].to_vec(), bytes[header_end..].to_vec())
            };
            let (header, body_of_accepted) = body("accepted.csv");
            if index == 0 {
                accepted.extend(header);
                rejected.extend(body("rejected.csv").0);
            }
            accepted.extend(body_of_accepted);
            rejected.extend(body("rejected.csv").1);
        }
        assert_conserved(&records(file.as_bytes()), &accepted, &rejected);
    }
}

#[test]
fn a_line_break_inside_quotes_is_an_error_of_split_bytes_and_never_a_wrong_record() {
    let file = "id,amount\na,1\n\"b\nc\",2\nd,3\n";
    for partitions in 1..=8 {
        let folder = Folder::with_input(file);
        let arguments = [
            "validate",
            "--input",
            "in/data_0.csv",
            "--schema",
            "schema.json",
            "--output",
            "out",
            "--split",
            "bytes",
        ];
        let mut failed = 0;
        for index in 0..partitions {
            let ran = folder.run(index, partitions, &arguments);
            if ran.code == Some(65) {
                assert!(
                    ran.error()
                        .contains("--split bytes cannot read records with line breaks inside"),
                    "{}",
                    ran.stderr
                );
                assert!(folder.tree(&format!("out/part-{index:05}")).is_empty());
                failed += 1;
            } else {
                ran.assert_code(0);
            }
        }
        assert!(failed >= 1);
        let accepted: Vec<u8> = folder
            .tree("out")
            .into_iter()
            .filter(|(name, _)| name.ends_with("accepted.csv"))
            .flat_map(|(_, bytes)| bytes)
            .collect();
        let text = String::from_utf8(accepted).unwrap();
        assert!(!text.contains('b') && !text.contains("c\""), "{text}");
    }
}

#[test]
fn a_quote_that_closes_no_cell_is_a_character_wherever_the_file_is_cut() {
    let lines: String =
        (0..40).map(|row| format!("{row},{}\" pipe{}\n", row % 7, "s".repeat(row % 5))).collect();
    let folder = Folder::with_input(format!("id,name\n{lines}"));
    folder.write(
        "schema.json",
        r#"{"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]}"#,
    );
    for partitions in [1, 2, 3, 7, 40] {
        let mut together = String::new();
        for index in 0..partitions {
            let output = format!("out{partitions}");
            let arguments = [
                "validate",
                "--input",
                "in/data_0.csv",
                "--schema",
                "schema.json",
                "--output",
                &output,
                "--split",
                "bytes",
            ];
            folder.run(index, partitions, &arguments).assert_code(0);
            let accepted = folder.read(&format!("{output}/part-{index:05}/accepted.csv"));
            together.push_str(accepted.strip_prefix("id,name\n").unwrap());
        }
        assert_eq!(together, lines, "{partitions}");
    }
}

#[test]
fn a_compressed_file_cannot_be_cut_into_byte_ranges() {
    let folder = Folder::with_input(zstd::encode_all(&b"id,amount\na,1\n"[..], 1).unwrap());
    let arguments = [
        "validate",
        "--input",
        "in/data_0.csv",
        "--schema",
        "schema.json",
        "--output",
        "out",
        "--split",
        "bytes",
    ];
    let ran = folder.run(0, 2, &arguments);
    assert!(ran.assert_code(64).error().contains("compressed with zstd"), "{}", ran.stderr);
}
