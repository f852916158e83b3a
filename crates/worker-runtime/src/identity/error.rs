//! Why no identity could be made of what the engines and the command line say.

use thiserror::Error;

use crate::exit::Exit;

/// Why a process cannot know which share of the work is its own. A retry cannot help.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// Nobody gave an index.
    #[error(
        "no index: --index is not given and no engine sets one (JOB_COMPLETION_INDEX, \
         CLOUD_RUN_TASK_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, BATCH_TASK_INDEX, SLURM_ARRAY_TASK_ID, \
         NOMAD_ALLOC_INDEX); the environment has {seen}; run it as an Indexed Job or an array \
         job, or give --index and --total-partitions"
    )]
    NoIndex {
        /// The engine variables that are set.
        seen: String,
    },
    /// The index is known and the number of partitions is not.
    #[error(
        "the number of partitions is not known: the index comes from {index_by}, which tells no \
         count, and the environment has {seen}; set TOTAL_PARTITIONS or --total-partitions (for a \
         Kubernetes Job, to its completions)"
    )]
    NoCount {
        /// Where the index comes from.
        index_by: String,
        /// The engine variables that are set.
        seen: String,
    },
    /// The index is at or past the count: the Job has more tasks than the work has partitions.
    #[error(
        "this index has no partition: {index_by}, but {count_by} leaves only 0 to {last}, and \
         these are not touched; the Job has more tasks than partitions: it was scaled up, or its \
         count is wrong, and a running Job cannot cut its work anew; start a new Job in which \
         both numbers are the same"
    )]
    PastTheCount {
        /// Where the index comes from.
        index_by: String,
        /// Where the count comes from.
        count_by: String,
        /// The greatest index there is.
        last: u32,
    },
    /// The position is at or past the number of `--indexes`: the Job has more tasks than these.
    #[error(
        "this index has no partition: {by}, and there are {count} of them (JOB_WORKER_INDEXES); \
         the Job's completions have to be {count}"
    )]
    PastTheIndexes {
        /// Where the position comes from, and the list.
        by: String,
        /// How many indexes the list has.
        count: u64,
    },
    /// The count is 0.
    #[error(
        "there must be at least one partition, but {count_by}; give the number of tasks the \
         engine starts"
    )]
    NoPartitions {
        /// Where the count comes from.
        count_by: String,
    },
    /// A variable does not hold what its engine puts there.
    #[error(
        "{variable} is {value:?}, which is not a number its engine would set (a whole number in \
         decimal digits without leading zeros, up to 4294967295); correct it, unset it, or give \
         --index and --total-partitions, which come first"
    )]
    NotANumber {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        value: String,
    },
    /// Two sources say different things.
    #[error(
        "two sources disagree on the {what}: {first}, but {second}; unset the one that is wrong, \
         or give {flag}, which comes first"
    )]
    Disagreement {
        /// `index` or `number of partitions`.
        what: &'static str,
        /// One source.
        first: String,
        /// The other.
        second: String,
        /// The flag that would settle it.
        flag: &'static str,
    },
    /// An engine sets only some of its variables.
    #[error(
        "{variable} is not set, although the environment has {seen}; pass all SLURM_ARRAY_* \
         variables to the process, or give --index and --total-partitions"
    )]
    Incomplete {
        /// The missing variable.
        variable: &'static str,
        /// The engine variables that are set.
        seen: String,
    },
    /// A Slurm array with gaps, whose numbers are no partitions.
    #[error(
        "the Slurm array has gaps, so that its numbers are not partitions: {seen}; submit it as \
         --array=0-N without a step, or give --index and --total-partitions"
    )]
    NotContiguous {
        /// The Slurm variables.
        seen: String,
    },
}

impl IdentityError {
    /// The exit code. An index too many has no input of its own, which is no fault of the
    /// others: it fails alone. Everything else is wrong for every index.
    pub const fn exit(&self) -> Exit {
        match self {
            IdentityError::PastTheCount { .. } | IdentityError::PastTheIndexes { .. } => {
                Exit::NoInput
            }
            _ => Exit::Config,
        }
    }
}
