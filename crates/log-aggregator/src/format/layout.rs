//! Formats whose lines are fields with fixed text between them: what Apache and nginx write.

use crate::entry::Entry;

use super::clock::Clock;
use super::escape::{closing_quote, undo};
use super::field::{Field, Unparsed};

/// A line as fields with literals before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
    /// What stands behind the last field.
    tail: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    /// What stands before the field.
    before: Vec<u8>,
    field: Field,
    end: End,
}

/// Where a field ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Before this byte.
    Byte(u8),
    /// Before the quote that closes it.
    Quote,
    /// With the line.
    Line,
}

/// What a layout is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(Vec<u8>),
    Field(Field),
}

/// Where one field stands: in the line, or with its escapes undone in the scratch space.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: usize,
    to: usize,
    escaped: bool,
}

/// What a parser of layouts keeps from line to line.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    spans: Vec<Span>,
    unescaped: Vec<u8>,
    clock: Clock,
}

impl Scratch {
    /// Empty space for a line's values.
    pub(super) fn space(&mut self) -> &mut Vec<u8> {
        self.space_and_clock().0
    }

    /// The same, and what reads its times.
    pub(super) fn space_and_clock(&mut self) -> (&mut Vec<u8>, &mut Clock) {
        self.unescaped.clear();
        (&mut self.unescaped, &mut self.clock)
    }
}

impl Layout {
    /// A layout of these parts. `None` where two fields stand side by side, so that nobody can tell where one ends.
    pub(super) fn new(parts: impl IntoIterator<Item = Part>) -> Option<Layout> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut text = Vec::new();
        for part in parts {
            match part {
                Part::Text(more) => text.extend(more),
                Part::Field(field) => {
                    let before = std::mem::take(&mut text);
                    if let Some(last) = pieces.last_mut() {
                        last.end = last.end_before(&before)?;
                    }
                    pieces.push(Piece { before, field, end: End::Line });
                }
            }
        }
        if let Some(last) = pieces.last_mut()
            && !text.is_empty()
        {
            last.end = last.end_before(&text)?;
        }
        Some(Layout { pieces, tail: text })
    }

    /// The fields, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.pieces.iter().map(|piece| piece.field)
    }

    /// Reads one line.
    #[inline]
    pub(super) fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Result<Entry<'a>, Unparsed> {
        match self.parse_plain(line, &mut scratch.clock)? {
            Some(entry) => Ok(entry),
            None => self.parse_escaped(line, scratch),
        }
    }

    /// Reads a line in one go; `None` where there is an escape to undo.
    #[inline]
    fn parse_plain<'a>(&self, line: &'a [u8], clock: &mut Clock) -> Result<Option<Entry<'a>>, Unparsed> {
        let mut entry = Entry::default();
        let mut rest = line;
        for piece in &self.pieces {
            rest = behind(rest, &piece.before).ok_or(Unparsed::Shape)?;
            let length = match piece.end {
                // A call of memchr costs more than looking at the few bytes of a number or a name.
                End::Byte(byte) if piece.field.is_short() => rest.iter().position(|other| *other == byte),
                End::Byte(byte) => memchr::memchr(byte, rest),
                End::Quote => match memchr::memchr2(b'"', b'\\', rest) {
                    Some(at) if rest[at] == b'\\' => return Ok(None),
                    found => found,
                },
                End::Line => Some(rest.len()),
            };
            let (text, behind) = rest.split_at(length.ok_or(Unparsed::Shape)?);
            piece.field.set(text, &mut entry, clock)?;
            rest = behind;
        }
        self.ends_with(rest)?;
        Ok(Some(entry))
    }

    /// Whether what stands behind the last field is what belongs there.
    #[inline]
    fn ends_with(&self, rest: &[u8]) -> Result<(), Unparsed> {
        match behind(rest, &self.tail) {
            Some([]) => Ok(()),
            Some(_) => Err(Unparsed::Surplus),
            None => Err(Unparsed::Shape),
        }
    }

    #[cold]
    fn parse_escaped<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Result<Entry<'a>, Unparsed> {
        let Scratch { spans, unescaped, clock } = scratch;
        spans.clear();
        unescaped.clear();
        let mut at = 0;
        for piece in &self.pieces {
            let rest = line.get(at..).unwrap_or_default();
            let rest = rest.strip_prefix(piece.before.as_slice()).ok_or(Unparsed::Shape)?;
            let from = line.len() - rest.len();
            let (length, escaped) = match piece.end {
                End::Byte(byte) => (memchr::memchr(byte, rest).ok_or(Unparsed::Shape)?, false),
                End::Quote => closing_quote(rest).ok_or(Unparsed::Shape)?,
                End::Line => (rest.len(), false),
            };
            at = from + length;
            spans.push(Span { from, to: at, escaped });
        }
        self.ends_with(&line[at..])?;
        for span in spans.iter_mut().filter(|span| span.escaped) {
            let from = unescaped.len();
            undo(&line[span.from..span.to], unescaped);
            (span.from, span.to) = (from, unescaped.len());
        }
        let unescaped: &'a [u8] = unescaped;
        let mut entry = Entry::default();
        for (piece, span) in self.pieces.iter().zip(spans.iter()) {
            let text = if span.escaped { &unescaped[span.from..span.to] } else { &line[span.from..span.to] };
            piece.field.set(text, &mut entry, clock)?;
        }
        Ok(entry)
    }
}

impl Piece {
    /// Where it ends, with this text behind it.
    fn end_before(&self, text: &[u8]) -> Option<End> {
        let next = *text.first()?;
        Some(if next == b'"' && self.before.ends_with(b"\"") { End::Quote } else { End::Byte(next) })
    }
}

/// What follows `text` in `rest`. The texts are of one to three bytes, for which a loop is faster than a call.
#[inline]
fn behind<'a>(rest: &'a [u8], text: &[u8]) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(text.len())?;
    head.iter().zip(text).all(|(byte, other)| byte == other).then_some(tail)
}
