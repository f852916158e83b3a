//! Formats whose lines are fields with fixed text between them: what Apache and nginx write.

mod combined;
mod extension;
mod head;
mod piece;
mod progress;
mod surplus;
#[cfg(test)]
mod tests;
mod user;

use crate::formats::entry::Entry;
use crate::formats::fields::short_search::find_near;
use crate::formats::remark::{Remark, Remarks};

use crate::formats::fields::escape::{closing_quote, undo};
use crate::formats::fields::{Field, Length, Reading};
use crate::formats::scratch::{FieldRange, Scratch};
use crate::formats::unparsed::Unparsed;

use head::Head;
use piece::{FieldEnd, Literal, Piece};
pub(in crate::formats) use progress::Progress;
use surplus::are_fields;
use user::host_is_client;

/// A line as fields with literals before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::formats) struct Layout {
    pieces: Vec<Piece>,
    /// What stands behind the last field.
    tail: Literal,
    /// Where the fields are that nearly all formats have, if they are there.
    head: Option<Head>,
    /// Whether other fields may stand behind the last one. They are not read, and the entry has a
    /// remark.
    more: More,
    /// The remarks that every line has.
    remarks: Remarks,
    /// Whether a backslash is what it is, and begins no escape.
    is_raw: bool,
    /// Which piece may be a user's name with blanks.
    user: Option<usize>,
    /// Whether a line is refused whose host is rather a client.
    doubts_host: bool,
}

/// What may stand behind the last field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum More {
    Nothing,
    /// Other fields.
    Fields,
    /// Other fields, the first of which is not in quotes: what is in quotes there is known, and
    /// makes another format.
    BareFields,
}

/// What a layout is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Element {
    Text(Vec<u8>),
    Field(Field),
}

