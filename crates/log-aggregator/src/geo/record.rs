//! What the record of an address says, in the words of the usual databases.
//!
//! Sources: <https://dev.maxmind.com/geoip/docs/databases/> (Country, City, Enterprise, ASN, ISP),
//! <https://db-ip.com/db/lite.php> (the same), <https://ipinfo.io/developers/ipinfo-lite-database>
//! (`country_code`, `asn` such as `AS64496`, `as_name`).

use maxminddb::{LookupResult, MaxMindDbError, PathElement, path};
use serde_json::Value;

use crate::counting::Label;

type Found<'d> = LookupResult<'d, Vec<u8>>;

/// The country of a record, where it has one.
///
/// Only where the address is: not where its owner is registered, which some databases have, too.
pub(super) fn country(record: &Found<'_>) -> Result<Option<Label>, MaxMindDbError> {
    let country = value(record, &path!["country"])?;
    let code = match &country {
        Some(Value::Object(_)) => value(record, &path!["country", "iso_code"])?,
        _ => value(record, &path!["country_code"])?.or(country),
    };
    let Some(code) = code.as_ref().and_then(Value::as_str).filter(|code| is_code(code)) else {
        return Ok(None);
    };
    let name = match value(record, &path!["country"])? {
        Some(Value::Object(country)) => {
            country.get("names").and_then(|names| names.get("en")).and_then(text)
        }
        name => name.as_ref().and_then(text).filter(|name| !is_code(name)),
    };
    Ok(Some(Label { code: code.to_ascii_uppercase().into(), name: name.unwrap_or_default() }))
}

/// The autonomous system of a record, where it has one.
pub(super) fn network(record: &Found<'_>) -> Result<Option<Label>, MaxMindDbError> {
    const NUMBERS: [&[PathElement<'static>]; 3] = [
        &[PathElement::Key("autonomous_system_number")],
        &[PathElement::Key("asn")],
        &[PathElement::Key("traits"), PathElement::Key("autonomous_system_number")],
    ];
    const NAMES: [&[PathElement<'static>]; 3] = [
        &[PathElement::Key("autonomous_system_organization")],
        &[PathElement::Key("as_name")],
        &[PathElement::Key("traits"), PathElement::Key("autonomous_system_organization")],
    ];
    let Some(number) = first(record, NUMBERS, |value| match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => {
            text.strip_prefix("AS").unwrap_or(text).parse::<u32>().ok().map(u64::from)
        }
        _ => None,
    })?
    else {
        return Ok(None);
    };
    let name = first(record, NAMES, text)?.unwrap_or_default();
    Ok(Some(Label { code: format!("AS{number}").into(), name }))
}

fn first<T>(
    record: &Found<'_>,
    paths: [&[PathElement<'static>]; 3],
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, MaxMindDbError> {
    for path in paths {
        if let Some(found) = value(record, path)?.as_ref().and_then(&read) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn value(record: &Found<'_>, path: &[PathElement<'_>]) -> Result<Option<Value>, MaxMindDbError> {
    record.decode_path(path)
}

/// ISO 3166-1's two letters.
fn is_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A name on one line, cut where it is too long.
fn text(value: &Value) -> Option<Box<str>> {
    let text = value.as_str()?;
    let mut name = String::new();
    for char in text.trim().chars().map(|char| if char.is_control() { ' ' } else { char }) {
        if name.len() + char.len_utf8() > Label::LONGEST {
            break;
        }
        name.push(char);
    }
    (!name.is_empty()).then(|| name.into())
}
