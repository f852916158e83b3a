//! Which files a name stands for.

use std::collections::{BTreeMap, BTreeSet};

use glob::{MatchOptions, Pattern};
use object_storage::{Entry, Location, Storage};

use crate::chain::{Listed, Published, SUMMARY, Wanted, folders, part, select};
use crate::error::Error;
use crate::manifest::MANIFEST_NAME;
use crate::publication::LARGEST_JSON;

/// A star stays within a folder, as in a shell; two of them do not.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Manifests that are read at once.
const AT_ONCE: usize = 16;

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
    Glob(Location, Glob),
}

/// A pattern, and what it is when its brackets are meant as they stand: `c [1].csv` is the name of
/// a second download.
#[derive(Clone, Debug, PartialEq)]
pub struct Glob {
    pattern: Pattern,
    literal: Option<Pattern>,
}

impl Glob {
    fn new(pattern: &str) -> Result<Self, glob::PatternError> {
        let literal = pattern.replace('[', "[[]");
        Ok(Glob {
            pattern: Pattern::new(pattern)?,
            literal: if literal == pattern { None } else { Pattern::new(&literal).ok() },
        })
    }

    /// Whether a name below the folder is one of those that the pattern stands for.
    pub fn matches(&self, name: &str) -> bool {
        self.pattern.matches_with(name, OPTIONS)
    }

    /// The pattern as it is meant. Where brackets can be read in two ways and both find files,
    /// nobody can know that.
    fn meant(&self, name: &str, files: &[NamedFile]) -> Result<&Pattern, Error> {
        let Some(literal) = &self.literal else { return Ok(&self.pattern) };
        let reads = |pattern: &Pattern, file: &NamedFile| pattern.matches_with(&file.name, OPTIONS);
        if !files.iter().any(|file| reads(literal, file)) {
            return Ok(&self.pattern);
        }
        match files.iter().find(|file| reads(&self.pattern, file) && !reads(literal, file)) {
            None => Ok(literal),
            Some(other) => Err(Error::Setting(format!(
                "{name:?} is the name of a file, and as a pattern it stands for {:?}, too: write \
                 [[] for a bracket that belongs to the name, or ? for any character",
                other.name
            ))),
        }
    }

    /// Whether somebody who wrote this pattern asks for names that begin with `_` or `.`.
    fn names_hidden(&self) -> bool {
        self.pattern.as_str().split('/').any(is_hidden)
    }
}

impl Input {
    /// What `name` stands for: a pattern with `*`, `?` or `[`, a folder (one that is there, or a
    /// name that ends in a slash), or a file.
    ///
    /// # Errors
    ///
    /// Where it is no location, or no pattern.
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
                let files = vec![NamedFile { name, entry }];
                match folder_of_partition(location) {
                    // Named or not: what a worker has published is whole when its manifest says so.
                    Some(folder) => published(storage, &folder, files).await,
                    None => Ok(files),
                }
            }
            Input::Folder(folder) => {
                let (files, hidden) = split(listing(storage, folder).await?, in_hidden);
                let (files, backups) = split(files, is_backup);
                let files = data(storage, folder, files, |_| true, |_| false).await?;
                some(files, folder, &Passed { hidden, backups })
            }
            Input::Glob(folder, glob) => {
                let files = listing(storage, folder).await?;
                let pattern = glob.meant(&format!("{folder}{}", glob.pattern), &files)?;
                let matches = |name: &str| pattern.matches_with(name, OPTIONS);
                let (files, mut hidden) =
                    if glob.names_hidden() { (files, Vec::new()) } else { split(files, in_hidden) };
                // A file that the last part of the pattern names with its own words is meant.
                let last = pattern.as_str().rsplit('/').next().unwrap_or_default();
                let (files, mut backups) =
                    if is_backup(last) { (files, Vec::new()) } else { split(files, is_backup) };
                hidden.retain(|name| matches(name));
                backups.retain(|name| matches(name));
                let named = |name: &str| {
                    ["summary", "rejected"]
                        .iter()
                        .any(|word| last.contains(word) && name.contains(word))
                };
                let files = data(storage, folder, files, matches, named).await?;
                some(files, &format!("{folder}{}", glob.pattern), &Passed { hidden, backups })
            }
        }
    }
}

/// The names that would have matched, and are passed over.
#[derive(Default)]
struct Passed {
    hidden: Vec<String>,
    backups: Vec<String>,
}

/// The files, after it was told what was passed over; an error where they are none.
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

/// Names that begin with `_` or `.` are not data, by the convention of Hadoop and Spark: markers
/// (`_SUCCESS`), checksums (`.x.crc`), what is still being written (`_temporary/`).
/// Whether Hadoop's rule passes a name over. The keys of S3 may hold `.` and `..` as names, which
/// hide nothing.
fn is_hidden(component: &str) -> bool {
    component.starts_with(['_', '.']) && component != "." && component != ".."
}

fn in_hidden(name: &str) -> bool {
    name.split('/').any(is_hidden)
}

/// Names that Emacs, Vim, nano, sed -i.bak and patch give to what was there before an edit. Whoever
/// reads them beside the edited file counts every record twice.
fn is_backup(name: &str) -> bool {
    // What a worker has published is known by its manifest.
    if part(name).is_some() {
        return false;
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    ["~", ".bak", ".orig", ".swp"].into_iter().any(ends)
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'))
}

/// The files to read, and the names of those that are passed over.
fn split(files: Vec<NamedFile>, is_passed: impl Fn(&str) -> bool) -> (Vec<NamedFile>, Vec<String>) {
    let (passed, rest): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| is_passed(&file.name));
    (rest, passed.into_iter().map(|file| file.name).collect())
}

