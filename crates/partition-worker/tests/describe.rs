//! `describe`: a schema from files, which accepts what it was made of.

mod support;

use proptest::prelude::*;
use support::{Folder, Ran};

fn describe(folder: &Folder, arguments: &[&str]) -> Ran {
    Ran::of(folder.bare_worker(&[&["describe"], arguments].concat()).output().unwrap())
}

const BANK: &str = "id;booked;amount;currency;iban;note\n\
                    007;28.02.2024;1.234,50;EUR;DE89370400440532013000;NA\n\
                    008;01.03.2024;-5,00;EUR;NO9386011117947;\n\
                    009;NULL;12,00;EUR;DE89370400440532013000;\"a; b\"\n";

#[test]
fn a_schema_says_what_the_columns_are_and_how_sure_that_is() {
    let folder = Folder::new();
    folder.write("bank.csv", BANK);
    let ran = describe(&folder, &["bank.csv"]);
    ran.assert_code(0);
    assert_eq!(
        ran.stdout,
        r#"{
  "description": "Made by partition-worker describe of all 3 records of bank.csv",
  "dialect": {"delimiter":";"},
  "fields": [
    {"name": "id", "type": "string",
     "constraints": {"required": true},
     "description": "3 characters; no value twice"},
    {"name": "booked", "type": "date", "format": "%d.%m.%Y", "missingValues": ["", "NULL"],
     "description": "1 missing; from 28.02.2024 to 01.03.2024; no value twice"},
    {"name": "amount", "type": "number", "decimalChar": ",", "groupChar": ".", "strictGroups": true,
     "constraints": {"required": true},
     "description": "from -5,00 to 1.234,50; no value twice"},
    {"name": "currency", "type": "string",
     "constraints": {"required": true},
     "description": "3 characters"},
    {"name": "iban", "type": "string", "identifier": "iban",
     "constraints": {"required": true},
     "description": "15 to 22 characters"},
    {"name": "note", "type": "string",
     "description": "1 missing; 2 to 4 characters; no value twice"}
  ]
}
"#
    );
    assert!(ran.stderr.contains("the delimiter was found by looking"), "{}", ran.stderr);
    // It is a schema, and accepts the file that it was made of.
    folder.write("schema.json", &ran.stdout);
    folder.write("in/data_0.csv", BANK);
    let ran = folder.validate(0, 1, &[]);
    assert!(!ran.assert_code(0).stderr.contains("not looked at"), "{}", ran.stderr);
    assert_eq!(folder.json("out/part-00000/summary.json")["accepted"], 3);
}

#[test]
fn members_of_objects_are_the_fields_as_they_come_up() {
    let folder = Folder::new();
    let lines = concat!(
        "{\"id\": \"a1\", \"n\": 1}\n\n",
        "{\"n\": 2.50, \"at\": \"2024-05-01T10:00:00Z\", \"id\": \"a2\"}\n",
        "no object\n",
        "{\"id\": \"a3\", \"n\": null, \"x\": 1, \"x\": 2}\n",
        "{\"id\": \"a4\", \"n\": 3, \"ok\": true}\n",
    );
    folder.write("in/data_0.jsonl", lines);
    let ran = describe(&folder, &["in/data_0.jsonl"]);
    ran.assert_code(0);
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let says = schema["description"].as_str().unwrap();
    assert!(says.contains("all 5 records") && says.contains("2 records are malformed"), "{says}");
    let told: Vec<String> = schema["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| {
            let is_required = field["constraints"]["required"] == true;
            format!("{} {} {is_required}", field["name"], field["type"]).replace('"', "")
        })
        .collect();
    assert_eq!(told, ["id string true", "n number true", "at datetime false", "ok boolean false"]);
    folder.write("schema.json", &ran.stdout);
    let arguments = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
    folder.run(0, 1, &arguments).assert_code(0);
    assert_eq!(folder.json("out/part-00000/summary.json")["accepted"], 3);
    assert!(describe(&folder, &["in/data_0.jsonl", "--delimiter", ";"]).code == Some(64));
}

