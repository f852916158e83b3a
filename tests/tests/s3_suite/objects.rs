//! What the laws share: objects of all kinds, and the place of a law.

use anyhow::Context as _;
use anyhow::ensure;
use object_storage::{Entry, Error, Location};
use system_tests::Reader;

use crate::bench::Bench;

pub(crate) const MIB: usize = 1 << 20;

/// The part size of the benches, in bytes.
pub(crate) const PART: usize = 5 * MIB;

pub(crate) async fn all_of(mut reader: Reader) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await? {
        assert!(!piece.is_empty(), "a piece is never empty");
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

pub(crate) async fn found(bench: &Bench, at: &Location) -> anyhow::Result<Entry> {
    bench.storage.entry(at).await?.with_context(|| format!("{at} is not there"))
}

/// Clears the bench's folder, for laws that look at all of it.
pub(crate) async fn emptied(bench: &Bench) -> anyhow::Result<()> {
    for entry in bench.storage.list(&bench.folder).await? {
        bench.storage.delete(&entry.location).await?;
    }
    ensure!(bench.storage.list(&bench.folder).await?.is_empty());
    Ok(())
}
