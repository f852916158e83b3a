//! Whether the files of a folder are of one kind. People keep the schema, a README or the original
//! files beside their data; a folder that is named as the input would have them read as records.

use std::collections::BTreeMap;

use job_files::{InputCompression, NamedFile};

use crate::error::Error;

/// Kinds of files that stand beside data, or are data, by their extensions. Others (`.eu`, `.001`)
/// may be part of a name.
const KINDS: [&str; 41] = [
    "csv", "tsv", "tab", "psv", "txt", "dat", "json", "jsonl", "ndjson", "log", "md", "rst",
    "yaml", "yml", "xml", "html", "htm", "pdf", "py", "sh", "rb", "js", "r", "sql", "toml", "ini",
    "cfg", "conf", "xls", "xlsx", "ods", "parquet", "avro", "orc", "doc", "docx", "zip", "7z",
    "tar", "sha256", "md5",
];

/// The ending of a compression that is not read.
const UNREAD: [&str; 1] = [".lz4"];

/// Refuses the files of the folder `input` where they are of more than one kind. A pattern says
/// which ones are meant.
pub(crate) fn refuse_mixed(input: &job_files::Input, files: &[NamedFile]) -> Result<(), Error> {
    let job_files::Input::Folder(folder) = input else { return Ok(()) };
    let mut kinds: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for file in files {
        kinds.entry(kind(&file.name)).or_insert((0, &file.name)).0 += 1;
    }
    let mut kinds: Vec<(String, (usize, &str))> = kinds.into_iter().collect();
    if kinds.len() < 2 {
        return Ok(());
    }
    // The kind of most files comes first, and is probably the one that is meant.
    kinds.sort_by_key(|(_, (files, _))| std::cmp::Reverse(*files));
    let shown = kinds.iter().map(|(kind, (files, first))| match kind.as_str() {
        "" => format!("{files} of no known kind ({first})"),
        kind => format!("{files} *.{kind} ({first})"),
    });
    let likely = kinds
        .iter()
        .map(|(kind, _)| kind.as_str())
        .find(|kind| !kind.is_empty())
        .unwrap_or_default();
    let folder = folder.to_string();
    let is_deep = files.iter().any(|file| file.name.contains('/'));
    let start = format!("{}/{}", folder.trim_end_matches('/'), if is_deep { "**/" } else { "" });
    Err(Error::MixedFolder {
        kinds: shown.collect::<Vec<_>>().join(", "),
        pattern: format!("{start}*.{likely}"),
        all: format!("{start}*"),
        folder,
    })
}

/// The kind of a file by its name: `csv` of `a.CSV.gz` and of `a.csv.1`, nothing of `part-00000`
/// and `README`.
fn kind(path: &str) -> String {
    let mut name = path.rsplit('/').next().unwrap_or(path);
    loop {
        let Some((stem, extension)) = name.rsplit_once('.') else { return String::new() };
        let kind = extension.to_ascii_lowercase();
        if KINDS.contains(&kind.as_str()) {
            return kind;
        }
        let mut endings = InputCompression::SUFFIXES.into_iter().chain(UNREAD);
        let is_behind = endings.any(|ending| ending.strip_prefix('.') == Some(&kind))
            || kind.bytes().all(|b| b.is_ascii_digit());
        if !is_behind {
            return String::new();
        }
        name = stem;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_stands_before_compressions_and_numbers() {
        for (name, of) in [
            ("in/a.csv", "csv"),
            ("a.CSV.gz", "csv"),
            ("access.log.1", "log"),
            ("access.log.2.gz", "log"),
            ("in.csv/part-00000", ""),
            ("README", ""),
            ("sales.eu", ""),
            ("a.001", ""),
            ("schema.json", "json"),
        ] {
            assert_eq!(kind(name), of, "{name}");
        }
    }
}
