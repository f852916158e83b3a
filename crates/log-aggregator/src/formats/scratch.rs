//! What a parser keeps from line to line, so that a line takes no memory of its own.

use super::fields::Reading;
use super::fields::spelling::respelled;

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
    /// Reads its time and its client.
    pub reading: Reading,
    /// Its client, where that is spelled in an odd way.
    pub respelling: Respelling,
    /// Its agent, where that is percent-encoded.
    pub agent: Vec<u8>,
}

/// Space for an address of IPv6 as others spell it.
#[derive(Clone, Debug, Default)]
pub(super) struct Respelling(Vec<u8>);

impl Respelling {
    /// The client as others spell it.
    pub(super) fn of<'a>(&'a mut self, client: &'a [u8]) -> &'a [u8] {
        match respelled(client) {
            Some(spelled) => {
                self.0.clear();
                self.0.extend_from_slice(spelled.as_bytes());
                &self.0
            }
            None => client,
        }
    }
}

impl Scratch {
    /// Empties the space for a line's values.
    pub(super) fn clear(&mut self) {
        self.unescaped.clear();
    }
}
