//! Checks over a row, by examples: what rows keep them, what is said of others, and which files are
//! refused.

use table_schema::{Checks, Schema, Validator, Verdict};

const SCHEMA: &str = r#"{"fields": [
    {"name": "id"},
    {"name": "status", "missingValues": ["", "n/a"]},
    {"name": "reference"},
    {"name": "amount", "type": "number", "decimalChar": ","},
    {"name": "fee", "type": "number"},
    {"name": "booked", "type": "date", "format": "%d.%m.%Y"},
    {"name": "valued", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "took", "type": "duration"},
    {"name": "open", "type": "boolean"},
    {"name": "tags", "type": "list"},
    {"name": "Net Amount", "type": "integer"}
]}"#;

/// A row that keeps whatever is asked of it below.
const ROW: [&str; 12] = [
    "A1",
    "settled",
    "R-7",
    "1,50",
    "0.25",
    "28.02.2024",
    "2024-03-01",
    "2024-03-01T10:00:00Z",
    "P1M",
    "true",
    "x,y",
    "12",
];

fn schema() -> Schema {
    Schema::from_json(SCHEMA.as_bytes()).unwrap()
}

fn validator(file: &str) -> Validator {
    let schema = schema();
    let checks = Checks::parse(file.as_bytes(), &schema).unwrap_or_else(|e| panic!("{e}\n{file}"));
    schema.compile(None, schema.fields_match().unwrap_or_default()).unwrap().with_checks(&checks)
}

/// What is said of [`ROW`] with some of its cells changed.
fn messages(file: &str, changes: &[(usize, &str)]) -> Vec<String> {
    let validator = validator(file);
    let mut cells: Vec<&[u8]> = ROW.iter().map(|cell| cell.as_bytes()).collect();
    for (column, cell) in changes {
        cells[*column] = cell.as_bytes();
    }
    let mut verdict = Verdict::new();
    validator.check(&cells, &mut verdict);
    let described = |reason| {
        let mut message = String::new();
        validator.describe(reason, &cells, &mut message);
        message
    };
    verdict.reasons.iter().map(described).collect()
}

fn refused(file: &str) -> String {
    Checks::parse(file.as_bytes(), &schema()).expect_err(file).to_string()
}

#[test]
fn a_reason_names_the_check_and_the_values_that_it_looks_at() {
    let file = "# Nobody can find the payment otherwise.\n\
                settled_has_reference:\n  if status = \"settled\"  # the word of the bank\n  then \
                reference is not null\n";
    assert_eq!(messages(file, &[]), Vec::<String>::new());
    assert_eq!(messages(file, &[(1, "open"), (2, "")]), Vec::<String>::new());
    assert_eq!(
        messages(file, &[(2, "")]),
        ["row-constraint: the check settled_has_reference is not kept: if status = \"settled\" \
          then reference is not null (status is \"settled\", reference is null)"]
    );
    assert_eq!(
        messages(file, &[(1, "n/a"), (2, "")]),
        ["row-constraint: the check settled_has_reference cannot be told of the row: if status = \
          \"settled\" then reference is not null (status is null, reference is null)"]
    );
    assert_eq!(messages(file, &[(1, "n/a")]), Vec::<String>::new(), "whatever the status is");
}

#[test]
fn values_are_compared_as_what_they_mean() {
    for kept in [
        "amount + fee = 1.75",
        "amount * fee = 0.375 and amount - fee - fee = 1",
        "0.1 + 0.2 = 0.3 and amount is not null",
        "-amount < 0 and abs(-amount) = amount and - - amount = amount",
        "amount in (1, 1.50, -2) and `Net Amount` not in (1, 2)",
        "booked = '2024-02-28' and '2024-02-28' = booked",
        "valued - booked = 2 and booked - valued = -2 and booked <= valued",
        "valued - \"2023-03-01\" = 366",
        "booked in (\"2024-02-28\", \"2024-02-29\") and valued not in (\"2024-02-29\")",
        "at < \"2024-03-01T12:00:00+01:00\" and at >= '2024-03-01T11:00:00+01:00'",
        "took > \"P27D\" and took = 'P1M'",
        "open and open = true and not open = false",
        "id = \"A1\" and length(id) = 2 and starts_with(id, 'A') and ends_with(id, '1')",
        "matches(id, \"[A-Z]\\d\") and not matches(id, '[A-Z]')",
        "status in ('settled', 'it''s') and status <> \"it's\"",
        "tags is not null",
        "if amount > 2 then fee > 1 else fee > 0",
        "(if amount > 2 then false) and (if amount > 2 then true else open)",
        "not amount > 2 and fee > 0 or false",
    ] {
        let found = messages(&format!("check: {kept}"), &[]);
        assert_eq!(found, Vec::<String>::new(), "{kept}");
        assert_eq!(messages(&format!("check: not ({kept})"), &[]).len(), 1, "{kept}");
    }
}