#[test]
fn dates_that_may_be_either_way_are_told() {
    let folder = Folder::new();
    folder.write("a.csv", "on\n01/02/2024\n03/04/2024\n");
    let said = describe(&folder, &["a.csv"]).assert_code(0).stdout.clone();
    assert!(said.contains(r#""format": "%d/%m/%Y""#), "{said}");
    assert!(said.contains("NOT SURE: could also be type: date, format: %m/%d/%Y"), "{said}");
    folder.write("b.csv", "on\n13/02/2024\n");
    let said = describe(&folder, &["a.csv", "b.csv"]).assert_code(0).stdout.clone();
    assert!(!said.contains("NOT SURE") && said.contains("all 3 records of a.csv, b.csv"), "{said}");
}

#[test]
fn numbers_that_may_be_either_way_are_told_and_others_are_not() {
    let folder = Folder::new();
    let said = |numbers: &str| {
        folder.write("a.csv", format!("n\n{numbers}\n"));
        describe(&folder, &["--delimiter", ";", "a.csv"]).assert_code(0).stdout.clone()
    };
    assert!(!said("1.50\n1000.00").contains("NOT SURE"));
    assert!(!said("1\n1000").contains("NOT SURE"));
    assert!(!said("1,50\n1.234,00").contains("NOT SURE"));
    let english = said("1,234\n5");
    assert!(english.contains(r#""type": "number", "groupChar": ",""#), "{english}");
    assert!(english.contains("NOT SURE: could also be type: number, decimalChar: ,"), "{english}");
    let german = said("1.234\n5");
    assert!(
        german.contains("NOT SURE: could also be type: number, decimalChar: ,, group"),
        "{german}"
    );
}

#[test]
fn few_and_frequent_values_are_a_list() {
    let folder = Folder::new();
    let row = |row: usize| format!("{},{}\n", ["open", "NA", "closed"][row % 3], row % 4 / 3);
    folder.write("a.csv", format!("state,flag\n{}", (0..60).map(row).collect::<String>()));
    let said = describe(&folder, &["a.csv"]).assert_code(0).stdout.clone();
    assert!(said.contains(r#""enum": ["NA", "closed", "open"]"#), "{said}");
    assert!(said.contains(r#"{"name": "flag", "type": "integer""#), "{said}");
    folder.write("b.csv", "state\nopen\nopen\n");
    assert!(!describe(&folder, &["b.csv"]).stdout.contains("enum"));
}

#[test]
fn a_sample_and_what_no_schema_accepts_are_told() {
    let folder = Folder::new();
    folder.write("a.csv", "n,m\n1,2\n3\n\"x\"y,1\n4,5\nx,6\n");
    let said = describe(&folder, &["--rows", "4", "a.csv"]).assert_code(0).stdout.clone();
    assert!(said.contains("of the first 4 records of a.csv: others may not fit"), "{said}");
    assert!(said.contains("1 records have another number of cells"), "{said}");
    assert!(said.contains("1 records are malformed"), "{said}");
    assert!(said.contains(r#"{"name": "n", "type": "integer""#), "{said}");
    let said = describe(&folder, &["a.csv"]).stdout.clone();
    assert!(said.contains(r#"{"name": "n", "type": "string""#), "{said}");
}

#[test]
fn files_that_cannot_be_described_together_are_an_error() {
    let folder = Folder::new();
    folder.write("a.csv", "a,b\n1,2\n");
    folder.write("b.csv", "a,c\n1,2\n");
    folder.write("empty.csv", "");
    let ran = describe(&folder, &["a.csv", "b.csv"]);
    assert!(ran.assert_code(65).error().contains("the header of b.csv differs"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    describe(&folder, &["empty.csv"]).assert_code(65);
    describe(&folder, &["none.csv"]).assert_code(66);
    describe(&folder, &[]).assert_code(64);
}

#[test]
fn a_file_without_a_header_has_numbered_fields() {
    let folder = Folder::new();
    folder.write("a.csv", "1;x\n2;y\n");
    let said = describe(&folder, &["--no-header", "a.csv"]).assert_code(0).stdout.clone();
    assert!(said.contains(r#"{"delimiter":";","header":false}"#), "{said}");
    assert!(said.contains(r#"{"name": "field2", "type": "string""#), "{said}");
}

#[test]
fn a_file_of_another_dialect_and_encoding_is_described_with_it() {
    let folder = Folder::new();
    let file = b"# Export\nname||n||paid\nM\xfcller||1||\\N\nx||2||2024-05-01\n";
    folder.write("in/data_0.csv", file);
    let dialect = [
        "--delimiter",
        "||",
        "--comment-char",
        "#",
        "--null-sequence",
        "\\N",
        "--encoding",
        "windows-1252",
        "in/data_0.csv",
    ];
    let said = describe(&folder, &dialect).assert_code(0).stdout.clone();
    assert!(said.contains("; read with --encoding windows-1252"), "{said}");
    assert!(said.contains(r#"{"name": "paid", "type": "date""#), "{said}");
    folder.write("schema.json", &said);
    folder.validate(0, 1, &["--encoding", "windows-1252"]).assert_code(0);
    assert_eq!(folder.json("out/part-00000/summary.json")["accepted"], 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_described_is_accepted(
        rows in prop::collection::vec((
            "[0-9]{1,3}|0[0-9]|NA|",
            "[0-9]{1,3}([.,][0-9]{1,3})?|[a-z]?",
            "[0-3][0-9][/.]0[1-9][/.]2024|202[0-9]-0[1-9]-1[0-9]|-|",
            "(\"[a-c,;\n\"\"]{0,3}\"|[a-c é]{0,3})",
        ), 1..40),
        delimiter in proptest::sample::select(vec![',', ';', '\t']),
    ) {
        let quoted = |cell: &str| match cell.starts_with('"') {
            true => format!("\"{}\"", cell[1..cell.len() - 1].replace('"', "\"\"")),
            false if cell.contains([',', ';']) => format!("\"{cell}\""),
            false => cell.to_owned(),
        };
        let mut file = ["id", "n", "on", "note"].join(&delimiter.to_string());
        for (a, b, c, d) in &rows {
            let cells = [a, b, c, d].map(|cell| quoted(cell));
            file.push_str(&format!("\n{}", cells.join(&delimiter.to_string())));
        }
        let folder = Folder::with_input(&file);
        let ran = describe(&folder, &["in/data_0.csv"]);
        ran.assert_code(0);
        folder.write("schema.json", &ran.stdout);
        folder.validate(0, 1, &[]).assert_code(0);
        let summary = folder.json("out/part-00000/summary.json");
        prop_assert_eq!(&summary["accepted"], rows.len(), "{} {}", file, ran.stdout);
    }

    #[test]
    fn objects_that_are_described_are_accepted(
        rows in prop::collection::vec(
            prop::collection::btree_map(
                "[a-d]",
                "[0-9]{1,3}|-?[1-9][.][0-9]|null|true|false|\"[a-z0-9 ,\u{e9}]{0,3}\"|\"NA\"|\"\"\
                 |\"202[0-9]-0[1-9]-1[0-9]\"|\\[1, null\\]|\\{\"k\": [1-9]\\}",
                1..4,
            ),
            1..40,
        ),
    ) {
        let mut file = String::new();
        for row in &rows {
            let members: Vec<String> =
                row.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            file.push_str(&format!("{{{}}}\n", members.join(", ")));
        }
        // A number with a zero before it is none of JSON.
        let is_json = |line: &&str| serde_json::from_str::<serde_json::Value>(line).is_ok();
        let good = file.lines().filter(is_json).count();
        prop_assume!(good > 0);
        let folder = Folder::new();
        folder.write("in/rows.jsonl", &file);
        let ran = describe(&folder, &["in/rows.jsonl"]);
        ran.assert_code(0);
        folder.write("schema.json", &ran.stdout);
        let arguments =
            ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
        folder.run(0, 1, &arguments).assert_code(0);
        let summary = folder.json("out/part-00000/summary.json");
        prop_assert_eq!(&summary["accepted"], good, "{} {}", file, ran.stdout);
    }
}
