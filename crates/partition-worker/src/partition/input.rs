//! Which files, or which bytes of one file, are the partition of an index: what `--input` and
//! `--split` say together.

use job_files::{NamedFile, Source, Template, Twins};
use object_storage::{Location, Storage};
use worker_runtime::{Environment, IdentityArgs, UncountedIdentity};

use super::deal;
use super::files::Partition;
use super::format::NamedFormat;
use super::mixed_folder::refuse_mixed;
use crate::cli::Split;
use crate::error::Error;

/// What `--input` and `--split` say together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PartitionInput {
    /// One file per index.
    Template(Template),
    /// A folder or a pattern per index.
    Folders(Template),
    /// Every file that the name stands for, dealt out.
    Dealt(job_files::Input),
    /// One file for the only partition.
    Whole(job_files::Input),
    /// One file, cut into byte ranges.
    Bytes(job_files::Input),
    /// The files of a package's resource, with the names that they have in it, dealt out.
    Listed(Vec<(String, job_files::Input)>),
}

/// The names that a template may have.
const FIELDS: &[&str] = &["index", "total"];

/// Which share of `input` is this process' own. A file that bears the index in its name needs no
/// number of partitions: an elastic Job may grow.
pub(crate) fn share(args: &IdentityArgs, input: &str) -> Result<UncountedIdentity, Error> {
    let template = Template::parse(input, FIELDS).map_err(Error::from)?;
    let environment = Environment::of_process();
    if template.has("index") && !template.has("total") {
        return Ok(args.resolve_index(&environment)?);
    }
    Ok(args.resolve(&environment)?.into())
}

impl PartitionInput {
    /// Reads the settings; looks at nothing but their text.
    pub(crate) fn parse(text: &str, split: Split, partitions: u32) -> Result<Self, Error> {
        let template = Template::parse(text, FIELDS)?;
        if template.has("index") {
            return match split {
                Split::Files if index_names_a_folder(text) => Ok(PartitionInput::Folders(template)),
                // data_{index}* would give data_10.csv to index 1, too.
                Split::Files if text.contains(['*', '?']) => Err(Error::Setting(format!(
                    "the template {text:?} has {{index}} beside * or ?, so that files of one \
                     index would be those of others, too: leave out {{index}}, and all files that \
                     match are dealt out over the partitions, or give it a folder of its own, \
                     such as 'in/{{index}}/*.csv'"
                ))),
                Split::Files => Ok(PartitionInput::Template(template)),
                Split::Bytes => Err(Error::Setting(format!(
                    "--split bytes cuts one file for all partitions, and the template {text:?} \
                     names a file for each: leave one of them out"
                ))),
            };
        }
        // Without an index every partition has the same name; the braces are undone all the same.
        let name = template.expand(&[("total", partitions)]);
        let input = job_files::Input::parse(&name)?;
        match (split, &input) {
            (Split::Bytes, job_files::Input::Glob(..)) => Err(Error::Setting(format!(
                "--split bytes cuts one file, and {name:?} is a pattern"
            ))),
            (Split::Bytes, job_files::Input::Folder(_)) => Err(Error::Setting(format!(
                "--split bytes cuts one file, and {name:?} is a folder"
            ))),
            (Split::Bytes, job_files::Input::File(_)) => Ok(PartitionInput::Bytes(input)),
            (Split::Files, job_files::Input::Folder(_) | job_files::Input::Glob(..)) => {
                Ok(PartitionInput::Dealt(input))
            }
            (Split::Files, job_files::Input::File(_)) if partitions == 1 => {
                Ok(PartitionInput::Whole(input))
            }
            (Split::Files, job_files::Input::File(_)) => Err(Error::Setting(format!(
                "{name:?} is one file, and all {partitions} partitions would read all of it: cut \
                 it with --split bytes, or name a file for each partition with a template such as \
                 data_{{index}}.csv"
            ))),
        }
    }

    /// The files of a package's resource, with the names that they have in it.
    pub(crate) fn of_package(
        paths: Vec<(String, Location)>,
        split: Split,
        partitions: u32,
    ) -> Result<Self, Error> {
        let files: Vec<_> = paths
            .into_iter()
            .map(|(name, location)| (name, job_files::Input::File(location)))
            .collect();
        match (&files[..], split) {
            ([(_, file)], Split::Bytes) => Ok(PartitionInput::Bytes(file.clone())),
            (_, Split::Bytes) => Err(Error::Setting(
                "--split bytes cuts one file, and the resource has several".to_owned(),
            )),
            ([(name, _)], Split::Files) if partitions > 1 => Err(Error::Setting(format!(
                "{name:?} is the only file of the resource, and all {partitions} partitions would \
                 read all of it: cut it with --split bytes"
            ))),
            (_, Split::Files) => Ok(PartitionInput::Listed(files)),
        }
    }

