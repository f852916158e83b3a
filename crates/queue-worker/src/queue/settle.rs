//! What a worker tells of the tasks that it has in hand. Pure.

use std::time::Duration;

/// What became of a claim's first tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settle {
    /// The claim's id.
    pub claim: String,
    /// Tasks that the claim has, those that are over included. A Redis that has lost its last
    /// moments may have more: then the places are not those that the worker means, and the
    /// claim is not its own any longer.
    pub held: usize,
    /// So many tasks, from the first, are over.
    pub over: usize,
    /// Those of them that failed; all others are done.
    pub failures: Vec<Failure>,
    /// The results to store.
    pub results: Vec<Vec<u8>>,
    /// What to do with the others.
    pub rest: Rest,
}

impl Settle {
    /// The same claim with nothing done: all of its tasks go back.
    #[must_use]
    pub fn undone(self) -> Settle {
        Settle {
            over: 0,
            failures: Vec::new(),
            results: Vec::new(),
            rest: Rest::Return { keep: 0 },
            ..self
        }
    }
}

/// What to do with the tasks of a claim that are not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// They stay claimed.
    Keep,
    /// All but the first so many go back to the front of the queue, without a counted attempt.
    Return {
        /// Tasks that stay claimed.
        keep: usize,
    },
}

/// What becomes of a task that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again.
    Again {
        /// Time until it is due.
        after: Duration,
    },
    /// It is a dead letter.
    Dead,
    /// It is gone, since it may not be delivered a second time.
    Gone {
        /// `sha256:` and the digest of its payload: Redis keeps nothing that its id would find.
        digest: String,
    },
}

impl Failure {
    /// Whether the task is tried again.
    #[must_use]
    pub fn is_retried(&self) -> bool {
        matches!(self.fate, Fate::Again { .. })
    }
}

/// A task that failed in this attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its place among the tasks that the claim still has.
    pub place: usize,
    /// Its id, as the handler, `dead list` and the log name it; Redis finds the same by the place.
    pub task: String,
    /// What becomes of it.
    pub fate: Fate,
    /// One word: why it is dead, or `failed`.
    pub reason: &'static str,
    /// What the handler said.
    pub error: Vec<u8>,
}
