//! Which files, or which bytes of one file, are the partition of an index.

use std::collections::BTreeMap;
use std::ops::Range;

use glob::{MatchOptions, Pattern};
use object_storage::{Entry, Location, Storage};

use crate::cli::Split;
use crate::deal;
use crate::error::Error;
use crate::template::Template;

/// The input of one partition.
#[derive(Clone, Debug)]
pub struct Partition {
    /// What to read, in this order.
    pub sources: Vec<Source>,
    /// XXH3 of the names and sizes of all files that were dealt out, where files were dealt out: every pod must have
    /// dealt from the same listing.
    pub listing: Option<String>,
}

/// One file, or a part of it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name below the input's folder.
    pub name: String,
    /// The file.
    pub entry: Entry,
    /// The bytes that this partition owns: the records that begin there. `None` for the whole file.
    pub owned: Option<Range<u64>>,
}

/// What `--input` and `--split` say together.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// One file per index.
    Template(Template),
    /// Every file under a folder or prefix.
    Folder(Location),
    /// Every file under a folder whose path below it matches.
    Glob(Location, Pattern),
    /// One file for the only partition.
    File(Location),
    /// One file, cut into byte ranges.
    Bytes(Location),
}

impl Partition {
    /// Bytes to read, compressed as they are.
    pub fn size(&self) -> u64 {
        self.sources
            .iter()
            .map(|source| source.owned.as_ref().map_or(source.entry.size, |owned| owned.end - owned.start))
            .sum()
    }

    /// The settings by which a manifest tells this partition from another cut of the same input.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        if let Some(owned) = self.sources.first().and_then(|source| source.owned.as_ref()) {
            settings.insert("bytes".to_owned(), format!("{}..{}", owned.start, owned.end));
        }
        if let Some(listing) = &self.listing {
            settings.insert("listing_xxh3".to_owned(), listing.clone());
        }
        settings
    }
}

impl Input {
    /// Reads the settings; looks at nothing but their text.
    pub fn parse(text: &str, split: Split, partitions: u32) -> Result<Self, Error> {
        let template = Template::parse(text)?;
        if template.has_index() {
            return match split {
                Split::Files => Ok(Input::Template(template)),
                Split::Bytes => Err(Error::Setting(format!(
                    "--split bytes cuts one file for all partitions, and the template {text:?} names a file for each: \
                     leave one of them out"
                ))),
            };
        }
        // Without an index every partition has the same name; the braces are undone all the same.
        let name = template.expand(0, partitions);
        let parse = |name: &str| name.parse::<Location>().map_err(Error::from);
        if let Some(special) = name.find(['*', '?', '[']) {
            let folder_end = name[..special].rfind('/').map_or(0, |slash| slash + 1);
            let (folder, pattern) = name.split_at(folder_end);
            let pattern = Pattern::new(pattern)
                .map_err(|error| Error::Setting(format!("the pattern {name:?} is not a glob: {error}")))?;
            return match split {
                Split::Files => Ok(Input::Glob(parse(if folder.is_empty() { "./" } else { folder })?, pattern)),
                Split::Bytes => Err(Error::Setting(format!("--split bytes cuts one file, and {name:?} is a pattern"))),
            };
        }
        let location = parse(&name)?;
        let is_folder = location.is_prefix() || matches!(&location, Location::Local(path) if path.is_dir());
        match split {
            Split::Bytes if is_folder => {
                Err(Error::Setting(format!("--split bytes cuts one file, and {name:?} is a folder")))
            }
            Split::Bytes => Ok(Input::Bytes(location)),
            Split::Files if is_folder => Ok(Input::Folder(location)),
            Split::Files if partitions == 1 => Ok(Input::File(location)),
            Split::Files => Err(Error::Setting(format!(
                "{name:?} is one file, and all {partitions} partitions would read all of it: cut it with --split bytes, or \
                 name a file for each partition with a template such as data_{{index}}.csv"
            ))),
        }
    }

