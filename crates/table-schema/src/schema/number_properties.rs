//! The properties of a field that say how its numbers are written.

use std::borrow::Cow;

use super::properties::Properties;
use crate::display::shortened;
use crate::error::{Place, SchemaError};
use crate::types::NumberFormat;

/// How the numbers of a field are written.
pub(super) fn number_format(
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
