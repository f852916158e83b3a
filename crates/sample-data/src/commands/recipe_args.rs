//! The settings that decide what the rows are, the same for every command that makes them.

use clap::Args;

use crate::bad_share::BadShare;
use crate::transactions::{Kinds, MAX_ROWS, Recipe};

/// Everything that a [`Recipe`] is made of.
#[derive(Args, Clone, Debug)]
pub(crate) struct RecipeArgs {
    /// Rows in all, 1 to 10000000000; about 91 bytes each as CSV and 203 as JSON
    #[arg(
        long, env = "SAMPLE_DATA_ROWS", value_name = "N", default_value_t = 10_000,
        value_parser = clap::value_parser!(u64).range(1..=MAX_ROWS)
    )]
    rows: u64,

    /// Chance of a row to be bad, 0 to 1, in steps of one in a million
    #[arg(long, env = "SAMPLE_DATA_BAD_SHARE", value_name = "SHARE", default_value = "0.02")]
    bad_share: BadShare,

    /// How bad rows are damaged: all, well-formed, or a list with commas between
    ///
    /// The kinds are amount-not-a-number, amount-below-minimum, amount-above-maximum,
    /// unknown-currency, unknown-status, impossible-date, malformed-timestamp,
    /// timestamp-out-of-range, missing-value, missing-cell, extra-cell, blank-row,
    /// malformed-iban, merchant-too-long, malformed-id, duplicate-id, invalid-utf8 and
    /// malformed-quoting, each as likely as any other. `well-formed` is all but blank-row,
    /// invalid-utf8 and malformed-quoting, which many CSV readers drop or refuse.
    #[arg(long, env = "SAMPLE_DATA_KINDS", value_name = "KINDS", default_value = "all")]
    kinds: Kinds,

    /// No line breaks within a cell, so that every record is one line
    #[arg(long, env = "SAMPLE_DATA_SINGLE_LINE")]
    single_line: bool,

    /// Another seed gives other rows, 0 to 18446744073709551615
    #[arg(long, env = "SAMPLE_DATA_SEED", value_name = "N", default_value_t = 7)]
    seed: u64,
}

impl RecipeArgs {
    /// The recipe as it was asked for.
    pub(crate) fn recipe(&self) -> Recipe {
        Recipe {
            rows: self.rows,
            bad_share: self.bad_share,
            kinds: self.kinds.clone(),
            seed: self.seed,
            single_line: self.single_line,
        }
    }
}
