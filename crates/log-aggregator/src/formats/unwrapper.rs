//! Takes the wrappers off the lines of a log, and joins the lines that came in pieces.

use std::borrow::Cow;

use super::line::MAX_LINE_BYTES;
use super::wrapper::{Part, Wrapper};

/// Bytes of the pieces into which Docker cuts a long line.
const DOCKER_PIECE: usize = 16 << 10;

/// Takes the wrappers off the lines of a log, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Unwrapper {
    /// The pieces of each stream whose last one has not come yet.
    pieces: [Vec<u8>; 2],
    /// What is inside the last line, where it does not stand in it as it is.
    inside: Vec<u8>,
    /// Whether a line of the log had its line end, so that one without it goes on.
    has_line_ends: bool,
}

/// What a line has inside its wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside<'a> {
    /// A whole line of the log.
    Line(&'a [u8]),
    /// A piece of one, which is kept.
    Piece,
}

impl Unwrapper {
    /// Takes the wrapper off a line; `None` where it has none. Of a line that is longer than
    /// [`MAX_LINE_BYTES`] as much is given as shows it.
    pub(super) fn take<'a>(&'a mut self, wrapper: Wrapper, line: &'a [u8]) -> Option<Inside<'a>> {
        let unwrapped = wrapper.take_off(line)?;
        let (stream, is_end) = match unwrapped.part {
            Part::Whole => return Some(Inside::Line(self.keep(unwrapped.text))),
            Part::Piece(stream) => (stream, false),
            Part::End(stream) => {
                self.has_line_ends = true;
                (stream, true)
            }
            Part::Open(stream) => {
                (stream, !self.has_line_ends && unwrapped.text.len() < DOCKER_PIECE)
            }
        };
        let pieces = &mut self.pieces[stream];
        if is_end && pieces.is_empty() {
            return Some(Inside::Line(self.keep(unwrapped.text)));
        }
        let room = (MAX_LINE_BYTES + 1).saturating_sub(pieces.len());
        pieces.extend_from_slice(&unwrapped.text[..unwrapped.text.len().min(room)]);
        if !is_end {
            return Some(Inside::Piece);
        }
        self.inside.clear();
        std::mem::swap(&mut self.inside, pieces);
        Some(Inside::Line(&self.inside))
    }

    fn keep<'a>(&'a mut self, text: Cow<'a, [u8]>) -> &'a [u8] {
        match text {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => {
                self.inside = text;
                &self.inside
            }
        }
    }

    /// Takes out what has come of lines that have no end.
    pub(super) fn take_unfinished(&mut self) -> impl Iterator<Item = Vec<u8>> {
        self.pieces.iter_mut().map(std::mem::take).filter(|pieces| !pieces.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_each_stream_are_joined_with_their_own_end() {
        let line = |stream: &str, tags: &str, text: &str| {
            format!("2024-05-12T08:00:00.1Z {stream} {tags} {text}").into_bytes()
        };
        let mut unwrapper = Unwrapper::default();
        let mut take = |stream: &str, tags: &str, text: &str| {
            let line = line(stream, tags, text);
            match unwrapper.take(Wrapper::Cri, &line) {
                Some(Inside::Line(inside)) => Some(String::from_utf8(inside.to_vec()).unwrap()),
                Some(Inside::Piece) => None,
                None => panic!("a line of the format"),
            }
        };
        assert_eq!(take("stdout", "P", "192.0.2.1 - "), None);
        assert_eq!(take("stderr", "F", "a warning"), Some("a warning".to_owned()));
        assert_eq!(take("stderr", "P", "an "), None);
        assert_eq!(take("stdout", "P:x", "- [12/May"), None);
        assert_eq!(take("stdout", "F", "/2024]"), Some("192.0.2.1 - - [12/May/2024]".to_owned()));
        assert_eq!(take("stderr", "F:x", "error"), Some("an error".to_owned()));
        assert_eq!(take("stdout", "F", "next"), Some("next".to_owned()));
        assert_eq!(take("stdout", "P", "never ended"), None);
        let unfinished: Vec<Vec<u8>> = unwrapper.take_unfinished().collect();
        assert_eq!(unfinished, [b"never ended"]);
        assert_eq!(unwrapper.take_unfinished().count(), 0);
    }

    #[test]
    fn a_line_of_many_pieces_takes_no_more_memory_than_the_longest_line() {
        let piece = [b"2024-05-12T08:00:00.1Z stdout P ".as_slice(), &[b'x'; 16 << 10]].concat();
        let mut unwrapper = Unwrapper::default();
        for _ in 0..100 {
            assert_eq!(unwrapper.take(Wrapper::Cri, &piece), Some(Inside::Piece));
        }
        let end = b"2024-05-12T08:00:00.1Z stdout F x";
        let Some(Inside::Line(line)) = unwrapper.take(Wrapper::Cri, end) else { panic!("a line") };
        assert_eq!(line.len(), MAX_LINE_BYTES + 1);
    }

    #[test]
    fn lines_that_docker_cut_are_joined_up_to_the_piece_with_a_line_end() {
        let mut unwrapper = Unwrapper::default();
        let mut take = |stream: &str, text: &str| {
            let line =
                serde_json::json!({"log": text, "stream": stream, "time": "2024-05-12T08:00:00Z"});
            match unwrapper.take(Wrapper::Json, line.to_string().as_bytes()) {
                Some(Inside::Line(inside)) => Some(inside.len()),
                Some(Inside::Piece) => None,
                None => panic!("a line of the format"),
            }
        };
        // Nothing has a line end so far, so this one may have lost it on its way.
        assert_eq!(take("stdout", "GET /a"), Some(6));
        // A log may begin with a piece.
        let long = "x".repeat(DOCKER_PIECE);
        assert_eq!(take("stdout", &long), None);
        assert_eq!(take("stderr", "a warning\n"), Some(9));
        assert_eq!(take("stdout", &long), None);
        assert_eq!(take("stdout", "end\n"), Some(2 * DOCKER_PIECE + 3));
        // Where lines have ends, short text without one is a piece, too.
        assert_eq!(take("stdout", "GET "), None);
        assert_eq!(take("stdout", "/b\n"), Some(6));
        // What collectors write has no line ends, however long it is.
        let message = serde_json::json!({"message": long, "stream": "stdout"}).to_string();
        let Some(Inside::Line(line)) = unwrapper.take(Wrapper::Json, message.as_bytes()) else {
            panic!("a line")
        };
        assert_eq!(line.len(), DOCKER_PIECE);
        assert_eq!(unwrapper.take_unfinished().count(), 0);
    }
}
