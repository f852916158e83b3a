//! Where the credentials come from, and what keeps them away.

mod chain;
mod metadata;
mod problem;

pub(super) use chain::CredentialsChain;
pub(super) use problem::Problem;
