//! Whether files are CSV, JSON lines or Parquet, told by their names, and what outputs of each are
//! called.

use job_files::{InputCompression, NamedFile};

use crate::cli::{InputFormat, OutputFormat};
use crate::error::Error;

/// Name of the accepted records in Parquet.
pub(crate) const PARQUET_NAME: &str = "accepted.parquet";

/// The endings of names that say what a file is.
const ENDINGS: [(&str, InputFormat); 5] = [
    (".jsonl", InputFormat::Jsonl),
    (".ndjson", InputFormat::Jsonl),
    (".parquet", InputFormat::Parquet),
    (".parq", InputFormat::Parquet),
    (".pqt", InputFormat::Parquet),
];

/// What the names of a partition's files say of their format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NamedFormat {
    /// All are of one, or there is no file at all.
    One(InputFormat),
    /// One file is of the one, another of the other.
    Two([(String, InputFormat); 2]),
}

impl Default for NamedFormat {
    fn default() -> Self {
        NamedFormat::One(InputFormat::Csv)
    }
}

impl NamedFormat {
    /// Of all the files among which a partition has its share.
    pub(crate) fn of(files: &[NamedFile]) -> NamedFormat {
        let mut of_files = files.iter().map(|file| (&file.name, format_of(&file.name)));
        let Some((name, first)) = of_files.next() else { return NamedFormat::default() };
        match of_files.find(|(_, format)| *format != first) {
            None => NamedFormat::One(first),
            Some((other, format)) => {
                let mut two = [(name.clone(), first), (other.clone(), format)];
                // What has a name of its own comes first.
                two.sort_by_key(|(_, format)| *format == InputFormat::Csv);
                NamedFormat::Two(two)
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
            (None, NamedFormat::One(format)) => Ok(*format),
            (None, NamedFormat::Two([(one, one_format), (other, other_format)])) => {
                Err(Error::TwoFormats {
                    one: one.clone(),
                    one_is: one_format.in_words(),
                    ending: one_format.ending(),
                    other: other.clone(),
                    other_is: other_format.in_words(),
                })
            }
        }
    }
}

/// What a file is by its name.
fn format_of(name: &str) -> InputFormat {
    let name = name.to_ascii_lowercase();
    let mut suffixes = InputCompression::SUFFIXES.into_iter();
    let bare = suffixes.find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    let known = ENDINGS.into_iter().find(|(ending, _)| bare.ends_with(ending));
    known.map_or(InputFormat::Csv, |(_, format)| format)
}

impl InputFormat {
    /// Names of the outputs with the accepted and the rejected records, and the warnings. `suffix`
    /// is that of the compression; Parquet has its own.
    pub(crate) fn outputs(self, accepted: OutputFormat, suffix: &str) -> [String; 3] {
        let named = |name: &str, format: InputFormat| format!("{name}.{}{suffix}", format.ending());
        let accepted = match accepted {
            OutputFormat::Same if self == InputFormat::Parquet => PARQUET_NAME.to_owned(),
            OutputFormat::Same => named("accepted", self),
            OutputFormat::Csv => named("accepted", InputFormat::Csv),
            OutputFormat::Jsonl => named("accepted", InputFormat::Jsonl),
            OutputFormat::Parquet => PARQUET_NAME.to_owned(),
        };
        // Where it stands and why is no column of Parquet.
        let listed = if self == InputFormat::Parquet { InputFormat::Jsonl } else { self };
        [accepted, named("rejected", listed), named("warnings", listed)]
    }

    /// Whether its records are objects, and not rows of cells.
    pub(crate) fn has_objects(self) -> bool {
        match self {
            InputFormat::Csv => false,
            InputFormat::Jsonl | InputFormat::Parquet => true,
        }
    }

    /// As messages name it.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            InputFormat::Csv => "delimited text",
            InputFormat::Jsonl => "JSON lines",
            InputFormat::Parquet => "Parquet",
        }
    }

    /// How the names of its files end.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            InputFormat::Csv => "csv",
            InputFormat::Jsonl => "jsonl",
            InputFormat::Parquet => "parquet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_lines_are_told_by_the_end_of_the_name() {
        for name in ["a.jsonl", "in/A.NDJSON", "a.b.ndjson.gz", "a.jsonl.zst"] {
            assert_eq!(format_of(name), InputFormat::Jsonl, "{name}");
        }
        for name in ["a.csv", "a.json", "a.jsonl.csv", "jsonl", "a.jsonl.1"] {
            assert_eq!(format_of(name), InputFormat::Csv, "{name}");
        }
        for name in ["a.parquet", "part-0.snappy.PARQUET", "x/a.parq"] {
            assert_eq!(format_of(name), InputFormat::Parquet, "{name}");
        }
    }
}
