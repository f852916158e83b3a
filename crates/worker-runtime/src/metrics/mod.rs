//! Prometheus metrics: what is counted, the text format, where they are served, and the push at
//! the end.

pub(crate) mod endpoint;
pub(crate) mod push;
pub(crate) mod push_group;
pub(crate) mod registry;
pub(crate) mod tally;
pub(crate) mod text_format;
