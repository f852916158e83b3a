//! The versions of what the commands write.
//!
//! A partition that is finished is not done again, so that after an upgrade it would keep what an
//! earlier program made of it. When a change of the program makes other bytes of the same input and
//! settings, raise the number of the command: partitions that carry another one are then done
//! again. A test compares the outputs with known ones, and fails where they have changed and the
//! number has not.

/// Of `validate`: `accepted.csv`, `rejected.csv`, `warnings.csv`, `keys.bin` and `summary.json`.
pub(crate) const VALIDATE: u32 = 10;

/// Of `exec`: what the program is given, what is kept of its answer, and `summary.json`.
pub(crate) const EXEC: u32 = 3;

/// Of `simulate`: `summary.json`.
pub(crate) const SIMULATE: u32 = 1;