impl Layout {
    /// A layout of these elements. `None` where two fields touch, so that nobody can tell where the
    /// first one ends.
    pub(in crate::formats) fn new(parts: impl IntoIterator<Item = Element>) -> Option<Layout> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut text = Vec::new();
        for part in parts {
            match part {
                Element::Text(more) => text.extend(more),
                Element::Field(field) => {
                    let before = std::mem::take(&mut text);
                    if let Some(last) = pieces.last_mut() {
                        last.end = last.end_before(&before)?;
                    }
                    pieces.push(Piece { before: before.into(), field, end: FieldEnd::Line });
                }
            }
        }
        if let Some(last) = pieces.last_mut()
            && !text.is_empty()
        {
            last.end = last.end_before(&text)?;
        }
        let tail = Literal::from(text);
        // Reading at once does not know that a proxy may have named another client.
        let is_named_before =
            |head: &Head| pieces[..head.first].iter().any(|piece| piece.field == Field::Forwarded);
        let head = Head::find(&pieces, &tail).filter(|head| !is_named_before(head));
        let mut remarks = Remarks::default();
        if !pieces.iter().any(|piece| piece.field.is_size()) {
            remarks.add(Remark::NoSize);
        }
        let user = user::user_of(&pieces);
        Some(Layout {
            pieces,
            tail,
            head,
            more: More::Nothing,
            remarks,
            is_raw: false,
            user,
            doubts_host: false,
        })
    }

    /// The same layout for lines that may have other fields behind the last one.
    pub(in crate::formats) fn going_on(self) -> Layout {
        Layout { more: More::Fields, ..self.ending_at_a_blank() }
    }

    /// The same, but that the first of them is not in quotes.
    pub(in crate::formats) fn going_on_bare(self) -> Layout {
        Layout { more: More::BareFields, ..self.ending_at_a_blank() }
    }

    /// The same for lines of programs that write no escapes.
    pub(in crate::formats) fn raw(self) -> Layout {
        Layout { is_raw: true, ..self }
    }

    /// The same for lines that may have no host before the client: where the one that is found is
    /// rather the client, the line is of another format.
    pub(in crate::formats) fn doubting_host(self) -> Layout {
        Layout { doubts_host: true, ..self }
    }

    fn ending_at_a_blank(mut self) -> Layout {
        if let Some(last) = self.pieces.last_mut()
            && last.end == FieldEnd::Line
        {
            last.end = FieldEnd::LineOrBlank;
        }
        self
    }

    /// Whether [`Layout::parse_next`] reads most lines.
    pub(in crate::formats) fn is_read_at_once(&self) -> bool {
        self.head.is_some_and(|head| head.is_all)
    }

    /// The fields, in order.
    pub(in crate::formats) fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.pieces.iter().map(|piece| piece.field)
    }

    /// Reads the line that `lines` begin with into `entry`, and gives its length with its end.
    /// `None` where that takes looking for the line feed first.
    #[inline]
    pub(in crate::formats) fn parse_next<'a>(
        &self,
        lines: &'a [u8],
        reading: &mut Reading,
        entry: &mut Entry<'a>,
    ) -> Option<usize> {
        let head = self.head.filter(|head| head.is_all)?;
        *entry = Entry::default();
        let length = combined::read(lines, head.last, entry, reading)?;
        match lines[length..] {
            [b'"', b'\n', ..] => Some(length + 2),
            [b'"', b'\r', b'\n', ..] => Some(length + 3),
            _ => None,
        }
    }

    /// Reads one line into `entry`; `false` where there is an escape to undo, or an address to
    /// spell in another way.
    #[inline]
    fn parse_plain<'a>(
        &self,
        line: &'a [u8],
        reading: &mut Reading,
        entry: &mut Entry<'a>,
    ) -> Result<bool, Unparsed> {
        let (mut at, mut next) = (0, 0);
        while let Some(piece) = self.pieces.get(next) {
            let rest = &line[at..];
            let Some(before) = piece.before.length_in(rest) else {
                return self.unless_user_has_blanks(line, (next, at), Unparsed::Shape);
            };
            at += before;
            let rest = &line[at..];
            if let Some(head) = &self.head
                && head.first == next
                && let Some(length) = combined::read(rest, head.last, entry, reading)
            {
                (at, next) = (at + length, next + head.last.pieces());
                continue;
            }
            let length = match piece.end {
                FieldEnd::Byte(byte) => match piece.field.length() {
                    Length::Fixed(length) if rest.get(length) == Some(&byte) => Some(length),
                    // A call of memchr costs more than looking at the few bytes of a number or a
                    // name.
                    Length::Fixed(_) | Length::Short => find_near([byte], rest),
                    Length::Long => memchr::memchr(byte, rest),
                },
                FieldEnd::Quote => match memchr::memchr2(b'"', b'\\', rest) {
                    Some(at) if rest[at] == b'\\' => return Ok(false),
                    None if self.is_cut_off(piece) => {
                        piece.field.set(rest, entry, reading)?;
                        entry.remarks.join(self.remarks);
                        return Ok(!entry.remarks.respell());
                    }
                    found => found,
                },
                FieldEnd::Line => Some(rest.len()),
                FieldEnd::LineOrBlank => Some(find_near([b' '], rest).unwrap_or(rest.len())),
            };
            let length = piece.whole_list(length.ok_or(Unparsed::Shape)?, rest);
            if let Err(why) = piece.field.set(&rest[..length], entry, reading) {
                return self.unless_user_has_blanks(line, (next, at), why);
            }
            at += length;
            next += 1;
        }
        if self.doubts_host && host_is_client(line, entry) {
            return Err(Unparsed::Client);
        }
        entry.remarks.join(self.ends_with(&line[at..])?);
        Ok(!entry.remarks.respell())
    }

    /// Whether this quoted field is the last one, so that a line that ends within it has all
    /// others: a crash or a limit cut it off, and only the end of its last field is lost.
    #[cold]
    fn is_cut_off(&self, piece: &Piece) -> bool {
        self.tail.text == b"\"" && self.pieces.last().is_some_and(|last| std::ptr::eq(last, piece))
    }

    /// Whether this text may stand behind the last field.
    #[cold]
    fn may_have(&self, text: &[u8]) -> bool {
        let may_go_on = match self.more {
            More::Nothing => false,
            More::Fields => true,
            More::BareFields => !text.starts_with(b" \""),
        };
        may_go_on && are_fields(text)
    }

    /// The remarks about a line, if the text behind its last field is what belongs there.
    #[inline]
    fn ends_with(&self, rest: &[u8]) -> Result<Remarks, Unparsed> {
        match self.tail.length_in(rest) {
            Some(length) if length == rest.len() => Ok(self.remarks),
            Some(length) if self.may_have(&rest[length..]) => {
                let mut remarks = self.remarks;
                remarks.add(Remark::GoesOn);
                Ok(remarks)
            }
            Some(_) => Err(Unparsed::Surplus),
            None => Err(Unparsed::Shape),
        }
    }

    /// Reads a line whose quoted fields may have escapes.
    #[cold]
    pub(in crate::formats) fn parse_escaped<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a mut Scratch,
    ) -> Result<Entry<'a>, Unparsed> {
        let Scratch { ranges, unescaped, reading, respelling, .. } = scratch;
        ranges.clear();
        unescaped.clear();
        let (mut at, mut cut_off) = (0, false);
        for (number, piece) in self.pieces.iter().enumerate() {
            let rest = line.get(at..).unwrap_or_default();
            let from = at + piece.before.length_in(rest).ok_or(Unparsed::Shape)?;
            let rest = &line[from..];
            if self.user == Some(number)
                && let Some(length) = self.length_with_blanks(line, from)
            {
                at = from + length;
                ranges.push(FieldRange { from, to: at, escaped: false });
                continue;
            }
            let (length, escaped) = match piece.end {
                FieldEnd::Byte(byte) => (
                    piece.whole_list(memchr::memchr(byte, rest).ok_or(Unparsed::Shape)?, rest),
                    false,
                ),
                FieldEnd::Quote => match closing_quote(rest) {
                    Some(found) => found,
                    None if self.is_cut_off(piece) => {
                        cut_off = true;
                        (rest.len(), true)
                    }
                    None => return Err(Unparsed::Shape),
                },
                FieldEnd::Line => (rest.len(), false),
                FieldEnd::LineOrBlank => (before_blank(rest), false),
            };
            at = from + length;
            ranges.push(FieldRange { from, to: at, escaped });
        }
        let remarks = if cut_off { self.remarks } else { self.ends_with(&line[at..])? };
        if self.is_raw {
            ranges.iter_mut().for_each(|range| range.escaped = false);
        }
        for range in ranges.iter_mut().filter(|range| range.escaped) {
            let from = unescaped.len();
            undo(&line[range.from..range.to], unescaped);
            (range.from, range.to) = (from, unescaped.len());
        }
        let unescaped: &'a [u8] = unescaped;
        let mut entry = Entry { remarks, ..Entry::default() };
        for (piece, range) in self.pieces.iter().zip(ranges.iter()) {
            let text = if range.escaped {
                &unescaped[range.from..range.to]
            } else {
                &line[range.from..range.to]
            };
            piece.field.set(text, &mut entry, reading)?;
        }
        if self.doubts_host && host_is_client(line, &entry) {
            return Err(Unparsed::Client);
        }
        if entry.remarks.respell() {
            entry.client = respelling.of(entry.client);
            entry.remarks.set_respell(false);
        }
        Ok(entry)
    }
}

