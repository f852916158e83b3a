//! A call on its way from a worker to Redis.

use crate::support::model::{self, Ending, Taken};

/// Who calls: a worker, and which of its processes, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    pub worker: usize,
    pub process: usize,
}

impl Caller {
    /// What the protocol's lane is made with.
    pub fn nonce(self) -> String {
        format!("{}-{}", self.worker, self.process)
    }

    /// What begins the ids of its claims and of their tasks.
    pub fn prefix(self) -> String {
        format!("{}.0.", self.nonce())
    }
}

/// What it tells of the claim in hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Settle {
    pub claim: String,
    /// All that the worker believes to have.
    pub tasks: Vec<Taken>,
    pub endings: Vec<Ending>,
    pub keep: usize,
}

/// One call; it may arrive any number of times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    pub caller: Caller,
    pub sequence: u64,
    pub settle: Option<Settle>,
    pub want: usize,
}

impl Call {
    /// The id of the claim that it makes.
    pub fn id(&self) -> String {
        format!("{}{}", self.caller.prefix(), self.sequence)
    }

    /// The results that it brings.
    pub fn results(&self) -> Vec<Vec<u8>> {
        let Some(settle) = &self.settle else { return Vec::new() };
        let done =
            settle.tasks.iter().zip(&settle.endings).filter(|(_, ending)| **ending == Ending::Done);
        done.map(|((_, payload), _)| model::result_of(payload)).collect()
    }
}

/// What Redis answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Superseded,
    /// The queue is not the one that the caller has seen.
    Vanished,
    Taken {
        settled: bool,
        tasks: Vec<Taken>,
        /// Ids of the tasks that this call made dead letters by the crashes of their workers.
        buried: Vec<String>,
    },
}
