//! The keys of a partition's records as a file beside its results, and the keys of all partitions
//! merged: what stands in two of them.
//!
//! A key stands in the file as the value itself, and not as a hash of it, so that nobody can make a
//! value that is taken for another one ([`form`]). A run is a number of [`entry`]s in the order of
//! their keys; the file has as many runs as were gathered ([`chunk`]), cut into blocks that are
//! compressed each by itself ([`block`]), and at its end says where they are ([`footer`]). Nothing
//! is sorted as a whole before the finish, which reads all runs side by side ([`merge`]). Memory is
//! bounded on both sides: a chunk here, a block of each run there.
//!
//! Only [`stored_run`] reads anything; all others are pure.

mod block;
mod chunk;
mod entry;
mod footer;
mod form;
mod merge;
mod numbers;
mod stored_run;
mod writer;

pub(crate) use block::{BlockWriter, Broken};
pub(crate) use entry::KeyPlace;
pub(crate) use footer::KeysOf;
pub(crate) use form::shown;
pub(crate) use merge::Merge;
pub(crate) use stored_run::{Decompressor, KeyFile, Origin, StoredRun};
pub(crate) use writer::{KeyWriter, Published};

/// Name of the file.
pub(crate) const KEYS_NAME: &str = "keys.bin";
