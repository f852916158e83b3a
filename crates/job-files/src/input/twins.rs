//! Files that seem to hold the same records, so that whoever reads all of them counts these records
//! twice: a file beside its own compressed form, its copy or its backup.
//!
//! Nothing here decides what is read. A copy by its name may have been changed since, and two files
//! with the same bytes may both be meant; so the pairs are told, and people decide.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};

use object_storage::{Entry, Location, Storage};
use xxhash_rust::xxh3::xxh3_128;

use super::listing::NamedFile;
use crate::compression::InputCompression;

/// Two files: the one that seems to be the original, or the first in the listing, and the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// One of them.
    pub one: String,
    /// The other.
    pub other: String,
    /// Why they seem to be the same.
    pub alike: Alike,
}

/// In what two files are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// They have the same bytes, as far as they were compared.
    Bytes,
    /// One has the other's name and a mark of a copy, a backup or a compression.
    Name,
}

/// What tells one content from another: its size and a digest. `None` where nothing is known of it,
/// or where it holds no records.
type Content<'f> = Option<(u64, &'f str)>;

/// Pairs that are told one by one; of a folder that was copied as a whole, the number is enough.
const TOLD: usize = 5;

/// Local files of equal sizes that are looked into, all in all, and what is read of each: 4 pieces
/// of 16 KiB from its beginning to its end. A listing is looked through by every pod, so this must
/// cost next to nothing however large the files are.
const LOOKED_INTO: usize = 1_000;
const PIECES: u64 = 4;
const PIECE: u64 = 16 * 1024;

/// Endings of compressed files that are not read.
const UNREAD: [&str; 2] = [".zip", ".lz4"];

/// Endings that programs and people give to what they put aside.
const ASIDE: [&str; 8] = [".bak", ".orig", ".old", ".copy", ".save", ".tmp", ".part", "~"];

/// How file managers mark a copy: Finder, Explorer and Nautilus, in English, Spanish, German and
/// French.
const COPIES: [&str; 9] = [
    " - copy", " copy", "-copy", "_copy", " (copy)", " - copia", " - kopie", " - copie", " (copia)",
];
const COPIES_OF: [&str; 4] = ["copy of ", "copia de ", "kopie von ", "copie de "];

impl Twins {
    /// The twins among listed files, before any of them is read for its records: by their entity
    /// tags, by pieces of local files whose sizes are equal, and by their names. What cannot be
    /// read here is no twin; the error shows when all of it is read.
    pub fn of_listed(storage: &Storage, files: &[NamedFile]) -> Vec<Twins> {
        let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
        for file in files {
            *sizes.entry(file.entry.size).or_default() += 1;
        }
        let mut samples: BTreeMap<&str, String> = BTreeMap::new();
        for NamedFile { name, entry } in files {
            let is_local =
                entry.version.etag().is_none() && matches!(entry.location, Location::Local(_));
            if is_local && entry.size > 0 && sizes[&entry.size] > 1 && samples.len() < LOOKED_INTO {
                let sample = sample(storage, entry).unwrap_or_default();
                samples.extend(sample.map(|sample| (name.as_str(), sample)));
            }
        }
        find(files.iter().filter(|file| file.entry.size > 0).map(|NamedFile { name, entry }| {
            let digest =
                entry.version.etag().or_else(|| samples.get(name.as_str()).map(String::as_str));
            (name.as_str(), digest.map(|digest| (entry.size, digest)))
        }))
    }

    /// Warns of them.
    pub fn tell(all: &[Twins]) {
        for Twins { one, other, alike } in all.iter().take(TOLD) {
            let by = match alike {
                Alike::Bytes => "they have the same bytes",
                Alike::Name => "by their names",
            };
            tracing::warn!(
                one,
                other,
                by,
                "both files seem to have the same contents, which are counted twice: move one of \
                 them away, or name those to read in a pattern"
            );
        }
        if all.len() > TOLD {
            tracing::warn!(pairs = all.len() - TOLD, "more files seem to have the same contents");
        }
    }
}

/// A digest of pieces of a local file; of all of it where it is small. `None` where it has a header
/// at most.
fn sample(storage: &Storage, entry: &Entry) -> io::Result<Option<String>> {
    let is_large = entry.size > PIECES * PIECE;
    let (pieces, size) = if is_large { (PIECES, PIECE) } else { (1, entry.size) };
    let step = (entry.size - size) / (PIECES - 1);
    let mut bytes = Vec::new();
    for piece in 0..pieces {
        let start = piece * step;
        storage.open(entry, start..start + size)?.read_to_end(&mut bytes)?;
    }
    let has_records =
        is_large || std::str::from_utf8(&bytes).map_or(true, |text| text.trim_end().contains('\n'));
    Ok(has_records.then(|| format!("{:032x}", xxh3_128(&bytes))))
}

