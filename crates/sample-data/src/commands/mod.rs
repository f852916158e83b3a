//! One file a command: its settings, and how its files come about.

pub(crate) mod access_logs;
mod compression;
pub(crate) mod make_buckets;
mod recipe_args;
mod stale;
mod summary;
pub(crate) mod tasks;
pub(crate) mod transactions;
