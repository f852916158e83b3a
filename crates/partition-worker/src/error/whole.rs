//! Why partitions do not make a whole.

use worker_runtime::Exit;

/// Why the results of all partitions cannot be added up.
#[derive(Debug, thiserror::Error)]
pub enum WholeError {
    /// Partitions are missing from a result.
    #[error("{output} is not complete: {problem}")]
    Incomplete {
        /// The folder.
        output: String,
        /// Which partitions are missing, and why where it is known.
        problem: String,
    },
    /// The file of a partition's keys is not what it was.
    #[error(
        "the {} of partition {partition} cannot be read: {problem}; run the partition again with \
         --force",
        crate::keys::KEYS_NAME
    )]
    Keys {
        /// Its index.
        partition: u32,
        /// What is wrong with it.
        problem: String,
    },
    /// Something of another program stands where the sum goes.
    #[error(
        "{at} is no result of partition-worker, and the finish would replace it: publish to a \
         folder of its own, or take the file away"
    )]
    OtherProgram {
        /// The file.
        at: String,
    },
    /// There is no partition where results are looked for.
    #[error(
        "{output} holds no partition of a run: check the name, and that the Job has published \
         there"
    )]
    NothingPublished {
        /// The folder.
        output: String,
    },
}

impl WholeError {
    pub(super) fn exit(&self) -> Exit {
        match self {
            WholeError::Incomplete { .. } | WholeError::Keys { .. } => Exit::BadInput,
            WholeError::NothingPublished { .. } => Exit::NoInput,
            WholeError::OtherProgram { .. } => Exit::Config,
        }
    }
}
