//! Values that most formats write alike: what is absent, a status, a size.

use crate::formats::unparsed::Unparsed;

use super::number::number;

/// The value, if there is one: logs write `-` where there is none.
#[inline]
pub(in crate::formats) fn present(text: &[u8]) -> Option<&[u8]> {
    (!matches!(text, b"-" | b"")).then_some(text)
}

#[inline]
pub(in crate::formats) fn status(text: &[u8]) -> Result<Option<u16>, Unparsed> {
    match *text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            Ok(Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')))
        }
        // nginx writes 000 for a connection that ended before there was a status.
        [b'-'] | [b'0', b'0', b'0'] => Ok(None),
        _ => Err(Unparsed::Status),
    }
}

#[inline]
pub(in crate::formats) fn bytes(text: &[u8]) -> Result<u64, Unparsed> {
    match text {
        [b'-'] => Ok(0),
        digits => number(digits).map(i64::unsigned_abs).ok_or(Unparsed::Bytes),
    }
}
