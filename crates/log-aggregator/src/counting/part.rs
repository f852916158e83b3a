//! What is kept of the requests of one key.

/// What is kept for a key.
pub trait Part: Clone + Default {
    /// Adds that of another part of the log.
    fn merge(&mut self, other: &Self);

    /// Requests in it.
    fn requests(&self) -> u64;

    /// Bytes of memory beside the part itself.
    fn size(&self) -> usize;
}
