//! What a partition came to: `summary.json`, and the sum over all partitions.

use std::collections::BTreeMap;

use job_files::{Finished, json_bytes};
use object_storage::{Location, Storage};
use serde::{Deserialize, Serialize};
use table_schema::{Reason, ReasonKind, Validator};

use crate::error::Error;

/// The number of partitions if it was not given and the input does not need it.
pub(crate) const NOT_TOLD: u32 = 0;

/// Name of a partition's summary, and of that of all partitions.
pub(crate) const SUMMARY_NAME: &str = "summary.json";

/// The contents of a partition's `summary.json`. It depends on the input and the settings alone, so
/// it has no times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// `validate`, `exec` or `simulate`.
    pub command: String,
    /// Completion index of the partition.
    pub index: u32,
    /// How many partitions there are.
    pub partitions: u32,
    /// Bytes of the records read, decompressed; headers are not counted.
    pub input_bytes: u64,
    /// What became of the records; `validate` only.
    #[serde(flatten)]
    pub records: Option<Records>,
    /// The limit of rejected records, where there were more: the partition has no `_SUCCESS` then,
    /// and no accepted records.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub over_max_rejected: Option<String>,
}

/// Records read, and what was wrong with the rejected ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Records {
    /// Records read, headers not counted.
    pub rows: u64,
    /// Records in `accepted.csv`.
    pub accepted: u64,
    /// Records in `rejected.csv`.
    pub rejected: u64,
    /// How often each kind of reason was found. A record can have several reasons.
    pub reasons: BTreeMap<String, u64>,
    /// The same by field; reasons that concern the whole record are not in here.
    pub fields: BTreeMap<String, BTreeMap<String, u64>>,
    /// How many rejected records did not keep each check over a row, by its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub checks: BTreeMap<String, u64>,
    /// What accepted records were warned of, if there is anything that warns.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub warnings: Option<Warnings>,
    /// The file with the keys of the accepted records, which the finish compares with those of
    /// other partitions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub keys: Option<String>,
    /// Keys that were looked for in each partition by itself, so that a value may stand in two of
    /// them: in results of earlier versions, and where a Job of one partition has grown.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unique_within_partition: Vec<String>,
    /// Files whose last record has no line end.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub no_final_newline: u64,
}

/// What accepted records were warned of. The counts are those of [`Records`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Warnings {
    /// Records in `warnings.csv`.
    pub rows: u64,
    pub reasons: BTreeMap<String, u64>,
    pub fields: BTreeMap<String, BTreeMap<String, u64>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub checks: BTreeMap<String, u64>,
}

impl Summary {
    /// The summary as the last output of a partition's folder.
    pub(crate) fn output(&self, storage: &Storage, folder: &Location) -> Result<Finished, Error> {
        Ok(Finished::whole(storage, folder, SUMMARY_NAME, json_bytes(self))?)
    }
}

impl Records {
    /// Adds the records of another partition.
    pub(crate) fn add(&mut self, other: &Records) {
        self.rows += other.rows;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.no_final_newline += other.no_final_newline;
        self.unique_within_partition.clone_from(&other.unique_within_partition);
        add_counts(&mut self.reasons, &other.reasons);
        add_counts(&mut self.checks, &other.checks);
        add_fields(&mut self.fields, &other.fields);
        if let Some(other) = &other.warnings {
            let sum = self.warnings.get_or_insert_default();
            sum.rows += other.rows;
            add_counts(&mut sum.reasons, &other.reasons);
            add_counts(&mut sum.checks, &other.checks);
            add_fields(&mut sum.fields, &other.fields);
        }
    }

    /// Counts a reason by its check, or by its field.
    pub(crate) fn count(&mut self, reason: &Reason, validator: &Validator, times: u64) {
        let kind = reason.kind.as_str();
        match reason.check_name(validator) {
            Some(check) => self.count_check(kind, check, times),
            None => self.count_reason(kind, reason.field_name(validator), times),
        }
    }

    /// Counts one reason, of a field or of the whole record.
    pub(crate) fn count_reason(&mut self, kind: &str, field: Option<&str>, times: u64) {
        *self.reasons.entry(kind.to_owned()).or_default() += times;
        if let Some(field) = field {
            *self
                .fields
                .entry(field.to_owned())
                .or_default()
                .entry(kind.to_owned())
                .or_default() += times;
        }
    }

