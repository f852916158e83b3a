//! The fields of combined lines, read at once: nearly all layouts are these and a few more.
//!
//! Reading field by field, as a layout says, costs several times as much as knowing what comes
//! next. Anything unusual is left to the layout, which also says what is wrong with a line.

use wide::u8x16;

use crate::formats::entry::Entry;
use crate::formats::fields::clock::COMMON;
use crate::formats::fields::number::number_before_blank;
use crate::formats::fields::request::request;
use crate::formats::fields::short_search::find_near;
use crate::formats::fields::spelling::respelled;
use crate::formats::fields::value::{bytes, present, status};
use crate::formats::fields::{Field, Reading, Time};

use super::piece::FieldEnd;

/// The last field that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastField {
    /// The status: the fields of the Common Log Format without the size, which may end the line.
    Status,
    /// The agent: the fields of combined.
    Agent,
}

/// The fields, with the text before them and where they end.
pub(super) const PIECES: [(&[u8], Field, FieldEnd); 9] = [
    (b"", Field::Client, FieldEnd::Byte(b' ')),
    (b" ", Field::Skip, FieldEnd::Byte(b' ')),
    (b" ", Field::Skip, FieldEnd::Byte(b' ')),
    (b" [", Field::Time(Time::Common), FieldEnd::Byte(b']')),
    (b"] \"", Field::Request, FieldEnd::Quote),
    (b"\" ", Field::Status, FieldEnd::Byte(b' ')),
    (b" ", Field::Bytes, FieldEnd::Byte(b' ')),
    (b" \"", Field::Referrer, FieldEnd::Quote),
    (b"\" \"", Field::Agent, FieldEnd::Quote),
];

impl LastField {
    /// How many of [`PIECES`] are read up to this field.
    pub(super) fn pieces(self) -> usize {
        match self {
            LastField::Status => 6,
            LastField::Agent => PIECES.len(),
        }
    }
}

/// Reads the fields of a line that begins with a client into `entry`, and gives where the last one
/// ends. `None` where one of them is unusual or has escapes; some fields may have been set then.
///
/// Other lines may follow: no field goes on behind a line feed.
#[inline]
pub(super) fn read<'a>(
    line: &'a [u8],
    last: LastField,
    entry: &mut Entry<'a>,
    reading: &mut Reading,
) -> Option<usize> {
    let (client, rest) = bare_client(line)?;
    let rest = match rest.strip_prefix(b" - - [") {
        Some(rest) => rest,
        None => behind_user(rest)?,
    };
    let (time, rest) = rest.split_first_chunk::<COMMON>()?;
    let rest = rest.strip_prefix(b"] \"")?;
    let (line_of_request, rest) = quoted(rest)?;
    let [b'"', b' ', s1, s2, s3, b' ', ..] = *rest else { return None };
    (entry.client, entry.time, entry.status) =
        (client, reading.clock.common(time)?, status(&[s1, s2, s3]).ok()?);
    request(line_of_request, entry);
    const STATUS: usize = 5;
    if last == LastField::Status {
        return Some(line.len() - rest.len() + STATUS);
    }
    let rest = &rest[STATUS + 1..];
    let (size, rest) = size_before_blank(rest)?;
    let rest = rest.strip_prefix(b" \"")?;
    let (referrer, rest) = if rest.starts_with(b"-\"") { rest.split_at(1) } else { quoted(rest)? };
    let (agent, rest) = quoted(rest.strip_prefix(b"\" \"")?)?;
    (entry.bytes, entry.referrer, entry.agent) = (size, present(referrer), present(agent));
    Some(line.len() - rest.len())
}

/// A client that is an address or a name and nothing else, and the rest of the line, from the blank
/// on. `None` where it has a port, or is a list, or has something before it.
#[inline]
fn bare_client(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match line.first_chunk() {
        // Most are IPv4 addresses. One look at sixteen bytes shows where such an address ends, and
        // that it has neither the colon of a port nor the comma of a list.
        Some(head) => match digits_and_points(head) {
            end @ 1..16 if head[end] == b' ' => end,
            _ => end_of_name(line)?,
        },
        None => end_of_name(line)?,
    };
    Some(line.split_at(end))
}

/// How many of the first bytes are digits, points or slashes, which are neighbours in ASCII.
#[inline]
fn digits_and_points(head: &[u8; 16]) -> usize {
    const LAST: u8 = b'9' - b'.';
    let above = u8x16::new(*head) - u8x16::splat(b'.');
    (!above.min(u8x16::splat(LAST)).simd_eq(above).to_bitmask()).trailing_zeros() as usize
}

