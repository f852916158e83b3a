//! What `validate` makes of the schema it is given: columns, unique values, odd numbers.

mod support;

use support::{Folder, SCHEMA, rows};

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
fn a_row_is_held_against_the_schema_that_is_given() {
    let folder = Folder::with_input("id,amount\na,1\n");
    folder.write("schema.json", SCHEMA.replace("\"minimum\": 0", "\"minimum\": 5"));
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.json("out/part-00000/summary.json")["rejected"], 1);
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
        "\"\"B\"\" was seen before (first on line 2); unique-error in field \"\"u\"\": \"\"b1\"\" \
         was seen before (first on line 2)"
            .to_owned(),
        "\"\"k0008\"\" was seen before (first in 1.csv, line 20)".to_owned(),
        "\"\"C\"\" was seen before (first on line 3)".to_owned(),
    ] {
        assert!(rejected.contains(&says), "{says}: {rejected}");
    }
    // The first one with this value is rejected for another reason.
    assert!(!rejected.contains("\"A\"\" was seen before"), "{rejected}");
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
