//! Which values of unique fields a partition has seen, in order ([`ascending`]) or not
//! ([`hash_table`]).

mod ascending;
mod hash_table;
mod sets;

pub(crate) use sets::Unique;