/// Where an IPv6 address or a name ends. `None` where it has a single colon, which may begin a
/// port, and where it may be an address that others spell in another way.
#[inline(never)]
fn end_of_name(line: &[u8]) -> Option<usize> {
    if let Some(head) = line.first_chunk()
        && let Some(end) = end_of_usual_address(head)
    {
        return Some(end);
    }
    let first = *line.first()?;
    let mut colons = 0;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b' ' => {
                let is_name = at > 0 && colons != 1 && first != b'[' && first.is_ascii_graphic();
                return (is_name && (colons == 0 || respelled(&line[..at]).is_none()))
                    .then_some(at);
            }
            b':' => colons += 1,
            b',' | b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// Where an IPv6 address ends that is spelled as RFC 5952 says, behind which there is a blank.
/// `None` where it is not seen at once that it is.
#[inline]
fn end_of_usual_address(head: &[u8; 48]) -> Option<usize> {
    let (mut address, mut colons, mut zeros) = (0_u64, 0_u64, 0_u64);
    for (number, part) in head.as_chunks::<16>().0.iter().enumerate() {
        let part = u8x16::new(*part);
        let is = |byte: u8| part.simd_eq(u8x16::splat(byte));
        let among = |first: u8, last: u8| {
            let above = part - u8x16::splat(first);
            above.min(u8x16::splat(last - first)).simd_eq(above)
        };
        // The colon comes behind the digits in ASCII.
        let bits = [among(b'0', b':') | among(b'a', b'f'), is(b':'), is(b'0')]
            .map(|found| u64::from(found.to_bitmask()) << (16 * number));
        (address, colons, zeros) = (address | bits[0], colons | bits[1], zeros | bits[2]);
    }
    let end = address.trailing_ones() as usize;
    if head.get(end) != Some(&b' ') {
        return None;
    }
    let inside = (1 << end) - 1;
    let colons = colons & inside;
    // A group that begins with a zero is one, or has a zero too many. Seven colons of which two are
    // side by side stand for a single group of zeros.
    let begins_with_zero = zeros & inside & (colons << 1 | 1) != 0;
    let number = colons.count_ones();
    let is_short = colons & colons >> 1 == 0 || number < 7;
    (number > 1 && !begins_with_zero && is_short).then_some(end)
}

/// A size and the rest of the line, from the blank on.
#[inline]
fn size_before_blank(rest: &[u8]) -> Option<(u64, &[u8])> {
    if let Some(head) = rest.first_chunk::<8>()
        && let Some((number, digits)) = number_before_blank(head)
    {
        return Some((number, &rest[digits..]));
    }
    let (size, rest) = before_blank(rest)?;
    Some((bytes(size).ok()?, rest))
}

/// The rest of a line behind the two names of a user.
fn behind_user(rest: &[u8]) -> Option<&[u8]> {
    let (_, rest) = before_blank(&rest[1..])?;
    let (_, rest) = before_blank(&rest[1..])?;
    rest.strip_prefix(b" [")
}

/// The text before the next blank, and the rest of the line, from the blank on.
#[inline]
fn before_blank(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = find_near([b' ', b'\n'], rest)?;
    (rest[end] == b' ').then(|| rest.split_at(end))
}

/// A quoted text without escapes, and the rest of the line, from the closing quote on.
#[inline]
fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = find_near([b'"', b'\\', b'\n'], rest)?;
    (rest[end] == b'"').then(|| rest.split_at(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_address_ends_before_the_blank_unless_others_spell_it_in_another_way(
            text in "(([0-9a-f]{0,4}:){1,8}[0-9a-f]{0,4}|[0-9aA:.%]{1,9}|::ffff:(1\\.){3}[0-9])",
            address in any::<std::net::Ipv6Addr>(),
            is_sparse in any::<u16>(),
        ) {
            // Many groups of zeros.
            let segments = address.segments();
            let sparse: [u16; 8] = std::array::from_fn(|at| {
                if is_sparse >> at & 1 == 0 { 0 } else { segments[at] >> (is_sparse >> 8 & 12) }
            });
            for text in [text, std::net::Ipv6Addr::from(sparse).to_string()] {
                let line = format!("{text} - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\"");
                let found = end_of_name(line.as_bytes());
                let colons = text.bytes().filter(|byte| *byte == b':').count();
                let is_usual = colons != 1 && respelled(text.as_bytes()).is_none();
                prop_assert_eq!(found, is_usual.then_some(text.len()), "{}", text);
            }
        }
    }
}
