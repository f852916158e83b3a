//! A look at the whole queue at one instant.

use std::collections::BTreeMap;

use redis::{Cmd, Value};
use serde::Serialize;

use super::{
    Keys,
    reply::{Parts, ReplyError},
    script,
};

/// The queue at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Redis' TIME.
    pub now_ms: u64,
    /// The queue's epoch; `None` before its first push or worker.
    pub epoch: Option<String>,
    /// Tasks in the list.
    pub pending: u64,
    /// Tasks that wait for their next attempt.
    pub delayed: u64,
    /// Tasks in claims.
    pub in_hand: u64,
    /// Number of claims.
    pub claim_count: u64,
    /// Dead letters.
    pub dead: u64,
    /// Results stored.
    pub results: u64,
    /// When the first delayed task is due.
    pub next_due_ms: Option<u64>,
    /// Counters since the last purge: done, retried, crashed, dead, stale.
    pub counts: BTreeMap<String, u64>,
    /// When the queue is forgotten (`--forget-after`); `None` when it is not.
    pub forgotten_in_ms: Option<u64>,
    /// The claims, those that expire first at the front.
    pub claims: Vec<ClaimStatus>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimStatus {
    /// The claim's id.
    pub id: String,
    /// Who has it.
    pub worker: String,
    /// Tasks left in it.
    pub tasks: u64,
    /// Time since it was taken.
    pub age_ms: u64,
    /// Time until its lease runs out, negative when it has.
    pub lease_left_ms: i64,
}

/// Asks for the status with at most `claims` claims listed.
#[must_use]
pub fn status(keys: &Keys, claims: usize) -> Cmd {
    let mut command = script::STATUS.call_on(keys, "");
    command.arg(claims);
    command
}

impl Status {
    /// Reads the answer to [`status`].
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(value: Value) -> Result<Status, ReplyError> {
        let mut parts = Parts::new("a status", value)?;
        let now_ms = parts.count()?;
        let epoch = Some(parts.text()?).filter(|epoch| !epoch.is_empty());
        let pending = parts.count()?;
        let delayed = parts.count()?;
        let in_hand = parts.count()?;
        let claim_count = parts.count()?;
        let dead = parts.count()?;
        let results = parts.count()?;
        let next_due_ms = parts.time()?;
        let mut counts = BTreeMap::new();
        let mut pairs = parts.array()?;
        while !pairs.is_empty() {
            counts.insert(pairs.text()?, pairs.count()?);
        }
        let mut claims = Vec::new();
        let mut listed = parts.array()?;
        while !listed.is_empty() {
            let mut claim = listed.array()?;
            let id = claim.text()?;
            let expiry_ms = claim.number()?;
            let owner = claim.text()?;
            let tasks = claim.count()?;
            let mut words = owner.split(' ').skip(2);
            let worker = words.next().unwrap_or("?").to_owned();
            let taken_ms = words.next().and_then(|ms| ms.parse().ok()).unwrap_or(now_ms);
            claims.push(ClaimStatus {
                id,
                worker,
                tasks,
                age_ms: now_ms.saturating_sub(taken_ms),
                lease_left_ms: expiry_ms.saturating_sub_unsigned(now_ms),
            });
        }
        let forgotten_in_ms = parts.time()?;
        Ok(Status {
            now_ms,
            epoch,
            pending,
            delayed,
            in_hand,
            claim_count,
            dead,
            results,
            next_due_ms,
            counts,
            forgotten_in_ms,
            claims,
        })
    }

    /// Whether there is such a queue at all: a name that nobody has pushed to has nothing of this.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.epoch.is_some()
            || self.pending + self.delayed + self.claim_count + self.dead + self.results > 0
            || !self.counts.is_empty()
    }

    /// Tasks that can still become work.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.pending + self.delayed + self.in_hand
    }
}
