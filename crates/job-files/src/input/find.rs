//! Which files a name stands for.

use object_storage::{Location, Storage};

use super::glob::{Glob, stands_for};
use super::listing::{NamedFile, listing, split};
use super::names::{in_hidden, is_backup};
use super::published::{data, folder_of_partition};
use crate::error::Error;
use crate::within::{below, lies_within};

/// What the name of an input stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// One file.
    File(Location),
    /// Every file under a folder or prefix.
    Folder(Location),
    /// Every file under a folder whose path below it matches.
    Glob(Location, Glob),
}

impl Input {
    /// What `name` stands for: a pattern with `*`, `?` or `[`, a folder (one that is there, or a
    /// name that ends in a slash), or a file.
    ///
    /// # Errors
    ///
    /// When it is neither a location nor a pattern.
    pub fn parse(name: &str) -> Result<Self, Error> {
        if let Some(special) = name.find(['*', '?', '[']) {
            let folder_end = name[..special].rfind('/').map_or(0, |slash| slash + 1);
            let (folder, pattern) = name.split_at(folder_end);
            let glob = Glob::new(pattern).map_err(|error| {
                Error::Setting(format!("the pattern {name:?} is not a glob: {error}"))
            })?;
            return Ok(Input::Glob(if folder.is_empty() { "./" } else { folder }.parse()?, glob));
        }
        let location: Location = name.parse()?;
        let is_folder =
            location.is_prefix() || matches!(&location, Location::Local(path) if path.is_dir());
        Ok(if is_folder { Input::Folder(location) } else { Input::File(location) })
    }

    /// Whether files of these names below `folder` would be read as this input. A name may begin
    /// with folders of its own. Only names are compared, so that a run can refuse to publish into
    /// its input before anything is there.
    pub fn would_read(&self, folder: &Location, names: &[&str]) -> bool {
        match self {
            Input::File(_) => false,
            Input::Folder(input) => lies_within(folder, input),
            Input::Glob(input, glob) => below(folder, input).is_some_and(|below| {
                let matches =
                    |name: &&str| glob.matches(format!("{below}/{name}").trim_start_matches('/'));
                names.iter().any(matches)
            }),
        }
    }

    /// The files it stands for now, sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::NoInput`] when there is none; otherwise whatever the storage reports.
    pub fn find(&self, storage: &Storage) -> Result<Vec<NamedFile>, Error> {
        match self {
            Input::File(location) => {
                let entry = storage.entry(location)?;
                let entry = entry.ok_or_else(|| Error::NoInput { input: location.to_string() })?;
                let name = location.file_name().unwrap_or("input").to_owned();
                let files = vec![NamedFile { name, entry }];
                match folder_of_partition(location) {
                    // Named or not: what a worker has published is whole when its manifest says so.
                    Some(folder) => published(storage, &folder, files),
                    None => Ok(files),
                }
            }
            Input::Folder(folder) => {
                let (files, hidden) = split(listing(storage, folder)?, in_hidden);
                let (files, backups) = split(files, is_backup);
                let files = data(storage, folder, files, |_| true, |_| false)?;
                some(files, folder, &Passed { hidden, backups })
            }
            Input::Glob(folder, glob) => {
                let files = listing(storage, folder)?;
                let pattern = glob.meant(&format!("{folder}{}", glob.as_str()), &files)?;
                let matches = |name: &str| stands_for(pattern, name);
                let (files, mut hidden) =
                    if glob.names_hidden() { (files, Vec::new()) } else { split(files, in_hidden) };
                // A pattern whose last part spells out such a name (`summary*`) means these files.
                let last = pattern.as_str().rsplit('/').next().unwrap_or_default();
                let (files, mut backups) =
                    if is_backup(last) { (files, Vec::new()) } else { split(files, is_backup) };
                hidden.retain(|name| matches(name));
                backups.retain(|name| matches(name));
                let named = |name: &str| {
                    ["summary", "rejected", "warnings"]
                        .iter()
                        .any(|word| last.contains(word) && name.contains(word))
                };
                let files = data(storage, folder, files, matches, named)?;
                some(files, &format!("{folder}{}", glob.as_str()), &Passed { hidden, backups })
            }
        }
    }
}

/// The names that would have matched but are passed over.
#[derive(Default)]
struct Passed {
    hidden: Vec<String>,
    backups: Vec<String>,
}

/// Logs what was passed over and returns the files; an error when there are none.
fn some(
    files: Vec<NamedFile>,
    input: &impl std::fmt::Display,
    passed: &Passed,
) -> Result<Vec<NamedFile>, Error> {
    let Passed { hidden, backups } = passed;
    if let Some(first) = hidden.first() {
        tracing::info!(files = hidden.len(), first, "names that begin with _ or . are passed over");
    }
    if let Some(first) = backups.first() {
        tracing::warn!(
            files = backups.len(),
            first,
            "names that editors give to backups (a.csv~, a.csv.bak, #a.csv#) are passed over: \
             take them away, or where they are data name them in a pattern that ends as they do, \
             such as *.bak"
        );
    }
    match (files.is_empty(), hidden.len() + backups.len()) {
        (false, _) => Ok(files),
        (true, 0) => Err(Error::NoInput { input: input.to_string() }),
        (true, passed) => Err(Error::OnlyPassedOver { input: input.to_string(), passed }),
    }
}

/// One file of a partition's folder, if that folder is another's, or the partition is finished.
fn published(
    storage: &Storage,
    folder: &Location,
    file: Vec<NamedFile>,
) -> Result<Vec<NamedFile>, Error> {
    let name = file.first().map(|file| file.name.clone()).unwrap_or_default();
    let siblings = listing(storage, folder)?;
    if siblings.iter().all(|sibling| sibling.name != name) {
        return Ok(file);
    }
    let data = data(storage, folder, siblings, |sibling| sibling == name, |_| true)?;
    // What the manifest does not list is a leftover.
    some(data, &format!("{folder}{name}"), &Passed::default())
}
