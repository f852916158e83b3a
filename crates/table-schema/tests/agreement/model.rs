//! What a validator has to say of a row, written slowly and obviously: strings, digit vectors and
//! regular expressions, straight from the standard's text and without the crate's code.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::calendar::{Clock, instant};
use crate::decimal::Decimal;
use crate::expression::{captures, is};
use crate::identifiers::is_identifier;
use crate::moments::{YEAR, ZONE, duration, strptime, xsd};
use crate::numbers::number;
use crate::typed::{Typed, string};

/// A reason: its kind, the field, and the constraint where one is broken.
pub(crate) type Finding = (&'static str, Option<u16>, Option<&'static str>);

/// The members of a JSON object as they are written.
struct Members(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn point(field: &Value, cell: &str) -> Option<Typed> {
    let (longitude, latitude) = match string(field, "format", "default") {
        "default" => {
            let (a, b) = cell.split_once(',')?;
            let strip =
                |text: &str| text.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned();
            (strip(a), strip(b))
        }
        "array" => {
            let Value::Array(items) = serde_json::from_str(cell).ok()? else { return None };
            let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            let [a, b] = items.as_slice() else { return None };
            (text(a), text(b))
        }
        _ => {
            let Members(members) = serde_json::from_str(cell).ok()?;
            let member = |name: &str| {
                members.iter().find(|(key, _)| key == name).map(|(_, value)| value.to_string())
            };
            // A name that stands twice is one member too many.
            if members.len() != 2 {
                return None;
            }
            (member("lon")?, member("lat")?)
        }
    };
    let within = |text: &str, limit: &str| match number(&Value::Null, text, false)? {
        Typed::Number(value) => {
            let absolute = Decimal { negative: false, ..value.clone() };
            (absolute.order(&Decimal::new(limit)) != Ordering::Greater).then_some(value)
        }
        _ => None,
    };
    Some(Typed::Point(within(&longitude, "180")?, within(&latitude, "90")?))
}

/// Taken apart by the expression of RFC 3986, appendix B.
fn is_uri(cell: &str) -> bool {
    let Some(parts) = captures(r"([^:/?#]+):(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(?s:.*))?", cell)
    else {
        return false;
    };
    let part = |index| parts.get(index).map_or("", |part| part.as_str());
    let characters =
        |more: &str| format!("(?:[A-Za-z0-9._~!$&'()*+,;={more}-]|%[0-9A-Fa-f]{{2}})*");
    let (user, host) = (characters(":"), characters(""));
    is("[A-Za-z][A-Za-z0-9+.-]*", part(1))
        && is(&format!("(?:{user}@)?{host}(?::[0-9]*)?"), part(3))
        && is(&characters(":@/"), part(4))
        && is(&characters(":@/?"), part(6))
        && is(&format!("#{}|", characters(":@/?")), part(7))
}

/// The value of a cell; `None` where it is not of the field's type.
pub(crate) fn typed(field: &Value, cell: &str) -> Option<Typed> {
    let format = string(field, "format", "default");
    match string(field, "type", "string") {
        "any" => Some(Typed::Text(cell.to_owned())),
        "string" => {
            let good = match format {
                "uuid" => is("(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", cell),
                "binary" => {
                    is("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", cell)
                }
                "email" => is(
                    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*",
                    cell,
                ),
                "uri" => is_uri(cell),
                _ => match string(field, "identifier", "") {
                    "" => true,
                    kind => is_identifier(kind, cell),
                },
            };
            good.then(|| Typed::Text(cell.to_owned()))
        }
        "integer" => number(field, cell, true),
        "number" => number(field, cell, false),
        "boolean" => {
            let holds = |property: &str, default: [&str; 4]| match &field[property] {
                Value::Array(values) => values.iter().any(|value| value == cell),
                _ => default.contains(&cell),
            };
            if holds("trueValues", ["true", "True", "TRUE", "1"]) {
                Some(Typed::Boolean(true))
            } else {
                holds("falseValues", ["false", "False", "FALSE", "0"])
                    .then_some(Typed::Boolean(false))
            }
        }
        kind @ ("date" | "time" | "datetime") if format != "default" => {
            strptime(kind, format, cell)
        }
        "date" => xsd("(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})", cell),
        "time" => xsd(
            &format!(
                r"(?<hour>[0-9]{{2}}):(?<minute>[0-9]{{2}}):(?<second>[0-9]{{2}})(?:\.(?<fraction>[0-9]+))?{ZONE}"
            ),
            cell,
        ),
        "datetime" => xsd(
            &format!(
                r"{YEAR}-(?<month>[0-9]{{2}})-(?<day>[0-9]{{2}})T(?<hour>[0-9]{{2}}):(?<minute>[0-9]{{2}}):(?<second>[0-9]{{2}})(?:\.(?<fraction>[0-9]+))?{ZONE}"
            ),
            cell,
        ),
        "year" => xsd(&format!("{YEAR}{ZONE}"), cell),
        "yearmonth" => xsd(&format!("{YEAR}-(?<month>[0-9]{{2}}){ZONE}"), cell),
        "duration" => duration(cell),
        "object" => serde_json::from_str::<Map<String, Value>>(cell)
            .ok()
            .map(|map| Typed::Json(Value::Object(map))),
        "array" => serde_json::from_str::<Vec<Value>>(cell)
            .ok()
            .map(|items| Typed::Json(Value::Array(items))),
        "geopoint" => point(field, cell),
        "list" => {
            let item = serde_json::json!({"type": string(field, "itemType", "string")});
            let items = cell.split(string(field, "delimiter", ","));
            items.map(|text| typed(&item, text)).collect::<Option<Vec<Typed>>>().map(Typed::List)
        }
        other => panic!("the model has no type {other}"),
    }
}

/// Whether two values of one field are equal.
pub(crate) fn equal(a: &Typed, b: &Typed) -> bool {
    match (a, b) {
        (Typed::Json(a), Typed::Json(b)) => same_json(a, b),
        (Typed::List(a), Typed::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        _ => a == b,
    }
}

fn same_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            Decimal::new(&a.to_string()) == Decimal::new(&b.to_string())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same_json(a, b)))
        }
        _ => a == b,
    }
}

