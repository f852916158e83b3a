//! Parquet as input: rows by the types of the file, checked as those of JSON lines are. `make
//! test-parquet` reads what DuckDB, Polars and pyarrow write.

mod support;

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use support::{Folder, Ran};

const SCHEMA: &str = r#"{
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"unique": true}},
        {"name": "name", "type": "string", "constraints": {"pattern": "[a-z]*"}},
        {"name": "amount", "type": "number", "constraints": {"minimum": 0}},
        {"name": "at", "type": "datetime"},
        {"name": "tags", "type": "array"}
    ]
}"#;

const MESSAGE: &str = "message m {
    required int64 id;
    optional binary name (STRING);
    optional double amount;
    optional int64 at (TIMESTAMP(MICROS, false));
    optional group tags (LIST) { repeated group list { optional int64 element; } }
}";

/// A row: the number is its id; of the tags, the first is null.
#[derive(Clone, Debug)]
struct Row {
    name: Option<String>,
    amount: Option<f64>,
    at: Option<i64>,
    tags: Option<usize>,
}

fn plain(name: &str) -> Row {
    Row { name: Some(name.to_owned()), amount: Some(1.5), at: Some(1_500_000), tags: Some(2) }
}

/// The bytes of a file with row groups of these rows.
fn file(groups: &[Vec<Row>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(MESSAGE).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut id = 0;
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        let level = |is_there: bool| i16::from(is_there);
        let ids: Vec<i64> = (id..id + rows.len() as i64).collect();
        id += rows.len() as i64;
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = rows.iter().map(|row| level(row.name.is_some())).collect();
        let names: Vec<ByteArray> =
            rows.iter().filter_map(|row| row.name.as_deref()).map(ByteArray::from).collect();
        column.typed::<ByteArrayType>().write_batch(&names, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = rows.iter().map(|row| level(row.amount.is_some())).collect();
        let amounts: Vec<f64> = rows.iter().filter_map(|row| row.amount).collect();
        column.typed::<DoubleType>().write_batch(&amounts, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = rows.iter().map(|row| level(row.at.is_some())).collect();
        let moments: Vec<i64> = rows.iter().filter_map(|row| row.at).collect();
        column.typed::<Int64Type>().write_batch(&moments, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let (mut values, mut definitions, mut repetitions) = (vec![], vec![], vec![]);
        for row in rows {
            let count = row.tags.unwrap_or(0);
            if count == 0 {
                definitions.push(i16::from(row.tags.is_some()));
                repetitions.push(0);
            }
            for tag in 0..count {
                definitions.push(if tag == 0 { 2 } else { 3 });
                repetitions.push(i16::from(tag > 0));
                values.extend((tag > 0).then_some(tag as i64));
            }
        }
        column
            .typed::<Int64Type>()
            .write_batch(&values, Some(&definitions), Some(&repetitions))
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// What of a row stands in JSON lines.
fn line(id: usize, row: &Row) -> String {
    let text = |name: &str| serde_json::Value::from(name).to_string();
    let or_null = |text: Option<String>| text.unwrap_or("null".to_owned());
    let tags = row.tags.map(|count| {
        let tags = (0..count).map(|tag| if tag == 0 { "null".to_owned() } else { tag.to_string() });
        format!("[{}]", tags.collect::<Vec<_>>().join(","))
    });
    format!(
        "{{\"id\":{id},\"name\":{},\"amount\":{},\"at\":{},\"tags\":{}}}\n",
        or_null(row.name.as_deref().map(text)),
        or_null(row.amount.map(|amount| amount.to_string())),
        or_null(row.at.map(|at| match at % 1_000_000 {
            0 => format!("\"1970-01-01T00:00:{:02}\"", at / 1_000_000),
            rest => {
                let fraction = format!("{rest:06}");
                let fraction = fraction.trim_end_matches('0');
                format!("\"1970-01-01T00:00:{:02}.{fraction}\"", at / 1_000_000)
            }
        })),
        or_null(tags),
    )
}

fn folder(bytes: &[u8]) -> Folder {
    let folder = Folder::new();
    folder.write("schema.json", SCHEMA);
    folder.write("in/rows.parquet", bytes);
    folder
}

fn run(folder: &Folder, index: u32, count: u32, more: &[&str]) -> Ran {
    let settings = [
        "validate",
        "--input",
        "in/rows.parquet",
        "--split",
        "bytes",
        "--schema",
        "schema.json",
        "--output",
        "out",
    ];
    folder.run(index, count, &[&settings, more].concat())
}

#[test]
fn rows_are_checked_and_told_by_their_numbers_and_come_out_as_parquet() {
    let bad = Row { name: Some("Ä \"x\"\n".to_owned()), amount: Some(-0.25), ..plain("") };
    let folder = folder(&file(&[vec![plain("a"), bad], vec![plain("c")]]));
    run(&folder, 0, 1, &[]).assert_code(0);
    let rejected: Vec<serde_json::Value> = folder
        .read("out/part-00000/rejected.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0]["_source"], "rows.parquet");
    assert_eq!((&rejected[0]["_line"], &rejected[0]["_offset"]), (&2.into(), &().into()));
    assert_eq!(rejected[0]["_record"]["name"], "Ä \"x\"\n");
    let reasons = rejected[0]["_reasons"].as_str().unwrap();
    assert!(reasons.contains("pattern") && reasons.contains("minimum"), "{reasons}");

    let accepted = std::fs::File::open(folder.path("out/part-00000/accepted.parquet")).unwrap();
    let reader = SerializedFileReader::new(accepted).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let values: Vec<&Field> = rows[1].get_column_iter().map(|(_, field)| field).collect();
    assert_eq!(rows.len(), 2);
    // As they were there: a double, and a clock without a zone.
    assert_eq!(*values[0], Field::Long(2));
    assert_eq!(*values[2], Field::Double(1.5));
    assert_eq!(*values[3], Field::TimestampMicros(1_500_000));
    let schema = reader.metadata().file_metadata().schema_descr();
    let utc = format!("{:?}", schema.column(3).logical_type_ref());
    assert!(utc.contains("is_adjusted_to_u_t_c: false"), "{utc}");
    assert_eq!(folder.json("out/part-00000/summary.json")["rows"], 3);

    run(&folder, 0, 1, &[]).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
    // A file of the same size with another end is another file.
    folder.write("in/rows.parquet", file(&[vec![plain("b"), plain("b")], vec![plain("c")]]));
    run(&folder, 0, 1, &["--output-format", "jsonl"]).assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.jsonl").lines().count(), 3);
}

#[test]
fn what_is_no_parquet_that_can_be_read_is_told_by_name() {
    let whole = file(&[vec![plain("a")]]);
    let encrypted = [&whole[..whole.len() - 4], b"PARE"].concat();
    let mut damaged = whole.clone();
    let end = damaged.len();
    damaged[end - 40..end - 20].fill(0xff);
    for (bytes, says) in [
        (b"id,name\n1,2\n".to_vec(), "does not begin with PAR1"),
        (b"".to_vec(), "does not begin with PAR1"),
        (b"PAR1".to_vec(), "cut off"),
        (whole[..whole.len() / 2].to_vec(), "cut off"),
        (encrypted, "encrypted"),
        (damaged, "damaged"),
    ] {
        let folder = folder(&bytes);
        let error = run(&folder, 0, 1, &[]).assert_code(65).error();
        assert!(error.contains(says) && error.contains("rows.parquet"), "{says}: {error}");
        assert!(folder.tree("out").is_empty());
    }
    // By another name it is taken for text, and the error says what it is.
    let folder = Folder::with_input(&whole);
    let error = folder.validate(0, 1, &[]).assert_code(65).error();
    assert!(error.contains("--input-format parquet"), "{error}");
    folder.write("schema.json", SCHEMA);
    folder.validate(0, 1, &["--input-format", "parquet"]).assert_code(0);
}

#[test]
fn columns_that_the_schema_lacks_or_has_more_are_told_at_once() {
    let folder = folder(&file(&[vec![plain("a")]]));
    folder.write("schema.json", SCHEMA.replace("\"tags\"", "\"labels\""));
    let error = run(&folder, 0, 1, &[]).assert_code(65).error();
    assert!(error.contains("tags") && error.contains("labels"), "{error}");
    run(&folder, 0, 1, &["--fields-match", "partial", "--output-format", "jsonl"]).assert_code(0);
    assert!(folder.read("out/part-00000/accepted.jsonl").contains("\"tags\":[null,1]"));
    for setting in [["--delimiter", ";"], ["--quote", "none"]] {
        let error = run(&folder, 0, 1, &setting).assert_code(64).error();
        assert!(error.contains("the input is Parquet"), "{error}");
    }
}

fn any_row() -> impl Strategy<Value = Row> {
    let name = prop::option::of("[a-zA-Z\"\\\\\n\u{e4}]{0,5}");
    let amount = prop::option::of((-9_i32..1000).prop_map(|cents| f64::from(cents) / 4.0));
    let at = prop::option::of(0_i64..60_000_000);
    (name, amount, at, prop::option::of(0_usize..4)).prop_map(|(name, amount, at, tags)| Row {
        name,
        amount,
        at,
        tags,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Every row is in one output, in order, whatever its row group and however many partitions
    /// there are; and the reasons are those of the same rows as JSON lines.
    #[test]
    fn rows_are_what_the_same_json_lines_are_for_any_number_of_partitions(
        groups in prop::collection::vec(prop::collection::vec(any_row(), 0..5), 0..5),
        count in 1_u32..5,
    ) {
        let folder = folder(&file(&groups));
        let rows: Vec<Row> = groups.concat();
        let lines: String =
            rows.iter().enumerate().map(|(id, row)| line(id, row)).collect();
        folder.write("lines/rows.jsonl", &lines);
        let arguments = ["validate", "--input", "lines/rows.jsonl", "--schema", "schema.json",
            "--output", "lines-out"];
        folder.run(0, 1, &arguments).assert_code(0);
        let (mut accepted, mut rejected) = (String::new(), Vec::new());
        for index in 0..count {
            run(&folder, index, count, &["--output-format", "jsonl"]).assert_code(0);
            let part = format!("out/part-{index:05}");
            accepted.push_str(&folder.read(&format!("{part}/accepted.jsonl")));
            rejected.extend(told(&folder.read(&format!("{part}/rejected.jsonl"))));
        }
        prop_assert_eq!(accepted, folder.read("lines-out/part-00000/accepted.jsonl"));
        let of_lines = told(&folder.read("lines-out/part-00000/rejected.jsonl"));
        prop_assert_eq!(rejected, of_lines);
    }
}

/// The number, the reasons and the record of each row.
fn told(rejected: &str) -> Vec<[String; 3]> {
    let rows = rejected.lines().map(|line| serde_json::from_str(line).unwrap());
    rows.map(|row: serde_json::Value| {
        ["_line", "_reasons", "_record"].map(|name| row[name].to_string())
    })
    .collect()
}
