//! A pattern for names below a folder.

use glob::{MatchOptions, Pattern, PatternError};

use super::listing::NamedFile;
use super::names::is_hidden;
use crate::error::Error;

/// A star stays within a folder, as in a shell; `**` does not.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A pattern, and what it is when its brackets are meant as they stand: `c [1].csv` is the name of
/// a second download.
#[derive(Clone, Debug, PartialEq)]
pub struct Glob {
    pattern: Pattern,
    literal: Option<Pattern>,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Result<Self, PatternError> {
        let literal = pattern.replace('[', "[[]");
        Ok(Glob {
            pattern: Pattern::new(pattern)?,
            literal: if literal == pattern { None } else { Pattern::new(&literal).ok() },
        })
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        self.pattern.as_str()
    }

    /// Whether a name below the folder is one of those that the pattern stands for.
    pub fn matches(&self, name: &str) -> bool {
        self.pattern.matches_with(name, OPTIONS)
    }

    /// The pattern as it is meant. Where the brackets can be read in two ways and both find files,
    /// that is an error: nobody can know which was meant.
    pub(super) fn meant(&self, name: &str, files: &[NamedFile]) -> Result<&Pattern, Error> {
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
    pub(super) fn names_hidden(&self) -> bool {
        self.pattern.as_str().split('/').any(is_hidden)
    }
}

/// Whether the pattern stands for the name.
pub(super) fn stands_for(pattern: &Pattern, name: &str) -> bool {
    pattern.matches_with(name, OPTIONS)
}
