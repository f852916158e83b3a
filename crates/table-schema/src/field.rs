//! One field of a schema: its name, its type, its missing values and its constraints.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::byte_set::ByteSet;
use crate::constraints::Constraints;
use crate::descriptor::{Properties, read_raw};
use crate::error::{Place, SchemaError};
use crate::kind::{Bound, Form, Kind, List, PointFormat, Value};
use crate::moment::Strptime;
use crate::number::NumberFormat;
use crate::schema::Version;
use crate::shown::shortened;
use crate::text::TextFormat;
use crate::verdict::Rule;

/// A field of a schema.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The type and format as messages name them.
    pub(crate) shown_type: String,
    pub(crate) missing: Missing,
    pub(crate) constraints: Constraints,
}

/// Which cells are no value.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    empty: bool,
    others: Option<ByteSet>,
}

impl Missing {
    /// The default of the standard: the empty cell.
    pub(crate) fn empty_cell() -> Missing {
        Missing { empty: true, others: None }
    }

    /// The property `missingValues`: strings, or objects with a `value` and perhaps a `label`.
    pub(crate) fn read(raw: &RawValue, at: impl Fn() -> Place) -> Result<Missing, SchemaError> {
        let what = "an array of strings or of objects with a value";
        let mut values: Vec<String> = Vec::new();
        for entry in read_raw::<Vec<Box<RawValue>>>(raw, &at, what)? {
            let value = if entry.get().starts_with('{') {
                let entry = Properties::of_object(&entry, &at, |_| at())?;
                let _: Option<String> = entry.read("label", &at, "a label that is a string")?;
                entry.read("value", &at, "a value that is a string")?.ok_or_else(|| {
                    at().invalid(
                        "an object has no value",
                        "give each object a \"value\" that is a string",
                    )
                })?
            } else {
                read_raw(&entry, &at, what)?
            };
            if values.contains(&value) {
                return Err(at().invalid(
                    format!("\"{value}\" is there twice"),
                    "give each missing value once",
                ));
            }
            values.push(value);
        }
        let others = ByteSet::new(values.iter().filter(|v| !v.is_empty()).map(String::as_bytes));
        Ok(Missing {
            empty: values.iter().any(String::is_empty),
            others: (others.len() > 0).then_some(others),
        })
    }

    /// The missing values but the empty cell.
    pub(crate) fn others(&self) -> Option<&ByteSet> {
        self.others.as_ref()
    }

    #[inline]
    pub(crate) fn contains(&self, cell: &[u8]) -> bool {
        if cell.is_empty() {
            self.empty
        } else {
            self.others.as_ref().is_some_and(|others| others.contains(cell))
        }
    }
}

impl Field {
    /// Whether the value of a cell cannot be compared with the bound of this rule, since one has a
    /// time zone and the other has none.
    pub(crate) fn is_of_unknown_zone(&self, cell: &[u8], rule: Rule) -> bool {
        let bound = match rule {
            Rule::Minimum => &self.constraints.minimum,
            Rule::Maximum => &self.constraints.maximum,
            Rule::ExclusiveMinimum => &self.constraints.exclusive_minimum,
            _ => &self.constraints.exclusive_maximum,
        };
        match (self.kind.parse(cell), bound) {
            (Some(Value::Moment(value)), Some(Bound::Moment(bound))) => {
                value.partial_cmp(bound).is_none()
            }
            _ => false,
        }
    }

    /// Compiles the field at `index` (from 0) of a schema.
    pub(crate) fn new(
        properties: &Properties,
        index: usize,
        version: Version,
        default_missing: &Missing,
    ) -> Result<Field, SchemaError> {
        let numbered = format!("#{}", index + 1);
        let name: String = properties
            .read("name", || Place::field(&numbered, "name"), "a string")?
            .ok_or_else(|| {
                Place::field(&numbered, "name").invalid("there is none", "give every field a name")
            })?;
        let at = |property: &str| Place::field(&name, property);
        for constraint in crate::constraints::NAMES {
            if properties.get(constraint).is_some() {
                return Err(at(constraint).invalid(
                    "it is a constraint and stands beside \"constraints\"",
                    format!("move it to \"constraints\": {{\"{constraint}\": ...}}"),
                ));
            }
        }
        let kind = kind(properties, &name, version)?;
        let missing = match properties.get("missingValues") {
            Some(raw) => Missing::read(raw, || at("missingValues"))?,
            None => default_missing.clone(),
        };
        let format: Option<String> = properties.read("format", || at("format"), "a string")?;
        let shown_type = match format.as_deref() {
            None | Some("default") => kind.name().to_owned(),
            Some(format) => format!("{}/{}", kind.name(), format.trim_start_matches("fmt:")),
        };
        let constraints = Constraints::new(properties, &name, &kind)?;
        Ok(Field { name, kind, shown_type, missing, constraints })
    }
}

