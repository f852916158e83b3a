//! The constraints of a field, compiled. Whether a value keeps them is said in
//! [`crate::validate`].

use std::cmp::Ordering;

use serde_json::value::RawValue;

use super::constraint::Constraint;
use super::literal::{Choices, Literal, choices, with_value};
use super::misspelt::constraint_meant_by;
use super::properties::{Properties, read_raw};
use crate::display::{compact, shortened};
use crate::error::{Place, SchemaError};
use crate::pattern::Pattern;
use crate::types::{Bound, FieldType, TypeName};

/// The constraints of a field.
///
/// Whoever checks them takes the whole struct apart, without `..`: a new constraint does not
/// compile until each of these places has decided about it.
#[derive(Clone, Debug, Default)]
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
    pub(crate) enumeration: Option<Choices>,
    pub(crate) categories: Option<Choices>,
    /// Each constraint as the schema writes its value.
    pub(crate) written: Written,
}

/// The values of constraints as the schema writes them, by the constraint's name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Vec<(&'static str, String)>);

impl Written {
    /// The value of a constraint; nothing where the field has no such constraint.
    pub(crate) fn value_of(&self, constraint: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == constraint).map_or("", |(_, text)| text)
    }
}

impl Constraints {
    /// Compiles `constraints` and `categories` of a field.
    pub(crate) fn new(
        field: &Properties,
        name: &str,
        field_type: &FieldType,
    ) -> Result<Constraints, SchemaError> {
        let mut compiled =
            Constraints::of("constraints", field, name, field_type)?.unwrap_or_default();
        if let Some(raw) = field.get("categories") {
            compiled.add_categories(raw, name, field_type)?;
        }
        compiled.refuse_contradictions(name)?;
        Ok(compiled)
    }

    /// Compiles `warnings` of a field, an extension of the standard: the same constraints, which a
    /// value may break.
    pub(crate) fn warnings(
        field: &Properties,
        name: &str,
        field_type: &FieldType,
    ) -> Result<Option<Constraints>, SchemaError> {
        let compiled = Constraints::of("warnings", field, name, field_type)?;
        if compiled.as_ref().is_some_and(|compiled| compiled.unique) {
            return Err(Place::field(name, "warnings.unique").unsupported(
                "a value that was seen before cannot be a warning",
                "move it to the constraints, or take it away",
            ));
        }
        if let Some(compiled) = &compiled {
            compiled.refuse_contradictions(name)?;
        }
        Ok(compiled)
    }

    /// Compiles the object of constraints that a field has by the name `property`.
    fn of(
        property: &str,
        field: &Properties,
        name: &str,
        field_type: &FieldType,
    ) -> Result<Option<Constraints>, SchemaError> {
        let at = |constraint: &str| Place::field(name, &format!("{property}.{constraint}"));
        let Some(raw) = field.get(property).filter(|raw| raw.get() != "null") else {
            return Ok(None);
        };
        let given = Properties::of_object(raw, || Place::field(name, property), at)?;
        let mut compiled = Constraints::default();
        for (constraint, raw) in given.iter() {
            compiled.add(constraint, raw, &|| at(constraint), field_type)?;
        }
        Ok(Some(compiled))
    }

