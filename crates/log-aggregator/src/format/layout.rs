//! Formats whose lines are fields with fixed text between them: what Apache and nginx write.

use crate::entry::Entry;
use crate::near::find_near;
use crate::remark::{Remark, Remarks};

use super::clock::Clock;
use super::combined::{self, Ends};
use super::escape::{closing_quote, undo};
use super::field::{Field, Length, Unparsed};

/// A line as fields with literals before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
    /// What stands behind the last field.
    tail: Literal,
    /// Where the fields are that nearly all formats have.
    head: Option<Head>,
    /// Whether other fields may stand behind the last one. They are not read, and the line is
    /// told.
    may_go_on: bool,
    /// What is to be said about every line.
    remarks: Remarks,
}

/// The fields of the Common Log Format, or of combined, among those of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    /// Which piece is the first of them.
    first: usize,
    ends: Ends,
    /// Whether a line of the layout has nothing else.
    is_all: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    /// What stands before the field.
    before: Literal,
    field: Field,
    end: End,
}

/// Where a field ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Before this byte.
    Byte(u8),
    /// Before the quote that closes it.
    Quote,
    /// With the line.
    Line,
}

/// Text that stands in every line, mostly of a few bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Literal {
    text: Vec<u8>,
    /// Its first eight bytes as a number, and which of the number's bytes there are.
    first: u64,
    mask: u64,
}

impl From<Vec<u8>> for Literal {
    fn from(text: Vec<u8>) -> Literal {
        let mut first = [0; 8];
        let length = text.len().min(8);
        first[..length].copy_from_slice(&text[..length]);
        let mask = if length == 8 { u64::MAX } else { (1 << (8 * length)) - 1 };
        Literal { text, first: u64::from_le_bytes(first), mask }
    }
}

