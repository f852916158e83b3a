//! The type `geopoint`: a longitude and a latitude, in degrees.

use std::cmp::Ordering;

use super::json;
use super::number::{Decimal, Number, NumberFormat};

/// How the two numbers of a point are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GeopointFormat {
    /// `longitude, latitude`.
    Default,
    /// A JSON array of two numbers.
    Array,
    /// A JSON object with `lon` and `lat`.
    Object,
}

impl GeopointFormat {
    /// The longitude and the latitude of a cell.
    pub(crate) fn parse(self, cell: &[u8]) -> Option<(Decimal<'_>, Decimal<'_>)> {
        let (longitude, latitude) = match self {
            GeopointFormat::Default => {
                let comma = cell.iter().position(|&b| b == b',')?;
                (cell[..comma].trim_ascii(), cell[comma + 1..].trim_ascii())
            }
            GeopointFormat::Array => {
                (json::array_len(cell)? == 2).then_some(())?;
                let mut items = json::elements(cell).map(unquoted);
                (items.next()?, items.next()?)
            }
            GeopointFormat::Object => {
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