    /// Counts records that did not keep a check over a row.
    pub(crate) fn count_check(&mut self, kind: &str, check: &str, times: u64) {
        *self.reasons.entry(kind.to_owned()).or_default() += times;
        *self.checks.entry(check.to_owned()).or_default() += times;
    }

    /// The most frequent reasons as (kind, field or check, count), most frequent first, at most
    /// `most` of them.
    pub(crate) fn top_reasons(&self, most: usize) -> Vec<(&str, Option<&str>, u64)> {
        let mut whole_record = self.reasons.clone();
        let mut all = Vec::new();
        for (field, reasons) in &self.fields {
            for (kind, count) in reasons {
                all.push((kind.as_str(), Some(field.as_str()), *count));
                if let Some(rest) = whole_record.get_mut(kind) {
                    *rest = rest.saturating_sub(*count);
                }
            }
        }
        for (check, count) in &self.checks {
            let kind = ReasonKind::RowConstraint.as_str();
            all.push((kind, Some(check.as_str()), *count));
            if let Some(rest) = whole_record.get_mut(kind) {
                *rest = rest.saturating_sub(*count);
            }
        }
        for kind in self.reasons.keys() {
            let count = whole_record[kind];
            if count > 0 {
                all.push((kind.as_str(), None, count));
            }
        }
        all.sort_by(|a, b| b.2.cmp(&a.2).then(a.cmp(b)));
        all.truncate(most);
        all
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn add_counts(to: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
    for (name, count) in from {
        *to.entry(name.clone()).or_default() += count;
    }
}

fn add_fields(
    to: &mut BTreeMap<String, BTreeMap<String, u64>>,
    from: &BTreeMap<String, BTreeMap<String, u64>>,
) {
    for (field, reasons) in from {
        add_counts(to.entry(field.clone()).or_default(), reasons);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records() -> Records {
        let mut records = Records { rows: 10, accepted: 7, rejected: 3, ..Records::default() };
        records.count_reason("type-error", Some("amount"), 2);
        records.count_reason("constraint-error", Some("currency"), 1);
        records.count_reason("blank-row", None, 1);
        records.count_check("row-constraint", "settled_has_reference", 4);
        records
    }

    #[test]
    fn a_summary_is_flat_json_and_reads_back() {
        let summary = Summary {
            command: "validate".to_owned(),
            index: 3,
            partitions: 5,
            input_bytes: 910,
            records: Some(records()),
            over_max_rejected: None,
        };
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "command": "validate", "index": 3, "partitions": 5, "input_bytes": 910,
                "rows": 10, "accepted": 7, "rejected": 3,
                "reasons": {"type-error": 2, "constraint-error": 1, "blank-row": 1,
                    "row-constraint": 4},
                "fields": {"amount": {"type-error": 2}, "currency": {"constraint-error": 1}},
                "checks": {"settled_has_reference": 4},
            })
        );
        assert_eq!(serde_json::from_value::<Summary>(json).unwrap(), summary);
    }

    #[test]
    fn a_summary_without_records_reads_back() {
        let summary = Summary {
            command: "exec".to_owned(),
            index: 0,
            partitions: 1,
            input_bytes: 3,
            records: None,
            over_max_rejected: None,
        };
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(json, r#"{"command":"exec","index":0,"partitions":1,"input_bytes":3}"#);
        assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    }

    #[test]
    fn sums_add_up() {
        let warned = || Records {
            warnings: Some(Warnings {
                rows: 3,
                reasons: BTreeMap::from([("constraint-error".to_owned(), 3)]),
                ..Warnings::default()
            }),
            ..records()
        };
        let mut sum = records();
        sum.add(&warned());
        sum.add(&warned());
        assert_eq!(sum.warnings.as_ref().unwrap().rows, 6);
        assert_eq!(sum.warnings.as_ref().unwrap().reasons["constraint-error"], 6);
        let mut sum = records();
        sum.add(&records());
        assert_eq!((sum.rows, sum.accepted, sum.rejected), (20, 14, 6));
        assert_eq!(sum.reasons["type-error"], 4);
        assert_eq!(sum.fields["amount"]["type-error"], 4);
        assert_eq!(sum.checks["settled_has_reference"], 8);
    }

    #[test]
    fn the_top_reasons_name_the_field_or_the_check_where_there_is_one() {
        assert_eq!(
            records().top_reasons(3),
            [
                ("row-constraint", Some("settled_has_reference"), 4),
                ("type-error", Some("amount"), 2),
                ("blank-row", None, 1)
            ]
        );
    }
}
