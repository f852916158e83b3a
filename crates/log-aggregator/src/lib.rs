//! The log-aggregator: what a month's Job pod does with its access logs.

pub mod entry;
pub mod format;
