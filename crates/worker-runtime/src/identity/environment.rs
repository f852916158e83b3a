//! The variables of the engines, read once.

use std::collections::BTreeMap;

/// The count for every engine that tells none, and a check on those that do.
pub(crate) const TOTAL_PARTITIONS: &str = "TOTAL_PARTITIONS";

/// Everything the resolution may read, in the order in which it is reported.
const VARIABLES: [&str; 18] = [
    "JOB_COMPLETION_INDEX",
    TOTAL_PARTITIONS,
    "CLOUD_RUN_TASK_INDEX",
    "CLOUD_RUN_TASK_COUNT",
    "CLOUD_RUN_TASK_ATTEMPT",
    "AWS_BATCH_JOB_ID", // only to be named: a job that is no array child has it and no index
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "AWS_BATCH_JOB_ARRAY_SIZE",
    "AWS_BATCH_JOB_ATTEMPT",
    "BATCH_TASK_INDEX",
    "BATCH_TASK_COUNT",
    "BATCH_TASK_RETRY_ATTEMPT",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_MAX",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_RESTART_COUNT",
    "NOMAD_ALLOC_INDEX",
];

/// A snapshot of the variables by which engines tell a process its identity. Taken once, so that
/// resolving is pure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads the engines' variables of this process. A value that is not UTF-8 is kept with
    /// replacement characters, so that it is named in the error about it instead of being taken
    /// for missing.
    pub fn of_process() -> Environment {
        VARIABLES
            .iter()
            .filter_map(|name| {
                Some((*name, std::env::var_os(name)?.to_string_lossy().into_owned()))
            })
            .collect()
    }

    /// The trimmed value of a variable; `None` where it is unset or blank, which manifests use for
    /// "not given".
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// `NAME=value` for every engine variable that is set, in the order of the engines; for error
    /// messages.
    pub(crate) fn seen(&self) -> String {
        let seen: Vec<String> = VARIABLES
            .iter()
            .filter_map(|name| Some(format!("{name}={}", self.get(name)?)))
            .collect();
        if seen.is_empty() { "none of their variables".to_owned() } else { seen.join(", ") }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Environment {
        Environment(
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        )
    }
}
