//! The type of a field, from its properties.

use super::number_properties::number_format;
use super::properties::Properties;
use super::version::Version;
use crate::display::shortened;
use crate::error::{Place, SchemaError};
use crate::types::byte_set::ByteSet;
use crate::types::datetime::Strptime;
use crate::types::{
    FieldType, GeopointFormat, Identifier, ListType, NumberFormat, StringFormat, TemporalFormat,
    TypeName,
};

/// The type that the properties of a field say, with its format.
pub(super) fn field_type(
    properties: &Properties,
    name: &str,
    version: Version,
) -> Result<FieldType, SchemaError> {
    let at = |property: &str| Place::field(name, property);
    let given: Option<String> = properties.read("type", || at("type"), "a string")?;
    let format: Option<String> = properties.read("format", || at("format"), "a string")?;
    let format =
        format.as_deref().map_or("default", |format| format.strip_prefix("fmt:").unwrap_or(format));
    let given = match given.as_deref() {
        Some(given) => TypeName::of(given).ok_or_else(|| no_such_type(given, at("type")))?,
        None => version.default_type(),
    };
    let identifier = identifier(properties, given, &at)?;
    Ok(match given {
        TypeName::String => {
            let format = string_format(format, &at)?;
            FieldType::Text(identifier.map_or(Ok(format), |given| given.instead_of(format, &at))?)
        }
        TypeName::Date => FieldType::Date(temporal(format, TemporalFormat::Default, &at)?),
        TypeName::Time => FieldType::Time(temporal(format, version.default_time(), &at)?),
        TypeName::Datetime => FieldType::Datetime(temporal(format, TemporalFormat::Default, &at)?),
        TypeName::Geopoint => FieldType::Geopoint(geopoint_format(format, &at)?),
        TypeName::Geojson if format == "topojson" => {
            return Err(at("format").unsupported(
                "TopoJSON is not supported",
                "use the type object, which checks that it is a JSON object",
            ));
        }
        // Version 1: any type or format is accepted.
        TypeName::Any => FieldType::Any,
        TypeName::Integer => {
            only_default(FieldType::Number(number_format(properties, name, true)?), format, &at)?
        }
        TypeName::Number => {
            only_default(FieldType::Number(number_format(properties, name, false)?), format, &at)?
        }
        TypeName::Boolean => only_default(boolean(properties, name)?, format, &at)?,
        TypeName::Year => only_default(FieldType::Year, format, &at)?,
        TypeName::YearMonth => only_default(FieldType::YearMonth, format, &at)?,
        TypeName::Duration => only_default(FieldType::Duration, format, &at)?,
        TypeName::Object => only_default(FieldType::Object, format, &at)?,
        TypeName::Array => only_default(FieldType::Array, format, &at)?,
        TypeName::Geojson => only_default(FieldType::Geojson, format, &at)?,
        TypeName::List => {
            only_default(FieldType::List(list(properties, name, version)?), format, &at)?
        }
    })
}

fn no_such_type(given: &str, at: Place) -> SchemaError {
    let names: Vec<&str> = TypeName::ALL.iter().map(|name| name.as_str()).collect();
    let (last, others) = names.split_last().expect("there are types");
    at.invalid(
        format!("{} is not a type", shortened(given.as_bytes())),
        format!("use {} or {last}", others.join(", ")),
    )
}

/// Refuses a format of a type that has none but the default one.
fn only_default(
    field_type: FieldType,
    format: &str,
    at: &dyn Fn(&str) -> Place,
) -> Result<FieldType, SchemaError> {
    if format == "default" {
        return Ok(field_type);
    }
    Err(at("format").invalid(
        format!(
            "{} is not a format of the type {}",
            shortened(format.as_bytes()),
            field_type.name()
        ),
        "leave it out: this type has only the default format",
    ))
}

fn string_format(format: &str, at: &dyn Fn(&str) -> Place) -> Result<StringFormat, SchemaError> {
    StringFormat::of(format).ok_or_else(|| {
        at("format").unsupported(
            format!("{} is not a format of a string", shortened(format.as_bytes())),
            format!(
                "use default, email, uri, binary or uuid (or, where no other software reads the \
                 schema, {}), and a pattern constraint for other forms",
                identifiers()
            ),
        )
    })
}