#[test]
fn what_depends_on_a_null_is_never_kept_by_it() {
    for file in [
        "amount > 0",
        "not amount > 0",
        "amount = amount",
        "amount != 1",
        "amount not in (1)",
        "amount + fee > 0",
        "if amount > 0 then false",
        "amount > 0 and fee > 0",
        "length(id) > 0 and amount > 0",
    ] {
        let found = messages(&format!("check: {file}"), &[(3, "")]);
        assert!(found.len() == 1 && found[0].contains("amount is null"), "{file}: {found:?}");
    }
    for file in [
        "amount is null or amount > 0",
        "amount > 0 or fee > 0",
        "if amount is not null then amount > 0",
        "if amount > 0 then fee > 0 else fee > 0",
        "not (amount > 0 and fee < 0)",
    ] {
        assert_eq!(messages(&format!("check: {file}"), &[(3, "")]), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn what_has_no_order_or_no_exact_value_cannot_be_told() {
    for (file, column, cell) in [
        ("fee > 0 or fee <= 0", 4, "NaN"),
        ("fee - fee = 0", 4, "INF"),
        ("fee + 0.1 > 0", 4, "99999999999999999999999999999999999999"),
        ("fee + 0 > 0", 4, "1e999999999999"),
        ("at < \"2024-03-01T12:00:00Z\"", 7, "2024-03-01T10:00:00"),
        ("took < \"P1M\" or took >= \"P1M\"", 8, "P30D"),
    ] {
        let found = messages(&format!("check: {file}"), &[(column, cell)]);
        assert!(found.len() == 1 && found[0].contains("cannot be told"), "{file}: {found:?}");
    }
    assert_eq!(messages("check: fee > 1", &[(4, "INF")]), Vec::<String>::new());
    assert_eq!(messages("check: fee > 1", &[(4, "1e999999999999")]), Vec::<String>::new());
}

#[test]
fn a_row_with_a_cell_of_another_type_or_another_number_of_cells_is_not_checked() {
    let file = "check: fee > 100";
    let found = messages(file, &[(3, "1.50")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("type-error"), "{found:?}");
    let mut verdict = Verdict::new();
    validator(file).check(&[b"A1", b""], &mut verdict);
    assert!(verdict.reasons.iter().all(|reason| reason.check().is_none()));
}

#[test]
fn every_check_that_is_not_kept_is_a_reason_of_its_own() {
    let file = "first: fee > 100\nsecond: fee > 0\nthird: fee > 200\n";
    let schema = schema();
    let checks = Checks::parse(file.as_bytes(), &schema).unwrap();
    assert_eq!(checks.names().collect::<Vec<_>>(), ["first", "second", "third"]);
    let found = messages(file, &[]);
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("first") && found[1].contains("third"), "{found:?}");
}

#[test]
fn a_check_that_only_warns_leaves_the_row_good() {
    let file = "first: fee > 0\nwarning second: fee > 100\nwarning: fee > 0\n";
    let schema = schema();
    let checks = Checks::parse(file.as_bytes(), &schema).unwrap();
    assert!(checks.warn());
    assert_eq!(checks.names().collect::<Vec<_>>(), ["first", "second", "warning"]);
    let validator = validator(file);
    assert!(validator.warns());
    let cells: Vec<&[u8]> = ROW.iter().map(|cell| cell.as_bytes()).collect();
    let mut verdict = Verdict::new();
    validator.check(&cells, &mut verdict);
    assert!(verdict.is_good());
    let names: Vec<_> = verdict.warnings.iter().map(|w| w.check_name(&validator)).collect();
    assert_eq!(names, [Some("second")]);
}

#[test]
fn a_field_without_a_column_is_null() {
    let schema = Schema::from_json(br#"{"fields": [{"name": "a"}, {"name": "b"}]}"#).unwrap();
    let checks = Checks::parse(b"no_b: b is null\nb: b = 'x'", &schema).unwrap();
    let header: [&[u8]; 2] = [b"other", b"a"];
    let validator = schema
        .compile(Some(&header), table_schema::FieldsMatch::Partial)
        .unwrap()
        .with_checks(&checks);
    let mut verdict = Verdict::new();
    validator.check(&[b"x", b"y"], &mut verdict);
    assert_eq!(verdict.reasons.iter().map(|reason| reason.check()).collect::<Vec<_>>(), [Some(1)]);
}

#[test]
fn a_file_that_is_not_understood_is_refused_with_the_line_and_the_column() {
    for (file, at, says) in [
        ("", "1, column 1", "there is no check"),
        ("# nothing\n", "1, column 1", "there is no check"),
        ("fee > 0", "1, column 1", "write NAME: EXPRESSION"),
        ("{\"a\": 1}", "1, column 1", "means nothing here"),
        ("a: fee > 0\n  b: fee > 1", "2, column 3", "\"b\" is not expected here"),
        (" a: fee > 0", "1, column 2", "in the first column"),
        ("warning a fee > 0", "1, column 1", "(or warning NAME: EXPRESSION)"),
        ("warning\n a: fee", "2, column 5", "this is a number"),
        ("a:\nfee > 0", "1, column 3", "the expression ends here"),
        ("a: fee > 0\na: fee > 1", "2, column 1", "two checks named a"),
        ("a: fee >", "1, column 9", "the expression ends here"),
        ("a: fee > 0 )", "1, column 12", "\")\" is not expected here"),
        ("a: (fee > 0", "1, column 12", "\")\" is missing"),
        ("a: fee", "1, column 4", "this is a number, where something true or false"),
        ("a: fee > 0 and id", "1, column 16", "this is a text, where something true or false"),
        ("a: 1 = 1", "1, column 1", "looks at no field"),
        ("a: feee > 0", "1, column 4", "the schema has no field \"feee\"; it has id, status"),
        ("a: fee > 'a'", "1, column 8", "a number is compared with a text"),
        ("a: fee = id", "1, column 8", "a number is compared with a text"),
        ("a: booked = 5", "1, column 11", "a date is compared with a number"),
        ("a: booked = at", "1, column 11", "a date is compared with a datetime"),
        ("a: booked > '28.02.2024'", "1, column 13", "write it as \"2026-12-31\""),
        ("a: booked in ('today')", "1, column 15", "\"today\" is not a date"),
        ("a: id < 'b'", "1, column 7", "a text has no order"),
        ("a: open < true", "1, column 9", "has no order"),
        ("a: tags = 'x'", "1, column 9", "a list or an object is compared"),
        ("a: fee = null", "1, column 10", "write FIELD is null"),
        ("a: fee + 1 is null", "1, column 4", "only a field can be null"),
        ("a: fee is 5", "1, column 11", "\"null\" is missing"),
        ("a: fee / 2 = 1", "1, column 8", "there is no division"),
        ("a: 1 < fee < 5", "1, column 6", "two comparisons follow each other"),
        ("a: fee in (id)", "1, column 12", "nothing that is calculated"),
        ("a: at in ('2024-03-01T10:00:00Z')", "1, column 4", "cannot be looked up in a list"),
        ("a: booked + 1 = valued", "1, column 4", "only numbers are calculated with"),
        ("a: if fee > 0", "1, column 14", "\"then\" is missing"),
        ("a: fee not 5", "1, column 8", "\"not\" is not expected here"),
        ("a: today() = booked", "1, column 4", "there is no function today"),
        ("a: length(fee) = 1", "1, column 11", "this is a number, where a text is wanted"),
        ("a: matches(id, \"(\")", "1, column 16", "cannot be used"),
        ("a: matches(id, id)", "1, column 16", "a pattern is missing"),
        ("a: id = \"b\n", "1, column 9", "is not closed on its line"),
        ("a: fee > 1.", "1, column 10", "is not a number"),
        ("a: fee > 1e5", "1, column 10", "is not a number"),
        ("a: then > 1", "1, column 4", "\"then\" is not expected here"),
        ("a: é = 1", "1, column 4", "no field \"é\""),
        ("a: fee > 0\n\u{a0}\u{a0}& open", "2, column 3", "means nothing here"),
    ] {
        let error = refused(file);
        assert!(error.starts_with(&format!("line {at}: ")), "{file}: {error}");
        assert!(error.contains(says), "{file}: {error}");
        assert!(error.contains("; "), "{file}: {error}");
    }
    let error = Checks::parse(b"a: fee > 0\n # \xff", &schema()).unwrap_err().to_string();
    assert!(error.starts_with("line 2, column 4: it is not UTF-8"), "{error}");
}

#[test]
fn an_expression_without_bound_is_refused() {
    let deep = format!("a: {}fee > 0{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(refused(&deep).contains("more than 64 deep"));
    let deep = format!("a: {}open", "not ".repeat(100_000));
    assert!(refused(&deep).contains("more than 64 deep"));
    let deep = format!("a: {}fee > 0", "- ".repeat(100_000));
    assert!(refused(&deep).contains("more than 64 deep"));
    let long = format!("a: {}fee > 0", "fee > 0 and ".repeat(100_000));
    assert!(refused(&long).contains("more than 500 parts"));
    let long = format!("a: fee in ({}1)", "1, ".repeat(100_000));
    assert!(refused(&long).contains("more than 500 parts"));
    let many: String = (0..1001).map(|check| format!("c{check}: fee > 0\n")).collect();
    assert!(refused(&many).contains("more than 1000 checks"));
    let sum = format!("a: fee{} > 0", " + fee".repeat(200));
    assert_eq!(messages(&sum, &[]), Vec::<String>::new());
}
