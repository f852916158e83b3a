//! `validate --checks`: expressions over the fields of a row.

mod support;

use support::Folder;

const SCHEMA: &str = r#"{"fields": [
    {"name": "id"}, {"name": "status"}, {"name": "reference"},
    {"name": "net", "type": "number"}, {"name": "tax", "type": "number"}
]}"#;

const ROWS: &str = "id,status,reference,net,tax\n\
                    a,settled,R1,1.00,0.19\n\
                    b,settled,,1.00,0.19\n\
                    c,open,,1.00,-0.19\n\
                    d,,,x,1\n\
                    e,,,1.00,\n\
                    f,open\n";

const CHECKS: &str = "settled_has_reference: if status = \"settled\" then reference is not null\n\
                      tax_is_a_part_of_net: tax >= 0 and tax < net\n";

fn folder(checks: &str) -> Folder {
    let folder = Folder::with_input(ROWS);
    folder.write("schema.json", SCHEMA);
    folder.write("checks.txt", checks);
    folder
}

#[test]
fn a_row_that_does_not_keep_a_check_is_rejected_by_the_name_of_the_check() {
    let folder = folder(CHECKS);
    folder.validate(0, 1, &["--checks", "checks.txt"]).assert_code(0);
    assert_eq!(
        folder.read("out/part-00000/accepted.csv"),
        "id,status,reference,net,tax\na,settled,R1,1.00,0.19\n"
    );
    let rejected = folder.read("out/part-00000/rejected.csv");
    let rows: Vec<&str> = rejected.lines().skip(1).collect();
    assert_eq!(
        rows[0],
        "data_0.csv,3,51,\"row-constraint: the check settled_has_reference is not kept: if status \
         = \"\"settled\"\" then reference is not null (status is \"\"settled\"\", reference is \
         null)\",b,settled,,1.00,0.19"
    );
    assert!(rows[1].contains("tax_is_a_part_of_net is not kept"), "{rejected}");
    assert!(rows[2].contains("type-error") && !rows[2].contains("row-constraint"), "{rejected}");
    assert!(rows[3].contains("settled_has_reference cannot be told"), "{rejected}");
    assert!(rows[3].contains("; row-constraint: the check tax_is_a_part_of_net cannot be told"));
    assert!(rows[4].contains("missing-cell") && !rows[4].contains("row-constraint"), "{rejected}");
    let summary = folder.json("out/part-00000/summary.json");
    assert_eq!(summary["reasons"]["row-constraint"], 4);
    assert_eq!(
        summary["checks"],
        serde_json::json!({"settled_has_reference": 2, "tax_is_a_part_of_net": 2})
    );
    let ran = folder.run(0, 1, &["summarize", "out"]);
    assert!(ran.assert_code(0).stdout.contains("settled_has_reference"), "{}", ran.stdout);
    assert_eq!(folder.json("out/summary.json")["checks"]["tax_is_a_part_of_net"], 2);
}

#[test]
fn checks_that_are_not_understood_are_refused_with_their_line_and_column() {
    let folder = folder("# One\nfirst: net > 0\n\nsecond:\n  nett > 0\n");
    let ran = folder.validate(0, 1, &["--checks", "checks.txt"]);
    let error = ran.assert_code(64).error();
    assert!(error.contains("the checks checks.txt cannot be used"), "{error}");
    assert!(error.contains("line 5, column 3: the schema has no field"), "{error}");
    let ran = folder.validate(0, 1, &["--checks", "none.txt"]);
    assert!(ran.assert_code(64).error().contains("the checks cannot be read"), "{}", ran.stderr);
    assert!(folder.tree("out").is_empty());
}

#[test]
fn other_checks_make_a_finished_partition_be_done_again() {
    let folder = folder(CHECKS);
    let outcome = |more: &[&str]| {
        folder.validate(0, 1, more).assert_code(0);
        folder.termination()["outcome"].clone()
    };
    assert_eq!(outcome(&[]), "done");
    assert_eq!(outcome(&["--checks", "checks.txt"]), "done");
    assert_eq!(outcome(&["--checks", "checks.txt"]), "already-done");
    folder.write("checks.txt", "tax_is_a_part_of_net: tax < net\n");
    assert_eq!(outcome(&["--checks", "checks.txt"]), "done");
    let summary = folder.json("out/part-00000/summary.json");
    assert_eq!(summary["checks"], serde_json::json!({"tax_is_a_part_of_net": 1}));
    assert_eq!(outcome(&[]), "done");
    assert!(folder.json("out/part-00000/summary.json").get("checks").is_none());
}
