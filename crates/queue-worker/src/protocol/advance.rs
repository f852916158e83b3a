//! One step of a lane: settle what is in hand and take the next, in one round trip.

use std::time::Duration;

use redis::{Cmd, Value};

use super::{
    Claim, Keys, Record, Task,
    reply::{Parts, ReplyError},
    script,
};

/// How long Redis remembers a lane's last call, for one that is sent twice.
const CALL_TTL: Duration = Duration::from_secs(3600);
/// A step gives back whole expired claims until it has moved so many tasks.
pub const RECOVER_BUDGET: usize = 256;

/// Where results go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ResultStore {
    /// RPUSH onto the list `{NAME}:results`.
    List,
    /// XADD to the stream `{NAME}:results`, one entry a result, in the field `result`.
    Stream,
    /// Nowhere; they are counted only.
    None,
}

/// How often a task may be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Delivery {
    /// Once or more; its result is stored once. Nothing is lost.
    AtLeastOnce,
    /// Once or never: a crash loses what is in hand, and a failure is final.
    AtMostOnce,
}

/// What one worker asks of every claim.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The name that `status` shows: no spaces.
    pub worker: String,
    /// Length of a lease.
    pub lease: Duration,
    /// At most so many tasks in hand over all workers; 0 for no limit.
    pub limit: usize,
    /// Crashes at which a task is dead.
    pub max_crashes: u32,
    /// Bytes of payload at which a claim is full.
    pub max_bytes: usize,
    /// Where results go.
    pub results: ResultStore,
    /// Results kept, the newest; 0 for all.
    pub results_limit: usize,
    /// Time after the last result at which all are forgotten; zero for never.
    pub results_ttl: Duration,
    /// How often a task may be given out.
    pub delivery: Delivery,
    /// Time after the queue was drained at which all of it is forgotten; zero for never.
    pub forget_after: Duration,
}

/// A caller whose calls are numbered, so that one sent twice is executed once.
#[derive(Clone, Debug)]
pub struct Lane {
    caller: String,
    sequence: u64,
}

impl Lane {
    /// `nonce` is random and the process' own; `number` tells its lanes apart.
    #[must_use]
    pub fn new(nonce: &str, number: usize) -> Lane {
        Lane { caller: format!("{nonce}.{number}"), sequence: 0 }
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

/// What Redis answers to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The epoch key is gone or another's: this is not the queue that the worker has seen.
    Vanished,
    /// There is no such queue: neither an epoch nor a task. Nothing was changed.
    Absent,
    /// A later call of the same lane has been executed: this one was on its way for too long.
    Superseded,
    /// The step was taken.
    Taken(Advanced),
}

/// The state of the queue after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// Whether the settled claim was still the worker's own; results of a lost one were dropped.
    pub settled: bool,
    /// The queue's epoch.
    pub epoch: String,
    /// Redis' TIME.
    pub now_ms: u64,
    /// Tasks in the list.
    pub pending: u64,
    /// Tasks that wait for their next attempt.
    pub delayed: u64,
    /// Claims of all workers, the one just taken included.
    pub claims: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the first lease runs out.
    pub next_expiry_ms: Option<u64>,
    /// When the first delayed task is due.
    pub next_due_ms: Option<u64>,
    /// Ids of the tasks that this step made dead letters because too many workers had crashed with
    /// them in hand. No other step is told of them.
    pub buried: Vec<String>,
    /// Tasks of a delivery at most once that this step found to be gone with their worker.
    pub gone: u64,
    /// Tasks of a drained queue that were pushed and are neither done nor dead: something else has
    /// removed them. 0 while the queue is not drained.
    pub missing: u64,
    /// What was taken.
    pub claim: Option<Claim>,
}

impl Advanced {
    /// Whether nothing is left that could become work: judged by the script at one instant.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.pending == 0 && self.delayed == 0 && self.claims == 0
    }
}

/// A step that is on its way; it may be sent any number of times.
#[derive(Debug)]
pub struct Call {
    command: Cmd,
    new_claim: String,
}

