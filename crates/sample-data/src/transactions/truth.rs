//! What a validator must find in the files, known because the damage was done on purpose.

use std::collections::BTreeMap;

use serde::Serialize;

use super::damage::Damage;
use super::record::Record;

/// The counts of one partition, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    rows: u64,
    rejected: [u64; Damage::ALL.len()],
    duplicates_across_partitions: u64,
}

impl Tally {
    /// Counts the next row of a partition.
    ///
    /// A duplicate that opens a partition has its original in the partition before. Nothing is
    /// wrong with it for who sees this partition alone, and so it counts as accepted here, and
    /// apart.
    pub fn count(&mut self, record: &Record) {
        match record.damage() {
            None => {}
            Some(Damage::DuplicateId) if self.rows == 0 => self.duplicates_across_partitions += 1,
            Some(damage) => self.rejected[damage as usize] += 1,
        }
        self.rows += 1;
    }

    /// Takes the counts of another partition in.
    pub fn add(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.duplicates_across_partitions += other.duplicates_across_partitions;
        for (sum, more) in self.rejected.iter_mut().zip(other.rejected) {
            *sum += more;
        }
    }

    /// All rows, headers not counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The rows that conform to the schema.
    pub fn accepted(&self) -> u64 {
        self.rows - self.rejected()
    }

    /// The rows that do not.
    pub fn rejected(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// The rows that have the id of the row before them, which is in another partition; they count
    /// as accepted.
    pub fn duplicates_across_partitions(&self) -> u64 {
        self.duplicates_across_partitions
    }

    /// The rows that were rejected for this kind of damage.
    pub fn rejected_for(&self, kind: Damage) -> u64 {
        self.rejected[kind as usize]
    }

    /// How many rows each kind of damage has made bad, those with none left out.
    pub fn kinds(&self) -> impl Iterator<Item = (Damage, u64)> {
        Damage::ALL.into_iter().zip(self.rejected).filter(|(_, rows)| *rows > 0)
    }
}

/// The content of `truth.json`.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    total: Tally,
    partitions: Vec<(String, Tally)>,
}

/// The part of a truth that is the same for files and for tasks.
#[derive(Serialize)]
pub(crate) struct Counts {
    rows: u64,
    accepted: u64,
    rejected: u64,
    kinds: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct PartitionCounts<'t> {
    file: &'t str,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize)]
struct Document<'t> {
    #[serde(flatten)]
    total: Counts,
    duplicates_across_partitions: u64,
    partitions: Vec<PartitionCounts<'t>>,
}

impl From<&Tally> for Counts {
    fn from(tally: &Tally) -> Counts {
        Counts {
            rows: tally.rows(),
            accepted: tally.accepted(),
            rejected: tally.rejected(),
            kinds: tally.kinds().map(|(kind, rows)| (kind.as_str(), rows)).collect(),
        }
    }
}

impl Truth {
    /// Takes the next partition in, which is in the file of that name.
    pub fn push(&mut self, file: String, tally: Tally) {
        self.total.add(&tally);
        self.partitions.push((file, tally));
    }

    /// The names of the partitions' files.
    pub fn files(&self) -> impl ExactSizeIterator<Item = &str> {
        self.partitions.iter().map(|(file, _)| file.as_str())
    }

    /// The counts of all partitions together.
    pub fn total(&self) -> &Tally {
        &self.total
    }

    /// A JSON object with `rows`, `accepted`, `rejected` and `kinds` (the name of a kind of damage
    /// and how many rows were rejected for it), the same for each of the `partitions` with its
    /// `file`, and `duplicates_across_partitions`: how many accepted rows have the id of a row
    /// in the partition before.
    pub fn to_json(&self) -> Vec<u8> {
        let document = Document {
            total: Counts::from(&self.total),
            duplicates_across_partitions: self.total.duplicates_across_partitions,
            partitions: self
                .partitions
                .iter()
                .map(|(file, tally)| PartitionCounts { file, counts: Counts::from(tally) })
                .collect(),
        };
        let mut json = serde_json::to_vec_pretty(&document)
            .expect("text keys and whole numbers are always JSON");
        json.push(b'\n');
        json
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, Truth};
    use crate::transactions::damage::Damage;
    use crate::transactions::record::Record;

    fn tally(damages: &[Option<Damage>]) -> Tally {
        let mut tally = Tally::default();
        for damage in damages {
            let mut record = Record::default();
            if let Some(damage) = damage {
                record.set_damage(*damage);
            }
            tally.count(&record);
        }
        tally
    }

    #[test]
    fn a_duplicate_that_opens_a_partition_is_accepted_there_and_counted_apart() {
        let mut truth = Truth::default();
        truth.push(
            "data_0.csv".to_owned(),
            tally(&[None, Some(Damage::DuplicateId), Some(Damage::BlankRow)]),
        );
        truth.push("data_1.csv".to_owned(), tally(&[Some(Damage::DuplicateId), None]));
        let expected = serde_json::json!({
            "rows": 5, "accepted": 3, "rejected": 2,
            "kinds": { "blank-row": 1, "duplicate-id": 1 },
            "duplicates_across_partitions": 1,
            "partitions": [
                { "file": "data_0.csv", "rows": 3, "accepted": 1, "rejected": 2,
                  "kinds": { "blank-row": 1, "duplicate-id": 1 } },
                { "file": "data_1.csv", "rows": 2, "accepted": 2, "rejected": 0, "kinds": {} },
            ],
        });
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&truth.to_json()).unwrap(),
            expected
        );
    }
}