impl Literal {
    /// The length of the text, if `rest` begins with it.
    #[inline]
    fn length_in(&self, rest: &[u8]) -> Option<usize> {
        let is_there = match rest.first_chunk::<8>() {
            Some(head) if self.text.len() <= 8 => {
                u64::from_le_bytes(*head) & self.mask == self.first
            }
            _ => rest.starts_with(&self.text),
        };
        is_there.then_some(self.text.len())
    }
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
    pub(super) clock: Clock,
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
    /// A layout of these parts. `None` where two fields stand side by side, so that nobody can tell
    /// where one ends.
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
                    pieces.push(Piece { before: before.into(), field, end: End::Line });
                }
            }
        }
        if let Some(last) = pieces.last_mut()
            && !text.is_empty()
        {
            last.end = last.end_before(&text)?;
        }
        let tail = Literal::from(text);
        // The fast way does not know that somebody else may be the client.
        let is_named_before =
            |head: &Head| pieces[..head.first].iter().any(|piece| piece.field == Field::Forwarded);
        let head = Head::find(&pieces, &tail).filter(|head| !is_named_before(head));
        let mut remarks = Remarks::default();
        if !pieces.iter().any(|piece| piece.field.is_size()) {
            remarks.add(Remark::NoSize);
        }
        Some(Layout { pieces, tail, head, may_go_on: false, remarks })
    }

    /// The same for lines that may have other fields behind the last one.
    pub(super) fn going_on(self) -> Layout {
        Layout { may_go_on: true, ..self }
    }

    /// The fields, in order.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.pieces.iter().map(|piece| piece.field)
    }

    /// Reads the line that `lines` begin with into `entry`, and gives its length with what ends it.
    /// `None` where that cannot be told without looking for the line feed first.
    #[inline]
    pub(super) fn parse_next<'a>(
        &self,
        lines: &'a [u8],
        clock: &mut Clock,
        entry: &mut Entry<'a>,
    ) -> Option<usize> {
        let head = self.head.filter(|head| head.is_all)?;
        *entry = Entry::default();
        let length = combined::read(lines, head.ends, entry, clock)?;
        match lines[length..] {
            [b'"', b'\n', ..] => Some(length + 2),
            [b'"', b'\r', b'\n', ..] => Some(length + 3),
            _ => None,
        }
    }

    /// Reads one line into `entry`; `false` where there is an escape to undo.
    #[inline]
    fn parse_plain<'a>(
        &self,
        line: &'a [u8],
        clock: &mut Clock,
        entry: &mut Entry<'a>,
    ) -> Result<bool, Unparsed> {
        let (mut at, mut next) = (0, 0);
        while let Some(piece) = self.pieces.get(next) {
            let rest = &line[at..];
            at += piece.before.length_in(rest).ok_or(Unparsed::Shape)?;
            let rest = &line[at..];
            if let Some(head) = &self.head
                && head.first == next
                && let Some(length) = combined::read(rest, head.ends, entry, clock)
            {
                (at, next) = (at + length, next + head.ends.pieces());
                continue;
            }
            let length = match piece.end {
                End::Byte(byte) => match piece.field.length() {
                    Length::Fixed(length) if rest.get(length) == Some(&byte) => Some(length),
                    // A call of memchr costs more than looking at the few bytes of a number or a
                    // name.
                    Length::Fixed(_) | Length::Short => find_near([byte], rest),
                    Length::Long => memchr::memchr(byte, rest),
                },
                End::Quote => match memchr::memchr2(b'"', b'\\', rest) {
                    Some(at) if rest[at] == b'\\' => return Ok(false),
                    None if self.is_cut_off(piece) => {
                        piece.field.set(rest, entry, clock)?;
                        entry.remarks.join(self.remarks);
                        return Ok(true);
                    }
                    found => found,
                },
                End::Line => Some(rest.len()),
            };
            let length = piece.whole_list(length.ok_or(Unparsed::Shape)?, rest);
            piece.field.set(&rest[..length], entry, clock)?;
            at += length;
            next += 1;
        }
        entry.remarks.join(self.ends_with(&line[at..])?);
        Ok(true)
    }

    /// Whether a line that ends within this quoted field has all the others: it was cut off, by a
    /// crash or a limit, where nothing is lost but the end of its last field.
    #[cold]
    fn is_cut_off(&self, piece: &Piece) -> bool {
        self.tail.text == b"\"" && self.pieces.last().is_some_and(|last| std::ptr::eq(last, piece))
    }

    /// What is to be said about a line, if what stands behind its last field is what belongs there.
    #[inline]
    fn ends_with(&self, rest: &[u8]) -> Result<Remarks, Unparsed> {
        match self.tail.length_in(rest) {
            Some(length) if length == rest.len() => Ok(self.remarks),
            Some(length) if self.may_go_on && are_fields(&rest[length..]) => {
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
    pub(super) fn parse_escaped<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a mut Scratch,
    ) -> Result<Entry<'a>, Unparsed> {
        let Scratch { spans, unescaped, clock } = scratch;
        spans.clear();
        unescaped.clear();
        let (mut at, mut cut_off) = (0, false);
        for piece in &self.pieces {
            let rest = line.get(at..).unwrap_or_default();
            let from = at + piece.before.length_in(rest).ok_or(Unparsed::Shape)?;
            let rest = &line[from..];
            let (length, escaped) = match piece.end {
                End::Byte(byte) => (
                    piece.whole_list(memchr::memchr(byte, rest).ok_or(Unparsed::Shape)?, rest),
                    false,
                ),
                End::Quote => match closing_quote(rest) {
                    Some(found) => found,
                    None if self.is_cut_off(piece) => {
                        cut_off = true;
                        (rest.len(), true)
                    }
                    None => return Err(Unparsed::Shape),
                },
                End::Line => (rest.len(), false),
            };
            at = from + length;
            spans.push(Span { from, to: at, escaped });
        }
        let remarks = if cut_off { self.remarks } else { self.ends_with(&line[at..])? };
        for span in spans.iter_mut().filter(|span| span.escaped) {
            let from = unescaped.len();
            undo(&line[span.from..span.to], unescaped);
            (span.from, span.to) = (from, unescaped.len());
        }
        let unescaped: &'a [u8] = unescaped;
        let mut entry = Entry { remarks, ..Entry::default() };
        for (piece, span) in self.pieces.iter().zip(spans.iter()) {
            let text = if span.escaped {
                &unescaped[span.from..span.to]
            } else {
                &line[span.from..span.to]
            };
            piece.field.set(text, &mut entry, clock)?;
        }
        Ok(entry)
    }
}

impl Head {
    /// The longest known run of fields, wherever it stands.
    fn find(pieces: &[Piece], tail: &Literal) -> Option<Head> {
        [Ends::Agent, Ends::Status].into_iter().find_map(|ends| {
            let known = &combined::PIECES[..ends.pieces()];
            let is_it = |run: &[Piece]| {
                let are_equal = |(piece, (before, field, end)): (&Piece, &(&[u8], Field, End))| {
                    let is_field = piece.field == *field
                        || (piece.field, *field) == (Field::Sent, Field::Bytes);
                    is_field && piece.end == *end && piece.before.text == *before
                };
                // What stands before the first one is anybody's business.
                run[0].field == Field::Client
                    && run[0].end == known[0].2
                    && run[1..].iter().zip(&known[1..]).all(are_equal)
            };
            let first = pieces.windows(known.len()).position(is_it)?;
            let is_all = ends == Ends::Agent
                && pieces.len() == known.len()
                && pieces[0].before.text.is_empty()
                && tail.text == b"\"";
            Some(Head { first, ends, is_all })
        })
    }
}

