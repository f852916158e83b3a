//! Expressions of checks: how they are written, and what they are in a row, by a plain evaluator.
//!
//! The evaluator takes truth as a number (false 0, unknown 1, true 2), so that `and` is the least
//! of its parts and `or` the greatest; its numbers are halves, which floats have exactly.

/// Days that follow each other, over the end of a month.
pub(crate) const DAYS: [&str; 6] =
    ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02", "2024-03-03"];

pub(crate) const UNKNOWN: u8 = 1;

#[derive(Clone, Debug)]
pub(crate) enum Number {
    Halves(i64),
    /// The field a or b.
    Field(bool),
    Negative(Box<Number>),
    Absolute(Box<Number>),
    Length(Text),
    Days(Day, Day),
    Calculated(char, Box<Number>, Box<Number>),
}

#[derive(Clone, Debug)]
pub(crate) enum Text {
    Written(String),
    /// The field s or t.
    Field(bool),
}

#[derive(Clone, Debug)]
pub(crate) enum Day {
    Written(usize),
    /// The field d or e.
    Field(bool),
}

#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Flag,
    Is(bool),
    IsNull(usize, bool),
    Numbers(&'static str, Number, Number),
    Texts(bool, Text, Text),
    Days(&'static str, usize, bool),
    NumberIn(bool, Number, Vec<i64>),
    TextIn(Text, Vec<String>),
    StartsWith(Text, Text),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    If(Box<[Condition; 2]>),
    IfElse(Box<[Condition; 3]>),
}

/// The values of a row; nothing where they are missing.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) numbers: [Option<i64>; 2],
    pub(crate) texts: [Option<String>; 2],
    pub(crate) days: [Option<usize>; 2],
    pub(crate) flag: Option<bool>,
}

pub(crate) fn halves(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let half = if value % 2 == 0 { "" } else { ".5" };
    format!("{sign}{}{half}", value.abs() / 2)
}

const NAMES: [&str; 7] = ["a", "`b b`", "s", "t", "d", "e", "f"];

impl Number {
    /// 0 for a sum, 1 for a product, 2 for a factor.
    fn written(&self, wanted: u8) -> String {
        let (own, text) = match self {
            Number::Halves(value) => (2, halves(*value)),
            Number::Field(second) => (2, NAMES[usize::from(*second)].to_owned()),
            Number::Negative(inner) => (2, format!("-{}", inner.written(2))),
            Number::Absolute(inner) => (2, format!("abs({})", inner.written(0))),
            Number::Length(text) => (2, format!("length({})", text.written())),
            Number::Days(from, to) => {
                // Of two texts nobody knows that they are dates.
                let from = match (from, to) {
                    (Day::Written(_), Day::Written(_)) => &Day::Field(false),
                    _ => from,
                };
                (0, format!("{} - {}", from.written(), to.written()))
            }
            Number::Calculated('*', a, b) => (1, format!("{}*{}", a.written(1), b.written(2))),
            Number::Calculated(sign, a, b) => {
                (0, format!("{} {sign} {}", a.written(0), b.written(1)))
            }
        };
        if own < wanted { format!("({text})") } else { text }
    }

    fn value(&self, row: &Row) -> Option<f64> {
        Some(match self {
            Number::Halves(value) => *value as f64 / 2.0,
            Number::Field(second) => row.numbers[usize::from(*second)]? as f64 / 2.0,
            Number::Negative(inner) => -inner.value(row)?,
            Number::Absolute(inner) => inner.value(row)?.abs(),
            Number::Length(text) => text.value(row)?.chars().count() as f64,
            Number::Days(Day::Written(_), to @ Day::Written(_)) => {
                Day::Field(false).value(row)? as f64 - to.value(row)? as f64
            }
            Number::Days(from, to) => from.value(row)? as f64 - to.value(row)? as f64,
            Number::Calculated(sign, a, b) => match (sign, a.value(row)?, b.value(row)?) {
                ('+', a, b) => a + b,
                ('-', a, b) => a - b,
                (_, a, b) => a * b,
            },
        })
    }
}

impl Text {
    fn written(&self) -> String {
        match self {
            Text::Written(text) => format!("'{}'", text.replace('\'', "''")),
            Text::Field(second) => NAMES[2 + usize::from(*second)].to_owned(),
        }
    }

    fn value<'t>(&'t self, row: &'t Row) -> Option<&'t str> {
        match self {
            Text::Written(text) => Some(text),
            Text::Field(second) => row.texts[usize::from(*second)].as_deref(),
        }
    }
}

impl Day {
    fn written(&self) -> String {
        match self {
            Day::Written(day) => format!("\"{}\"", DAYS[*day]),
            Day::Field(second) => NAMES[4 + usize::from(*second)].to_owned(),
        }
    }

    fn value(&self, row: &Row) -> Option<usize> {
        match self {
            Day::Written(day) => Some(*day),
            Day::Field(second) => row.days[usize::from(*second)],
        }
    }
}

