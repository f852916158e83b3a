//! The types of fields: what a cell of each means.

use std::cmp::Ordering;

use crate::byte_set::ByteSet;
use crate::decimal::Decimal;
use crate::duration::Duration;
use crate::json;
use crate::moment::{self, Moment, Strptime};
use crate::number::{Number, NumberFormat};
use crate::text::TextFormat;
use crate::utf8::is_utf8;

/// The type of a field with its format.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(TextFormat),
    Number(NumberFormat),
    Boolean { yes: ByteSet, no: ByteSet },
    Date(Form),
    Time(Form),
    Datetime(Form),
    Year,
    YearMonth,
    Duration,
    Object,
    Array,
    Geopoint(PointFormat),
    Geojson,
    List(List),
    Any,
}

/// The format of a date, a time or a datetime.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Default,
    /// The default of a time in version 1 of the standard.
    Iso,
    Any,
    Pattern(Strptime),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointFormat {
    Default,
    Array,
    Object,
}

/// The type `list`: values of one type with a delimiter between them.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) delimiter: Box<str>,
    pub(crate) item: Box<Kind>,
}

/// What a cell means, as far as constraints and keys need it. Borrows from the cell.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Text(&'a [u8]),
    Number(Number<'a>),
    Boolean(bool),
    Moment(Moment<'a>),
    Duration(Duration<'a>),
    Json { text: &'a [u8], length: usize },
    Point(Decimal<'a>, Decimal<'a>),
    List { text: &'a str, list: &'a List },
}

impl Kind {
    /// The value of a cell; `None` where the cell is not of this type. Does not allocate.
    pub(crate) fn parse<'a>(&'a self, cell: &'a [u8]) -> Option<Value<'a>> {
        Some(match self {
            Kind::Any => Value::Text(utf8(cell)?),
            Kind::Text(format) => {
                let text = utf8(cell)?;
                format.accepts(text).then_some(Value::Text(text))?
            }
            Kind::Number(format) => {
                // Only what is stripped can be anything but ASCII.
                if !format.bare {
                    utf8(cell)?;
                }
                Value::Number(format.parse(cell)?)
            }
            Kind::Boolean { yes, no } => match (yes.contains(cell), no.contains(cell)) {
                (false, false) => return None,
                (yes, _) => Value::Boolean(yes),
            },
            Kind::Date(form) => Value::Moment(match form {
                Form::Default | Form::Iso => moment::date(cell)?,
                Form::Any => moment::any_form(cell)?.date(),
                Form::Pattern(pattern) => pattern.parse(cell)?.date(),
            }),
            Kind::Time(form) => Value::Moment(match form {
                Form::Default => moment::time(cell)?,
                Form::Iso => moment::iso_time(cell)?,
                Form::Any => match moment::iso_time(cell) {
                    Some(moment) => moment,
                    None => moment::any_form(cell)?.time(),
                },
                Form::Pattern(pattern) => pattern.parse(cell)?.time(),
            }),
            Kind::Datetime(form) => Value::Moment(match form {
                Form::Default | Form::Iso => moment::datetime(cell)?,
                Form::Any => match moment::datetime(cell) {
                    Some(moment) => moment,
                    None => moment::any_form(cell)?.datetime(),
                },
                Form::Pattern(pattern) => pattern.parse(cell)?.datetime(),
            }),
            Kind::Year => Value::Moment(moment::year(cell)?),
            Kind::YearMonth => Value::Moment(moment::year_month(cell)?),
            Kind::Duration => Value::Duration(Duration::parse(cell)?),
            Kind::Object => Value::Json { text: utf8(cell)?, length: json::object_len(cell)? },
            Kind::Array => Value::Json { text: utf8(cell)?, length: json::array_len(cell)? },
            Kind::Geojson => {
                let text = utf8(cell)?;
                let length = json::object_len(cell)?;
                json::is_geojson(cell).then_some(Value::Json { text, length })?
            }
            Kind::Geopoint(format) => {
                let (longitude, latitude) = format.parse(cell)?;
                Value::Point(longitude, latitude)
            }
            Kind::List(list) => {
                let text = std::str::from_utf8(cell).ok()?;
                let mut items = text.split(&*list.delimiter);
                items
                    .all(|item| list.item.parse(item.as_bytes()).is_some())
                    .then_some(Value::List { text, list })?
            }
        })
    }

    /// The name of the type, as the standard spells it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Kind::Text(_) => "string",
            Kind::Number(NumberFormat { integer: true, .. }) => "integer",
            Kind::Number(_) => "number",
            Kind::Boolean { .. } => "boolean",
            Kind::Date(_) => "date",
            Kind::Time(_) => "time",
            Kind::Datetime(_) => "datetime",
            Kind::Year => "year",
            Kind::YearMonth => "yearmonth",
            Kind::Duration => "duration",
            Kind::Object => "object",
            Kind::Array => "array",
            Kind::Geopoint(_) => "geopoint",
            Kind::Geojson => "geojson",
            Kind::List(_) => "list",
            Kind::Any => "any",
        }
    }

    /// Whether values have an order, so that `minimum` and its like apply.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(
            self,
            Kind::Number(_)
                | Kind::Date(_)
                | Kind::Time(_)
                | Kind::Datetime(_)
                | Kind::Year
                | Kind::YearMonth
                | Kind::Duration
        )
    }

    /// Whether values have a length, so that `minLength` and `maxLength` apply.
    pub(crate) fn has_length(&self) -> bool {
        matches!(self, Kind::Text(_) | Kind::Object | Kind::Array | Kind::Geojson | Kind::List(_))
    }
}