fn length(value: &Typed) -> usize {
    match value {
        Typed::Text(text) => text.chars().count(),
        Typed::Json(Value::Array(items)) => items.len(),
        Typed::Json(Value::Object(members)) => members.len(),
        Typed::List(items) => items.len(),
        other => panic!("{other:?} has no length"),
    }
}

fn order(a: &Typed, b: &Typed) -> Option<Ordering> {
    match (a, b) {
        (Typed::Number(a), Typed::Number(b)) => Some(a.order(b)),
        (Typed::Special("nan"), _) | (_, Typed::Special("nan")) => None,
        (Typed::Special(a), Typed::Special(b)) => Some(b.len().cmp(&a.len())),
        (Typed::Special(a), _) => {
            Some(if *a == "inf" { Ordering::Greater } else { Ordering::Less })
        }
        (_, Typed::Special(b)) => {
            Some(if *b == "inf" { Ordering::Less } else { Ordering::Greater })
        }
        (Typed::Moment(a, local), Typed::Moment(b, other)) if local == other => Some(a.cmp(b)),
        (Typed::Moment(a, _), Typed::Moment(b, _)) => {
            let zone = 14 * 3600 * 10_i128.pow(18);
            if a + zone < *b {
                Some(Ordering::Less)
            } else if a - zone > *b {
                Some(Ordering::Greater)
            } else {
                None
            }
        }
        (Typed::Duration(m, s), Typed::Duration(n, t)) => {
            let start = |(year, month): (i128, i128), months: i128, atto: i128| {
                let total = year * 12 + month - 1 + months;
                let midnight = Clock { hour: 0, minute: 0, second: 0 };
                instant(total.div_euclid(12), total.rem_euclid(12) + 1, 1, &midnight)
                    * 10_i128.pow(18)
                    + atto
            };
            let orders = [(1696, 9), (1697, 2), (1903, 3), (1903, 7)]
                .map(|at| start(at, *m, *s).cmp(&start(at, *n, *t)));
            orders.iter().all(|order| *order == orders[0]).then_some(orders[0])
        }
        other => panic!("no order of {other:?}"),
    }
}

