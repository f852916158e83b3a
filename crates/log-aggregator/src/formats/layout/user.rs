//! The name of a user, which servers write as it is, blanks included: `192.0.2.1 - John Smith [`.
//!
//! Nothing but the bracket of the time behind it shows where such a name ends. It is looked for
//! only where a line is not as the layout says, so that the usual lines cost nothing.

use crate::formats::entry::Entry;
use crate::formats::fields::client::{address, without_port};
use crate::formats::fields::{Field, Length, Reading};
use crate::formats::unparsed::Unparsed;

use super::Layout;
use super::piece::{FieldEnd, Literal, Piece};

/// Which piece may be a name with blanks: one that is not counted, and has the bracket of the time
/// behind it.
pub(super) fn user_of(pieces: &[Piece]) -> Option<usize> {
    pieces.windows(2).position(|pair| {
        (pair[0].field, pair[0].end) == (Field::Skip, FieldEnd::Byte(b' '))
            && matches!(pair[1].field, Field::Time(_))
            && pair[1].before.text == b" ["
    })
}

impl Layout {
    /// What reading in place gives for a line that stops to be of this layout in the piece `next`,
    /// at this byte: that it has to be read apart where a user's name has blanks, and otherwise
    /// what is wrong.
    #[cold]
    #[inline(never)]
    pub(super) fn unless_user_has_blanks(
        &self,
        line: &[u8],
        (next, at): (usize, usize),
        why: Unparsed,
    ) -> Result<bool, Unparsed> {
        // What follows a bracket in the name may look like the time.
        let is_behind_user = self.user.is_some_and(|user| (user + 1..=user + 2).contains(&next));
        if !is_behind_user || self.time_behind(line, at).is_none() {
            return Err(why);
        }
        let begins = || {
            let user = self.user?;
            let before = self.end_of(user.checked_sub(1)?, line)?;
            Some(before + self.pieces[user].before.length_in(line.get(before..)?)?)
        };
        match begins().and_then(|from| self.user_ends(line, from)) {
            Some(_) => Ok(false),
            None => Err(why),
        }
    }

    /// How long the user's name is that begins at `from`, where it has blanks. `None` where it has
    /// none, and where nobody can tell.
    pub(super) fn length_with_blanks(&self, line: &[u8], from: usize) -> Option<usize> {
        let rest = &line[from..];
        let first = memchr::memchr(b' ', rest)?;
        if self.is_time_at(&rest[first..]) {
            return None;
        }
        self.user_ends(line, from).map(|end| end - from)
    }

    /// Whether the time stands here, by its length alone.
    fn is_time_at(&self, rest: &[u8]) -> bool {
        let Some((time, behind)) = self.time() else { return false };
        time.before.length_in(rest).is_some_and(|before| match time.field.length() {
            Length::Fixed(length) => {
                rest.get(before + length..).is_some_and(|rest| behind.length_in(rest).is_some())
            }
            Length::Short | Length::Long => true,
        })
    }

    /// The time behind the user, and the text behind that.
    fn time(&self) -> Option<(&Piece, &Literal)> {
        match self.pieces.get(self.user? + 1..)? {
            [time, next, ..] => Some((time, &next.before)),
            [time] => Some((time, &self.tail)),
            [] => None,
        }
    }

    /// Where the user's name ends that begins at `from`. `None` where it is none: a `-` stands for
    /// something that is not known, and an address would be the client's, so these are fields that
    /// the layout does not have. Behind an address, which is the client, `John - Smith` is a name.
    fn user_ends(&self, line: &[u8], from: usize) -> Option<usize> {
        let end = self.time_behind(line, from)?;
        let client = self.pieces.iter().position(|piece| piece.field == Field::Client)?;
        let client_ends = self.end_of(client, line)?;
        let before = line.get(client_ends..from)?;
        let is_address = |word: &[u8]| address(word).is_some();
        let (name, is_unknown) = (&line[from..end], |word: &[u8]| word == b"-");
        let has_unknown = match words(&line[..client_ends]).next_back().is_some_and(is_address) {
            true => words(name).next().is_some_and(is_unknown) || name.ends_with(b" -"),
            false => words(name).any(is_unknown),
        };
        let has_odd = has_unknown || words(before).chain(words(name)).any(is_address);
        (!has_odd).then_some(end)
    }

    /// Where a piece before the user's name ends.
    fn end_of(&self, wanted: usize, line: &[u8]) -> Option<usize> {
        let mut at = 0;
        for piece in self.pieces.iter().take(wanted + 1) {
            at += piece.before.length_in(line.get(at..)?)?;
            let rest = &line[at..];
            let FieldEnd::Byte(end) = piece.end else { return None };
            at += piece.whole_list(memchr::memchr(end, rest)?, rest);
        }
        Some(at)
    }

    /// Where the first time begins that stands at or behind a byte, with the blank and the bracket
    /// before it, and with what the layout has behind it. A name never has that: servers escape the
    /// quote.
    fn time_behind(&self, line: &[u8], from: usize) -> Option<usize> {
        let (time, behind) = self.time()?;
        let FieldEnd::Byte(close) = time.end else { return None };
        let rest = line.get(from..)?;
        memchr::memmem::find_iter(rest, &time.before.text)
            .find(|at| {
                let inside = &rest[at + time.before.text.len()..];
                let Some(length) = memchr::memchr(close, inside) else { return false };
                behind.length_in(&inside[length..]).is_some()
                    && time
                        .field
                        .set(&inside[..length], &mut Entry::default(), &mut Reading::default())
                        .is_ok()
            })
            .map(|at| from + at)
    }
}

/// Whether what was read as the host is rather the client, as in `192.0.2.1 - John Smith [`, where
/// the client would be unknown: it is an address, or what stands behind the client says so, where
/// nearly all servers write `-`. A log whose owner took the clients out of it, `www.example.org - -
/// - [`, has hosts.
#[inline]
pub(super) fn host_is_client(line: &[u8], entry: &Entry<'_>) -> bool {
    entry.client == b"-" && is_no_host(line)
}

#[cold]
fn is_no_host(line: &[u8]) -> bool {
    let mut words = words(line);
    let host = words.next().unwrap_or_default();
    address(without_port(host)).is_some() || words.nth(1) != Some(b"-")
}

fn words(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|byte| *byte == b' ')
}
