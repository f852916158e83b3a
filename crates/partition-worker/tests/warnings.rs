//! Checks and constraints that only warn: the record is accepted, counted and listed.

mod support;

use support::Folder;

const SCHEMA: &str = r#"{"fields": [
    {"name": "id", "constraints": {"required": true}, "warnings": {"pattern": "[a-z]+"}},
    {"name": "amount", "type": "number", "constraints": {"maximum": 1000},
     "warnings": {"maximum": 100, "required": true}}
], "primaryKey": "id"}"#;

const ROWS: &str = "id,amount\na,1\nB,500\nc,\nd,5000\na,700\n\"x\ny\",101\ne,99\nF,x\n";

fn folder() -> Folder {
    let folder = Folder::with_input(ROWS);
    folder.write("schema.json", SCHEMA);
    folder
}

#[test]
fn a_record_that_breaks_a_warning_is_accepted_counted_and_listed() {
    let folder = folder();
    folder.write("checks.txt", "warning not_50_percent: amount != 99 or id = 'B'\n");
    folder.validate(0, 1, &["--checks", "checks.txt"]).assert_code(0);
    assert_eq!(
        folder.read("out/part-00000/accepted.csv"),
        "id,amount\na,1\nB,500\nc,\n\"x\ny\",101\ne,99\n"
    );
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let above = |value: &str| {
        format!("constraint-error in field \"amount\": \"{value}\" is above the maximum 100")
    };
    let unlike = |value: &str| {
        format!(
            "constraint-error in field \"id\": \"{value}\" does not match the pattern \"[a-z]+\""
        )
    };
    let missing =
        "constraint-error in field \"amount\": \"\" is a missing value, and the field is required";
    let cannot = "row-constraint: the check not_50_percent cannot be told of the row: amount != 99 \
                  or id = 'B' (amount is null, id is \"c\")";
    let is_not = "row-constraint: the check not_50_percent is not kept: amount != 99 or id = 'B' \
                  (amount is \"99\", id is \"e\")";
    let rows = [
        "_source,_line,_offset,_warnings,id,amount".to_owned(),
        format!("data_0.csv,3,14,{},B,500", quoted(&format!("{}; {}", unlike("B"), above("500")))),
        format!("data_0.csv,4,20,{},c,", quoted(&format!("{missing}; {cannot}"))),
        format!(
            "data_0.csv,7,36,{},\"x\ny\",101",
            quoted(&format!("{}; {}", unlike("x\\ny"), above("101")))
        ),
        format!("data_0.csv,9,46,{},e,99", quoted(is_not)),
    ];
    assert_eq!(folder.read("out/part-00000/warnings.csv"), rows.join("\n") + "\n");
    let rejected = folder.read("out/part-00000/rejected.csv");
    assert!(rejected.contains("is above the maximum 1000\"") && rejected.contains(",a,700"));
    assert!(!rejected.contains("maximum 100\"") && !rejected.contains("does not match"));
    let summary = folder.json("out/part-00000/summary.json");
    assert_eq!(
        (&summary["rows"], &summary["accepted"], &summary["rejected"]),
        (&8.into(), &5.into(), &3.into())
    );
    assert_eq!(
        summary["warnings"],
        serde_json::json!({
            "rows": 4,
            "reasons": {"constraint-error": 5, "row-constraint": 2},
            "fields": {"amount": {"constraint-error": 3}, "id": {"constraint-error": 2}},
            "checks": {"not_50_percent": 2},
        })
    );
    assert_eq!(folder.termination()["counts"]["warned"], 4);
    folder.run(0, 1, &["summarize", "out"]).assert_code(0);
    assert_eq!(folder.json("out/summary.json")["warnings"]["rows"], 4);
    // The next worker of a chain reads the accepted records, each once.
    let chained = ["validate", "--input", "out/", "--schema", "schema.json", "--output", "next"];
    folder.run(0, 1, &chained).assert_code(0);
    assert_eq!(folder.json("next/part-00000/summary.json")["rows"], 5);
}

#[test]
fn there_is_no_list_of_warnings_where_nothing_warns() {
    let folder = Folder::with_input("id,amount\na,1\n");
    folder.validate(0, 1, &[]).assert_code(0);
    assert!(!folder.exists("out/part-00000/warnings.csv"));
    assert!(folder.json("out/part-00000/summary.json").get("warnings").is_none());
    // With something that warns there is one, even if it is empty, and none when that is gone.
    folder.write("checks.txt", "warning large: amount < 500\n");
    folder.validate(0, 1, &["--checks", "checks.txt"]).assert_code(0);
    let header = "_source,_line,_offset,_warnings,id,amount\n";
    assert_eq!(folder.read("out/part-00000/warnings.csv"), header);
    assert_eq!(folder.json("out/part-00000/summary.json")["warnings"]["rows"], 0);
    folder.validate(0, 1, &[]).assert_code(0);
    assert!(!folder.exists("out/part-00000/warnings.csv"));
}

#[test]
fn without_accepted_records_there_are_no_warnings_of_them() {
    let folder = folder();
    folder.validate(0, 1, &[]).assert_code(0);
    assert!(folder.exists("out/part-00000/warnings.csv"));
    folder.validate(0, 1, &["--max-rejected", "1"]).assert_code(65);
    assert!(!folder.exists("out/part-00000/warnings.csv"));
    assert!(folder.exists("out/part-00000/rejected.csv"));
}