/// Where the text before the first blank ends.
#[inline(never)]
fn before_blank(text: &[u8]) -> usize {
    memchr::memchr(b' ', text).unwrap_or(text.len())
}

/// Reads a line by the first of the layouts that it fits into `entry`; `false` where there is an
/// escape to undo.
#[inline]
pub(in crate::formats) fn parse_any_plain<'a>(
    layouts: &[Layout],
    line: &'a [u8],
    reading: &mut Reading,
    entry: &mut Entry<'a>,
) -> Result<bool, Unparsed> {
    let mut why = Unparsed::Shape;
    for layout in layouts {
        *entry = Entry::default();
        match layout.parse_plain(line, reading, entry) {
            Ok(found) => return Ok(found),
            Err(Unparsed::NoRequest) => return Err(Unparsed::NoRequest),
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// Reads a line with escapes by the first of the layouts that it fits. The last one is not tried
/// first, since most formats have only one.
#[cold]
pub(in crate::formats) fn parse_any<'a>(
    layouts: &[Layout],
    line: &'a [u8],
    scratch: &'a mut Scratch,
) -> Result<Entry<'a>, Unparsed> {
    let (last, others) = layouts.split_last().ok_or(Unparsed::Shape)?;
    let fits = others.iter().find(|layout| layout.parse_escaped(line, scratch).is_ok());
    fits.unwrap_or(last).parse_escaped(line, scratch)
}
