//! Values that come with a type of their own, as Parquet has them, as the cells that a field of the
//! schema has for them.

use super::datetime::{Moment, SECONDS_A_DAY};
use super::field_type::{FieldType, TemporalFormat};
use super::string_format::StringFormat;
use super::value::Value;
use crate::schema::Schema;

/// A value that is more than its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Native<'v> {
    /// True or false.
    Boolean(bool),
    /// A number as XML Schema writes it: `-12.50`, `1e300`, `NaN`, `INF`.
    Number(&'v str),
    /// Days since 1970-01-01.
    Date(i64),
    /// Nanoseconds since midnight.
    Time(i64),
    /// A date with a time.
    Datetime {
        /// Seconds since 1970-01-01T00:00:00.
        seconds: i64,
        /// Nanoseconds to be added.
        nanos: u32,
        /// By the clock of UTC, and not by one whose place nobody knows.
        utc: bool,
    },
}

impl Schema {
    /// Whether the field of this index has bytes as its values, in the letters of base64.
    pub fn is_base64(&self, field: usize) -> bool {
        let field = self.fields.get(field).map(|field| &field.field_type);
        matches!(field, Some(FieldType::Text(StringFormat::Binary)))
    }

    /// Appends the cell that the field of this index (of none: a column that is no field) has for a
    /// value: a date in the field's format, a number with its `decimalChar`, a boolean as one of
    /// its `trueValues`. A whole number has no zeros behind its point in a field of integers, and
    /// midnight of a day is that day in a field of dates. A value that the format cannot say is
    /// written as the standard's default has it, so that nothing of it is lost.
    pub fn write_native(&self, field: Option<usize>, value: Native<'_>, out: &mut Vec<u8>) {
        let field_type = field.and_then(|index| self.fields.get(index)).map(|f| &f.field_type);
        match value {
            Native::Boolean(value) => write_boolean(field_type, value, out),
            Native::Number(text) => write_number(field_type, text, out),
            Native::Date(days) => {
                let moment =
                    Moment { seconds: days.saturating_mul(SECONDS_A_DAY), nanos: 0, utc: true };
                write_temporal(field_type, moment, Moment::write_date, out);
            }
            Native::Time(nanos) => {
                let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos % 1_000_000_000);
                let moment = Moment { seconds, nanos: rest.unsigned_abs() as u32, utc: false };
                write_temporal(field_type, moment, Moment::write_time, out);
            }
            Native::Datetime { seconds, nanos, utc } => {
                let moment = Moment { seconds, nanos, utc };
                let is_midnight = nanos == 0 && seconds.rem_euclid(SECONDS_A_DAY) == 0;
                if is_midnight && matches!(field_type, Some(FieldType::Date(_))) {
                    let day = Moment { utc: true, ..moment };
                    write_temporal(field_type, day, Moment::write_date, out);
                } else {
                    write_temporal(field_type, moment, Moment::write_datetime, out);
                }
            }
        }
    }
}

fn write_boolean(field_type: Option<&FieldType>, value: bool, out: &mut Vec<u8>) {
    let plain: &[u8] = if value { b"true" } else { b"false" };
    if let Some(FieldType::Boolean { yes, no }) = field_type {
        let words = if value { yes } else { no };
        if let Some(word) = words.first().filter(|_| !words.contains(plain)) {
            out.extend_from_slice(&word);
            return;
        }
    }
    out.extend_from_slice(plain);
}

fn write_number(field_type: Option<&FieldType>, text: &str, out: &mut Vec<u8>) {
    let Some(FieldType::Number(format)) = field_type else {
        return out.extend_from_slice(text.as_bytes());
    };
    let Some((whole, fraction)) = text.split_once('.') else {
        return out.extend_from_slice(text.as_bytes());
    };
    out.extend_from_slice(whole.as_bytes());
    if format.integer && fraction.bytes().all(|digit| digit == b'0') {
        return;
    }
    out.extend_from_slice(&format.decimal_char);
    out.extend_from_slice(fraction.as_bytes());
}

