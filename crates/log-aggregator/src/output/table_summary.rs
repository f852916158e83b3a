//! What summaries have of a table.

use serde::{Deserialize, Serialize};

use crate::counting::{Count, Table};

use super::known::Known;

/// The most frequent keys of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Table"))]
#[serde(deny_unknown_fields)]
pub struct TableSummary {
    /// Distinct keys that are known. Where `error` is 0 these are all.
    pub keys: u64,
    /// By how much a count may be too low; 0 where all are exact.
    pub error: u64,
    /// How the counts came about: `exact`, or `misra-gries` beyond the limit of distinct keys.
    pub method: String,
    /// The most frequent, the first first.
    pub top: Vec<KeySummary>,
}

/// A key of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Entry"))]
#[serde(deny_unknown_fields)]
pub struct KeySummary {
    /// The key; what is not UTF-8 in it is replaced by U+FFFD.
    pub key: String,
    /// Requests.
    pub requests: u64,
    /// Bytes sent; null where the log has no sizes.
    pub bytes: Option<u64>,
}

impl TableSummary {
    /// How counts with this error came about.
    pub(super) fn method(error: u64) -> &'static str {
        if error == 0 { "exact" } else { "misra-gries" }
    }

    /// The `top` most frequent keys of a table.
    pub(super) fn of(table: &Table, top: usize, known: Known) -> TableSummary {
        let entry = |(key, count): (&[u8], Count)| KeySummary {
            key: String::from_utf8_lossy(key).into_owned(),
            requests: count.requests,
            bytes: known.size(count.bytes),
        };
        TableSummary {
            keys: table.len() as u64,
            error: table.error(),
            method: TableSummary::method(table.error()).to_owned(),
            top: table.top(top).into_iter().map(entry).collect(),
        }
    }
}
