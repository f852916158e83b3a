//! The headings that `--help` and the reference have for the worker's own settings. Every setting
//! names its heading itself: one that is set for a struct would leak into what is flattened behind.

/// What is read, and how it is written.
pub(super) const INPUT: &str = "Input";

/// How the input is written, beyond its delimiter and quote.
pub(super) const DIALECT: &str = "Dialect";

/// What the records are checked against.
pub(super) const SCHEMA: &str = "Schema";

/// What is published, and whether it is published again.
pub(super) const OUTPUT: &str = "Output";

/// What is too much.
pub(super) const LIMITS: &str = "Limits";

/// The program of `exec`.
pub(super) const PROGRAM: &str = "Program";

/// The phases of `simulate`.
pub(super) const SIMULATION: &str = "Simulation";