/// By the field's pattern, if what it writes is read as the same moment.
fn write_temporal(
    field_type: Option<&FieldType>,
    moment: Moment,
    plain: fn(Moment, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    let start = out.len();
    if let Some(
        field_type @ (FieldType::Date(TemporalFormat::Pattern(pattern))
        | FieldType::Time(TemporalFormat::Pattern(pattern))
        | FieldType::Datetime(TemporalFormat::Pattern(pattern))),
    ) = field_type
    {
        pattern.write(moment, out);
        if let Some(Value::Instant(read)) = field_type.parse(&out[start..])
            && read.seconds == moment.seconds
            && *read.fraction == *moment.fraction().as_bytes()
            && read.local != moment.utc
        {
            return;
        }
        out.truncate(start);
    }
    plain(moment, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(field: &str, value: Native<'_>) -> String {
        let schema = format!("{{\"fields\": [{{\"name\": \"f\", {field}}}]}}");
        let schema = Schema::from_json(schema.as_bytes()).unwrap();
        let mut out = Vec::new();
        schema.write_native(Some(0), value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_written_as_its_field_has_it() {
        let day = Native::Date(19_782);
        let midnight = Native::Datetime { seconds: 19_782 * 86_400, nanos: 0, utc: false };
        let noon = |utc| Native::Datetime { seconds: 19_782 * 86_400 + 43_200, nanos: 500, utc };
        for (field, value, text) in [
            (r#""type": "boolean""#, Native::Boolean(true), "true"),
            (r#""type": "boolean", "trueValues": ["y", "1"]"#, Native::Boolean(true), "1"),
            (r#""type": "string""#, Native::Boolean(false), "false"),
            (r#""type": "integer""#, Native::Number("-7.000"), "-7"),
            (r#""type": "integer""#, Native::Number("7.50"), "7.50"),
            (r#""type": "number""#, Native::Number("7.50"), "7.50"),
            (r#""type": "number", "decimalChar": ",""#, Native::Number("7.50"), "7,50"),
            (r#""type": "string""#, Native::Number("7.00"), "7.00"),
            (r#""type": "date""#, day, "2024-02-29"),
            (r#""type": "date""#, midnight, "2024-02-29"),
            (r#""type": "date", "format": "%d/%m/%y""#, day, "29/02/24"),
            (r#""type": "date", "format": "%d/%m/%y""#, Native::Date(-40_000), "1860-06-26"),
            (r#""type": "date""#, noon(true), "2024-02-29T12:00:00.0000005Z"),
            (r#""type": "string""#, day, "2024-02-29"),
            (r#""type": "datetime""#, midnight, "2024-02-29T00:00:00"),
            (r#""type": "datetime""#, noon(true), "2024-02-29T12:00:00.0000005Z"),
            (
                r#""type": "datetime", "format": "%Y-%m-%d %H:%M""#,
                Native::Datetime { seconds: 60, nanos: 0, utc: false },
                "1970-01-01 00:01",
            ),
            // What the format cannot say is not left out.
            (
                r#""type": "datetime", "format": "%Y-%m-%d %H:%M""#,
                Native::Datetime { seconds: 61, nanos: 0, utc: false },
                "1970-01-01T00:01:01",
            ),
            (
                r#""type": "datetime", "format": "%Y-%m-%d %H:%M""#,
                Native::Datetime { seconds: 60, nanos: 0, utc: true },
                "1970-01-01T00:01:00Z",
            ),
            (r#""type": "time""#, Native::Time(45_296_000_000_000), "12:34:56"),
            (r#""type": "time", "format": "%H:%M""#, Native::Time(45_240_000_000_000), "12:34"),
            (
                r#""type": "time", "format": "%H:%M""#,
                Native::Time(45_240_000_000_001),
                "12:34:00.000000001",
            ),
        ] {
            assert_eq!(cell(field, value), text, "{field} {value:?}");
        }
    }
}
