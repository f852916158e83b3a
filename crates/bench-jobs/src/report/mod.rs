//! What came of it: figures, a chart, and the machine that they are of.

mod chart;
mod figures;
mod machine;

pub use chart::chart;
pub use figures::{Report, Run, TaskReport};
pub(crate) use machine::Machine;
