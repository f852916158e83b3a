//! Why a file of checks cannot be used.

/// Why a file of checks cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}; {remedy}")]
pub struct CheckError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Where something stands in the file of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Position {
    pub(super) fn error(self, problem: impl Into<String>, remedy: impl Into<String>) -> CheckError {
        let Position { line, column } = self;
        CheckError { line, column, problem: problem.into(), remedy: remedy.into() }
    }
}
