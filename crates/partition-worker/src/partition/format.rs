//! Whether files are CSV or JSON lines, told by their names, and what outputs of each are called.

use job_files::{InputCompression, NamedFile};

use crate::cli::{InputFormat, OutputFormat};
use crate::error::Error;

/// Name of the accepted records in Parquet.
pub(crate) const PARQUET_NAME: &str = "accepted.parquet";

/// The endings of names of JSON lines.
const JSON_LINES: [&str; 2] = [".jsonl", ".ndjson"];

/// What the names of a partition's files say of their format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum NamedFormat {
    /// CSV, or no file at all.
    #[default]
    Csv,
    /// JSON lines.
    Jsonl,
    /// One file is the one, another the other.
    Both { csv: String, jsonl: String },
}

impl NamedFormat {
    /// Of all the files among which a partition has its share.
    pub(super) fn of(files: &[NamedFile]) -> NamedFormat {
        let first = |jsonl: bool| files.iter().find(|file| is_jsonl(&file.name) == jsonl);
        match (first(false), first(true)) {
            (_, None) => NamedFormat::Csv,
            (None, Some(_)) => NamedFormat::Jsonl,
            (Some(csv), Some(jsonl)) => {
                NamedFormat::Both { csv: csv.name.clone(), jsonl: jsonl.name.clone() }
            }
        }
    }

    /// The format, unless one is given.
    ///
    /// # Errors
    ///
    /// If there are two.
    pub(crate) fn or(&self, given: Option<InputFormat>) -> Result<InputFormat, Error> {
        match (given, self) {
            (Some(given), _) => Ok(given),
            (None, NamedFormat::Csv) => Ok(InputFormat::Csv),
            (None, NamedFormat::Jsonl) => Ok(InputFormat::Jsonl),
            (None, NamedFormat::Both { csv, jsonl }) => {
                Err(Error::TwoFormats { csv: csv.clone(), jsonl: jsonl.clone() })
            }
        }
    }
}

/// Whether a name is one of JSON lines.
pub(crate) fn is_jsonl(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut suffixes = InputCompression::SUFFIXES.into_iter();
    let bare = suffixes.find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    JSON_LINES.iter().any(|ending| bare.ends_with(ending))
}

impl InputFormat {
    /// Names of the outputs with the accepted and the rejected records, and the warnings. `suffix`
    /// is that of the compression; Parquet has its own.
    pub(crate) fn outputs(self, accepted: OutputFormat, suffix: &str) -> [String; 3] {
        let named = |name: &str, format: InputFormat| format!("{name}.{}{suffix}", format.ending());
        let accepted = match accepted {
            OutputFormat::Same => named("accepted", self),
            OutputFormat::Csv => named("accepted", InputFormat::Csv),
            OutputFormat::Jsonl => named("accepted", InputFormat::Jsonl),
            OutputFormat::Parquet => PARQUET_NAME.to_owned(),
        };
        [accepted, named("rejected", self), named("warnings", self)]
    }

    fn ending(self) -> &'static str {
        match self {
            InputFormat::Csv => "csv",
            InputFormat::Jsonl => "jsonl",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_are_told_by_the_end_of_the_name() {
        for name in ["a.jsonl", "in/A.NDJSON", "a.b.ndjson.gz", "a.jsonl.zst"] {
            assert!(is_jsonl(name), "{name}");
        }
        for name in ["a.csv", "a.json", "a.jsonl.csv", "jsonl", "a.jsonl.1"] {
            assert!(!is_jsonl(name), "{name}");
        }
    }
}
