//! Keys over all partitions: what two of them have in common is found, listed and counted, and it
//! does not matter how many there are.

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use support::{Folder, finish, partitions, summarize};

/// A key, a second one of two fields, and the number of the row, by which it is known.
const SCHEMA: &str = r#"{
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "day", "type": "date"},
        {"name": "amount", "type": "number"},
        {"name": "n", "type": "integer"}
    ],
    "primaryKey": "id",
    "uniqueKeys": [["day", "amount"]]
}"#;

const ONE_KEY: &str = r#"{"fields": [{"name": "id", "type": "string"}], "primaryKey": "id"}"#;

/// A row: its key, its day and its amount.
type Row = (u8, u8, u8);

/// The cells of a row. Some keys are long, some cells are null, and some are wrong.
fn cells(number: usize, &(id, day, amount): &Row) -> [String; 4] {
    let id = match id {
        0 => String::new(),
        id if id % 3 == 0 => format!("00000000-0000-4000-8000-{id:012}"),
        id if id % 7 == 0 => format!("{}{id}", "long".repeat(30)),
        id => format!("k{id}"),
    };
    let day = if day == 0 { String::new() } else { format!("2024-01-{day:02}") };
    // 1.0 and 1.00 are one number.
    let amount = match amount {
        0 => "much".to_owned(),
        amount => format!("{}.{}", amount / 2, "0".repeat(1 + usize::from(amount % 2))),
    };
    [id, day, amount, number.to_string()]
}

fn csv(rows: &[Row], first: usize) -> String {
    let mut text = "id,day,amount,n\n".to_owned();
    for (number, row) in (first..).zip(rows) {
        text.push_str(&format!("{}\n", cells(number, row).join(",")));
    }
    text
}

fn jsonl(rows: &[Row], first: usize) -> String {
    let mut text = String::new();
    for (number, row) in (first..).zip(rows) {
        let [id, day, amount, n] = cells(number, row);
        let or_null = |text: String| match text.is_empty() {
            true => serde_json::Value::Null,
            false => serde_json::Value::from(text),
        };
        let object = serde_json::json!({
            "n": n.parse::<u64>().unwrap(),
            "id": or_null(id),
            "amount": amount,
            "day": or_null(day),
        });
        text.push_str(&format!("{object}\n"));
    }
    text
}

/// How the input of a run is given.
#[derive(Clone, Copy, Debug)]
enum Given {
    Bytes,
    Files,
    Lines,
    Parquet,
    Union,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0_u8..60, 0_u8..28, 0_u8..9), 1..120)
}

/// The numbers of the rows that a reader gets who leaves the listed ones out.
fn read_without_duplicates(folder: &Folder, partitions: u32, given: Given) -> BTreeSet<u64> {
    let mut listed = BTreeSet::new();
    if partitions > 1 {
        let mut reader = csv::Reader::from_path(folder.path("out/duplicates.csv")).unwrap();
        for row in reader.records() {
            let row = row.unwrap();
            listed.insert((row[2].parse::<u32>().unwrap(), row[3].parse::<u64>().unwrap()));
            assert_at(folder, &row[4], &row[6], &row[1]);
            assert_at(folder, &row[8], &row[10], &row[1]);
        }
        let counted = folder.json("out/summary.json")["duplicates"]["records"].as_u64();
        assert_eq!(counted, Some(listed.len() as u64));
    }
    let mut numbers = BTreeSet::new();
    for partition in 0..partitions {
        let part = format!("out/part-{partition:05}");
        let accepted: Vec<u64> = match given {
            Given::Parquet => {
                let summary = folder.json(&format!("{part}/summary.json"));
                let bytes =
                    std::fs::read(folder.path(&format!("{part}/accepted.parquet"))).unwrap();
                let numbers = support_parquet(bytes);
                assert_eq!(summary["accepted"], numbers.len());
                numbers
            }
            Given::Lines => {
                let text = folder.read(&format!("{part}/accepted.jsonl"));
                let number =
                    |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["n"].as_u64();
                text.lines().map(|line| number(line).unwrap()).collect()
            }
            Given::Bytes | Given::Files | Given::Union => {
                let text = folder.read(&format!("{part}/accepted.csv"));
                text.lines()
                    .skip(1)
                    .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
                    .collect()
            }
        };
        for (record, number) in (1..).zip(accepted) {
            if !listed.remove(&(partition, record)) {
                assert!(numbers.insert(number), "{number} is there twice");
            }
        }
    }
    assert!(listed.is_empty(), "records are listed that are not there: {listed:?}");
    numbers
}

