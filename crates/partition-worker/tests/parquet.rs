//! `--output-format parquet`: accepted records typed by the schema, read back by the library's own
//! reader. `make test-parquet` reads such files with DuckDB and Polars.

mod support;

use parquet::basic::LogicalType;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use proptest::prelude::*;
use support::{Folder, Ran};

const SCHEMA: &str = r#"{
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"required": true}},
        {"name": "name", "type": "string"},
        {"name": "amount", "type": "number", "decimalChar": ",", "groupChar": "."},
        {"name": "ok", "type": "boolean"},
        {"name": "day", "type": "date", "format": "%d.%m.%Y"},
        {"name": "at", "type": "datetime"},
        {"name": "local", "type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
        {"name": "clock", "type": "time"},
        {"name": "year", "type": "year"},
        {"name": "more", "type": "object"}
    ],
    "missingValues": ["", "NULL"]
}"#;

const HEADER: &str = "id;name;amount;ok;day;at;local;clock;year;more\n";

fn folder(rows: &str) -> Folder {
    let folder = Folder::new();
    folder.write("schema.json", SCHEMA);
    folder.write("in/data_0.csv", format!("{HEADER}{rows}"));
    folder
}

fn run(folder: &Folder, more: &[&str]) -> Ran {
    let settings = ["--delimiter", ";", "--output-format", "parquet"];
    folder.validate(0, 1, &[&settings, more].concat())
}

