//! Records of a byte range: those that begin in it, whichever block they are read in.
//!
//! A file that is cut into byte ranges is cut at line ends, so that a record has to be one line of
//! it. [`Cutter`] cuts blocks into the records of a range, and stops at a line whose quotes do not
//! pair up. Where a range begins inside the file, nobody has seen the quotes before it:
//! [`AlignmentProbe`] tells from the bytes behind whether it begins with a record all the same.

mod alignment;
mod cutter;
mod lines;

pub use alignment::{Alignment, AlignmentProbe};
pub use cutter::{BlockContext, Consumed, CutError, Cutter};
pub use lines::cut_lines;
