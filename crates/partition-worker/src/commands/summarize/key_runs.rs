//! Key runs, and what they need to be read side by side.

use std::sync::Arc;

use job_files::GATHER;

use crate::error::Error;
use crate::keys::{Decompressor, KeyFile, Origin, StoredRun};

/// Bytes of all key runs that are in memory as they were read.
const BUFFERED: u64 = 16 << 20;

/// A key run: the file that it is in, and the pieces of it.
pub(super) type KeyRun = (Arc<KeyFile>, Vec<(u64, u64)>);

/// What all of them share.
pub(super) struct SideBySide {
    /// The files that records stand in.
    pub(super) origins: Arc<[Origin]>,
    pub(super) decompressor: Decompressor,
}

impl SideBySide {
    /// Opens runs to be read side by side.
    pub(super) fn open(&self, runs: &[KeyRun]) -> Result<Vec<StoredRun>, Error> {
        let number = runs.len().max(1) as u64;
        let at_once = (BUFFERED / number).clamp(GATHER as u64 / 16, 4 * GATHER as u64);
        let mut opened = Vec::with_capacity(runs.len());
        for (file, pieces) in runs {
            let run = StoredRun::open((file, pieces), &self.origins, at_once, &self.decompressor)?;
            opened.extend(run);
        }
        Ok(opened)
    }
}
