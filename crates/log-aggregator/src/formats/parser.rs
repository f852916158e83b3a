//! Reads the lines of one log, one after the other.

use std::borrow::Cow;

use super::entry::Entry;
use super::fields::Proxies;
use super::fields::clock::Clock;
use super::format::Format;
use super::layout::{self, Layout};
use super::line::{InPlace, Line, MAX_LINE_BYTES, text_of};
use super::remark::Remarks;
use super::scratch::Scratch;
use super::shape::Shape;
use super::unparsed::Unparsed;
use super::unwrapper::{Inside, Unwrapper};
use super::w3c::Columns;

/// Reads the lines of one log, in order. It remembers the last time that it read, the columns that
/// the last `#Fields` line of a W3C log named, and the pieces of lines that are not complete yet.
#[derive(Clone, Debug)]
pub struct Parser {
    shape: Shape,
    scratch: Scratch,
    columns: Columns,
    unwrapper: Unwrapper,
}

impl Parser {
    /// A parser at the beginning of a log.
    pub fn new(format: &Format) -> Parser {
        Parser {
            shape: format.shape().clone(),
            scratch: Scratch::default(),
            columns: Columns::default(),
            unwrapper: Unwrapper::default(),
        }
    }

    /// The same parser, which believes these proxies about clients.
    pub fn believing(mut self, proxies: Proxies) -> Parser {
        self.scratch.reading.proxies = proxies;
        self
    }

    /// The same parser, whose times are those of the clock that wrote each of them, as if that were
    /// UTC.
    pub fn with_times_as_logged(mut self) -> Parser {
        self.scratch.reading.clock = Clock::as_logged();
        self
    }

    /// Reads one line, without its line feed; a carriage return at its end is ignored.
    ///
    /// # Errors
    ///
    /// If the line does not have the format, with what is wrong.
    pub fn parse<'a>(&'a mut self, line: &'a [u8]) -> Result<Line<'a>, Unparsed> {
        let mut entry = Entry::default();
        match self.parse_in_place(line, &mut entry)? {
            InPlace::Entry => Ok(Line::Entry(entry)),
            InPlace::Nothing => Ok(Line::Nothing),
            InPlace::Apart => self.parse_apart(line),
        }
    }

