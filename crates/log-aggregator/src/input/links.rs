//! Names of one and the same local file, which is read once.
//!
//! `current.log` is a link to `access.log` in the same folder, and `/var/log/containers` is full of
//! links into `/var/log/pods`: whoever names the folder above wants each line once.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;

use job_files::NamedFile;
use object_storage::Location;

/// Leaves out further names of files that are there already: rather a link than its file, and
/// otherwise the later one. Gives what is left, and the pairs of names.
pub(crate) fn without_links(files: Vec<NamedFile>) -> (Vec<NamedFile>, Vec<(String, String)>) {
    let known: Vec<Option<((u64, u64), bool)>> =
        files.iter().map(|file| identity(&file.entry.location)).collect();
    let mut kept = BTreeMap::new();
    for (at, (identity, is_link)) in
        known.iter().enumerate().filter_map(|(at, known)| Some((at, (*known)?)))
    {
        let best = kept.entry(identity).or_insert((is_link, at));
        *best = (*best).min((is_link, at));
    }
    let stays = |at: usize| known[at].map_or(at, |(identity, _)| kept[&identity].1);
    let pairs = (0..files.len())
        .filter(|at| stays(*at) != *at)
        .map(|at| (files[stays(at)].name.clone(), files[at].name.clone()))
        .collect();
    let left = files.into_iter().enumerate().filter(|(at, _)| stays(*at) == *at);
    (left.map(|(_, file)| file).collect(), pairs)
}

/// What a local file is, whatever its name, and whether that name is a link. `None` where that
/// cannot be told: then reading it says why.
fn identity(location: &Location) -> Option<((u64, u64), bool)> {
    let Location::Local(path) = location else { return None };
    let (file, name) = (std::fs::metadata(path).ok()?, std::fs::symlink_metadata(path).ok()?);
    Some(((file.dev(), file.ino()), name.is_symlink()))
}
