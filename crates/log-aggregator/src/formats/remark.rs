//! What is noticed about lines that are counted all the same. The texts are keys of `remarks` in a
//! month's summary and in its state.

/// What is odd about a line that is a request nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Remark {
    /// Its bytes are unknown, which is not the same as 0.
    #[error("the size of the answer is not in the log")]
    NoSize,
    /// There is more on the line than the format has. It may be anything, and is not read.
    #[error("the line goes on behind the fields that are read")]
    GoesOn,
    /// Columns are missing that are not counted.
    #[error("columns are missing at the end of the line")]
    ColumnsMissing,
    /// There is a response time, and nothing says whether it is in seconds or in milliseconds.
    #[error("the unit of the response time is not known")]
    NoUnit,
    /// The time of a clock whose zone the log does not name. It is taken as UTC.
    #[error("the time names no zone")]
    NoZone,
    /// The time is a number of seconds, and times count as the clocks of the lines show them.
    #[error("the time is a number, which no clock shows")]
    NoClock,
    /// The log was truncated while its server went on writing at its old offset.
    #[error("there are NUL bytes around the line")]
    Nuls,
    /// Three bytes that an editor or a converter put before the text.
    #[error("there is a byte order mark before the line")]
    ByteOrderMark,
    /// The line has not the format of its file, and is read by the known format that it has.
    #[error("the line has another format than its file")]
    OtherFormat,
}

impl Remark {
    /// All of them.
    pub const ALL: [Remark; 9] = [
        Remark::NoSize,
        Remark::GoesOn,
        Remark::ColumnsMissing,
        Remark::NoUnit,
        Remark::NoZone,
        Remark::NoClock,
        Remark::Nuls,
        Remark::ByteOrderMark,
        Remark::OtherFormat,
    ];

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The remarks about one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remarks(u16);

/// The bit by which a parser tells itself that a client is to be spelled in another way. No entry
/// that it gives to others has it.
const RESPELL: u16 = 1 << 15;

impl Remarks {
    /// Whether there are none, as about nearly all lines.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds one.
    pub fn add(&mut self, remark: Remark) {
        self.0 |= remark.bit();
    }

    /// Whether this one is among them.
    pub fn has(self, remark: Remark) -> bool {
        self.0 & remark.bit() != 0
    }

    /// Takes one away.
    pub fn remove(&mut self, remark: Remark) {
        self.0 &= !remark.bit();
    }

    /// Adds all others.
    pub fn join(&mut self, others: Remarks) {
        self.0 |= others.0;
    }

    /// Remembers whether the client is an address that others spell in another way.
    pub(super) fn set_respell(&mut self, respell: bool) {
        self.0 = self.0 & !RESPELL | if respell { RESPELL } else { 0 };
    }

    /// Whether that was remembered.
    #[inline]
    pub(super) fn respell(self) -> bool {
        self.0 & RESPELL != 0
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Remark> {
        Remark::ALL.into_iter().filter(move |remark| self.has(*remark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_come_back_as_they_were_added() {
        let mut remarks = Remarks::default();
        assert!(remarks.is_empty());
        for (number, remark) in Remark::ALL.into_iter().enumerate() {
            remarks.add(remark);
            assert_eq!(remarks.iter().collect::<Vec<_>>(), Remark::ALL[..=number]);
        }
        remarks.remove(Remark::ALL[0]);
        assert_eq!(remarks.iter().collect::<Vec<_>>(), Remark::ALL[1..]);
    }
}