    /// Reads the line that `lines` begin with as [`Parser::parse_in_place`] does, and gives its
    /// length with its line feed, where both can be done at once: most lines of most logs. `None`
    /// where they cannot.
    #[inline]
    pub(crate) fn parse_next<'a>(
        &mut self,
        lines: &'a [u8],
        entry: &mut Entry<'a>,
    ) -> Option<usize> {
        match &self.shape {
            Shape::Layouts(layouts) => {
                let length =
                    layouts.first()?.parse_next(lines, &mut self.scratch.reading, entry)?;
                (length <= MAX_LINE_BYTES).then_some(length)
            }
            Shape::Json(_) | Shape::W3c | Shape::Wrapped(..) => None,
        }
    }

    /// Reads one line as [`Parser::parse`] does, if every value stands in it as it is. What `entry`
    /// then has lives as long as the line. After any other result `entry` means nothing.
    #[inline]
    pub(crate) fn parse_in_place<'a>(
        &mut self,
        line: &'a [u8],
        entry: &mut Entry<'a>,
    ) -> Result<InPlace, Unparsed> {
        let (line, remarks) = text_of(line);
        if line.is_empty() {
            return Ok(InPlace::Nothing);
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(Unparsed::TooLong);
        }
        match &self.shape {
            // What cannot be read at once mostly has an escape, which would be found at the end of
            // reading field by field: with one line in eleven like that, 8 % of a whole run.
            Shape::Layouts(layouts)
                if layouts.first().is_some_and(Layout::is_read_at_once)
                    && memchr::memchr(b'\\', line).is_some() =>
            {
                Ok(InPlace::Apart)
            }
            Shape::Layouts(layouts) => {
                let read = layout::parse_any_plain(layouts, line, &mut self.scratch.reading, entry);
                entry.remarks.join(remarks);
                match read {
                    Ok(true) => Ok(InPlace::Entry),
                    Ok(false) => Ok(InPlace::Apart),
                    Err(Unparsed::NoRequest) => Ok(InPlace::Nothing),
                    Err(why) => Err(why),
                }
            }
            Shape::Json(_) | Shape::W3c | Shape::Wrapped(..) => Ok(InPlace::Apart),
        }
    }

    /// Reads a line whose values are put together in the parser.
    pub(crate) fn parse_apart<'a>(&'a mut self, line: &'a [u8]) -> Result<Line<'a>, Unparsed> {
        let Parser { shape, scratch, columns, unwrapper } = self;
        let (line, remarks) = text_of(line);
        let mut read = match shape {
            Shape::Wrapped(wrapper, inside) => {
                let line = match unwrapper.take(*wrapper, line).ok_or(Unparsed::Shape)? {
                    Inside::Line(line) => text_of(line).0,
                    Inside::Piece => return Ok(Line::Nothing),
                };
                if line.len() > MAX_LINE_BYTES {
                    return Err(Unparsed::TooLong);
                }
                parse_inside(inside, line, scratch, columns)
            }
            shape => shape.parse(line, scratch, columns),
        }?;
        if let Line::Entry(entry) = &mut read {
            entry.remarks.join(remarks);
        }
        Ok(read)
    }

    /// What stands inside the wrapper of the log's lines, or the line itself where there is none.
    /// `None` where the line has not that wrapper, or is only a piece of one.
    pub(super) fn inside<'l>(&self, line: &'l [u8]) -> Option<(Cow<'l, [u8]>, Remarks)> {
        let (line, remarks) = text_of(line);
        if line.len() > MAX_LINE_BYTES {
            return None;
        }
        match &self.shape {
            Shape::Wrapped(wrapper, _) => match Unwrapper::default().take(*wrapper, line)? {
                Inside::Line(line) => Some((Cow::Owned(text_of(line).0.to_vec()), remarks)),
                Inside::Piece => None,
            },
            Shape::Layouts(_) | Shape::Json(_) | Shape::W3c => Some((Cow::Borrowed(line), remarks)),
        }
    }

    /// Reads a line by another format, which has no wrapper, in the memory of this parser.
    pub(super) fn parse_as<'a>(
        &'a mut self,
        format: &Format,
        line: &'a [u8],
    ) -> Result<Line<'a>, Unparsed> {
        parse_inside(format.shape(), line, &mut self.scratch, &mut self.columns)
    }

    /// At the end of a log, the pieces of lines whose last piece is missing: they are not requests.
    pub(crate) fn take_unfinished(&mut self) -> impl Iterator<Item = Vec<u8>> {
        self.unwrapper.take_unfinished()
    }
}

/// Reads what stands inside a wrapper; without undoing escapes, where there are none.
fn parse_inside<'a>(
    shape: &Shape,
    line: &'a [u8],
    scratch: &'a mut Scratch,
    columns: &'a mut Columns,
) -> Result<Line<'a>, Unparsed> {
    let mut entry = Entry::default();
    match shape {
        Shape::Layouts(layouts) if !line.is_empty() => {
            match layout::parse_any_plain(layouts, line, &mut scratch.reading, &mut entry) {
                Ok(true) => Ok(Line::Entry(entry)),
                Ok(false) => shape.parse(line, scratch, columns),
                Err(Unparsed::NoRequest) => Ok(Line::Nothing),
                Err(why) => Err(why),
            }
        }
        shape => shape.parse(line, scratch, columns),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn a_line_with_escapes_is_read_as_it_is_field_by_field(
            client in "(192\\.0\\.2\\.1|2001:DB8::1|a\\\\b)",
            user in "(-|jo\\\\hn)",
            request in "(GET /[a-z\\\\\"]{0,9} HTTP/1.1|\\\\x16\\\\x03|-)",
            status in "(200|404|2x0)",
            agent in "[a-z\\\\\" ;]{0,16}",
            tail in "(\"|\" 0.01|\" \"x\\\\\"|)",
        ) {
            let line = format!(
                "{client} - {user} [01/May/2024:10:00:00 +0000] \"{request}\" {status} 7 \"-\" \
                 \"{agent}{tail}",
            );
            let format = Format::named("combined").unwrap();
            let (mut parser, mut twin) = (Parser::new(&format), Parser::new(&format));
            prop_assert_eq!(
                parser.parse(line.as_bytes()).ok(),
                twin.parse_as(&format, line.as_bytes()).ok(),
                "{}",
                line,
            );
        }
    }
}
