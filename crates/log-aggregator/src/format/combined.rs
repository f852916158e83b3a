//! The fields of combined lines, read in one go: nearly all layouts are these and a few more.
//!
//! Reading field by field as a layout says costs several times as much as knowing what comes next.
//! What is not as usual is left to the layout, which says what is wrong with it.

use wide::u8x16;

use crate::entry::Entry;
use crate::near::find_near;

use super::clock::{self, COMMON, Clock};
use super::field::{Field, Time, bytes, known, request, status};
use super::layout::End;

/// The last field that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// Those of the Common Log Format, but for the size, which may be the last of the line.
    Status,
    /// Those of combined.
    Agent,
}

/// The fields with what stands before them and where they end.
pub(super) const PIECES: [(&[u8], Field, End); 9] = [
    (b"", Field::Client, End::Byte(b' ')),
    (b" ", Field::Skip, End::Byte(b' ')),
    (b" ", Field::Skip, End::Byte(b' ')),
    (b" [", Field::Time(Time::Common), End::Byte(b']')),
    (b"] \"", Field::Request, End::Quote),
    (b"\" ", Field::Status, End::Byte(b' ')),
    (b" ", Field::Bytes, End::Byte(b' ')),
    (b" \"", Field::Referrer, End::Quote),
    (b"\" \"", Field::Agent, End::Quote),
];

impl Ends {
    /// How many of [`PIECES`] are read.
    pub(super) fn pieces(self) -> usize {
        match self {
            Ends::Status => 6,
            Ends::Agent => PIECES.len(),
        }
    }
}

/// Reads the fields of a line that begins with a client, into `entry`; gives where the last one
/// ends. `None` where one of them is not as usual, or has escapes; some may have been set then.
///
/// Other lines may stand behind it: no field goes on behind a line feed.
#[inline]
pub(super) fn read<'a>(
    line: &'a [u8],
    ends: Ends,
    entry: &mut Entry<'a>,
    clock: &mut Clock,
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
        (client, clock.common(time)?, status(&[s1, s2, s3]).ok()?);
    request(line_of_request, entry);
    const STATUS: usize = 5;
    if ends == Ends::Status {
        return Some(line.len() - rest.len() + STATUS);
    }
    let rest = &rest[STATUS + 1..];
    let (size, rest) = size_before_blank(rest)?;
    let rest = rest.strip_prefix(b" \"")?;
    let (referrer, rest) = if rest.starts_with(b"-\"") { rest.split_at(1) } else { quoted(rest)? };
    let (agent, rest) = quoted(rest.strip_prefix(b"\" \"")?)?;
    (entry.bytes, entry.referrer, entry.agent) = (size, known(referrer), known(agent));
    Some(line.len() - rest.len())
}

/// A client that is an address or a name and nothing else, and what stands behind it, from the
/// blank on. One with a port, a list of several, or something before it is not as usual.
#[inline]
fn bare_client(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match line.first_chunk() {
        // Most are addresses of IPv4, which have neither the colon of a port nor the comma of a
        // list: one look shows both that and where they end.
        Some(head) => match digits_and_points(head) {
            end @ 1..16 if head[end] == b' ' => end,
            _ => end_of_name(line)?,
        },
        None => end_of_name(line)?,
    };
    Some(line.split_at(end))
}

/// How many of the first bytes are digits, points or slashes, which stand side by side in ASCII.
#[inline]
fn digits_and_points(head: &[u8; 16]) -> usize {
    const LAST: u8 = b'9' - b'.';
    let above = u8x16::new(*head) - u8x16::splat(b'.');
    (!above.min(u8x16::splat(LAST)).simd_eq(above).to_bitmask()).trailing_zeros() as usize
}

/// Where an address of IPv6 or a name ends. Of one colon alone nobody could tell whether it is that
/// of a port.
#[inline(never)]
fn end_of_name(line: &[u8]) -> Option<usize> {
    let first = *line.first()?;
    let mut colons = 0;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b' ' => {
                return (at > 0 && colons != 1 && first != b'[' && first.is_ascii_graphic())
                    .then_some(at);
            }
            b':' => colons += 1,
            b',' | b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// A size and what stands behind it, from the blank on.
#[inline]
fn size_before_blank(rest: &[u8]) -> Option<(u64, &[u8])> {
    if let Some(head) = rest.first_chunk::<8>()
        && let Some((number, digits)) = clock::number_before_blank(head)
    {
        return Some((number, &rest[digits..]));
    }
    let (size, rest) = before_blank(rest)?;
    Some((bytes(size).ok()?, rest))
}

/// What stands behind the names of a user.
fn behind_user(rest: &[u8]) -> Option<&[u8]> {
    let (_, rest) = before_blank(&rest[1..])?;
    let (_, rest) = before_blank(&rest[1..])?;
    rest.strip_prefix(b" [")
}

/// What stands before the next blank, and what follows, from the blank on.
#[inline]
fn before_blank(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = find_near([b' ', b'\n'], rest)?;
    (rest[end] == b' ').then(|| rest.split_at(end))
}

/// A quoted text without escapes, and what stands behind it, from the quote that closes it.
#[inline]
fn quoted(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = find_near([b'"', b'\\', b'\n'], rest)?;
    (rest[end] == b'"').then(|| rest.split_at(end))
}
