//! Checks over a row against a plain evaluator: random expressions, written with as few parentheses
//! as the grammar needs, and rows with missing values.

use proptest::prelude::*;
use proptest::sample::select;
use table_schema::{Checks, ReasonKind, Schema, Verdict};

use crate::conditions::{Condition, DAYS, Day, Number, Row, Text, UNKNOWN, halves};

const SCHEMA: &str = r#"{"fields": [
    {"name": "a", "type": "number"}, {"name": "b b", "type": "integer"},
    {"name": "s"}, {"name": "t"},
    {"name": "d", "type": "date"}, {"name": "e", "type": "date", "format": "%d/%m/%Y"},
    {"name": "f", "type": "boolean"}
]}"#;

fn text() -> impl Strategy<Value = Text> + Clone {
    prop_oneof!["[abé']{0,2}".prop_map(Text::Written), any::<bool>().prop_map(Text::Field)]
}

fn day() -> impl Strategy<Value = Day> + Clone {
    prop_oneof![(0..DAYS.len()).prop_map(Day::Written), any::<bool>().prop_map(Day::Field)]
}

fn number() -> BoxedStrategy<Number> {
    let leaf = prop_oneof![
        (0..7_i64).prop_map(Number::Halves),
        any::<bool>().prop_map(Number::Field),
        text().prop_map(Number::Length),
        (day(), day()).prop_map(|(from, to)| Number::Days(from, to)),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let boxed = inner.prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(Number::Negative),
            boxed.clone().prop_map(Number::Absolute),
            (select(vec!['+', '-', '*']), boxed.clone(), boxed)
                .prop_map(|(sign, a, b)| Number::Calculated(sign, a, b)),
        ]
    })
    .boxed()
}

fn condition() -> BoxedStrategy<Condition> {
    let sign = || select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        Just(Condition::Flag),
        any::<bool>().prop_map(Condition::Is),
        (0..7_usize, any::<bool>()).prop_map(|(field, not)| Condition::IsNull(field, not)),
        (sign(), number(), number()).prop_map(|(sign, a, b)| Condition::Numbers(sign, a, b)),
        (any::<bool>(), text(), text()).prop_map(|(equal, a, b)| Condition::Texts(equal, a, b)),
        (sign(), 0..DAYS.len(), any::<bool>())
            .prop_map(|(sign, day, second)| Condition::Days(sign, day, second)),
        (any::<bool>(), number(), prop::collection::vec(-4..7_i64, 1..4))
            .prop_map(|(not, number, values)| Condition::NumberIn(not, number, values)),
        (text(), prop::collection::vec("[ab']{0,2}", 1..4))
            .prop_map(|(text, values)| Condition::TextIn(text, values)),
        (text(), text()).prop_map(|(a, b)| Condition::StartsWith(a, b)),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        let [a, b, c] = [inner.clone(), inner.clone(), inner.clone()];
        prop_oneof![
            inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
            several.clone().prop_map(Condition::And),
            several.prop_map(Condition::Or),
            [inner.clone(), inner].prop_map(|parts| Condition::If(Box::new(parts))),
            [a, b, c].prop_map(|parts| Condition::IfElse(Box::new(parts))),
        ]
    })
    .boxed()
}

fn row() -> impl Strategy<Value = Row> {
    let number = || prop::option::weighted(0.8, -4..7_i64);
    let text = || prop::option::weighted(0.8, "[abé']{1,2}");
    let day = || prop::option::weighted(0.8, 0..DAYS.len());
    let flag = prop::option::weighted(0.8, any::<bool>());
    ([number(), number()], [text(), text()], [day(), day()], flag).prop_map(
        |([a, b], texts, days, flag)| Row {
            // The second one is a whole number.
            numbers: [a, b.map(|b| b / 2 * 2)],
            texts,
            days,
            flag,
        },
    )
}

fn cells(row: &Row) -> Vec<String> {
    let slashes = |day: usize| {
        let parts: Vec<&str> = DAYS[day].split('-').rev().collect();
        parts.join("/")
    };
    [
        row.numbers[0].map(halves),
        row.numbers[1].map(halves),
        row.texts[0].clone(),
        row.texts[1].clone(),
        row.days[0].map(|day| DAYS[day].to_owned()),
        row.days[1].map(slashes),
        row.flag.map(|flag| flag.to_string()),
    ]
    .map(Option::unwrap_or_default)
    .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn checks_say_what_a_plain_evaluator_says(
        condition in condition(),
        rows in prop::collection::vec(row(), 1..8),
    ) {
        let schema = Schema::from_json(SCHEMA.as_bytes()).unwrap();
        // A check has to look at a field, and this part is always true.
        let file = format!("c: (f is null or f is not null)\n and {}\n", condition.written(3));
        let checks = match Checks::parse(file.as_bytes(), &schema) {
            Ok(checks) => checks,
            Err(error) if error.problem.contains("parts") || error.problem.contains("deep") => {
                return Err(TestCaseError::reject("too large"));
            }
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{file}"))),
        };
        let matching = schema.fields_match().unwrap_or_default();
        let validator = schema.compile(None, matching).unwrap().with_checks(&checks);
        let mut verdict = Verdict::new();
        for row in &rows {
            let cells = cells(row);
            let cells: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
            validator.check(&cells, &mut verdict);
            let expected = condition.value(row);
            prop_assert_eq!(verdict.is_good(), expected == 2, "{} {:?}", file, row);
            if let Some(reason) = verdict.reasons.first() {
                let found = (reason.kind, reason.check());
                prop_assert_eq!(found, (ReasonKind::RowConstraint, Some(0)));
                let mut message = String::new();
                validator.describe(reason, &cells, &mut message);
                let is_unknown = message.contains("c cannot be told");
                prop_assert_eq!(is_unknown, expected == UNKNOWN, "{}", message);
            }
        }
    }
}