    /// Finds the files of partition `index` of `partitions`.
    pub async fn find(&self, storage: &Storage, index: u32, partitions: u32) -> Result<Partition, Error> {
        match self {
            Input::Template(template) => whole(storage, &template.expand(index, partitions).parse()?).await,
            Input::File(location) => whole(storage, location).await,
            Input::Bytes(location) => {
                let mut partition = whole(storage, location).await?;
                for source in &mut partition.sources {
                    source.owned = Some(deal::byte_range(source.entry.size, index, partitions));
                }
                Ok(partition)
            }
            Input::Folder(folder) => {
                let files = listing(storage, folder).await?;
                dealt_out(files, &folder.to_string(), index, partitions)
            }
            Input::Glob(folder, pattern) => {
                // A star stays within a folder, as in a shell; two of them do not.
                let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
                let mut files = listing(storage, folder).await?;
                files.retain(|(name, _)| pattern.matches_with(name, options));
                dealt_out(files, &format!("{folder}{pattern}"), index, partitions)
            }
        }
    }
}

async fn whole(storage: &Storage, location: &Location) -> Result<Partition, Error> {
    let entry = storage.entry(location).await?;
    let entry = entry.ok_or_else(|| Error::NoInput { input: location.to_string() })?;
    let name = location.file_name().unwrap_or("input").to_owned();
    Ok(Partition { sources: vec![Source { name, entry, owned: None }], listing: None })
}

/// Every file under `folder` with its name below it, sorted.
async fn listing(storage: &Storage, folder: &Location) -> Result<Vec<(String, Entry)>, Error> {
    let base = folder.to_string();
    let base = base.strip_suffix('/').unwrap_or(&base);
    let entries = storage.list(folder).await?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let full = entry.location.to_string();
            let name = full.strip_prefix(base).map_or(full.as_str(), |rest| rest.trim_start_matches('/'));
            (name.to_owned(), entry)
        })
        .collect())
}

fn dealt_out(files: Vec<(String, Entry)>, input: &str, index: u32, partitions: u32) -> Result<Partition, Error> {
    if files.is_empty() {
        return Err(Error::NoInput { input: input.to_owned() });
    }
    let sizes: Vec<u64> = files.iter().map(|(_, entry)| entry.size).collect();
    let mut hash = xxhash_rust::xxh3::Xxh3Default::new();
    for ((name, entry), size) in files.iter().zip(&sizes) {
        let version = entry.version.etag().unwrap_or_default();
        hash.update(format!("{}:{name}{size}:{}:{version}", name.len(), version.len()).as_bytes());
    }
    let owners = deal::by_size(&sizes, partitions);
    let own = files.into_iter().zip(owners).filter(|(_, owner)| *owner == index);
    let sources = own.map(|((name, entry), _)| Source { name, entry, owned: None }).collect();
    Ok(Partition { sources, listing: Some(format!("{:032x}", hash.digest128())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, split: Split, partitions: u32) -> Result<Input, String> {
        Input::parse(text, split, partitions).map_err(|error| error.to_string())
    }

    #[test]
    fn the_text_alone_says_what_the_input_is() {
        let at = |text: &str| text.parse::<Location>().unwrap();
        let files = |text| parse(text, Split::Files, 5).unwrap();
        assert_eq!(files("s3://b/p/"), Input::Folder(at("s3://b/p/")));
        assert_eq!(files("s3://b/p/*.csv"), Input::Glob(at("s3://b/p/"), Pattern::new("*.csv").unwrap()));
        assert_eq!(files("*.csv"), Input::Glob(at("./"), Pattern::new("*.csv").unwrap()));
        assert!(matches!(files("s3://b/data_{index}.csv"), Input::Template(_)));
        assert_eq!(parse("s3://b/x.csv", Split::Bytes, 5), Ok(Input::Bytes(at("s3://b/x.csv"))));
        assert_eq!(parse("s3://b/x.csv", Split::Files, 1), Ok(Input::File(at("s3://b/x.csv"))));
    }

    #[test]
    fn combinations_that_would_read_the_same_twice_are_refused() {
        let refused = |text, split| parse(text, split, 5).unwrap_err();
        assert!(refused("s3://b/x.csv", Split::Files).contains("all 5 partitions would read all of it"));
        assert!(refused("s3://b/{index}.csv", Split::Bytes).contains("names a file for each"));
        assert!(refused("s3://b/p/", Split::Bytes).contains("is a folder"));
        assert!(refused("s3://b/*.csv", Split::Bytes).contains("is a pattern"));
        assert!(refused("s3://b/[.csv", Split::Files).contains("is not a glob"));
        assert!(refused("http://b/x/", Split::Files).contains("http"));
    }
}
