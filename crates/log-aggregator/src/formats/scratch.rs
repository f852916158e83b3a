//! What a parser keeps from line to line, so that a line takes no memory of its own.

use super::fields::clock::Clock;

/// Where one field stands: in the line, or with its escapes undone in the scratch space.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldRange {
    pub from: usize,
    pub to: usize,
    pub escaped: bool,
}

/// Memory and caches for the lines of one log.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// The fields of the line that is being read.
    pub ranges: Vec<FieldRange>,
    /// Values of it that do not stand in it as they are.
    pub unescaped: Vec<u8>,
    /// Reads its time.
    pub clock: Clock,
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
