//! The register of the children that this program started, which tells them from orphans.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The children that this program started, each of which is waited for where it was started.
static OWN: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

pub(crate) fn own() -> MutexGuard<'static, BTreeSet<i32>> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that a child is this program's own: as long as this exists, only the code that started the
/// child waits for it.
///
/// Every child of a worker must be started through [`OwnChild::start`]. Any other one is taken for
/// an orphan, and its exit status is gone before its owner asks for it.
#[derive(Debug)]
pub struct OwnChild(i32);

impl OwnChild {
    /// Starts a child; `pid` tells its number.
    ///
    /// # Errors
    ///
    /// Whatever `spawn` meets.
    pub fn start<C>(
        spawn: impl FnOnce() -> io::Result<C>,
        pid: impl FnOnce(&C) -> Option<u32>,
    ) -> io::Result<(C, OwnChild)> {
        // Held until the number is known, so that the child cannot be taken for an orphan in
        // between.
        let mut own = own();
        let child = spawn()?;
        // A child without a number has been waited for.
        let pid = pid(&child).and_then(|pid| i32::try_from(pid).ok()).unwrap_or(0);
        own.insert(pid);
        Ok((child, OwnChild(pid)))
    }
}

impl Drop for OwnChild {
    fn drop(&mut self) {
        own().remove(&self.0);
    }
}
