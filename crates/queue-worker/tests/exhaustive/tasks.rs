//! The tasks of the model.

use crate::bounds::Bounds;

/// The tasks that are pushed at the beginning, each unlike the others.
pub fn payloads(bounds: &Bounds) -> impl Iterator<Item = Vec<u8>> {
    (0..bounds.tasks).map(|number| format!("task {number}").into_bytes())
}

/// The tasks by how they come: pushed at once, pushed for later, put there for later by ZADD.
pub fn by_time<'a>(bounds: &Bounds, payloads: &'a [Vec<u8>]) -> [&'a [Vec<u8>]; 3] {
    let (now, later) = payloads.split_at(payloads.len() - bounds.later);
    let (later, foreign) = later.split_at(later.len().saturating_sub(1));
    [now, later, foreign]
}
