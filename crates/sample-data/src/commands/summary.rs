//! The table that a run shows to people.

use std::fmt::Write;

use object_storage::Location;
use worker_runtime::grouped;

use crate::transactions::Truth;

/// Rows, files and sizes, the rejected rows by kind, and where the schema and the truth are. Ends
/// with a line feed.
pub(crate) fn summary(
    truth: &Truth,
    size_bytes: u64,
    schema: &Location,
    truth_at: &Location,
) -> String {
    let total = truth.total();
    let mut lines = vec![
        ("rows".to_owned(), grouped(total.rows())),
        ("files".to_owned(), grouped(truth.files().len() as u64)),
        ("bytes".to_owned(), grouped(size_bytes)),
        ("accepted".to_owned(), grouped(total.accepted())),
        ("rejected".to_owned(), grouped(total.rejected())),
    ];
    lines.extend(total.kinds().map(|(kind, rows)| (format!("  {kind}"), grouped(rows))));
    let name_width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let number_width = lines.iter().map(|(_, number)| number.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, number) in lines {
        writeln!(text, "{name:name_width$}  {number:>number_width$}")
            .expect("a String takes every write");
    }
    writeln!(text, "schema: {schema}\ntruth:  {truth_at}").expect("a String takes every write");
    text
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::transactions::{Damage, Record, Tally, Truth};

    #[test]
    fn the_numbers_stand_below_each_other() {
        let mut tally = Tally::default();
        let mut bad = Record::default();
        bad.set_damage(Damage::BlankRow);
        tally.count(&bad);
        for _ in 0..1200 {
            tally.count(&Record::default());
        }
        let mut truth = Truth::default();
        truth.push("data_0.csv".to_owned(), tally);
        let text = summary(
            &truth,
            91_000,
            &"out/s.json".parse().unwrap(),
            &"out/truth.json".parse().unwrap(),
        );
        let expected = "rows          1,201\nfiles             1\nbytes        91,000\naccepted      \
             1,200\nrejected          1\n\u{20} blank-row       1\nschema: out/s.json\ntruth:  \
             out/truth.json\n";
        assert_eq!(text, expected);
    }
}
