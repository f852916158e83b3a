//! Which keys a partition publishes, so that the finish compares them with those of the others.

use table_schema::{Schema, UniqueConstraint, Validator};

use super::job::ValidateJob;
use crate::cli::Split;
use crate::keys::{KeyWriter, Published};

/// Whether two partitions must not have this key in common. A field that is `unique` is so within a
/// file, of which two partitions have parts only where it is cut.
fn is_of_all(key: &UniqueConstraint, split: Split) -> bool {
    !key.within_file || split == Split::Bytes
}

impl ValidateJob {
    /// Whether there are keys that another partition might have, too.
    pub(super) fn publishes_keys(&self) -> bool {
        let keys = self.rules.schema.unique_constraints();
        let split = self.args.partition.split;
        self.work.partitions != 1 && keys.iter().any(|key| is_of_all(key, split))
    }

    /// The keys that two partitions must not have in common, in words.
    pub(super) fn keys_of_all(&self) -> Vec<String> {
        let keys = self.rules.schema.unique_constraints().iter();
        let keys = keys.filter(|key| is_of_all(key, self.args.partition.split));
        keys.map(|key| key.names.join(", ")).collect()
    }

    /// What writes them. Keys whose columns the file does not have are null in all of its records.
    pub(super) fn key_writer(&self, validator: &Validator) -> Option<KeyWriter> {
        if !self.publishes_keys() {
            return None;
        }
        let split = self.args.partition.split;
        let keys = (0..).zip(validator.unique_constraints());
        let published = keys
            .filter(|(_, key)| is_of_all(key, split))
            .map(|(constraint, key)| published(constraint, key, &self.rules.schema));
        let partition = &self.partition;
        let names = partition.sources.iter().map(|source| source.name.clone());
        let ranks = names.zip(partition.ranks.iter().copied()).collect();
        Some(KeyWriter::new(published.collect(), ranks))
    }
}

fn published(constraint: u16, key: &UniqueConstraint, schema: &Schema) -> Published {
    let types = schema.key_types(key).into_iter().map(str::to_owned).collect();
    Published { constraint, fields: key.names.clone(), types }
}