impl PointFormat {
    fn parse(self, cell: &[u8]) -> Option<(Decimal<'_>, Decimal<'_>)> {
        let (longitude, latitude) = match self {
            PointFormat::Default => {
                let comma = cell.iter().position(|&b| b == b',')?;
                (cell[..comma].trim_ascii(), cell[comma + 1..].trim_ascii())
            }
            PointFormat::Array => {
                (json::array_len(cell)? == 2).then_some(())?;
                let mut items = json::elements(cell).map(unquoted);
                (items.next()?, items.next()?)
            }
            PointFormat::Object => {
                (json::object_len(cell)? == 2).then_some(())?;
                (json::member(cell, "lon")?, json::member(cell, "lat")?)
            }
        };
        let within = |text, limit: &'static [u8]| match NumberFormat::plain(false).parse(text)? {
            Number::Finite(number) => {
                let bound = Decimal::new(false, limit, limit.len(), 0);
                (number.absolute_cmp(&bound) != Ordering::Greater).then_some(number)
            }
            _ => None,
        };
        Some((within(longitude, b"180")?, within(latitude, b"90")?))
    }
}

/// A string that can be read as a number is as good as a number, by the standard's profile.
fn unquoted(item: &[u8]) -> &[u8] {
    item.strip_prefix(b"\"").and_then(|item| item.strip_suffix(b"\"")).unwrap_or(item)
}

fn utf8(cell: &[u8]) -> Option<&[u8]> {
    is_utf8(cell).then_some(cell)
}

impl Value<'_> {
    /// The length in the sense of `minLength`: characters, elements, members or items.
    pub(crate) fn length(&self) -> Option<usize> {
        Some(match self {
            Value::Text(text) => characters(text),
            Value::Json { length, .. } => *length,
            Value::List { text, list } => text.split(&*list.delimiter).count(),
            _ => return None,
        })
    }

    /// The order against a bound, where there is one.
    pub(crate) fn partial_cmp(&self, bound: &Bound) -> Option<Ordering> {
        match (self, bound) {
            (Value::Number(a), Bound::Number(b)) => a.partial_cmp(b),
            (Value::Moment(a), Bound::Moment(b)) => a.partial_cmp(b),
            (Value::Duration(a), Bound::Duration(b)) => a.partial_cmp(b),
            _ => None,
        }
    }

    /// The same bytes for equal values of one field, different bytes for others.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Value::Text(text) => out.extend_from_slice(text),
            Value::Number(number) => number.canonical(out),
            Value::Boolean(value) => out.push(u8::from(*value)),
            Value::Moment(moment) => moment.canonical(out),
            Value::Duration(duration) => duration.canonical(out),
            Value::Json { text, .. } => json::canonical(text, out),
            Value::Point(longitude, latitude) => {
                json::with_length(out, |out| longitude.canonical(out));
                latitude.canonical(out);
            }
            Value::List { text, list } => {
                for item in text.split(&*list.delimiter) {
                    json::with_length(out, |out| {
                        if let Some(value) = list.item.parse(item.as_bytes()) {
                            value.canonical(out);
                        }
                    });
                }
            }
        }
    }
}

/// The characters of valid UTF-8: bytes that do not continue one.
#[inline]
pub(crate) fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte as i8 >= -64).count()
}

/// A bound that values are compared with.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    Number(Number<'static>),
    Moment(Moment<'static>),
    Duration(Duration<'static>),
}

impl Bound {
    pub(crate) fn of(value: Value<'_>) -> Option<Bound> {
        Some(match value {
            // Nothing is above or below it: such a bound would refuse every row.
            Value::Number(Number::NaN) => return None,
            Value::Number(number) => Bound::Number(number.into_owned()),
            Value::Moment(moment) => Bound::Moment(moment.into_owned()),
            Value::Duration(duration) => Bound::Duration(duration.into_owned()),
            _ => return None,
        })
    }
}
