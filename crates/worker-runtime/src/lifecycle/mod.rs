//! From the first look at the command line to the exit code and the termination message.

pub(crate) mod blocking;
pub(crate) mod closing;
pub(crate) mod main_process;
pub(crate) mod named;
pub(crate) mod outage;
pub(crate) mod panics;
pub(crate) mod pod;
pub(crate) mod refusal;
pub(crate) mod report;
pub(crate) mod role;
pub(crate) mod shutdown;
pub(crate) mod start;
pub(crate) mod supervise;
pub(crate) mod termination;
pub(crate) mod worker_error;
