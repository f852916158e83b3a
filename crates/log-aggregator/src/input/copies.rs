//! Files of a month that have the same lines, which are counted twice.
//!
//! A folder may hold a log, its compressed copy, an editor's backup, and the log rotated under
//! another name: `access.log.1`, `access.log.1.gz`, `access.log~`, `access.log-20240301`. Names and
//! sizes say little about logs, which is why [`job_files::Twins`] does not serve here: it compares
//! files before they are unpacked. The first lines say nearly all: of two logs that begin with the
//! same clients at the same seconds, one is a copy of the other, or of a part of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use xxhash_rust::xxh3::Xxh3Default;

/// Lines that are compared: few enough to be in the first block of a file, however it is
/// compressed.
const LINES: usize = 20;

/// The first lines of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileStart {
    hash: u128,
    /// How many lines these are: fewer than [`LINES`] where the file has no more.
    lines: usize,
}

impl FileStart {
    /// The start of a file that begins with this block. Blank lines and the directives of a W3C log
    /// are left out: all such files begin with them. `None` where there is nothing else.
    pub(crate) fn of(block: &[u8]) -> Option<FileStart> {
        let mut hash = Xxh3Default::new();
        let mut lines = 0;
        let trimmed = block.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        for line in trimmed.filter(|line| !line.is_empty() && line[0] != b'#').take(LINES) {
            hash.update(line);
            hash.update(b"\n");
            lines += 1;
        }
        (lines > 0).then(|| FileStart { hash: hash.digest128(), lines })
    }
}

/// Pairs of files that begin alike: the first such file, and each later one.
pub(crate) fn copies(files: &[(String, FileStart)]) -> Vec<(&str, &str)> {
    let mut first = BTreeMap::new();
    files
        .iter()
        .filter_map(|(name, beginning)| match first.entry(*beginning) {
            Entry::Vacant(entry) => {
                entry.insert(name.as_str());
                None
            }
            Entry::Occupied(entry) => Some((*entry.get(), name.as_str())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> Option<(String, FileStart)> {
        Some((name.to_owned(), FileStart::of(text.as_bytes())?))
    }

    #[test]
    fn a_copy_begins_as_its_original_whatever_follows_and_other_logs_do_not() {
        let log = |from: usize, to: usize| {
            (from..to).map(|number| format!("192.0.2.{number} -\n")).collect::<String>()
        };
        let files: Vec<_> = [
            file("access.log", &log(0, 100)),
            file("access.log.1", &log(100, 200)),
            file("access.log.bak", &log(0, 50)),
            file("access.log.dos", &log(0, 100).replace('\n', "\r\n")),
            file("short", &log(0, 3)),
            file("directives", "#Version: 1.0\n#Fields: date time\n"),
            file("empty", "\n\n"),
        ]
        .into_iter()
        .flatten()
        .collect();
        assert_eq!(
            copies(&files),
            [("access.log", "access.log.bak"), ("access.log", "access.log.dos")]
        );
    }
}