/// Whether text behind a line's last field is more fields, and not the rest of one whose quotes
/// were not escaped: each has a blank before it, and its quotes, if any, are around all of it or
/// behind an equals sign.
#[cold]
fn are_fields(text: &[u8]) -> bool {
    let mut rest = text;
    while let [b' ', behind @ ..] = rest {
        let end =
            behind.iter().position(|byte| matches!(byte, b' ' | b'"')).unwrap_or(behind.len());
        rest = match behind.get(end) {
            Some(b'"') if end == 0 || behind[end - 1] == b'=' => {
                let quoted = &behind[end + 1..];
                match closing_quote(quoted) {
                    Some((length, _)) => &quoted[length + 1..],
                    None => return false,
                }
            }
            Some(b'"') => return false,
            _ => &behind[end..],
        };
    }
    rest.is_empty()
}

impl Piece {
    /// The length of a list whose first value has this length: of what ends with a comma, or has a
    /// colon between blanks behind it, there is more.
    #[inline]
    fn whole_list(&self, first: usize, rest: &[u8]) -> usize {
        match self.end {
            End::Byte(b' ') if self.field.is_list() => list_length(first, rest, self.field),
            // A host that is an address of IPv6 has colons of its own: `[2001:db8::1]:443`.
            End::Byte(b':') if self.field == Field::Host && rest.starts_with(b"[") => {
                // Without a port behind it the line is not of this layout, which the text behind
                // this piece shows.
                let end = memchr::memchr(b']', rest).map_or(rest.len(), |end| end + 1);
                if rest.get(end) == Some(&b':') { end } else { rest.len() }
            }
            _ => first,
        }
    }

    /// Where it ends, with this text behind it.
    fn end_before(&self, text: &[u8]) -> Option<End> {
        let next = *text.first()?;
        Some(if next == b'"' && self.before.text.ends_with(b"\"") {
            End::Quote
        } else {
            End::Byte(next)
        })
    }
}

fn list_length(first: usize, rest: &[u8], field: Field) -> usize {
    let has_groups = !matches!(field, Field::Client | Field::Forwarded);
    let mut end = first;
    loop {
        let behind = match &rest[end..] {
            [b' ', b':', b' ', ..] if has_groups => end + 3,
            [b' ', ..] if rest[..end].ends_with(b",") => end + 1,
            _ => return end,
        };
        match memchr::memchr(b' ', &rest[behind..]) {
            Some(length) => end = behind + length,
            None => return end,
        }
    }
}

