//! Layouts that begin as another one does and go on: what the shorter one cannot read, they cannot
//! read either.

use super::Layout;
use super::piece::{FieldEnd, Piece};

impl Layout {
    /// Whether each line of this layout begins as a line of the other one does. A line in which the
    /// other layout misses something, or finds a field that is wrong, then has not this layout
    /// either. (A line that only goes on behind the other one's last field may have it.)
    pub(in crate::formats) fn extends(&self, other: &Layout) -> bool {
        let Some((last, before_last)) = other.pieces.split_last() else { return false };
        let count = other.pieces.len();
        if self.is_raw != other.is_raw || self.pieces.len() < count {
            return false;
        }
        let behind = self.pieces.get(count).map_or(&self.tail, |piece| &piece.before);
        self.pieces[..count - 1] == *before_last
            && is_read_alike(&self.pieces[count - 1], last)
            && behind.text.starts_with(&other.tail.text)
    }
}

/// Whether the field of a longer layout is wrong wherever that of the shorter one is. The last
/// field of the shorter one may end with the line where the longer one has a blank.
fn is_read_alike(longer: &Piece, shorter: &Piece) -> bool {
    let ends_alike = longer.end == shorter.end
        || (longer.end, shorter.end) == (FieldEnd::Byte(b' '), FieldEnd::LineOrBlank);
    ends_alike && longer.field == shorter.field && longer.before == shorter.before
}