    fn add(
        &mut self,
        name: &str,
        raw: &RawValue,
        at: &dyn Fn() -> Place,
        field_type: &FieldType,
    ) -> Result<(), SchemaError> {
        let constraint = Constraint::of(name).ok_or_else(|| no_such_constraint(name, at()))?;
        if !constraint.applies_to(field_type) {
            return Err(at().invalid(
                format!("it does not apply to the type {}", field_type.name()),
                "take it away, or give the field the type that was meant",
            ));
        }
        let bound = || -> Result<Option<Bound>, SchemaError> {
            let bound = with_value(Literal::of(raw), field_type, Bound::of).flatten();
            bound.map(Some).ok_or_else(|| {
                at().invalid(
                    format!(
                        "{} cannot be read as a bound of the field's type {}",
                        shortened(raw.get().as_bytes()),
                        field_type.name()
                    ),
                    "write it as the cells of the field are written, in quotes, or as a JSON \
                     number for a number",
                )
            })
        };
        let length = || read_raw(raw, at, "a whole number from 0").map(Some);
        match constraint {
            Constraint::Required => self.required = read_raw(raw, at, "true or false")?,
            Constraint::Unique => self.unique = read_raw(raw, at, "true or false")?,
            Constraint::MinLength => self.min_length = length()?,
            Constraint::MaxLength => self.max_length = length()?,
            Constraint::Minimum => self.minimum = bound()?,
            Constraint::Maximum => self.maximum = bound()?,
            Constraint::ExclusiveMinimum => self.exclusive_minimum = bound()?,
            Constraint::ExclusiveMaximum => self.exclusive_maximum = bound()?,
            Constraint::Pattern => self.pattern = Some(pattern(raw, at)?),
            Constraint::Enum => self.enumeration = Some(choices(raw, at, field_type, false)?),
            Constraint::JsonSchema => {
                return Err(at().unsupported(
                    "JSON Schema is not supported",
                    "take it away and check these values elsewhere",
                ));
            }
        }
        self.written.0.push((constraint.as_str(), compact(raw.get())));
        Ok(())
    }

    fn add_categories(
        &mut self,
        raw: &RawValue,
        field: &str,
        field_type: &FieldType,
    ) -> Result<(), SchemaError> {
        let at = || Place::field(field, "categories");
        if !matches!(field_type.type_name(), TypeName::String | TypeName::Integer) {
            return Err(at().invalid(
                format!("it does not apply to the type {}", field_type.name()),
                "only strings and integers have categories: use the constraint enum",
            ));
        }
        self.categories = Some(choices(raw, &at, field_type, true)?);
        self.written.0.push(("categories", compact(raw.get())));
        Ok(())
    }

    /// Refuses constraints that contradict each other so that no value could keep them.
    fn refuse_contradictions(&self, field: &str) -> Result<(), SchemaError> {
        if let (Some(min), Some(max)) = (self.min_length, self.max_length)
            && min > max
        {
            return Err(Place::constraint(field, "minLength").invalid(
                format!("it is above the maxLength of {max}"),
                "no value could keep both: change one",
            ));
        }
        let least = [
            (&self.minimum, "minimum", true),
            (&self.exclusive_minimum, "exclusiveMinimum", false),
        ];
        let most = [
            (&self.maximum, "maximum", true),
            (&self.exclusive_maximum, "exclusiveMaximum", false),
        ];
        for (least, name, with_least) in least {
            for (most, other, with_most) in most {
                let (Some(least), Some(most)) = (least, most) else { continue };
                let is_possible = match least.value().partial_cmp(most) {
                    Some(Ordering::Less) | None => true,
                    Some(Ordering::Equal) => with_least && with_most,
                    Some(Ordering::Greater) => false,
                };
                if !is_possible {
                    return Err(Place::constraint(field, name).invalid(
                        format!("no value is within it and the {other}"),
                        "every record would be rejected: change one of them",
                    ));
                }
            }
        }
        if let (Some(choice), Some(categories)) = (&self.enumeration, &self.categories)
            && !choice.values.iter().all(|value| categories.contains(value))
        {
            return Err(Place::constraint(field, "enum").invalid(
                "it has a value that is not a category of the field",
                "let it be a subset of the categories",
            ));
        }
        Ok(())
    }
}

fn no_such_constraint(name: &str, at: Place) -> SchemaError {
    let meant = constraint_meant_by(name)
        .map(|name| format!("did you mean \"{name}\"? "))
        .unwrap_or_default();
    let names: Vec<&str> = Constraint::names().collect();
    at.invalid(
        "there is no such constraint",
        format!(
            "{meant}it is one of {}; custom properties stand beside \"constraints\"",
            names.join(", ")
        ),
    )
}

fn pattern(raw: &RawValue, at: &dyn Fn() -> Place) -> Result<Pattern, SchemaError> {
    let pattern: String = read_raw(raw, at, "a string")?;
    Pattern::new(&pattern).map_err(|problem| {
        at().unsupported(
            format!("{} cannot be used: {problem}", shortened(pattern.as_bytes())),
            "write it in XML Schema's regular expressions",
        )
    })
}
