//! The constraints of a field, and whether a value keeps them.

use std::cmp::Ordering;

use serde_json::value::RawValue;

use crate::byte_set::ByteSet;
use crate::descriptor::{Literal, Properties, read_raw};
use crate::error::{Place, SchemaError};
use crate::kind::{Bound, Kind, Value};
use crate::misspelt::constraint_meant_by;
use crate::number::{Number, NumberFormat};
use crate::pattern::Pattern;
use crate::shown::{compact, shortened};
use crate::verdict::Rule;

/// Every constraint that the standard has.
pub(crate) const NAMES: [&str; 11] = [
    "required",
    "unique",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "pattern",
    "enum",
    "jsonSchema",
];

/// The constraints of a field.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    pub(crate) required: bool,
    pub(crate) unique: bool,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) minimum: Option<Bound>,
    pub(crate) maximum: Option<Bound>,
    pub(crate) exclusive_minimum: Option<Bound>,
    pub(crate) exclusive_maximum: Option<Bound>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) enumeration: Option<Choice>,
    pub(crate) categories: Option<Choice>,
    /// Each constraint as the schema writes its value.
    shown: Vec<(&'static str, String)>,
}

/// The canonical forms of the values that a field may have.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) values: Vec<Vec<u8>>,
    set: ByteSet,
}

impl Choice {
    fn new(values: Vec<Vec<u8>>) -> Choice {
        Choice { set: ByteSet::new(values.iter().map(Vec::as_slice)), values }
    }

    fn contains(&self, canonical: &[u8]) -> bool {
        self.set.contains(canonical)
    }
}

impl Constraints {
    /// Compiles `constraints` and `categories` of a field.
    pub(crate) fn new(
        field: &Properties,
        name: &str,
        kind: &Kind,
    ) -> Result<Constraints, SchemaError> {
        let given = match field.get("constraints") {
            Some(raw) if raw.get() != "null" => Properties::of_object(
                raw,
                || Place::field(name, "constraints"),
                |constraint| Place::constraint(name, constraint),
            )?,
            _ => Properties::default(),
        };
        let mut compiled = Constraints::default();
        for (constraint, raw) in given.iter() {
            compiled.add(constraint, raw, name, kind)?;
        }
        if let Some(raw) = field.get("categories") {
            compiled.add_categories(raw, name, kind)?;
        }
        compiled.agree(name)?;
        Ok(compiled)
    }

    fn add(
        &mut self,
        constraint: &str,
        raw: &RawValue,
        field: &str,
        kind: &Kind,
    ) -> Result<(), SchemaError> {
        let at = || Place::constraint(field, constraint);
        let Some(&constraint) = NAMES.iter().find(|known| **known == constraint) else {
            let meant = constraint_meant_by(constraint)
                .map(|name| format!("did you mean \"{name}\"? "))
                .unwrap_or_default();
            return Err(at().invalid(
                "there is no such constraint",
                format!(
                    "{meant}it is one of {}; custom properties stand beside \"constraints\"",
                    NAMES.join(", ")
                ),
            ));
        };
        let applies = match constraint {
            "required" | "unique" | "enum" => true,
            "minLength" | "maxLength" => kind.has_length(),
            "pattern" => matches!(kind, Kind::Text(_)),
            "jsonSchema" => matches!(kind, Kind::Object | Kind::Array),
            _ => kind.is_ordered(),
        };
        if !applies {
            return Err(at().invalid(
                format!("it does not apply to the type {}", kind.name()),
                "take it away, or give the field the type that was meant",
            ));
        }
        let bound = || -> Result<Option<Bound>, SchemaError> {
            let bound = with_value(Literal::of(raw), kind, Bound::of).flatten();
            bound.map(Some).ok_or_else(|| {
                at().invalid(
                    format!(
                        "{} cannot be read as a bound of the field's type {}",
                        shortened(raw.get().as_bytes()),
                        kind.name()
                    ),
                    "write it as the cells of the field are written, in quotes, or as a JSON \
                     number for a number",
                )
            })
        };
        match constraint {
            "required" => self.required = read_raw(raw, at, "true or false")?,
            "unique" => self.unique = read_raw(raw, at, "true or false")?,
            "minLength" => self.min_length = Some(read_raw(raw, at, "a whole number from 0")?),
            "maxLength" => self.max_length = Some(read_raw(raw, at, "a whole number from 0")?),
            "minimum" => self.minimum = bound()?,
            "maximum" => self.maximum = bound()?,
            "exclusiveMinimum" => self.exclusive_minimum = bound()?,
            "exclusiveMaximum" => self.exclusive_maximum = bound()?,
            "pattern" => {
                let pattern: String = read_raw(raw, at, "a string")?;
                self.pattern = Some(Pattern::new(&pattern).map_err(|problem| {
                    at().unsupported(
                        format!("{} cannot be used: {problem}", shortened(pattern.as_bytes())),
                        "write it in XML Schema's regular expressions",
                    )
                })?);
            }
            "enum" => self.enumeration = Some(choice(raw, &at, kind, false)?),
            _ => {
                return Err(at().unsupported(
                    "JSON Schema is not supported",
                    "take it away and check these values elsewhere",
                ));
            }
        }
        self.shown.push((constraint, compact(raw.get())));
        Ok(())
    }

    fn add_categories(
        &mut self,
        raw: &RawValue,
        field: &str,
        kind: &Kind,
    ) -> Result<(), SchemaError> {
        let at = || Place::field(field, "categories");
        if !matches!(kind, Kind::Text(_) | Kind::Number(NumberFormat { integer: true, .. })) {
            return Err(at().invalid(
                format!("it does not apply to the type {}", kind.name()),
                "only strings and integers have categories: use the constraint enum",
            ));
        }
        self.categories = Some(choice(raw, &at, kind, true)?);
        self.shown.push(("categories", compact(raw.get())));
        Ok(())
    }

