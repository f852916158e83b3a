//! Which files a name stands for.

use glob::{MatchOptions, Pattern};
use object_storage::{Entry, Location, Storage};

use crate::error::Error;

/// A file and its name below the input's folder, which does not change when the folder moves.
#[derive(Clone, Debug)]
pub struct NamedFile {
    /// The name.
    pub name: String,
    /// The file.
    pub entry: Entry,
}

/// What the name of an input stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// One file.
    File(Location),
    /// Every file under a folder or prefix.
    Folder(Location),
    /// Every file under a folder whose path below it matches.
    Glob(Location, Pattern),
}

impl Input {
    /// What `name` stands for: a pattern with `*`, `?` or `[`, a folder (one that is there, or a name that ends in a slash), or a file.
    ///
    /// # Errors
    ///
    /// Where it is no location, or no pattern.
    pub fn parse(name: &str) -> Result<Self, Error> {
        if let Some(special) = name.find(['*', '?', '[']) {
            let folder_end = name[..special].rfind('/').map_or(0, |slash| slash + 1);
            let (folder, pattern) = name.split_at(folder_end);
            let pattern = Pattern::new(pattern)
                .map_err(|error| Error::Setting(format!("the pattern {name:?} is not a glob: {error}")))?;
            return Ok(Input::Glob(if folder.is_empty() { "./" } else { folder }.parse()?, pattern));
        }
        let location: Location = name.parse()?;
        let is_folder = location.is_prefix() || matches!(&location, Location::Local(path) if path.is_dir());
        Ok(if is_folder { Input::Folder(location) } else { Input::File(location) })
    }

    /// The files it stands for now, sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::NoInput`] where there is none; whatever the storage says otherwise.
    pub async fn find(&self, storage: &Storage) -> Result<Vec<NamedFile>, Error> {
        match self {
            Input::File(location) => {
                let entry = storage.entry(location).await?;
                let entry = entry.ok_or_else(|| Error::NoInput { input: location.to_string() })?;
                let name = location.file_name().unwrap_or("input").to_owned();
                Ok(vec![NamedFile { name, entry }])
            }
            Input::Folder(folder) => some(listing(storage, folder).await?, || folder.to_string()),
            Input::Glob(folder, pattern) => {
                // A star stays within a folder, as in a shell; two of them do not.
                let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
                let mut files = listing(storage, folder).await?;
                files.retain(|file| pattern.matches_with(&file.name, options));
                some(files, || format!("{folder}{pattern}"))
            }
        }
    }
}

fn some(files: Vec<NamedFile>, input: impl Fn() -> String) -> Result<Vec<NamedFile>, Error> {
    if files.is_empty() { Err(Error::NoInput { input: input() }) } else { Ok(files) }
}

/// Every file under `folder` with its name below it, sorted.
async fn listing(storage: &Storage, folder: &Location) -> Result<Vec<NamedFile>, Error> {
    let base = folder.to_string();
    let base = base.strip_suffix('/').unwrap_or(&base);
    let entries = storage.list(folder).await?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let full = entry.location.to_string();
            let name = full.strip_prefix(base).map_or(full.as_str(), |rest| rest.trim_start_matches('/'));
            NamedFile { name: name.to_owned(), entry }
        })
        .collect())
}
