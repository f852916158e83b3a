//! What a child says beside its answers: each line goes to the worker's log, and the end is kept
//! for an error.

use tracing::info;

/// Bytes of a child's stderr that are kept for the error message.
const TAIL_BYTES: usize = 2048;
/// Longest piece of a line that is logged as one line.
const LOG_LINE: usize = 8 * 1024;
/// Bytes that are logged of a line that is cut.
const CUT_LINE: usize = 1024;

/// The lines of one stream.
#[derive(Debug)]
pub(in crate::handlers) struct Words {
    stream: &'static str,
    /// The line that has not ended yet, or the beginning of it where lines are cut.
    line: Vec<u8>,
    /// Bytes of that line.
    length: usize,
    /// Whether only the beginning of a long line is logged, with its length: where answers come, a
    /// line may be as long as a result, and is no message.
    cuts: bool,
    tail: Vec<u8>,
    /// Whether more was said than the tail holds.
    is_cut: bool,
    /// What is an answer, which is looked for on stdout only.
    is_answer: fn(&[u8]) -> bool,
    /// Whether a line was one.
    pub(in crate::handlers) has_answer: bool,
}

impl Words {
    /// Nothing was said on this stream so far.
    pub(in crate::handlers) fn new(stream: &'static str) -> Words {
        Words::watching(stream, |_| false)
    }

    /// The same, watched for a line that is an answer on the wrong stream.
    pub(in crate::handlers) fn watching(
        stream: &'static str,
        is_answer: fn(&[u8]) -> bool,
    ) -> Words {
        let (line, tail) = (Vec::new(), Vec::new());
        Words {
            stream,
            line,
            length: 0,
            cuts: false,
            tail,
            is_cut: false,
            is_answer,
            has_answer: false,
        }
    }

    /// The same, where only the beginning of a long line is logged, with its length.
    pub(in crate::handlers) fn cutting(stream: &'static str) -> Words {
        Words { cuts: true, ..Words::new(stream) }
    }

    /// More of it. `task` is the task that it belongs to, where that is known.
    pub(in crate::handlers) fn hear(&mut self, bytes: &[u8], task: Option<&str>) {
        self.tail.extend_from_slice(bytes);
        let surplus = self.tail.len().saturating_sub(TAIL_BYTES);
        self.is_cut |= surplus > 0;
        self.tail.drain(..surplus);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.length += piece.len();
            let room =
                if self.cuts { CUT_LINE.saturating_sub(self.line.len()) } else { usize::MAX };
            self.line.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") || (!self.cuts && self.line.len() >= LOG_LINE) {
                self.end_line(task);
            }
        }
    }

    /// Logs a last line without an end.
    pub(in crate::handlers) fn end_line(&mut self, task: Option<&str>) {
        self.has_answer |= (self.is_answer)(&self.line);
        let length = std::mem::take(&mut self.length);
        let rest = match length > self.line.len() {
            true => format!(" ... (a line of {length} bytes)"),
            false => String::new(),
        };
        for piece in self.line.chunks(LOG_LINE) {
            let text = String::from_utf8_lossy(piece);
            let text = text.trim_end();
            if !text.is_empty() {
                info!(task, stream = self.stream, "{text}{rest}");
            }
        }
        self.line.clear();
    }

    /// What is said from here on belongs to another task.
    pub(in crate::handlers) fn forget(&mut self) {
        self.tail.clear();
        self.is_cut = false;
    }

    /// An error: how it ended, and what the stream said last, which is UTF-8 whatever it was.
    pub(in crate::handlers) fn after(&self, how: &str) -> Vec<u8> {
        let mut tail = &self.tail[..];
        if self.is_cut {
            // The cut may be in the middle of a character.
            let middle = tail.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
            tail = &tail[middle..];
        }
        let text = String::from_utf8_lossy(tail.trim_ascii());
        let label = if self.is_cut { "the end of its" } else { "its" };
        match text.is_empty() {
            true => how.as_bytes().to_vec(),
            false => format!("{how}; {label} {}: {text}", self.stream).into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(said: &[&[u8]]) -> String {
        let mut words = Words::new("stderr");
        said.iter().for_each(|said| words.hear(said, None));
        String::from_utf8(words.after("exit 1")).unwrap()
    }

    #[test]
    fn an_error_tells_which_words_are_the_childs() {
        assert_eq!(error(&[]), "exit 1");
        assert_eq!(error(&[b" \n"]), "exit 1");
        assert_eq!(
            error(&[b"direcci", "ón: 日本\n".as_bytes()]),
            "exit 1; its stderr: dirección: 日本"
        );
        assert_eq!(error(&[b"caf\xe9\n"]), "exit 1; its stderr: caf\u{fffd}");
    }

    #[test]
    fn only_the_end_is_kept_and_begins_with_a_whole_character() {
        let error = error(&["日".repeat(1000).as_bytes(), b"the end"]);
        let told = error.strip_prefix("exit 1; the end of its stderr: 日").unwrap();
        assert!(told.ends_with("日the end") && told.len() < TAIL_BYTES, "{told}");
        assert!(!error.contains('\u{fffd}'), "{error}");
    }

    #[test]
    fn what_was_said_of_an_earlier_task_is_not_told_of_the_next() {
        let mut words = Words::new("stderr");
        words.hear(&[b'x'; 3000], None);
        words.forget();
        words.hear(b"new", None);
        assert_eq!(words.after("exit 1"), b"exit 1; its stderr: new");
    }
}
