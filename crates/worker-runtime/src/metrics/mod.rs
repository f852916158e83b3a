//! Prometheus metrics: what is counted, the text format, the server, and the push at the end.

pub(crate) mod address;
pub(crate) mod push;
pub(crate) mod push_group;
pub(crate) mod registry;
pub(crate) mod server;
pub(crate) mod tally;
pub(crate) mod text_format;