/// Reads a line by the first of the layouts that it fits into `entry`; `false` where there is an
/// escape to undo.
#[inline]
pub(super) fn parse_any_plain<'a>(
    layouts: &[Layout],
    line: &'a [u8],
    clock: &mut Clock,
    entry: &mut Entry<'a>,
) -> Result<bool, Unparsed> {
    let mut why = Unparsed::Shape;
    for layout in layouts {
        *entry = Entry::default();
        match layout.parse_plain(line, clock, entry) {
            Ok(found) => return Ok(found),
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// Reads a line with escapes by the first of the layouts that it fits. The last one is not tried
/// before it reads: most formats have but one.
#[cold]
pub(super) fn parse_any<'a>(
    layouts: &[Layout],
    line: &'a [u8],
    scratch: &'a mut Scratch,
) -> Result<Entry<'a>, Unparsed> {
    let (last, others) = layouts.split_last().ok_or(Unparsed::Shape)?;
    let fits = others.iter().find(|layout| layout.parse_escaped(line, scratch).is_ok());
    fits.unwrap_or(last).parse_escaped(line, scratch)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_behind_a_line_are_told_from_the_rest_of_a_broken_one() {
        for fields in [
            "",
            " -",
            " 512 1290",
            " \"-\"",
            " rt=0.1 urt=\"0.1, 0.2\"",
            " [a] [] 1, 2",
            " \"a \\\" b\"",
            "  ",
        ] {
            assert!(are_fields(fields.as_bytes()), "{fields}");
        }
        for rest in [" tablet\"", "x", "\"", " \"a", " a\"b\"", " \"a\"b"] {
            assert!(!are_fields(rest.as_bytes()), "{rest}");
        }
    }

    #[test]
    fn a_list_ends_where_its_last_value_does() {
        for (rest, list) in [
            ("- next", "-"),
            ("0.100 502, 200", "0.100"),
            ("0.100, 0.110 502, 200", "0.100, 0.110"),
            ("a, b : c, d e", "a, b : c, d"),
            ("a, b", "a,"),
        ] {
            assert_eq!(
                list_length(rest.find(' ').unwrap(), rest.as_bytes(), Field::SkipList),
                list.len(),
                "{rest}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn what_is_read_in_one_go_is_what_is_read_field_by_field(
            client in "([0-9a-f.:]{0,9}|192.0.2.1:80|\\[::1\\]:8|a, b, c|\u{feff}a)", user in "(- -|- -|- -|- [a-z\"]{1,9}|a b|-)", time in "(01/May/2024:10:0[0-9]:00 \\+0000|02/May/2024:10:00:59 -0130|31/Apr/2024:10:00:00 \\+0000|01/May/2024:10:0[0-9]:00 \\+0000|x)",
            request in "(GET /[a-z?]{0,12} HTTP/1.1|POST /|[A-Za-z]{0,4} [ -~]{0,9}|-|)", status in "(200|404|301|500|000|-|2x0|1000)",
            bytes in "([0-9]{1,19}|[0-9]{1,5}|-|-1|)", referrer in "(-|http://[a-z]{0,9}/|[ -~]{0,6}|)", agent in "(-|[ -~]{0,30}|)",
            tail in "(\"|\" 0.01|\" 5 \\+|)", damaged in any::<prop::sample::Index>(), with in prop::option::of(any::<u8>()),
        ) {
            let mut line = format!(
                "{client} {user} [{time}] \"{request}\" {status} {bytes} \"{referrer}\" \"{agent}{tail}",
            ).into_bytes();
            if let Some(byte) = with {
                let at = damaged.index(line.len());
                line[at] = byte;
            }
            const FORMATS: [&str; 4] = [
                "%h %l %u %t \"%r\" %>s %b", "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"",
                "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D", "%v:%p %h %l %u %t \"%r\" %>s %b",
            ];
            for format in FORMATS {
                let layout = super::super::apache::compile(format).unwrap();
                prop_assert!(layout.head.is_some(), "{}", format);
                let one_by_one = Layout { head: None, ..layout.clone() };
                let read = |layout: &Layout| {
                    let mut entry = Entry::default();
                    layout.parse_plain(&line, &mut Clock::default(), &mut entry).map(|is_plain| is_plain.then_some(entry))
                };
                prop_assert_eq!(read(&layout), read(&one_by_one), "{}", String::from_utf8_lossy(&line));
            }
        }

        #[test]
        fn a_line_among_others_is_read_as_it_is_by_itself(
            lines in prop::collection::vec("([0-9a-f.]{0,9}|[0-9a-f]{0,3}::[0-9a-f.]{1,5}|x) (- -|[a-z]{1,3} -|[a-z]{1,9}) \\[01/May/2024:10:0[0-9]:00 \\+0000\\] \"(GET /[a-z]{0,30} HTTP/1\\.1|-)\" 200 ([0-9]{1,9}|-) \"(-|[a-z]{0,9})\" \"[a-z]{0,40}\"", 1..4),
            end in prop::sample::select(vec!["\n", "\r\n"]),
            damaged in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"\n\r \"\\-".to_vec())), 0..3),
        ) {
            let is_usual = damaged.is_empty() && lines[0].contains(" - - [") && !lines[0].starts_with(' ');
            let mut lines = (lines.join(end) + end).into_bytes();
            for (at, byte) in damaged {
                let at = at.index(lines.len());
                lines[at] = byte;
            }
            let layout = super::super::apache::compile("%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"").unwrap();
            let mut entry = Entry::default();
            let length = layout.parse_next(&lines, &mut Clock::default(), &mut entry);
            prop_assert!(length.is_some() || !is_usual);
            if let Some(length) = length {
                let line = lines.split(|byte| *byte == b'\n').next().unwrap();
                prop_assert_eq!(length, line.len() + 1);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let mut alone = Entry::default();
                prop_assert_eq!(layout.parse_plain(line, &mut Clock::default(), &mut alone), Ok(true));
                prop_assert_eq!(entry, alone);
            }
        }

        #[test]
        fn a_literal_is_what_a_line_begins_with(text in "[a-c]{0,10}", line in "[a-c]{0,12}") {
            let literal = Literal::from(text.clone().into_bytes());
            prop_assert_eq!(literal.length_in(line.as_bytes()).is_some(), line.starts_with(&text));
            let both = text.clone() + &line;
            prop_assert_eq!(literal.length_in(both.as_bytes()), Some(text.len()));
        }
    }
}
