//! From a cell to its value, a type after the other.

use super::datetime;
use super::duration::Duration;
use super::field_type::{FieldType, TemporalFormat};
use super::json;
use super::utf8::is_utf8;
use super::value::Value;

impl FieldType {
    /// The value of a cell; `None` where the cell is not of this type. Does not allocate.
    pub(crate) fn parse<'a>(&'a self, cell: &'a [u8]) -> Option<Value<'a>> {
        Some(match self {
            FieldType::Any => Value::Text(utf8(cell)?),
            FieldType::Text(format) => {
                let text = utf8(cell)?;
                format.accepts(text).then_some(Value::Text(text))?
            }
            FieldType::Number(format) => {
                // Only what is stripped can be anything but ASCII.
                if !format.bare {
                    utf8(cell)?;
                }
                Value::Number(format.parse(cell)?)
            }
            FieldType::Boolean { yes, no } => match (yes.contains(cell), no.contains(cell)) {
                (false, false) => return None,
                (yes, _) => Value::Boolean(yes),
            },
            FieldType::Date(form) => Value::Instant(match form {
                TemporalFormat::Default | TemporalFormat::Iso => datetime::date(cell)?,
                TemporalFormat::Any => datetime::any_form(cell)?.date(),
                TemporalFormat::Pattern(pattern) => pattern.parse(cell)?.date(),
            }),
            FieldType::Time(form) => Value::Instant(match form {
                TemporalFormat::Default => datetime::time(cell)?,
                TemporalFormat::Iso => datetime::iso_time(cell)?,
                TemporalFormat::Any => match datetime::iso_time(cell) {
                    Some(instant) => instant,
                    None => datetime::any_form(cell)?.time(),
                },
                TemporalFormat::Pattern(pattern) => pattern.parse(cell)?.time(),
            }),
            FieldType::Datetime(form) => Value::Instant(match form {
                TemporalFormat::Default | TemporalFormat::Iso => datetime::datetime(cell)?,
                TemporalFormat::Any => match datetime::datetime(cell) {
                    Some(instant) => instant,
                    None => datetime::any_form(cell)?.datetime(),
                },
                TemporalFormat::Pattern(pattern) => pattern.parse(cell)?.datetime(),
            }),
            FieldType::Year => Value::Instant(datetime::year(cell)?),
            FieldType::YearMonth => Value::Instant(datetime::year_month(cell)?),
            FieldType::Duration => Value::Duration(Duration::parse(cell)?),
            FieldType::Object => Value::Json { text: utf8(cell)?, length: json::object_len(cell)? },
            FieldType::Array => Value::Json { text: utf8(cell)?, length: json::array_len(cell)? },
            FieldType::Geojson => {
                let text = utf8(cell)?;
                let length = json::object_len(cell)?;
                json::is_geojson(cell).then_some(Value::Json { text, length })?
            }
            FieldType::Geopoint(format) => {
                let (longitude, latitude) = format.parse(cell)?;
                Value::Point(longitude, latitude)
            }
            FieldType::List(list) => {
                let text = std::str::from_utf8(cell).ok()?;
                let mut items = text.split(&*list.delimiter);
                items
                    .all(|item| list.item.parse(item.as_bytes()).is_some())
                    .then_some(Value::List { text, list })?
            }
        })
    }
}

fn utf8(cell: &[u8]) -> Option<&[u8]> {
    is_utf8(cell).then_some(cell)
}