    /// Refuses constraints that contradict each other so that no value could keep them.
    fn agree(&self, field: &str) -> Result<(), SchemaError> {
        if let (Some(min), Some(max)) = (self.min_length, self.max_length)
            && min > max
        {
            return Err(Place::constraint(field, "minLength").invalid(
                format!("it is above the maxLength of {max}"),
                "no value could keep both: change one",
            ));
        }
        if let (Some(choice), Some(categories)) = (&self.enumeration, &self.categories)
            && !choice.values.iter().all(|value| categories.contains(value))
        {
            return Err(Place::constraint(field, "enum").invalid(
                "it has a value that is no category of the field",
                "let it be a subset of the categories",
            ));
        }
        Ok(())
    }

    /// Calls `broken` with each constraint that a value of the field's type does not keep, in the
    /// standard's order. `scratch` is for the canonical form of the value.
    pub(crate) fn check(
        &self,
        value: &Value<'_>,
        scratch: &mut Vec<u8>,
        mut broken: impl FnMut(Rule),
    ) {
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = value.length().unwrap_or(0);
            if self.min_length.is_some_and(|min| length < min) {
                broken(Rule::MinLength);
            }
            if self.max_length.is_some_and(|max| length > max) {
                broken(Rule::MaxLength);
            }
        }
        // What cannot be compared (NaN, or a month with 30 days) is not within a bound.
        let mut bounded = |bound: &Option<Bound>, rule, within: fn(Ordering) -> bool| {
            if let Some(bound) = bound
                && !value.partial_cmp(bound).is_some_and(within)
            {
                broken(rule);
            }
        };
        bounded(&self.minimum, Rule::Minimum, Ordering::is_ge);
        bounded(&self.maximum, Rule::Maximum, Ordering::is_le);
        bounded(&self.exclusive_minimum, Rule::ExclusiveMinimum, Ordering::is_gt);
        bounded(&self.exclusive_maximum, Rule::ExclusiveMaximum, Ordering::is_lt);
        if let (Some(pattern), Value::Text(text)) = (&self.pattern, value)
            && !pattern.matches(text)
        {
            broken(Rule::Pattern);
        }
        for (choice, rule) in
            [(&self.enumeration, Rule::Enum), (&self.categories, Rule::Categories)]
        {
            let Some(choice) = choice else {
                continue;
            };
            let known = match value {
                Value::Text(text) => choice.contains(text),
                _ => {
                    scratch.clear();
                    value.canonical(scratch);
                    choice.contains(scratch)
                }
            };
            if !known {
                broken(rule);
            }
        }
    }

    /// The value of a constraint as the schema writes it.
    pub(crate) fn shown(&self, constraint: &str) -> &str {
        self.shown.iter().find(|(name, _)| *name == constraint).map_or("", |(_, text)| text)
    }
}

/// The property `enum`, or (`labelled`) `categories`.
fn choice(
    raw: &RawValue,
    at: &dyn Fn() -> Place,
    kind: &Kind,
    labelled: bool,
) -> Result<Choice, SchemaError> {
    let entries: Vec<Box<RawValue>> = read_raw(raw, at, "an array of values")?;
    if entries.is_empty() {
        return Err(at().invalid("it is empty", "give at least one value, or take it away"));
    }
    let mut values = Vec::with_capacity(entries.len());
    for entry in entries {
        let described: Option<Properties> = match Literal::of(&entry) {
            Literal::Compound(text) if labelled && text.starts_with('{') => {
                Some(Properties::of_object(&entry, at, |_| at())?)
            }
            _ => None,
        };
        let value = match &described {
            Some(object) => object.get("value").ok_or_else(|| {
                at().invalid("an object has no value", "give each object a \"value\"")
            })?,
            None => &*entry,
        };
        let form = with_value(Literal::of(value), kind, |value| {
            let mut form = Vec::new();
            value.canonical(&mut form);
            form
        });
        values.push(form.ok_or_else(|| {
            at().invalid(
                format!(
                    "{} is no value of the field's type {}",
                    shortened(value.get().as_bytes()),
                    kind.name()
                ),
                "write it as the cells of the field are written, in quotes; a missing value is \
                 never compared",
            )
        })?);
    }
    Ok(Choice::new(values))
}

/// Calls `read` with the value that a literal in the schema stands for: a string is read as a
/// cell of the field is, other JSON values only by the types that they are values of.
fn with_value<R>(
    literal: Literal<'_>,
    kind: &Kind,
    read: impl FnOnce(Value<'_>) -> R,
) -> Option<R> {
    match (literal, kind) {
        (Literal::Text(text), _) => kind.parse(text.as_bytes()).map(read),
        (Literal::Number(text), Kind::Number(format)) => {
            let number = NumberFormat::plain(false).parse(text.as_bytes())?;
            match &number {
                Number::Finite(decimal) if format.integer && !decimal.is_integer() => None,
                _ => Some(read(Value::Number(number))),
            }
        }
        // `any` has no type of its own: the value is what a cell says.
        (Literal::Number(text), Kind::Any) => kind.parse(text.as_bytes()).map(read),
        (Literal::Boolean(value), Kind::Any) => {
            Some(read(Value::Text(if value { b"true" } else { b"false" })))
        }
        (Literal::Number(text), Kind::Year) => kind.parse(text.as_bytes()).map(read),
        (Literal::Boolean(value), Kind::Boolean { .. }) => Some(read(Value::Boolean(value))),
        (
            Literal::Compound(text),
            Kind::Object | Kind::Array | Kind::Geojson | Kind::Geopoint(_),
        ) => kind.parse(text.as_bytes()).map(read),
        _ => None,
    }
}
