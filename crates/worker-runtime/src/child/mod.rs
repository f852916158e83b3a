//! Processes that a worker starts, or inherits as PID 1.

pub(crate) mod orphans;