/// A value that the schema states.
fn stated(field: &Value, value: &Value) -> Typed {
    let found = match value {
        Value::String(text) => typed(field, text),
        Value::Number(number) if field["type"] == "year" => typed(field, &number.to_string()),
        Value::Number(number) => Some(Typed::Number(Decimal::new(&number.to_string()))),
        Value::Bool(value) => Some(Typed::Boolean(*value)),
        other => typed(field, &other.to_string()),
    };
    found.unwrap_or_else(|| panic!("{value} is no value of {field}"))
}

fn is_missing(schema: &Value, field: &Value, cell: &[u8]) -> bool {
    match [&field["missingValues"], &schema["missingValues"]].into_iter().find_map(Value::as_array)
    {
        None => cell.is_empty(),
        Some(values) => values.iter().any(|value| {
            let text = value["value"].as_str().or(value.as_str());
            text.is_some_and(|text| text.as_bytes() == cell)
        }),
    }
}

/// The value of a cell of the field at `index`; `None` where it is missing or not of its type.
pub(crate) fn value(schema: &Value, index: usize, cell: &[u8]) -> Option<Typed> {
    let field = &schema["fields"][index];
    if is_missing(schema, field, cell) {
        return None;
    }
    typed(field, std::str::from_utf8(cell).ok()?)
}

/// All that is wrong with one cell.
fn judge(schema: &Value, index: usize, cell: &[u8], findings: &mut Vec<Finding>) {
    let field = &schema["fields"][index];
    let constraints = &field["constraints"];
    let at = Some(index as u16);
    if is_missing(schema, field, cell) {
        if constraints["required"] == Value::Bool(true) {
            findings.push(("constraint-error", at, Some("required")));
        }
        if schema["primaryKey"].as_array().is_some_and(|names| names.contains(&field["name"])) {
            findings.push(("primary-key", at, None));
        }
        return;
    }
    let Some(value) = std::str::from_utf8(cell).ok().and_then(|cell| typed(field, cell)) else {
        findings.push(("type-error", at, None));
        return;
    };
    let mut demand = |name: &'static str, kept: &dyn Fn(&Value) -> bool| {
        let stated = &constraints[name];
        if !stated.is_null() && !kept(stated) {
            findings.push(("constraint-error", at, Some(name)));
        }
    };
    let against = |stated_value: &Value| order(&value, &stated(field, stated_value));
    demand("minLength", &|least| length(&value) as u64 >= least.as_u64().unwrap());
    demand("maxLength", &|most| length(&value) as u64 <= most.as_u64().unwrap());
    demand("minimum", &|bound| against(bound).is_some_and(Ordering::is_ge));
    demand("maximum", &|bound| against(bound).is_some_and(Ordering::is_le));
    demand("exclusiveMinimum", &|bound| against(bound).is_some_and(Ordering::is_gt));
    demand("exclusiveMaximum", &|bound| against(bound).is_some_and(Ordering::is_lt));
    demand("pattern", &|pattern| match &value {
        Typed::Text(text) => is(pattern.as_str().unwrap(), text),
        other => panic!("a pattern on {other:?}"),
    });
    demand("enum", &|values| {
        values.as_array().unwrap().iter().any(|known| equal(&stated(field, known), &value))
    });
    if let Value::Array(categories) = &field["categories"] {
        let known = |category: &Value| {
            equal(
                &stated(field, if category.is_object() { &category["value"] } else { category }),
                &value,
            )
        };
        if !categories.iter().any(known) {
            findings.push(("constraint-error", at, Some("categories")));
        }
    }
}

/// All that is wrong with a row of a file whose columns are the fields.
pub(crate) fn findings(schema: &Value, cells: &[&[u8]]) -> Vec<Finding> {
    let count = schema["fields"].as_array().unwrap().len();
    if cells.is_empty() || (cells.len() == 1 && cells[0].is_empty() && count > 1) {
        return vec![("blank-row", None, None)];
    }
    let mut findings = Vec::new();
    for index in 0..count {
        match cells.get(index) {
            Some(cell) => judge(schema, index, cell, &mut findings),
            None => findings.push(("missing-cell", Some(index as u16), None)),
        }
    }
    if cells.len() > count {
        findings.push(("extra-cell", None, None));
    }
    findings
}
