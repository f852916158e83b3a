//! The calls of the protocol, one a file: writes the command, reads the reply.

pub mod adopt;
pub(super) mod advance;
pub(super) mod cancel;
pub mod dead;
pub(super) mod pause;
pub(super) mod purge;
pub(super) mod push;
pub(super) mod renew;
pub(super) mod results;
pub(super) mod status;