fn kind(properties: &Properties, name: &str, version: Version) -> Result<Kind, SchemaError> {
    let at = |property: &str| Place::field(name, property);
    let given: Option<String> = properties.read("type", || at("type"), "a string")?;
    let format: Option<String> = properties.read("format", || at("format"), "a string")?;
    let format =
        format.as_deref().map_or("default", |format| format.strip_prefix("fmt:").unwrap_or(format));
    let kind = match given.as_deref().unwrap_or(version.default_type()) {
        "string" => {
            let format = TextFormat::of(format).ok_or_else(|| {
                at("format").unsupported(
                    format!("{} is no format of a string", shortened(format.as_bytes())),
                    "use default, email, uri, binary or uuid, and a pattern constraint for other \
                     forms",
                )
            })?;
            return Ok(Kind::Text(format));
        }
        "date" => return Ok(Kind::Date(form(format, Form::Default, &at)?)),
        "time" => return Ok(Kind::Time(form(format, version.default_time(), &at)?)),
        "datetime" => return Ok(Kind::Datetime(form(format, Form::Default, &at)?)),
        "geopoint" => {
            let format = match format {
                "default" => PointFormat::Default,
                "array" => PointFormat::Array,
                "object" => PointFormat::Object,
                _ => {
                    return Err(at("format").invalid(
                        format!("{} is no format of a geopoint", shortened(format.as_bytes())),
                        "use default, array or object",
                    ));
                }
            };
            return Ok(Kind::Geopoint(format));
        }
        "geojson" if format == "topojson" => {
            return Err(at("format").unsupported(
                "TopoJSON is not supported",
                "use the type object, which checks that it is a JSON object",
            ));
        }
        // Version 1: any type or format is accepted.
        "any" => return Ok(Kind::Any),
        "integer" => Kind::Number(number_format(properties, name, true)?),
        "number" => Kind::Number(number_format(properties, name, false)?),
        "boolean" => boolean(properties, name)?,
        "year" => Kind::Year,
        "yearmonth" => Kind::YearMonth,
        "duration" => Kind::Duration,
        "object" => Kind::Object,
        "array" => Kind::Array,
        "geojson" => Kind::Geojson,
        "list" => Kind::List(list(properties, name, version)?),
        other => {
            return Err(at("type").invalid(
                format!("{} is no type", shortened(other.as_bytes())),
                "use string, integer, number, boolean, date, time, datetime, year, yearmonth, \
                 duration, object, array, list, geopoint, geojson or any",
            ));
        }
    };
    if format != "default" {
        return Err(at("format").invalid(
            format!("{} is no format of the type {}", shortened(format.as_bytes()), kind.name()),
            "leave it out: this type has only the default format",
        ));
    }
    Ok(kind)
}

fn form(format: &str, default: Form, at: &dyn Fn(&str) -> Place) -> Result<Form, SchemaError> {
    match format {
        "default" => Ok(default),
        "any" => Ok(Form::Any),
        pattern => Strptime::new(pattern).map(Form::Pattern).map_err(|problem| {
            at("format").invalid(
                format!(
                    "{} is no usable strptime pattern: {problem}",
                    shortened(pattern.as_bytes())
                ),
                "use default, any, or a pattern such as %d/%m/%Y of the directives Y y m d j H I \
                 M S f p b B a A z Z",
            )
        }),
    }
}

