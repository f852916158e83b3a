//! What a file of keys says of each: where the record with it stands.

/// Where the first record of a partition with a key stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyPlace {
    /// Number of its file in the partition.
    pub(crate) source: u32,
    /// Its offset there.
    pub(crate) offset: u64,
    /// Its line there, from 1; 0 where the lines before it were not read.
    pub(crate) line: u64,
    /// Its number among the accepted records of the partition, from 1; 0 if it is not accepted,
    /// as another one has another key of it.
    pub(crate) record: u64,
}
