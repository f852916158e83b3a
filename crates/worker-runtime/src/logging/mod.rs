//! Log lines on standard error, for people or as JSON, without secrets.

pub(crate) mod causes;
pub(crate) mod context;
pub(crate) mod log_line;
pub(crate) mod logs;
pub(crate) mod redaction;
