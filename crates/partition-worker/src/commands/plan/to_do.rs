//! Which partitions are still to be done, by what the others have published. Does no I/O.

use job_files::Manifest;
use worker_runtime::Indexes;

use crate::commands::summarize::{Folders, is_whole};
use crate::summary::NOT_TOLD;

/// The partitions of `count` that have to be run.
///
/// Where results of several runs are mixed nobody can tell from here which of them is meant. Then
/// all partitions are run: one that is done says so in an instant.
pub(super) fn to_do(found: &Folders, count: u32) -> Indexes {
    let manifest = |index: u32| -> Option<&Manifest> {
        let found = found.get(&index).filter(|found| is_whole(found))?;
        let work = &found.manifest.as_ref()?.work;
        let is_of_as_many = [count, NOT_TOLD].contains(&work.partitions);
        found.manifest.as_ref().filter(|_| is_of_as_many && work.index == index)
    };
    let mut done = (0..count).filter_map(manifest);
    let first = done.next();
    let is_mixed =
        done.any(|other| first.is_some_and(|first| !other.work.is_same_run(&first.work)));
    Indexes::of((0..count).filter(|index| is_mixed || manifest(*index).is_none()))
}