fn read(folder: &Folder) -> (SerializedFileReader<std::fs::File>, Vec<Row>) {
    let file = std::fs::File::open(folder.path("out/part-00000/accepted.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    (reader, rows)
}

fn values(row: &Row) -> Vec<&Field> {
    row.get_column_iter().map(|(_, field)| field).collect()
}

#[test]
fn every_type_is_what_the_schema_says_and_what_is_missing_is_null() {
    let folder = folder(concat!(
        "1;\"a;\"\"b\"\"\";1.234.567,89;true;31.12.2023;2024-05-01T12:30:00.25+02:00;",
        "2024-05-01 12:30:00;23:59:59;2024;\"{\"\"k\"\": [1]}\"\n",
        "x;is no integer;1;true;31.12.2023;2024-05-01T12:30:00Z;;;;\n",
        "-2;NULL;;;;;;;;\n",
    ));
    run(&folder, &[]).assert_code(0);
    let (reader, rows) = read(&folder);
    let columns = reader.metadata().file_metadata().schema_descr();
    let logical: Vec<_> =
        columns.columns().iter().map(|column| column.logical_type_ref()).collect();
    assert!(matches!(logical[1], Some(LogicalType::String)));
    assert!(matches!(logical[4], Some(LogicalType::Date)));
    assert!(matches!(logical[5], Some(LogicalType::Timestamp(of)) if of.is_adjusted_to_u_t_c));
    assert!(matches!(logical[6], Some(LogicalType::Timestamp(of)) if !of.is_adjusted_to_u_t_c));
    assert_eq!(rows.len(), 2);
    let first = values(&rows[0]);
    assert_eq!(*first[0], Field::Long(1));
    assert_eq!(*first[1], Field::Str("a;\"b\"".to_owned()));
    assert_eq!(first[2].to_string(), "1234567.890000000");
    assert_eq!(*first[3], Field::Bool(true));
    assert_eq!(*first[4], Field::Date(19_722));
    assert_eq!(*first[5], Field::TimestampMicros(1_714_559_400_250_000));
    assert_eq!(*first[6], Field::TimestampMicros(1_714_566_600_000_000));
    assert_eq!(*first[7], Field::TimeMicros(86_399_000_000));
    assert_eq!(*first[8], Field::Int(2024));
    assert_eq!(*first[9], Field::Str("{\"k\": [1]}".to_owned()));
    let second = values(&rows[1]);
    assert_eq!(*second[0], Field::Long(-2));
    assert!(second[1..].iter().all(|field| **field == Field::Null));
    assert!(folder.read("out/part-00000/rejected.csv").contains("is no integer"));
    assert_eq!(folder.tree("out/part-00000").len(), 4, "and no accepted.csv");
    run(&folder, &[]).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
}

#[test]
fn what_a_column_cannot_hold_is_an_error_with_the_remedy() {
    for (row, says) in [
        ("9223372036854775808;;;;;;;;;", "64 bits"),
        ("1;;0,0123456789;;;;;;;", "behind it"),
        ("1;;INF;;;;;;;", "finite"),
        ("1;;;;;2024-05-01T12:30:00;;;;", "no time zone"),
        ("1;;;;;2024-05-01T12:30:00.1234567Z;;;;", "microsecond"),
        ("1;;;;;;;;2024Z;", "time zone"),
    ] {
        let folder = folder(&format!("7;;;;;;;;;\n{row}\n"));
        let ran = run(&folder, &[]);
        let error = ran.assert_code(65).error();
        assert!(error.contains(says) && error.contains("accepted record 2"), "{row}: {error}");
        assert!(folder.tree("out").is_empty());
        // As CSV they are what they are.
        folder.validate(0, 1, &["--delimiter", ";"]).assert_code(0);
    }
}

#[test]
fn an_empty_partition_has_the_columns_and_no_rows() {
    let folder = folder("");
    run(&folder, &["--max-rejected", "0"]).assert_code(0);
    let (reader, rows) = read(&folder);
    assert_eq!(reader.metadata().file_metadata().schema_descr().num_columns(), 10);
    assert!(rows.is_empty());
}

#[test]
fn large_partitions_have_several_row_groups_and_json_lines_give_the_same_file() {
    let (mut csv, mut jsonl) = ("id,amount\n".to_owned(), String::new());
    for row in 0..250_000 {
        csv.push_str(&format!("r{row},{}.{:02}\n", row % 1000, row % 100));
        jsonl.push_str(&format!(
            "{{\"amount\":{}.{:02},\"id\":\"r{row}\"}}\n",
            row % 1000,
            row % 100
        ));
    }
    let folder = Folder::with_input(&csv);
    folder.validate(0, 1, &["--output-format", "parquet"]).assert_code(0);
    let (reader, rows) = read(&folder);
    assert_eq!(reader.metadata().num_row_groups(), 3);
    assert_eq!(rows.len(), 250_000);
    assert_eq!(rows[249_999].to_string(), "{id: \"r249999\", amount: 999.990000000}");
    let first = folder.tree("out");
    folder.validate(0, 1, &["--output-format", "parquet", "--force"]).assert_code(0);
    assert!(folder.tree("out") == first, "the same bytes");

    let lines = Folder::with_input("");
    lines.write("in/data_0.jsonl", &jsonl);
    let arguments = [
        "validate",
        "--input",
        "in/data_{index}.jsonl",
        "--schema",
        "schema.json",
        "--output",
        "out",
        "--output-format",
        "parquet",
    ];
    lines.run(0, 1, &arguments).assert_code(0);
    assert!(
        lines.tree("out")["part-00000/accepted.parquet"] == first["part-00000/accepted.parquet"]
    );
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let folder = Folder::new();
    folder.write(
        "schema.json",
        r#"{"fields": [{"name": "a"}, {"name": "a"}], "fieldsMatch": "exact"}"#,
    );
    folder.write("in/data_0.csv", "a,a\n1,2\n");
    let ran = folder.validate(0, 1, &["--output-format", "parquet"]);
    assert!(ran.assert_code(64).error().contains("told apart"), "{}", ran.stderr);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Every accepted record is one row, in order, cell for cell.
    #[test]
    fn rows_are_the_accepted_records(
        rows in prop::collection::vec(("[a-z0-9]{1,9}", "[0-9]{1,3}(\\.[0-9]{1,2})?|x"), 0..40)
    ) {
        let csv: String = rows.iter().map(|(id, amount)| format!("{id},{amount}\n")).collect();
        let folder = Folder::with_input(format!("id,amount\n{csv}"));
        folder.validate(0, 1, &[]).assert_code(0);
        let accepted = folder.read("out/part-00000/accepted.csv");
        folder.validate(0, 1, &["--output-format", "parquet"]).assert_code(0);
        prop_assert!(!folder.exists("out/part-00000/accepted.csv"));
        let (_, rows) = read(&folder);
        let shown: Vec<(String, f64)> = rows
            .iter()
            .map(|row| match values(row)[..] {
                [Field::Str(id), amount] => (id.clone(), amount.to_string().parse().unwrap()),
                _ => panic!("{row}"),
            })
            .collect();
        let expected: Vec<(String, f64)> = accepted
            .lines()
            .skip(1)
            .map(|line| line.split_once(',').unwrap())
            .map(|(id, amount)| (id.to_owned(), amount.parse().unwrap()))
            .collect();
        prop_assert_eq!(shown, expected);
    }
}
