//! Where the bytes of a text stood in the file that it was made of, and what was wrong there.

/// From the offset `at` of the text on, up to the next shift, the file is this far ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Offset in the text; a record begins there.
    pub at: u64,
    /// What is added to an offset in the text for the offset in the file.
    pub bytes: i64,
    /// What is added to a line of the text for the line of the file.
    pub lines: i64,
}

/// Something that keeps a record of the text from being data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// Offset in the text, somewhere in the record.
    pub at: u64,
    /// What it is.
    pub problem: Problem,
}

/// What was found when the text was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Bytes that mean nothing in the encoding. The text has them as `\x81`.
    #[error("{} at offset {offset}: not {encoding}", shown(bytes, *length))]
    NotOfEncoding {
        /// The bytes.
        bytes: [u8; 4],
        /// How many of them.
        length: u8,
        /// Where the first of them stands in the file.
        offset: u64,
        /// The encoding.
        encoding: &'static str,
    },
    /// A record that is malformed in the file's own dialect. The text has it as one quoted cell.
    #[error("{0}")]
    Malformed(&'static str),
    /// A record that is longer than the limit, in bytes. The text has its beginning as one quoted
    /// cell.
    #[error(
        "the record is longer than {limit} bytes (--max-record-size); its first {shown} are shown"
    )]
    TooLong {
        /// The limit.
        limit: usize,
        /// How many bytes are shown.
        shown: usize,
    },
}

fn shown(bytes: &[u8; 4], length: u8) -> String {
    let bytes = &bytes[..usize::from(length).min(4)];
    let hex: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    format!("{} {}", if bytes.len() == 1 { "the byte" } else { "the bytes" }, hex.join(" "))
}

/// A stretch of a text and its file, side by side. The default says that both are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMap {
    /// In ascending order.
    shifts: Vec<Shift>,
    /// In ascending order.
    notes: Vec<Note>,
}

impl TextMap {
    /// Says how far the file is ahead of the text from `at` on; nothing is kept where that is as
    /// before. Offsets come in ascending order.
    pub fn shift(&mut self, shift: Shift) {
        let before = self.shifts.last().map_or((0, 0), |last| (last.bytes, last.lines));
        if before != (shift.bytes, shift.lines) {
            self.shifts.push(shift);
        }
    }

    /// Says what is wrong with the record that holds this offset. Offsets come in ascending order.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// All notes.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Whether lines of the file and of the text differ anywhere.
    pub fn shifts_lines(&self) -> bool {
        self.shifts.iter().any(|shift| shift.lines != 0)
    }

    /// Offset in the file of a record that begins `at` this offset of the text.
    pub fn offset(&self, at: u64) -> u64 {
        at.wrapping_add_signed(self.last_shift(at).map_or(0, |shift| shift.bytes))
    }

    /// Line of the file of a record that begins `at` this offset of the text and on this `line` of
    /// it.
    pub fn line(&self, at: u64, line: u64) -> u64 {
        line.wrapping_add_signed(self.last_shift(at).map_or(0, |shift| shift.lines))
    }

    /// Takes off the part for the text before `end`; what is known at `end` stays known here.
    #[must_use]
    pub fn take_before(&mut self, end: u64) -> TextMap {
        if self.shifts.is_empty() && self.notes.is_empty() {
            return TextMap::default();
        }
        let shifts = self.shifts.partition_point(|shift| shift.at < end);
        let notes = self.notes.partition_point(|note| note.at < end);
        let reaching = self.last_shift(end).copied();
        let taken = TextMap {
            shifts: self.shifts.drain(..shifts).collect(),
            notes: self.notes.drain(..notes).collect(),
        };
        if let Some(reaching) = reaching
            && self.shifts.first().is_none_or(|first| first.at > end)
        {
            self.shifts.insert(0, reaching);
        }
        taken
    }

    fn last_shift(&self, at: u64) -> Option<&Shift> {
        self.shifts[..self.shifts.partition_point(|shift| shift.at <= at)].last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_by_the_last_shift_before_it() {
        let mut map = TextMap::default();
        assert_eq!((map.offset(7), map.line(7, 3)), (7, 3));
        for (at, bytes, lines) in [(10, -1, 0), (20, -1, 0), (30, -4, 2)] {
            map.shift(Shift { at, bytes, lines });
        }
        assert_eq!(map.shifts.len(), 2, "what is as before is not kept");
        assert_eq!([9, 10, 29, 30, 99].map(|at| map.offset(at)), [9, 9, 28, 26, 95]);
        assert_eq!((map.line(29, 5), map.line(30, 5)), (5, 7));
    }

    #[test]
    fn what_is_taken_off_and_what_is_left_know_the_same_as_the_whole() {
        let mut whole = TextMap::default();
        for (at, bytes) in [(5, 3), (10, -1), (20, 0), (30, -4)] {
            whole.shift(Shift { at, bytes, lines: 0 });
        }
        let bytes = [0x81, 0, 0, 0];
        let problem = Problem::NotOfEncoding { bytes, length: 1, offset: 12, encoding: "x" };
        whole.note(Note { at: 12, problem });
        for end in 0..40 {
            let mut rest = whole.clone();
            let taken = rest.take_before(end);
            for at in 0..40 {
                let part = if at < end { &taken } else { &rest };
                assert_eq!(part.offset(at), whole.offset(at), "{at}, cut at {end}");
            }
            assert_eq!(taken.notes().len(), usize::from(end > 12));
            assert_eq!(taken.notes().len() + rest.notes().len(), 1);
        }
    }

    #[test]
    fn bytes_are_told_with_their_place() {
        let told = |bytes, length| {
            Problem::NotOfEncoding { bytes, length, offset: 7, encoding: "shift_jis" }.to_string()
        };
        assert_eq!(told([0x81, 0, 0, 0], 1), "the byte 0x81 at offset 7: not shift_jis");
        assert_eq!(told([0xd8, 1, 0, 0], 2), "the bytes 0xd8 0x01 at offset 7: not shift_jis");
    }
}