/// The column `n` of a file.
fn support_parquet(bytes: Vec<u8>) -> Vec<u64> {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        let (_, field) = row.get_column_iter().find(|(name, _)| *name == "n").unwrap();
        match field {
            Field::Long(number) => *number as u64,
            Field::Int(number) => *number as u64,
            Field::Decimal(number) => {
                number.data().iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
            }
            other => panic!("{other:?}"),
        }
    })
    .collect()
}

/// The record that the list names has the value that it names.
fn assert_at(folder: &Folder, source: &str, offset: &str, value: &str) {
    let bytes = std::fs::read(folder.path(&format!("in/{source}"))).unwrap();
    let record = &bytes[offset.parse::<usize>().unwrap()..];
    let record =
        String::from_utf8_lossy(&record[..record.iter().position(|b| *b == b'\n').unwrap()]);
    let beginning = value.strip_suffix("...").unwrap_or(value);
    // The amount is shown as a number, and the day before it.
    let shown = beginning.split(", ").next().unwrap();
    assert!(record.contains(shown), "{record} has no {shown}");
}

fn run(folder: &Folder, partitions: u32, given: Given) {
    let input = match given {
        Given::Bytes => ["--input", "in/all.csv", "--split", "bytes"].as_slice(),
        Given::Files | Given::Lines => &["--input", "in/"],
        Given::Parquet => &["--input", "in/", "--output-format", "parquet"],
        Given::Union => &["--input", "in/", "--union"],
    };
    let own = ["validate", "--schema", "schema.json", "--output", "out", "--finish"];
    let more = ["--max-duplicates", "100%"];
    for index in 0..partitions {
        folder.run(index, partitions, &[&own, input, &more].concat()).assert_code(0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn accepted_less_duplicates_is_the_same_for_every_number_of_partitions(
        files in prop::collection::vec(rows(), 1..6),
        given in prop_oneof![
            Just(Given::Bytes),
            Just(Given::Files),
            Just(Given::Lines),
            Just(Given::Parquet),
            Just(Given::Union),
        ],
        numbers in prop::collection::btree_set(2_u32..=64, 2),
    ) {
        let folder = Folder::new();
        folder.write("schema.json", SCHEMA);
        let all: Vec<Row> = files.concat();
        let mut first = 0;
        match given {
            Given::Bytes => folder.write("in/all.csv", csv(&all, 0)),
            _ => for (number, rows) in files.iter().enumerate() {
                let (text, suffix) = match given {
                    Given::Lines => (jsonl(rows, first), "jsonl"),
                    _ => (csv(rows, first), "csv"),
                };
                folder.write(&format!("in/data_{number}.{suffix}"), text);
                first += rows.len();
            },
        }
        run(&folder, 1, given);
        let alone = read_without_duplicates(&folder, 1, given);
        for partitions in numbers {
            std::fs::remove_dir_all(folder.path("out")).unwrap();
            run(&folder, partitions, given);
            let together = read_without_duplicates(&folder, partitions, given);
            prop_assert_eq!(&together, &alone, "{} partitions", partitions);
        }
    }
}

#[test]
fn a_record_that_stands_in_two_partitions_fails_the_run_and_is_listed() {
    let folder = partitions(ONE_KEY, &["a\nb\n", "c\nb\n", "b\nc\nd\n"]);
    finish(&folder, 3, &[]).assert_code(65);
    let ended = folder.termination();
    assert_eq!(
        (&ended["outcome"], &ended["counts"]["duplicates"]),
        (&"rejected".into(), &3.into())
    );
    assert!(
        ended["error"].as_str().unwrap().starts_with(
            "3 accepted records have a key that a record before them has in another partition, \
             more than the 0 records of --max-duplicates: see duplicates.csv"
        ),
        "{ended}"
    );
    assert!(!folder.exists("out/_SUCCESS"));
    assert_eq!(
        folder.read("out/duplicates.csv"),
        "key,value,partition,record,source,line,offset,first_partition,first_source,first_line,\
         first_offset\n\
         id,b,1,2,data_1.csv,3,5,0,data_0.csv,3,5\n\
         id,b,2,1,data_2.csv,2,3,0,data_0.csv,3,5\n\
         id,c,2,2,data_2.csv,3,5,1,data_1.csv,2,3\n"
    );
    let summary = folder.json("out/summary.json");
    assert_eq!(summary["duplicates"]["records"], 3);
    assert_eq!(summary["over_max_duplicates"], "0 records");
    // As many as are allowed: the whole is there, and says what is no part of it.
    folder.validate(0, 3, &["--finish", "--max-duplicates", "2"]).assert_code(65);
    folder.validate(0, 3, &["--finish", "--max-duplicates", "3"]).assert_code(0);
    assert!(
        folder.termination()["message"]
            .as_str()
            .unwrap()
            .contains("3 of the accepted ones are listed")
    );
    let whole = folder.json("out/_SUCCESS");
    assert_eq!(
        whole["leave_out"],
        serde_json::json!({"listed_in": "duplicates.csv", "records": 3})
    );
    assert!(
        whole["outputs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|output| output["name"] == "duplicates.csv")
    );
    let finished = folder.tree("out");
    let ran = summarize(&folder, &["--max-duplicates", "50%"]);
    assert!(
        ran.assert_code(0).stdout.contains("3 accepted records have a value of id"),
        "{}",
        ran.stdout
    );
    assert_eq!(folder.tree("out"), finished);
    summarize(&folder, &[]).assert_code(65);
    assert!(!folder.exists("out/_SUCCESS"), "it does not vouch for too many");
}

#[test]
fn a_rejected_record_makes_no_other_a_duplicate_in_its_partition_or_another() {
    let schema =
        r#"{"fields": [{"name": "id"}, {"name": "n", "type": "integer"}], "primaryKey": "id"}"#;
    let folder = Folder::new();
    folder.write("schema.json", schema);
    folder.write("in/data_0.csv", "id,n\na,x\na,1\n");
    folder.write("in/data_1.csv", "id,n\na,x\nb,2\n");
    finish(&folder, 2, &[]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,n\na,1\n");
    assert_eq!(folder.json("out/summary.json")["duplicates"]["records"], 0);
    assert!(folder.json("out/_SUCCESS").get("leave_out").is_none());
}

#[test]
fn one_partition_and_fields_that_are_unique_within_a_file_have_nothing_to_compare() {
    let folder = partitions(ONE_KEY, &["a\nb\n"]);
    finish(&folder, 1, &[]).assert_code(0);
    assert!(!folder.exists("out/part-00000/keys.bin") && !folder.exists("out/duplicates.csv"));
    let within = r#"{"fields": [{"name": "id", "constraints": {"unique": true}}]}"#;
    let folder = partitions(within, &["a\nb\n", "a\n"]);
    finish(&folder, 2, &[]).assert_code(0);
    assert!(!folder.exists("out/part-00000/keys.bin") && !folder.exists("out/duplicates.csv"));
    assert!(folder.json("out/summary.json").get("duplicates").is_none());
}

#[test]
fn results_of_an_earlier_version_without_keys_are_said_not_to_be_compared() {
    let folder = partitions(ONE_KEY, &["a\n", "a\n"]);
    for index in 0..2 {
        folder.validate(index, 2, &[]).assert_code(0);
        let part = format!("out/part-0000{index}");
        std::fs::remove_file(folder.path(&format!("{part}/keys.bin"))).unwrap();
        let mut summary = folder.json(&format!("{part}/summary.json"));
        summary.as_object_mut().unwrap().remove("keys");
        summary["unique_within_partition"] = serde_json::json!(["id"]);
        let summary = serde_json::to_vec(&summary).unwrap();
        folder.write(&format!("{part}/summary.json"), &summary);
        let mut manifest = folder.json(&format!("{part}/_SUCCESS"));
        manifest["output_version"] = 9.into();
        let outputs = manifest["outputs"].as_array_mut().unwrap();
        outputs.retain(|output| output["name"] != "keys.bin");
        for output in outputs.iter_mut().filter(|output| output["name"] == "summary.json") {
            output["size_bytes"] = summary.len().into();
            output["blake3"] = job_files::blake3(&summary).into();
        }
        folder.write(&format!("{part}/_SUCCESS"), manifest.to_string());
    }
    let ran = summarize(&folder, &[]);
    assert!(
        ran.assert_code(0)
            .stdout
            .contains("not known: whether a value of id stands in two partitions"),
        "{}",
        ran.stdout
    );
    assert!(folder.json("out/summary.json").get("duplicates").is_none());
}
