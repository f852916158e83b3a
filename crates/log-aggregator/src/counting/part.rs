//! What is kept of the requests of one key.

/// What is kept for a key.
pub trait Part: Clone + Default {
    /// Adds that of another part of the log.
    fn merge(&mut self, other: &Self);

    /// Adds those of many keys.
    fn merge_all<'a>(&mut self, others: impl Iterator<Item = &'a Self>)
    where
        Self: 'a,
    {
        others.for_each(|other| self.merge(other));
    }

    /// Requests in it.
    fn requests(&self) -> u64;

    /// Bytes of memory beside the part itself.
    fn size(&self) -> usize;
}