/// The property `identifier`, an extension of the standard. Other software refuses a format that it
/// does not know, and passes over a property.
fn identifier(
    properties: &Properties,
    given: TypeName,
    at: &dyn Fn(&str) -> Place,
) -> Result<Option<Identifier>, SchemaError> {
    let name: Option<String> = properties.read("identifier", || at("identifier"), "a string")?;
    let Some(name) = name else { return Ok(None) };
    if given != TypeName::String {
        return Err(at("identifier").invalid(
            format!("it does not apply to the type {}", given.as_str()),
            "take it away, or give the field the type string",
        ));
    }
    Identifier::of(&name).map(Some).ok_or_else(|| {
        at("identifier").unsupported(
            format!("{} is not an identifier whose check is known", shortened(name.as_bytes())),
            format!("use {}, or a name of your own for the property", identifiers()),
        )
    })
}

fn identifiers() -> String {
    let names: Vec<&str> = Identifier::ALL.iter().map(|name| name.as_str()).collect();
    let (last, others) = names.split_last().expect("there are identifiers");
    format!("{} or {last}", others.join(", "))
}

impl Identifier {
    /// The format of a field that has the property `identifier` beside this format.
    fn instead_of(
        self,
        format: StringFormat,
        at: &dyn Fn(&str) -> Place,
    ) -> Result<StringFormat, SchemaError> {
        let own = StringFormat::Identifier(self);
        if format == StringFormat::Default || format == own {
            return Ok(own);
        }
        Err(at("identifier").invalid(
            "the field has another format, too",
            "a value cannot be of both: take one of them away",
        ))
    }
}

fn geopoint_format(
    format: &str,
    at: &dyn Fn(&str) -> Place,
) -> Result<GeopointFormat, SchemaError> {
    match format {
        "default" => Ok(GeopointFormat::Default),
        "array" => Ok(GeopointFormat::Array),
        "object" => Ok(GeopointFormat::Object),
        _ => Err(at("format").invalid(
            format!("{} is not a format of a geopoint", shortened(format.as_bytes())),
            "use default, array or object",
        )),
    }
}

fn temporal(
    format: &str,
    default: TemporalFormat,
    at: &dyn Fn(&str) -> Place,
) -> Result<TemporalFormat, SchemaError> {
    match format {
        "default" => Ok(default),
        "any" => Ok(TemporalFormat::Any),
        pattern => Strptime::new(pattern).map(TemporalFormat::Pattern).map_err(|problem| {
            at("format").invalid(
                format!(
                    "{} is not a usable strptime pattern: {problem}",
                    shortened(pattern.as_bytes())
                ),
                "use default, any, or a pattern such as %d/%m/%Y of the directives Y y m d j H I \
                 M S f p b B a A z Z",
            )
        }),
    }
}

fn boolean(properties: &Properties, name: &str) -> Result<FieldType, SchemaError> {
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
    Ok(FieldType::Boolean { yes: set(&yes), no: set(&no) })
}

fn list(properties: &Properties, name: &str, version: Version) -> Result<ListType, SchemaError> {
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
    let item = match TypeName::of(&item) {
        Some(TypeName::String) => FieldType::Text(StringFormat::Default),
        Some(TypeName::Integer) => FieldType::Number(NumberFormat::plain(true)),
        Some(TypeName::Number) => FieldType::Number(NumberFormat::plain(false)),
        Some(TypeName::Boolean) => boolean(&Properties::default(), name)?,
        Some(TypeName::Date) => FieldType::Date(TemporalFormat::Default),
        Some(TypeName::Time) => FieldType::Time(version.default_time()),
        Some(TypeName::Datetime) => FieldType::Datetime(TemporalFormat::Default),
        _ => {
            return Err(at("itemType").invalid(
                format!("{} is not a type of an item", shortened(item.as_bytes())),
                "use string, integer, number, boolean, date, time or datetime",
            ));
        }
    };
    Ok(ListType { delimiter: delimiter.into(), item: Box::new(item) })
}