fn find<'f>(files: impl Iterator<Item = (&'f str, Content<'f>)>) -> Vec<Twins> {
    let files: Vec<(&str, Content<'_>)> = files.collect();
    // The first file of every name, its compression taken away.
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, _) in &files {
        names.entry(uncompressed(name)).or_insert(name);
    }
    let mut contents: BTreeMap<(u64, &str), &str> = BTreeMap::new();
    let mut twins = Vec::new();
    let pair = |one: &str, other: &str, alike| Twins {
        one: one.to_owned(),
        other: other.to_owned(),
        alike,
    };
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (name, content) in &files {
        let Some(content) = content else { continue };
        if let Some(one) = contents.get(content) {
            twins.push(pair(one, name, Alike::Bytes));
            known.extend([*one, *name]);
        } else {
            contents.insert(*content, name);
        }
    }
    for (name, _) in &files {
        let bare = uncompressed(name);
        let beside = names.get(bare).copied().filter(|first| first != name);
        let one = beside
            .or_else(|| originals(bare).find_map(|original| names.get(original.as_str()).copied()));
        if let Some(one) = one.filter(|one| !(known.contains(one) && known.contains(name))) {
            twins.push(pair(one, name, Alike::Name));
        }
    }
    twins
}

fn uncompressed(name: &str) -> &str {
    let mut endings = InputCompression::SUFFIXES.into_iter().chain(UNREAD);
    endings.find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The names that a copy or backup of this name was made of: `a - Copy (2).csv` of `a - Copy.csv`
/// and that of `a.csv`.
fn originals(name: &str) -> impl Iterator<Item = String> {
    std::iter::successors(original(name), |name| original(name))
}

fn original(path: &str) -> Option<String> {
    let (folder, name) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    let whole =
        |name: &str| Some(format!("{folder}{}", uncompressed(name))).filter(|_| !name.is_empty());
    if let Some(name) = ASIDE.iter().find_map(|ending| without_end(name, ending)) {
        return whole(name);
    }
    if let Some(name) = name.strip_prefix('#').and_then(|name| name.strip_suffix('#')) {
        return whole(name);
    }
    if let Some(start) = COPIES_OF.iter().find(|start| starts_with(name, start)) {
        return whole(&name[start.len()..]);
    }
    let (stem, extension) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    let stem = COPIES
        .iter()
        .find_map(|ending| without_end(stem, ending))
        .or_else(|| without_number(stem))?;
    Some(format!("{folder}{stem}{extension}")).filter(|_| !stem.is_empty())
}

/// `a` of `a (1)` as browsers name a second download, and `a copy` of `a copy 2`. A year in
/// parentheses is no such number.
fn without_number(stem: &str) -> Option<&str> {
    let is_number = |digits: &str| {
        matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let Some((name, number)) = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('(')) {
        return is_number(number).then(|| name.trim_end());
    }
    let (name, number) = stem.rsplit_once(' ')?;
    let is_copy = COPIES.iter().any(|ending| without_end(name, ending).is_some());
    (is_number(number) && is_copy).then_some(name)
}

/// `name` without `ending`, whose case does not matter.
fn without_end<'n>(name: &'n str, ending: &str) -> Option<&'n str> {
    let at = name.len().checked_sub(ending.len())?;
    (name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(ending)).then(|| &name[..at])
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(names: &[&str]) -> Vec<(String, String)> {
        find(names.iter().map(|name| (*name, None)))
            .iter()
            .map(|t| (t.one.clone(), t.other.clone()))
            .collect()
    }

    #[test]
    fn a_copy_a_backup_and_a_compressed_form_are_twins_of_their_original() {
        for other in [
            "a.csv.gz",
            "a.csv.zst",
            "a.csv~",
            "a.csv.bak",
            "a.csv.BAK.gz",
            "#a.csv#",
            "a (1).csv",
            "a(2).csv.gz",
            "a copy.csv",
            "a copy 2.csv",
            "a - Copy.csv",
            "a - Copy (2).csv",
            "a - Kopie.csv",
            "a - copia.csv",
            "Copy of a.csv",
            "Copia de a.csv",
            "a.csv.old",
            "a.csv.part",
        ] {
            for folder in ["", "x/y z/"] {
                let (one, other) = (format!("{folder}a.csv"), format!("{folder}{other}"));
                let mut names = [one.as_str(), &other];
                names.sort_unstable();
                assert_eq!(pairs(&names), [(one.clone(), other.clone())], "{names:?}");
            }
        }
    }

    #[test]
    fn parts_days_and_turnovers_are_no_twins() {
        for names in [
            ["a.csv", "b.csv"],
            ["access.log", "access.log.1"],
            ["access.log.1", "access.log.2.gz"],
            ["x/a.csv", "y/a.csv"],
            // Explorer numbers what it renames at once.
            ["data (1).csv", "data (2).csv"],
            ["sales.csv", "sales (2024).csv"],
            ["a.csv", "a 2.csv"],
            ["~", "#"],
            [" (1)", "copy of "],
            ["é copy.csv", "copy.csv"],
        ] {
            assert_eq!(pairs(&names), [], "{names:?}");
        }
    }

    #[test]
    fn the_same_bytes_are_told_once_whatever_the_names_are() {
        let file = |name, digest| (name, Some((9, digest)));
        let found = find(
            [
                file("a (1).csv", "0f"),
                file("a.csv", "0f"),
                file("b.csv", "0f"),
                file("c.csv", "ff"),
            ]
            .into_iter(),
        );
        let all: Vec<_> = found
            .iter()
            .map(|twins| (twins.one.as_str(), twins.other.as_str(), twins.alike))
            .collect();
        assert_eq!(
            all,
            [("a (1).csv", "a.csv", Alike::Bytes), ("a (1).csv", "b.csv", Alike::Bytes),]
        );
    }
}
