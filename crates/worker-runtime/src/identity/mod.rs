//! Which share of the work this process has, from whichever engine runs it. Pure but for one look
//! at the environment.

pub(crate) mod engine;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod indexes;
pub(crate) mod resolve;
