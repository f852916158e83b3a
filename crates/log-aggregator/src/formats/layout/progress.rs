//! How far a line of another format has a layout: what people are told where no format fits.

use crate::formats::entry::Entry;
use crate::formats::fields::Reading;
use crate::formats::fields::escape::closing_quote;
use crate::formats::unparsed::Unparsed;

use super::Layout;
use super::piece::FieldEnd;

/// How far a line has a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) struct Progress {
    /// Fields that could be read.
    pub fields: usize,
    /// Texts between them with a bracket or a quote. Blanks and colons are in any text.
    pub marks: usize,
    /// Where the first one is that could not, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub why: Unparsed,
}

impl Layout {
    /// How far a line has this layout.
    pub(in crate::formats) fn progress(&self, line: &[u8]) -> Progress {
        let (mut entry, mut reading) = (Entry::default(), Reading::default());
        let (mut at, mut fields, mut marks) = (0, 0, 0);
        for piece in &self.pieces {
            let Some(before) = piece.before.length_in(&line[at..]) else {
                return Progress { fields, marks, at, why: Unparsed::Shape };
            };
            marks += usize::from(piece.before.text.iter().any(|byte| b"[]{\"".contains(byte)));
            let rest = &line[at + before..];
            let end = match piece.end {
                FieldEnd::Byte(byte) => memchr::memchr(byte, rest),
                FieldEnd::Quote => closing_quote(rest).map(|(end, _)| end),
                FieldEnd::Line | FieldEnd::LineOrBlank => Some(rest.len()),
            };
            let Some(end) = end.map(|end| piece.whole_list(end, rest)) else {
                return Progress { fields, marks, at, why: Unparsed::Shape };
            };
            if let Err(why) = piece.field.set(&rest[..end], &mut entry, &mut reading) {
                return Progress { fields, marks, at: at + before, why };
            }
            at += before + end;
            fields += 1;
        }
        Progress { fields, marks, at, why: Unparsed::Surplus }
    }
}
