//! What a validator that sees one task at a time must find, known because the damage was done on
//! purpose.

use serde::Serialize;

use crate::transactions::{Counts, Damage, Record, Tally};

/// The counts of tasks. Each is judged alone, as if it were a partition of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskTruth {
    total: Tally,
}

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    total: Counts,
    not_json: u64,
    duplicates_across_tasks: u64,
}

impl TaskTruth {
    /// Counts a task.
    pub fn count(&mut self, record: &Record) {
        let mut alone = Tally::default();
        alone.count(record);
        self.total.add(&alone);
    }

    /// The counts. A duplicate is accepted: who sees it alone finds nothing wrong with it.
    pub fn total(&self) -> &Tally {
        &self.total
    }

    /// The rejected tasks that are no JSON at all, which a queue-worker makes dead letters instead
    /// of results.
    pub fn not_json(&self) -> u64 {
        self.total.rejected_for(Damage::InvalidUtf8)
            + self.total.rejected_for(Damage::MalformedQuoting)
    }

    /// A JSON object with `rows`, `accepted`, `rejected`, `kinds` (the name of a kind of damage and
    /// how many tasks are rejected for it), `not_json` (how many of the rejected are no JSON)
    /// and `duplicates_across_tasks` (how many of the accepted have the id of the task before).
    pub fn to_json(&self) -> Vec<u8> {
        let document = Document {
            total: Counts::from(&self.total),
            not_json: self.not_json(),
            duplicates_across_tasks: self.total.duplicates_across_partitions(),
        };
        let mut json = serde_json::to_vec_pretty(&document)
            .expect("text keys and whole numbers are always JSON");
        json.push(b'\n');
        json
    }
}

#[cfg(test)]
mod tests {
    use super::TaskTruth;
    use crate::transactions::{Damage, Record};

    #[test]
    fn each_task_is_judged_alone() {
        let mut truth = TaskTruth::default();
        let damages =
            [Damage::DuplicateId, Damage::BlankRow, Damage::InvalidUtf8, Damage::MalformedQuoting];
        for damage in [None].into_iter().chain(damages.map(Some)) {
            let mut record = Record::default();
            if let Some(damage) = damage {
                record.set_damage(damage);
            }
            truth.count(&record);
        }
        let expected = serde_json::json!({
            "rows": 5, "accepted": 2, "rejected": 3,
            "kinds": { "blank-row": 1, "invalid-utf8": 1, "malformed-quoting": 1 },
            "not_json": 2, "duplicates_across_tasks": 1,
        });
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&truth.to_json()).unwrap(),
            expected
        );
    }
}