/// The data among the files that match, by the manifests where a worker has published them.
async fn data(
    storage: &Storage,
    folder: &Location,
    files: Vec<NamedFile>,
    matches: impl Fn(&str) -> bool,
    named: impl Fn(&str) -> bool,
) -> Result<Vec<NamedFile>, Error> {
    // The folder may itself be a partition's, or lie in one.
    let base = folder.to_string();
    let (root, prefix) = root(&base);
    let names: Vec<String> = files.iter().map(|file| format!("{prefix}{}", file.name)).collect();
    let all = folders(names.iter().map(String::as_str));
    let matching = names
        .iter()
        .zip(&files)
        .filter(|(_, file)| matches(&file.name))
        .map(|(name, _)| name.as_str());
    let some =
        matching.filter_map(part).map(|(part, _)| part).filter(|part| all.contains(part)).collect();
    let wanted = Wanted { all: &all, some, alone: !prefix.is_empty() };
    if wanted.some.is_empty() {
        // What `summarize` has put beside the partitions is no data of whoever asks for `folder/*`.
        let parents: BTreeSet<&str> =
            all.iter().map(|part| part.rsplit_once('/').map_or("", |(parent, _)| parent)).collect();
        let summary = |name: &str| {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            file == SUMMARY && parents.contains(folder) && !named(name)
        };
        let kept: Vec<bool> = names
            .iter()
            .zip(&files)
            .map(|(name, file)| matches(&file.name) && !summary(name))
            .collect();
        let files = files.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(file, _)| file);
        return Ok(files.collect());
    }
    let parts: Vec<String> = wanted.some.iter().map(|part| (*part).to_owned()).collect();
    let root = if prefix.is_empty() { folder.clone() } else { root.parse()? };
    let manifests = manifests(storage, &root, parts).await?;
    let listed: Vec<Listed<'_>> =
        names.iter().zip(&files).map(|(name, file)| (name.as_str(), file.entry.size)).collect();
    let kept = select(&listed, &wanted, &manifests, named)
        .map_err(|problem| Error::Unfinished { input: base.clone(), problem })?;
    let data = files.into_iter().zip(kept).filter(|(file, kept)| *kept && matches(&file.name));
    let data: Vec<NamedFile> = data.map(|(file, _)| file).collect();
    tracing::info!(
        partitions = manifests.len(),
        files = data.len(),
        "the input was published by a worker: what its manifests list is read, without summaries \
         and rejected records"
    );
    Ok(data)
}

/// The folder of the partition that a file lies in directly, where its name is that of one.
fn folder_of_partition(location: &Location) -> Option<Location> {
    let text = location.to_string();
    let (folder, _) = text.rsplit_once('/')?;
    part(&format!("{folder}/x")).filter(|(_, file)| *file == "x")?;
    format!("{folder}/").parse().ok()
}

/// One file of a partition's folder, if that folder is another's, or the partition is finished.
async fn published(
    storage: &Storage,
    folder: &Location,
    file: Vec<NamedFile>,
) -> Result<Vec<NamedFile>, Error> {
    let name = file.first().map(|file| file.name.clone()).unwrap_or_default();
    let siblings = listing(storage, folder).await?;
    if siblings.iter().all(|sibling| sibling.name != name) {
        return Ok(file);
    }
    let data = data(storage, folder, siblings, |sibling| sibling == name, |_| true).await?;
    // What the manifest does not list is a leftover.
    some(data, &format!("{folder}{name}"), &Passed::default())
}

/// The folder that the partitions lie in, and how names in `folder` begin from there on.
fn root(folder: &str) -> (&str, String) {
    let folder = folder.trim_end_matches('/');
    let end = format!("{folder}/x");
    let Some((part, _)) = part(&end) else { return (folder, String::new()) };
    let start = part.rfind('/').map_or(0, |slash| slash + 1);
    (if start == 0 { "./" } else { &folder[..start] }, format!("{}/", &folder[start..]))
}

/// The manifests of partitions, by their folders.
async fn manifests(
    storage: &Storage,
    folder: &Location,
    parts: Vec<String>,
) -> Result<BTreeMap<String, Published>, Error> {
    let mut found = BTreeMap::new();
    let mut parts = parts.into_iter();
    loop {
        let mut reading = tokio::task::JoinSet::new();
        for part in parts.by_ref().take(AT_ONCE) {
            let at = folder.join(&format!("{part}/{MANIFEST_NAME}"))?;
            let storage = storage.clone();
            reading.spawn(async move {
                match storage.read(&at, LARGEST_JSON).await {
                    Ok(bytes) => Ok((part, Published::from_bytes(&bytes))),
                    Err(object_storage::Error::NotFound { .. }) => Ok((part, None)),
                    Err(error) => Err(error),
                }
            });
        }
        if reading.is_empty() {
            return Ok(found);
        }
        while let Some(read) = reading.join_next().await {
            let (part, manifest) = read.map_err(std::io::Error::other)??;
            found.extend(manifest.map(|manifest| (part, manifest)));
        }
    }
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
            let name =
                full.strip_prefix(base).map_or(full.as_str(), |rest| rest.trim_start_matches('/'));
            NamedFile { name: name.to_owned(), entry }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::is_hidden;

    #[test]
    fn names_that_begin_with_a_dot_or_underscore_are_hidden_but_the_dots_of_keys_are_not() {
        for name in [".git", "_SUCCESS", "_temporary", "..data", "...", "_"] {
            assert!(is_hidden(name), "{name}");
        }
        for name in [".", "..", "", "a.csv", "a_b"] {
            assert!(!is_hidden(name), "{name}");
        }
    }
}
