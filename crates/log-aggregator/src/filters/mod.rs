//! Which requests are counted: `--exclude` and `--only`. Pure: entries in, an answer out.
//!
//! A `Condition` is one `KEY=VALUE`, and [`Filters`] are all of a run.

mod condition;
mod glob;
mod rules;

pub use condition::ConditionError;
pub use rules::Filters;