fn number_format(
    properties: &Properties,
    name: &str,
    integer: bool,
) -> Result<NumberFormat, SchemaError> {
    let at = |property: &str| Place::field(name, property);
    let separator = |property: &str| -> Result<Option<Box<[u8]>>, SchemaError> {
        let Some(text) = properties.read::<String>(property, || at(property), "a string")? else {
            return Ok(None);
        };
        // A letter would be read as an exponent, a sign as the number's own.
        if text.is_empty()
            || text.chars().any(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'))
        {
            return Err(at(property).invalid(
                format!("\"{}\" cannot stand between digits", shortened(text.as_bytes())),
                "give a character that is no letter, digit or sign, or leave it out",
            ));
        }
        Ok(Some(text.into_bytes().into()))
    };
    let group_char = separator("groupChar")?;
    let decimal_char = match separator("decimalChar")? {
        Some(decimal) if !integer => Cow::Owned(decimal.into()),
        Some(_) => {
            return Err(at("decimalChar")
                .invalid("an integer has no decimal character", "use the type number"));
        }
        None => Cow::Borrowed(&b"."[..]),
    };
    if let Some(group) = &group_char
        && !integer
        && (group.starts_with(&decimal_char) || decimal_char.starts_with(group))
    {
        return Err(at("groupChar").invalid(
            "it is the same as the decimal character",
            "give a groupChar and a decimalChar that differ",
        ));
    }
    let bare = properties.read("bareNumber", || at("bareNumber"), "true or false")?.unwrap_or(true);
    let strict_groups =
        properties.read("strictGroups", || at("strictGroups"), "true or false")?.unwrap_or(false);
    if strict_groups && group_char.is_none() {
        return Err(at("strictGroups")
            .invalid("there is no groupChar", "give the groupChar, or leave it out"));
    }
    Ok(NumberFormat { integer, bare, decimal_char, group_char, strict_groups })
}

fn boolean(properties: &Properties, name: &str) -> Result<Kind, SchemaError> {
    let values = |property: &str, default: [&str; 4]| -> Result<Vec<String>, SchemaError> {
        let given =
            properties.read(property, || Place::field(name, property), "an array of strings")?;
        Ok(given.unwrap_or_else(|| default.map(str::to_owned).to_vec()))
    };
    let yes = values("trueValues", ["true", "True", "TRUE", "1"])?;
    let no = values("falseValues", ["false", "False", "FALSE", "0"])?;
    if let Some(both) = yes.iter().find(|value| no.contains(value)) {
        return Err(Place::field(name, "trueValues").invalid(
            format!("\"{}\" is a true value and a false value", shortened(both.as_bytes())),
            "let it stand in one of trueValues and falseValues",
        ));
    }
    let set = |values: &[String]| ByteSet::new(values.iter().map(String::as_bytes));
    Ok(Kind::Boolean { yes: set(&yes), no: set(&no) })
}

fn list(properties: &Properties, name: &str, version: Version) -> Result<List, SchemaError> {
    let at = |property: &str| Place::field(name, property);
    let delimiter: String = properties
        .read("delimiter", || at("delimiter"), "a string")?
        .unwrap_or_else(|| ",".to_owned());
    if delimiter.is_empty() {
        return Err(at("delimiter").invalid(
            "it is empty",
            "give the text that stands between the items, or leave it out",
        ));
    }
    let item: String = properties
        .read("itemType", || at("itemType"), "a string")?
        .unwrap_or_else(|| "string".to_owned());
    let item = match item.as_str() {
        "string" => Kind::Text(TextFormat::Default),
        "integer" => Kind::Number(NumberFormat::plain(true)),
        "number" => Kind::Number(NumberFormat::plain(false)),
        "boolean" => boolean(&Properties::default(), name)?,
        "date" => Kind::Date(Form::Default),
        "time" => Kind::Time(version.default_time()),
        "datetime" => Kind::Datetime(Form::Default),
        _ => {
            return Err(at("itemType").invalid(
                format!("{} is no type of an item", shortened(item.as_bytes())),
                "use string, integer, number, boolean, date, time or datetime",
            ));
        }
    };
    Ok(List { delimiter: delimiter.into(), item: Box::new(item) })
}