    /// Finds the files of partition `index` of `partitions`.
    pub(crate) fn find(
        &self,
        storage: &Storage,
        index: u32,
        partitions: u32,
    ) -> Result<Partition, Error> {
        match self {
            PartitionInput::Template(template) => {
                let name = template.expand(&[("index", index), ("total", partitions)]);
                Ok(whole(storage, &job_files::Input::File(name.parse()?))?.of_index(index))
            }
            PartitionInput::Folders(template) => {
                let name = template.expand(&[("index", index), ("total", partitions)]);
                let input = job_files::Input::parse(&name)?;
                let files = input.find(storage)?;
                refuse_mixed(&input, &files)?;
                Twins::tell(&Twins::of_listed(storage, &files));
                Ok(all_of(files).of_index(index))
            }
            PartitionInput::Whole(input) => whole(storage, input),
            PartitionInput::Bytes(input) => {
                let files = input.find(storage)?;
                let listing = Some(listing_xxh3(&files));
                let mut partition = Partition { listing, ..all_of(files) };
                for source in &mut partition.sources {
                    source.owned = Some(deal::byte_range(source.entry.size, index, partitions));
                }
                Ok(partition)
            }
            PartitionInput::Listed(inputs) => {
                let mut files = Vec::new();
                for (name, input) in inputs {
                    for file in input.find(storage)? {
                        files.push(NamedFile { name: name.clone(), ..file });
                    }
                }
                Ok(dealt_out(files, index, partitions))
            }
            PartitionInput::Dealt(input) => {
                let files = input.find(storage)?;
                refuse_mixed(input, &files)?;
                let mut twins = Twins::of_listed(storage, &files);
                let partition = dealt_out(files, index, partitions);
                // Every pod sees all pairs, since the other file may be another pod's; those that
                // read one of the two tell it.
                twins.retain(|twins| {
                    partition
                        .sources
                        .iter()
                        .any(|source| [&twins.one, &twins.other].contains(&&source.name))
                });
                Twins::tell(&twins);
                Ok(partition)
            }
        }
    }
}

/// Whether a template has its index in the names of folders alone, and what follows stands for
/// several files.
fn index_names_a_folder(text: &str) -> bool {
    let (folders, name) = text.rsplit_once('/').unwrap_or(("", text));
    let is_several = name.is_empty() || text.contains(['*', '?']);
    let is_exact = |folder: &str| !folder.contains("{index") || !folder.contains(['*', '?']);
    is_several && !name.contains("{index") && folders.split('/').all(is_exact)
}

fn whole(storage: &Storage, input: &job_files::Input) -> Result<Partition, Error> {
    Ok(all_of(input.find(storage)?))
}

fn all_of(files: Vec<NamedFile>) -> Partition {
    let format = NamedFormat::of(&files);
    let sources: Vec<Source> = files.into_iter().map(Source::from).collect();
    let ranks = (0..).take(sources.len()).collect();
    Partition { sources, ranks, listing: None, format }
}

fn dealt_out(files: Vec<NamedFile>, index: u32, partitions: u32) -> Partition {
    let sizes: Vec<u64> = files.iter().map(|file| file.entry.size).collect();
    let (listing, format) = (listing_xxh3(&files), NamedFormat::of(&files));
    let owners = deal::by_size(&sizes, partitions);
    let own = (0..).zip(files).zip(owners).filter(|(_, owner)| *owner == index);
    let (ranks, sources) = own.map(|((rank, file), _)| (rank, Source::from(file))).unzip();
    Partition { sources, ranks, listing: Some(listing), format }
}

/// XXH3 of the files' names, sizes and, in S3, entity tags. A local file that is replaced by one of
/// the same size has the same.
fn listing_xxh3(files: &[NamedFile]) -> String {
    let mut hash = xxhash_rust::xxh3::Xxh3Default::new();
    for NamedFile { name, entry } in files {
        let version = entry.version.etag().unwrap_or_default();
        hash.update(
            format!("{}:{name}{}:{}:{version}", name.len(), entry.size, version.len()).as_bytes(),
        );
    }
    format!("{:032x}", hash.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, split: Split, partitions: u32) -> Result<PartitionInput, String> {
        PartitionInput::parse(text, split, partitions).map_err(|error| error.to_string())
    }

    #[test]
    fn the_text_alone_says_what_the_input_is() {
        let input = |text: &str| job_files::Input::parse(text).unwrap();
        let files = |text| parse(text, Split::Files, 5).unwrap();
        assert_eq!(files("s3://b/p/"), PartitionInput::Dealt(input("s3://b/p/")));
        assert_eq!(files("s3://b/p/*.csv"), PartitionInput::Dealt(input("s3://b/p/*.csv")));
        assert!(matches!(files("s3://b/data_{index}.csv"), PartitionInput::Template(_)));
        for folders in ["in/{index}/*.csv", "in/{index:05}/", "*/{index}/**/a?.csv", "{index}/*"] {
            assert!(matches!(files(folders), PartitionInput::Folders(_)), "{folders}");
        }
        assert_eq!(
            parse("s3://b/x.csv", Split::Bytes, 5),
            Ok(PartitionInput::Bytes(input("s3://b/x.csv")))
        );
        assert_eq!(
            parse("s3://b/x.csv", Split::Files, 1),
            Ok(PartitionInput::Whole(input("s3://b/x.csv")))
        );
    }

    #[test]
    fn combinations_that_would_read_the_same_twice_are_refused() {
        let refused = |text, split| parse(text, split, 5).unwrap_err();
        assert!(
            refused("s3://b/x.csv", Split::Files).contains("all 5 partitions would read all of it")
        );
        assert!(refused("s3://b/{index}.csv", Split::Bytes).contains("names a file for each"));
        assert!(
            refused("s3://b/d_{index}*.csv", Split::Files).contains("has {index} beside * or ?")
        );
        assert!(refused("b/{index}*/a.csv", Split::Files).contains("has {index} beside * or ?"));
        assert!(refused("s3://b/p/", Split::Bytes).contains("is a folder"));
        assert!(refused("s3://b/*.csv", Split::Bytes).contains("is a pattern"));
        assert!(refused("s3://b/[.csv", Split::Files).contains("is not a glob"));
        assert!(refused("http://b/x/", Split::Files).contains("http"));
    }
}