/// Writes a step's command. `want` 0 takes nothing.
///
/// `epoch` is what an earlier step answered; `None` makes the queue's epoch where there are tasks
/// and none is.
#[must_use]
pub fn advance(
    keys: &Keys,
    lane: &mut Lane,
    terms: &Terms,
    epoch: Option<&str>,
    settle: Option<&Settle>,
    want: usize,
) -> Call {
    lane.sequence += 1;
    let id = format!("{}.{}", lane.caller, lane.sequence);
    let new_claim = if want > 0 { id.clone() } else { String::new() };
    let mut command = script::ADVANCE.call_on(keys, &lane.caller);
    command.arg(lane.sequence).arg(&terms.worker).arg(epoch.unwrap_or("")).arg(&id);
    match settle {
        Some(settle) => {
            let keep = match settle.rest {
                Rest::Keep => -1,
                Rest::Return { keep } => i64::try_from(keep).unwrap_or(i64::MAX),
            };
            command.arg(&settle.claim).arg(settle.held).arg(settle.over).arg(keep);
        }
        None => {
            command.arg("").arg(0).arg(0).arg(-1);
        }
    }
    command
        .arg(match terms.results {
            ResultStore::List => "list",
            ResultStore::Stream => "stream",
            ResultStore::None => "none",
        })
        .arg(terms.results_limit)
        .arg(millis(terms.results_ttl))
        .arg(&new_claim)
        .arg(want)
        .arg(terms.max_bytes)
        .arg(millis(terms.lease))
        .arg(terms.limit)
        .arg(terms.max_crashes)
        .arg(millis(CALL_TTL))
        .arg(RECOVER_BUDGET)
        .arg(match terms.delivery {
            Delivery::AtLeastOnce => "",
            Delivery::AtMostOnce => "once",
        })
        .arg(millis(terms.forget_after));
    let (failures, results) =
        settle.map_or((&[][..], &[][..]), |settle| (&settle.failures[..], &settle.results[..]));
    command.arg(failures.len());
    for failure in failures {
        command
            .arg(failure.place)
            .arg(match failure.fate {
                Fate::Again { after } => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
                Fate::Dead | Fate::Gone { .. } => -1,
            })
            .arg(failure.reason)
            .arg(&failure.error);
    }
    for result in results {
        command.arg(result);
    }
    Call { command, new_claim }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Call {
    /// What to send.
    #[must_use]
    pub fn command(&self) -> &Cmd {
        &self.command
    }

    /// Reads the answer.
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(self, value: Value) -> Result<Step, ReplyError> {
        let mut parts = Parts::new("a step", value)?;
        match parts.bytes()?.as_slice() {
            b"vanished" => return Ok(Step::Vanished),
            b"absent" => return Ok(Step::Absent),
            b"superseded" => return Ok(Step::Superseded),
            b"ok" => {}
            _ => return Err(parts.wrong("an unknown answer")),
        }
        let settled = parts.number()? == 1;
        let epoch = parts.text()?;
        let now_ms = parts.count()?;
        let pending = parts.count()?;
        let delayed = parts.count()?;
        let claims = parts.count()?;
        let dead = parts.count()?;
        let next_expiry_ms = parts.time()?;
        let next_due_ms = parts.time()?;
        let mut ids = parts.array()?;
        let mut buried = Vec::with_capacity(ids.len());
        while !ids.is_empty() {
            buried.push(ids.text()?);
        }
        let gone = parts.count()?;
        let missing = parts.count()?;
        let retried = parts.bytes()? == b"r";
        let items = parts.array()?;
        let tasks = if retried { read_retried(items)? } else { read_fresh(items)? };
        Ok(Step::Taken(Advanced {
            settled,
            epoch,
            now_ms,
            pending,
            delayed,
            claims,
            dead,
            next_expiry_ms,
            next_due_ms,
            buried,
            gone,
            missing,
            claim: (!tasks.is_empty()).then_some(Claim { id: self.new_claim, tasks }),
        }))
    }
}

fn read_fresh(mut items: Parts) -> Result<Vec<Task>, ReplyError> {
    let mut tasks = Vec::with_capacity(items.len());
    while !items.is_empty() {
        tasks.push(Task::fresh(items.bytes()?));
    }
    Ok(tasks)
}

fn read_retried(mut items: Parts) -> Result<Vec<Task>, ReplyError> {
    let mut tasks = Vec::with_capacity(items.len() / 2);
    while !items.is_empty() {
        let id = items.text()?;
        let record = Record::parse(&items.bytes()?).ok_or(items.wrong("a damaged record"))?;
        tasks.push(Task::retried(id, record));
    }
    Ok(tasks)
}

/// The name of a worker as Redis keeps it: without spaces, at most 100 characters, never empty.
#[must_use]
pub fn worker_name(name: &str) -> String {
    let mut name: String =
        name.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).take(100).collect();
    if name.is_empty() {
        name.push('-');
    }
    name
}
