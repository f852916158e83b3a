//! The summary as a table for people.

use std::collections::BTreeMap;

use worker_runtime::{Table, grouped};

use super::total::Total;
use crate::summary::Records;

/// How many reasons the table shows.
const TOP_REASONS: usize = 10;

/// The partitions of `total` with their sum, and the seconds that each took where they are known.
pub(super) fn table(total: &Total, seconds: &BTreeMap<u32, f64>) -> String {
    let Some(records) = &total.records else { return without_records(total, seconds) };
    let mut titles = vec!["partition", "rows", "accepted", "rejected", "share"];
    if !seconds.is_empty() {
        titles.extend(["seconds", "rows/s"]);
    }
    let mut table = Table::new(&titles);
    for part in &total.parts {
        let records = part.records.clone().unwrap_or_default();
        let mut row = row(part.index.to_string(), &records);
        if let Some(seconds) = seconds.get(&part.index) {
            row.push(format!("{seconds:.3}"));
            row.push(grouped((records.rows as f64 / seconds.max(1e-6)) as u64));
        }
        table.row(row);
    }
    table.row(row("total".to_owned(), records));
    let mut text = table.render();
    for key in &records.unique_within_partition {
        text.push_str(&format!(
            "\nnot known: whether a value of {key} stands in two partitions; each was searched by \
             itself\n"
        ));
    }
    if let Some(duplicates) = &total.duplicates {
        for (key, count) in duplicates.keys.iter().filter(|(_, count)| **count > 0) {
            text.push_str(&format!(
                "\n{} accepted records have a value of {key} that a record before them has in \
                 another partition: {}\n",
                grouped(*count),
                duplicates.listed_in
            ));
        }
    }
    let top = records.top_reasons(TOP_REASONS);
    if !top.is_empty() {
        text.push_str("\nmost frequent reasons for rejection\n");
        let mut reasons = Table::new(&["reason", "field or check", "count"]);
        for (kind, field, count) in top {
            reasons.row(vec![
                kind.to_owned(),
                field.unwrap_or("(record)").to_owned(),
                grouped(count),
            ]);
        }
        text.push_str(&reasons.render());
    }
    text
}

/// What there is to tell of `exec` and `simulate`: bytes where any were read, and seconds where
/// they are known.
fn without_records(total: &Total, seconds: &BTreeMap<u32, f64>) -> String {
    let mut titles = vec!["partition"];
    let bytes = total.input_bytes > 0;
    titles.extend(bytes.then_some("input bytes"));
    titles.extend((!seconds.is_empty()).then_some("seconds"));
    let mut table = Table::new(&titles);
    for part in &total.parts {
        let mut row = vec![part.index.to_string()];
        row.extend(bytes.then(|| grouped(part.input_bytes)));
        row.extend(seconds.get(&part.index).map(|seconds| format!("{seconds:.3}")));
        table.row(row);
    }
    if bytes {
        table.row(vec!["total".to_owned(), grouped(total.input_bytes)]);
        return table.render();
    }
    format!("{}{} partitions, all finished\n", table.render(), total.parts.len())
}

fn row(name: String, records: &Records) -> Vec<String> {
    let share = match records.rows {
        0 => 0.0,
        rows => records.rejected as f64 * 100.0 / rows as f64,
    };
    vec![
        name,
        grouped(records.rows),
        grouped(records.accepted),
        grouped(records.rejected),
        format!("{share:.2} %"),
    ]
}
