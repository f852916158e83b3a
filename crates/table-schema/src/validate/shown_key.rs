//! Keys in words: the form by which equal values are found, read back.

use std::fmt::Write as _;

use crate::schema::{Schema, UniqueConstraint};
use crate::types::datetime::{SECONDS_A_DAY, civil_of};

impl Schema {
    /// The names of the types of a key's fields, in the order of the key.
    pub fn key_types(&self, key: &UniqueConstraint) -> Vec<&'static str> {
        key.fields.iter().map(|field| self.fields[usize::from(*field)].field_type.name()).collect()
    }
}

/// The value of a key whose fields have these types ([`Schema::key_types`]), as a person would
/// write it; several are separated by `, `. A form that is not whole is shown as far as it goes.
///
/// Numbers are without trailing zeros, moments with a zone in UTC; what has no short text (lists,
/// objects, points, durations) is shown by the bytes of its form.
pub fn shown_key(types: &[&str], form: &[u8]) -> String {
    if let [one] = types {
        return shown(one, form);
    }
    let mut rest = form;
    let mut values = Vec::with_capacity(types.len());
    for name in types {
        let Some((length, behind)) = rest.split_first_chunk::<8>() else { break };
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (value, behind) = behind.split_at(length.min(behind.len()));
        values.push(shown(name, value));
        rest = behind;
    }
    values.join(", ")
}

fn shown(name: &str, form: &[u8]) -> String {
    let text = match name {
        "string" | "any" => Some(String::from_utf8_lossy(form).into_owned()),
        "integer" | "number" => number(form),
        "boolean" => Some((form == [1]).to_string()),
        "date" | "time" | "datetime" | "year" | "yearmonth" => moment(name, form),
        _ => None,
    };
    text.unwrap_or_else(|| {
        form.iter().fold("0x".to_owned(), |hex, byte| hex + &format!("{byte:02x}"))
    })
}

fn number(form: &[u8]) -> Option<String> {
    if let Ok(whole) = <[u8; 8]>::try_from(form) {
        return Some((i64::from_be_bytes(whole) ^ i64::MIN).to_string());
    }
    let (sign, rest) = form.split_first()?;
    let Some((magnitude, digits)) = rest.split_first_chunk::<8>() else {
        let special = match sign {
            b'<' => "-INF",
            b'>' => "INF",
            _ => "NaN",
        };
        return Some(special.to_owned());
    };
    let sign = if *sign == b'-' { "-" } else { "" };
    let digits = std::str::from_utf8(digits).ok()?;
    let magnitude = i64::from_le_bytes(*magnitude);
    /// More zeros than this are not written out.
    const FEW: i64 = 40;
    Some(match usize::try_from(magnitude) {
        Ok(whole) if whole < digits.len() => {
            let (whole, fraction) = digits.split_at(whole);
            format!("{sign}{}.{fraction}", if whole.is_empty() { "0" } else { whole })
        }
        _ if (-FEW..0).contains(&magnitude) => {
            format!("{sign}0.{}{digits}", "0".repeat(magnitude.unsigned_abs() as usize))
        }
        Ok(whole) if magnitude <= FEW => {
            format!("{sign}{digits}{}", "0".repeat(whole - digits.len()))
        }
        _ => format!("{sign}0.{digits}E{magnitude}"),
    })
}

fn moment(name: &str, form: &[u8]) -> Option<String> {
    let (seconds, rest) = form.split_first_chunk::<8>()?;
    let seconds = i64::from_be_bytes(*seconds) ^ i64::MIN;
    let (year, month, day) = civil_of(seconds.div_euclid(SECONDS_A_DAY));
    let second = seconds.rem_euclid(SECONDS_A_DAY);
    let (fraction, zone) = match rest.strip_suffix(b"?") {
        Some(fraction) => (fraction, ""),
        None => (rest, "Z"),
    };
    let mut text = String::new();
    // The text has room for whatever is written.
    let _ = match name {
        "year" => write!(text, "{year:04}"),
        "yearmonth" => write!(text, "{year:04}-{month:02}"),
        "time" => Ok(()),
        _ => write!(text, "{year:04}-{month:02}-{day:02}"),
    };
    if name == "datetime" {
        text.push('T');
    }
    if ["time", "datetime"].contains(&name) {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let _ = write!(text, "{hour:02}:{minute:02}:{:02}", second % 60);
        if !fraction.is_empty() {
            let _ = write!(text, ".{}", String::from_utf8_lossy(fraction));
        }
        text.push_str(zone);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldsMatch, Key, Verdict};

    /// How the key of a row is shown, whose cells have these types.
    fn shown_of(types: &[&str], cells: &[&str]) -> String {
        let names: Vec<String> = (0..types.len()).map(|number| format!("f{number}")).collect();
        let fields: Vec<_> = names
            .iter()
            .zip(types)
            .map(|(name, of_type)| serde_json::json!({"name": name, "type": of_type}))
            .collect();
        let schema = serde_json::json!({"fields": fields, "primaryKey": names}).to_string();
        let schema = Schema::from_json(schema.as_bytes()).unwrap();
        let validator = schema.compile(None, FieldsMatch::Exact).unwrap().with_exact_keys();
        let cells: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
        let mut verdict = Verdict::new();
        validator.check(&cells, &mut verdict);
        assert!(verdict.is_good(), "{:?}", verdict.reasons);
        let Key { value, exact_end, .. } = verdict.keys[0];
        let short = value.to_be_bytes();
        let form = match Key::is_hashed(value) {
            true => &verdict.exact[..exact_end as usize],
            false => &short[1..=usize::from(short[0])],
        };
        shown_key(&schema.key_types(&schema.unique_constraints()[0]), form)
    }

    #[test]
    fn keys_are_shown_as_people_write_them() {
        for (of_type, cell, text) in [
            ("string", "TX-1", "TX-1"),
            (
                "string",
                "7f2c1c1e-0a63-4d0e-8c67-3f9f6a3a0001",
                "7f2c1c1e-0a63-4d0e-8c67-3f9f6a3a0001",
            ),
            ("integer", "-0012", "-12"),
            ("integer", "123456789012345678901", "123456789012345678901"),
            ("number", "1.50", "1.5"),
            ("number", "-0.0025", "-0.0025"),
            ("number", "12300000000000000000000", "12300000000000000000000"),
            ("number", "1e300", "0.1E301"),
            ("boolean", "true", "true"),
            ("date", "2024-02-29", "2024-02-29"),
            ("time", "23:59:01", "23:59:01"),
            ("datetime", "2024-02-29T23:59:01Z", "2024-02-29T23:59:01Z"),
            ("year", "2024", "2024"),
            ("yearmonth", "2024-02", "2024-02"),
        ] {
            assert_eq!(shown_of(&[of_type], &[cell]), text, "{of_type} {cell}");
        }
        assert_eq!(
            shown_of(&["string", "date", "integer"], &["a, b", "1969-12-31", "7"]),
            "a, b, 1969-12-31, 7"
        );
        assert!(shown_of(&["array"], &["[1]"]).starts_with("0x"));
    }

    #[test]
    fn a_form_that_was_cut_is_shown_as_far_as_it_goes() {
        let form = [&9_u64.to_le_bytes()[..], b"abcdefghi", &8_u64.to_le_bytes()].concat();
        assert_eq!(shown_key(&["string", "integer"], &form[..12]), "abcd");
        assert_eq!(shown_key(&["string", "integer"], &form[..20]), "abcdefghi");
        assert_eq!(shown_key(&["string", "string"], &form), "abcdefghi, ");
    }
}