fn ordered<T: PartialOrd>(sign: &str, a: T, b: T) -> bool {
    match sign {
        "=" => a == b,
        "!=" => a != b,
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    }
}

fn truth(known: Option<bool>) -> u8 {
    known.map_or(UNKNOWN, |known| 2 * u8::from(known))
}

impl Condition {
    /// 0 for a choice, 1 for an or, 2 for an and, 3 for a not, 4 for a comparison, 5 for a value.
    pub(crate) fn written(&self, wanted: u8) -> String {
        let list = |items: Vec<String>| items.join(", ");
        let (own, text) = match self {
            Condition::Flag => (5, NAMES[6].to_owned()),
            Condition::Is(value) => (5, value.to_string()),
            Condition::IsNull(field, not) => {
                (4, format!("{} is {}null", NAMES[*field], if *not { "not " } else { "" }))
            }
            Condition::Numbers(sign, a, b) => {
                (4, format!("{} {sign} {}", a.written(0), b.written(0)))
            }
            Condition::Texts(equal, a, b) => {
                (4, format!("{}{}{}", a.written(), if *equal { "==" } else { "<>" }, b.written()))
            }
            Condition::Days(sign, day, second) => {
                let day = Day::Written(*day).written();
                (4, format!("{} {sign} {day}", Day::Field(*second).written()))
            }
            Condition::NumberIn(not, number, values) => {
                let values = list(values.iter().map(|value| halves(*value)).collect());
                let not = if *not { " not" } else { "" };
                (4, format!("{}{not} in ({values})", number.written(0)))
            }
            Condition::TextIn(text, values) => {
                let values = values.iter().map(|value| Text::Written(value.clone()).written());
                (4, format!("{} in ({})", text.written(), list(values.collect())))
            }
            Condition::StartsWith(a, b) => {
                (5, format!("starts_with({}, {})", a.written(), b.written()))
            }
            Condition::Not(inner) => (3, format!("not {}", inner.written(3))),
            Condition::And(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.written(3)).collect();
                (2, parts.join(" and "))
            }
            Condition::Or(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| part.written(2)).collect();
                (1, parts.join("\n  or "))
            }
            Condition::If(parts) => {
                let [when, then] = &**parts;
                // An else behind would belong to a choice that stands here.
                (0, format!("if {} then {}", when.written(0), then.written(1)))
            }
            Condition::IfElse(parts) => {
                let [when, then, otherwise] = &**parts;
                let (when, then) = (when.written(0), then.written(1));
                (0, format!("if {when} then {then} # why\n else {}", otherwise.written(0)))
            }
        };
        if own < wanted { format!("({text})") } else { text }
    }

    pub(crate) fn value(&self, row: &Row) -> u8 {
        let both = |a: Option<&str>, b: Option<&str>, of: fn(&str, &str) -> bool| {
            truth(a.zip(b).map(|(a, b)| of(a, b)))
        };
        match self {
            Condition::Flag => truth(row.flag),
            Condition::Is(value) => truth(Some(*value)),
            Condition::IsNull(field, not) => {
                let is_null = match field {
                    0 | 1 => row.numbers[*field].is_none(),
                    2 | 3 => row.texts[field - 2].is_none(),
                    4 | 5 => row.days[field - 4].is_none(),
                    _ => row.flag.is_none(),
                };
                truth(Some(is_null != *not))
            }
            Condition::Numbers(sign, a, b) => {
                truth(a.value(row).zip(b.value(row)).map(|(a, b)| ordered(sign, a, b)))
            }
            Condition::Texts(equal, a, b) => match equal {
                true => both(a.value(row), b.value(row), |a, b| a == b),
                false => both(a.value(row), b.value(row), |a, b| a != b),
            },
            Condition::Days(sign, day, second) => {
                truth(Day::Field(*second).value(row).map(|value| ordered(sign, value, *day)))
            }
            Condition::NumberIn(not, number, values) => truth(
                number
                    .value(row)
                    .map(|number| values.iter().any(|value| *value as f64 / 2.0 == number) != *not),
            ),
            Condition::TextIn(text, values) => {
                truth(text.value(row).map(|text| values.iter().any(|value| value == text)))
            }
            Condition::StartsWith(a, b) => {
                both(a.value(row), b.value(row), |a, b| a.starts_with(b))
            }
            Condition::Not(inner) => 2 - inner.value(row),
            Condition::And(parts) => parts.iter().map(|part| part.value(row)).min().unwrap_or(2),
            Condition::Or(parts) => parts.iter().map(|part| part.value(row)).max().unwrap_or(0),
            Condition::If(parts) => (2 - parts[0].value(row)).max(parts[1].value(row)),
            Condition::IfElse(parts) => {
                let [when, then, otherwise] = &**parts;
                let (when, a, b) = (when.value(row), then.value(row), otherwise.value(row));
                when.min(a).max((2 - when).min(b)).max(a.min(b))
            }
        }
    }
}
