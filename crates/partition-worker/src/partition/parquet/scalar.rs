//! A value of a column as JSON: a cell of its field, as text or as a number.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use half::f16;
use parquet::data_type::Int96;
use table_schema::{Native, Schema};

use super::form::Form;

/// The Julian day of 1970-01-01.
const EPOCH: i64 = 2_440_588;

const NANOS: i64 = 1_000_000_000;

/// A value as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stored<'v> {
    Boolean(bool),
    Int(i32),
    Long(i64),
    Int96(&'v Int96),
    Float(f32),
    Double(f64),
    Bytes(&'v [u8]),
}

/// Writes values as cells of the schema's fields.
pub(super) struct CellWriter<'s> {
    pub(super) schema: &'s Schema,
    /// The index of the field; `None` for what is inside of a cell or no field.
    pub(super) field: Option<usize>,
    /// Room for the text of one value.
    pub(super) text: &'s mut Vec<u8>,
}

impl CellWriter<'_> {
    /// Appends a value. One that its form cannot have is text that is of no type.
    pub(super) fn write(&mut self, form: Form, stored: Stored<'_>, out: &mut Vec<u8>) {
        match (form, stored) {
            (Form::Boolean, Stored::Boolean(value)) => self.native(Native::Boolean(value), out),
            (Form::Signed, Stored::Int(value)) => self.number(&value.to_string(), out),
            (Form::Signed, Stored::Long(value)) => self.number(&value.to_string(), out),
            (Form::Unsigned, Stored::Int(value)) => {
                self.number(&value.cast_unsigned().to_string(), out);
            }
            (Form::Unsigned, Stored::Long(value)) => {
                self.number(&value.cast_unsigned().to_string(), out);
            }
            (Form::Decimal(scale), stored) => match unscaled(stored) {
                Some(value) => self.number(&decimal(value, scale), out),
                None => write_text(b"a decimal of more than 38 digits", out),
            },
            (Form::Float, Stored::Float(value)) => {
                self.number(&float(value.into(), value), out);
            }
            (Form::Float, Stored::Double(value)) => {
                self.number(&float(value, value), out);
            }
            (Form::HalfFloat, Stored::Bytes(&[low, high])) => {
                let value = f16::from_le_bytes([low, high]).to_f32();
                self.number(&float(value.into(), value), out);
            }
            (Form::Date, Stored::Int(days)) => self.native(Native::Date(days.into()), out),
            (Form::Time(parts), Stored::Int(time)) => self.time(parts, time.into(), out),
            (Form::Time(parts), Stored::Long(time)) => self.time(parts, time, out),
            (Form::Timestamp { parts, utc }, Stored::Long(time)) => {
                let parts = i64::from(parts);
                let nanos = (time.rem_euclid(parts) * (NANOS / parts)) as u32;
                let seconds = time.div_euclid(parts);
                self.native(Native::Datetime { seconds, nanos, utc }, out);
            }
            (Form::Int96, Stored::Int96(value)) => {
                let [low, high, day] = *value.data() else {
                    return write_text(b"no time of 96 bits", out);
                };
                let nanos = (i64::from(high) << 32) + i64::from(low);
                let seconds = (i64::from(day) - EPOCH) * 86_400 + nanos.div_euclid(NANOS);
                let nanos = nanos.rem_euclid(NANOS) as u32;
                self.native(Native::Datetime { seconds, nanos, utc: true }, out);
            }
            (Form::Text, Stored::Bytes(text)) => write_text(text, out),
            (Form::Binary, Stored::Bytes(bytes)) => {
                if self.field.is_some_and(|field| self.schema.is_base64(field)) {
                    write_text(BASE64.encode(bytes).as_bytes(), out);
                } else {
                    write_text(bytes, out);
                }
            }
            (Form::Uuid, Stored::Bytes(bytes)) => write_text(uuid(bytes).as_bytes(), out),
            (Form::Interval, Stored::Bytes(bytes)) => write_text(interval(bytes).as_bytes(), out),
            (_, stored) => write_text(format!("{stored:?}").as_bytes(), out),
        }
    }

    fn number(&mut self, number: &str, out: &mut Vec<u8>) {
        self.native(Native::Number(number), out);
    }

    fn time(&mut self, parts: u32, time: i64, out: &mut Vec<u8>) {
        match time.checked_mul(NANOS / i64::from(parts)) {
            Some(nanos @ 0..86_400_000_000_000) => self.native(Native::Time(nanos), out),
            _ => write_text(format!("{time} of {parts} parts of a second").as_bytes(), out),
        }
    }

    fn native(&mut self, value: Native<'_>, out: &mut Vec<u8>) {
        self.text.clear();
        self.schema.write_native(self.field, value, self.text);
        let is_bare = match value {
            Native::Boolean(_) => matches!(self.text.as_slice(), b"true" | b"false"),
            Native::Number(_) => {
                let digits = self.text.strip_prefix(b"-").unwrap_or(self.text);
                digits.first().is_some_and(u8::is_ascii_digit)
                    && digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'-'))
            }
            Native::Date(_) | Native::Time(_) | Native::Datetime { .. } => false,
        };
        if is_bare {
            out.extend_from_slice(self.text);
        } else {
            write_text(self.text, out);
        }
    }
}

/// Appends a string of JSON. Bytes that are no UTF-8 stay what they are: the line is none of JSON
/// then, and its record is rejected.
pub(super) fn write_text(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\')) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => {
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The whole number that a decimal is before its point is set; `None` if 16 bytes cannot hold it.
fn unscaled(stored: Stored<'_>) -> Option<i128> {
    match stored {
        Stored::Int(value) => Some(value.into()),
        Stored::Long(value) => Some(value.into()),
        Stored::Bytes(bytes) => {
            let is_negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
            let sign = if is_negative { u8::MAX } else { 0 };
            let beyond = bytes.len().saturating_sub(size_of::<i128>());
            let (extra, bytes) = bytes.split_at(beyond);
            let mut whole = [sign; size_of::<i128>()];
            whole[size_of::<i128>() - bytes.len()..].copy_from_slice(bytes);
            let value = i128::from_be_bytes(whole);
            let is_kept = extra.iter().all(|byte| *byte == sign) && (value < 0) == is_negative;
            is_kept.then_some(value)
        }
        _ => None,
    }
}

/// With all digits behind the point that the column has.
fn decimal(unscaled: i128, scale: u32) -> String {
    let scale = scale as usize;
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The fewest digits that are read as the same value of its own width.
fn float<F: std::fmt::Display + std::fmt::LowerExp>(wide: f64, value: F) -> String {
    match wide {
        _ if wide.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "INF".to_owned(),
        f64::NEG_INFINITY => "-INF".to_owned(),
        _ if wide == 0.0 || (1e-7..1e17).contains(&wide.abs()) => value.to_string(),
        _ => format!("{value:e}"),
    }
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// As a duration of XML Schema.
fn interval(bytes: &[u8]) -> String {
    let number =
        |at: usize| -> Option<u32> { Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)) };
    match (number(0), number(4), number(8)) {
        (Some(months), Some(days), Some(millis)) => {
            format!("P{months}M{days}DT{}.{:03}S", millis / 1000, millis % 1000)
        }
        _ => "no interval".to_owned(),
    }
}
