//! The queue as a pure state machine: what the scripts must do, written down a second time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::snapshot::{ClaimState, Past, Snapshot};

/// When a delayed task is due: its place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    /// Handed back: first of all.
    First,
    /// In the past; smaller numbers first.
    Past(u64),
    /// Not yet.
    Later,
}

/// A claim of the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    pub state: ClaimState,
    /// Set once its lease has run out; smaller numbers first.
    pub expired: Option<u64>,
}

/// How one task of a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    Done,
    Failed,
    Dead,
}

/// A step of a lane.
#[derive(Clone, Debug)]
pub struct Step {
    /// The claim, how many tasks it has, how the first of them ended, and how many of the others
    /// stay.
    pub settle: Option<(String, usize, Vec<Ending>, Option<usize>)>,
    pub new_claim: String,
    pub want: usize,
    pub limit: usize,
    pub max_bytes: usize,
}

/// A task as a worker gets it: its id if it has failed before, and its payload.
pub type Taken = (Option<String>, Vec<u8>);

/// What a step answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Whether the settled claim was the caller's own.
    pub own: bool,
    pub taken: Vec<Taken>,
    /// Ids of the tasks that became dead letters by the crashes of their workers.
    pub buried: Vec<String>,
}

/// The queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Model {
    pub pending: VecDeque<Vec<u8>>,
    pub claims: BTreeMap<String, Claim>,
    pub delayed: BTreeMap<String, Due>,
    pub dead: BTreeSet<String>,
    pub failed: BTreeMap<String, Past>,
    pub results: Vec<Vec<u8>>,
    pub counts: BTreeMap<String, u64>,
    pub is_paused: bool,
    /// Tasks that may be given out now; `None` where there is no rate.
    pub tokens: Option<usize>,
    /// Ids of the tasks in hand that were cancelled.
    pub cancelled: BTreeSet<String>,
    clock: u64,
}

impl Model {
    /// The next moment of the past, in the order of events.
    pub fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    pub fn count(&mut self, what: &str, by: usize) {
        if by > 0 {
            *self.counts.entry(what.into()).or_default() += by as u64;
        }
    }

    /// Id and record of the task at a place of a claim.
    pub fn identify(&self, id: &str, claim: &ClaimState, place: usize) -> (String, Past) {
        let item = &claim.items[place];
        if claim.retried {
            let id = String::from_utf8(item.clone()).unwrap();
            let past = self.failed[&id].clone();
            return (id, past);
        }
        let number = claim.size - claim.items.len() + place;
        let past = Past {
            failures: 0,
            crashes: 0,
            reason: "-".into(),
            worker: claim.worker.clone(),
            error: Vec::new(),
            payload: item.clone(),
        };
        (format!("{id}-{number}"), past)
    }

    /// Forgets what has no part in what can still happen: the counters, and all of the moments but
    /// their order.
    pub fn forget_history(&mut self) {
        self.counts.clear();
        let mut expired: Vec<&mut u64> =
            self.claims.values_mut().filter_map(|claim| claim.expired.as_mut()).collect();
        expired.sort();
        let mut due: Vec<&mut u64> = self
            .delayed
            .values_mut()
            .filter_map(|due| if let Due::Past(order) = due { Some(order) } else { None })
            .collect();
        due.sort();
        self.clock = expired.len().max(due.len()) as u64;
        for (rank, order) in expired.into_iter().enumerate().chain(due.into_iter().enumerate()) {
            *order = rank as u64 + 1;
        }
    }

    /// A step of a lane.
    pub fn step(&mut self, step: &Step, max_crashes: u32, budget: usize) -> Stepped {
        let mut own = true;
        if let Some((id, held, endings, keep)) = &step.settle {
            if self.claims.get(id).is_some_and(|claim| claim.state.items.len() == *held)
                && let Some(claim) = self.claims.remove(id)
            {
                self.settle(id, claim, endings, *keep);
            } else {
                own = false;
                self.count("stale", endings.len());
            }
        }
        let buried = self.recover(max_crashes, budget);
        let mut want = if self.is_paused { 0 } else { step.want };
        if step.limit > 0 {
            let in_hand: usize = self.claims.values().map(|claim| claim.state.items.len()).sum();
            want = want.min(step.limit.saturating_sub(in_hand));
        }
        if let Some(tokens) = self.tokens {
            want = want.min(tokens);
        }
        let taken = self.take(&step.new_claim, want, step.max_bytes);
        self.tokens = self.tokens.map(|tokens| tokens - taken.len());
        Stepped { own, taken, buried }
    }

    fn settle(&mut self, id: &str, mut claim: Claim, endings: &[Ending], keep: Option<usize>) {
        for (place, ending) in endings.iter().enumerate() {
            let (task, mut past) = self.identify(id, &claim.state, place);
            let is_cancelled = self.cancelled.remove(&task);
            if *ending == Ending::Done {
                self.results.push(result_of(&past.payload));
                self.failed.remove(&task);
                self.count("done", 1);
                continue;
            }
            past.failures += 1;
            past.worker = claim.state.worker.clone();
            if *ending == Ending::Failed && !is_cancelled {
                past.reason = "failed".into();
                past.error = b"no luck".to_vec();
                self.delayed.insert(task.clone(), Due::Later);
                self.count("retried", 1);
            } else {
                past.reason = if is_cancelled { "cancelled" } else { "rejected" }.into();
                past.error = match ending {
                    Ending::Dead => b"bad \xff input\n".to_vec(),
                    _ => b"no luck".to_vec(),
                };
                self.dead.insert(task.clone());
                self.count("dead", 1);
            }
            self.failed.insert(task, past);
        }
        claim.state.items.drain(..endings.len());
        if let Some(keep) = keep {
            let keep = keep.min(claim.state.items.len());
            let ids: Vec<(String, Past)> = (keep..claim.state.items.len())
                .map(|place| self.identify(id, &claim.state, place))
                .collect();
            let mut returned = claim.state.items.split_off(keep);
            claim.state.size -= returned.len();
            let mut ids = ids.into_iter();
            returned.retain(|_| {
                let (task, past) = ids.next().unwrap();
                let is_cancelled = self.cancelled.contains(&task);
                if is_cancelled {
                    self.bury_cancelled(&task, past);
                }
                !is_cancelled
            });
            for item in returned.into_iter().rev() {
                if claim.state.retried {
                    self.delayed.insert(String::from_utf8(item).unwrap(), Due::First);
                } else {
                    self.pending.push_front(item);
                }
            }
        }
        if !claim.state.items.is_empty() {
            self.claims.insert(id.to_owned(), claim);
        }
    }

    fn recover(&mut self, max_crashes: u32, budget: usize) -> Vec<String> {
        let mut expired: Vec<(u64, String)> = self
            .claims
            .iter()
            .filter_map(|(id, claim)| Some((claim.expired?, id.clone())))
            .collect();
        expired.sort();
        let mut recovered = 0;
        let (mut due, mut buried) = (Vec::new(), Vec::new());
        for (_, id) in expired {
            if recovered >= budget {
                break;
            }
            let claim = self.claims.remove(&id).unwrap();
            for place in 0..claim.state.items.len() {
                let (task, mut past) = self.identify(&id, &claim.state, place);
                past.crashes += 1;
                past.worker = claim.state.worker.clone();
                recovered += 1;
                if self.cancelled.contains(&task) {
                    self.bury_cancelled(&task, past);
                    continue;
                }
                past.error = b"the lease ran out: the worker crashed, hung or was cut off".to_vec();
                past.reason = "-".into();
                if past.crashes >= max_crashes {
                    past.reason = "crashes".into();
                    self.dead.insert(task.clone());
                    self.count("dead", 1);
                    buried.push(task.clone());
                } else {
                    due.push(task.clone());
                }
                self.failed.insert(task, past);
            }
        }
        self.count("crashed", recovered);
        // All at one moment: Redis orders them by name.
        due.sort();
        for task in due {
            let now = self.tick();
            self.delayed.insert(task, Due::Past(now));
        }
        buried
    }

    fn take(&mut self, id: &str, want: usize, max_bytes: usize) -> Vec<Taken> {
        if want == 0 {
            return Vec::new();
        }
        let mut due: Vec<(Due, String)> = self
            .delayed
            .iter()
            .filter(|(_, due)| **due != Due::Later)
            .map(|(task, due)| (*due, task.clone()))
            .collect();
        due.sort();
        let mut taken: Vec<String> = Vec::new();
        let mut bytes = 0;
        for (_, task) in due.into_iter().take(want) {
            let member = task;
            // A payload that another producer has put there.
            let task = match self.failed.contains_key(&member) {
                true => member.clone(),
                false => format!("{id}-{}", taken.len()),
            };
            let past = self.failed.get(&task).cloned();
            let past = past.unwrap_or_else(|| Past::untried(member.as_bytes().to_vec()));
            let suspect = past.crashes > 0;
            bytes += past.record_length();
            if (suspect || bytes > max_bytes) && !taken.is_empty() {
                break;
            }
            self.delayed.remove(&member);
            self.failed.insert(task.clone(), past);
            taken.push(task);
            if suspect {
                break;
            }
        }
        let worker = "tester".to_owned();
        if !taken.is_empty() {
            let answer = taken
                .iter()
                .map(|task| (Some(task.clone()), self.failed[task].payload.clone()))
                .collect();
            let state = ClaimState {
                retried: true,
                size: taken.len(),
                worker,
                items: taken.into_iter().map(String::into_bytes).collect(),
            };
            self.claims.insert(id.into(), Claim { state, expired: None });
            return answer;
        }
        let mut items: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0;
        while items.len() < want
            && let Some(item) = self.pending.front()
        {
            bytes += item.len();
            if bytes > max_bytes && !items.is_empty() {
                break;
            }
            items.extend(self.pending.pop_front());
        }
        if !items.is_empty() {
            let state =
                ClaimState { retried: false, size: items.len(), worker, items: items.clone() };
            self.claims.insert(id.into(), Claim { state, expired: None });
        }
        items.into_iter().map(|item| (None, item)).collect()
    }

    /// Tasks of a drained queue that were pushed and are neither done nor dead.
    pub fn missing(&self) -> u64 {
        let count = |what: &str| self.counts.get(what).copied().unwrap_or(0);
        if self.tasks() > self.dead.len() {
            return 0;
        }
        let accounted = count("done") + count("dropped") + self.dead.len() as u64;
        count("pushed").saturating_sub(accounted)
    }

    /// Makes a task a dead letter that was cancelled.
    pub fn bury_cancelled(&mut self, task: &str, past: Past) {
        let (reason, error) = ("cancelled".into(), b"somebody has cancelled it".to_vec());
        self.failed.insert(task.to_owned(), Past { reason, error, ..past });
        self.dead.insert(task.to_owned());
        self.cancelled.remove(task);
        self.count("dead", 1);
    }

    /// Removes everything but the results.
    pub fn purge(&mut self) {
        *self = Model {
            results: std::mem::take(&mut self.results),
            clock: self.clock,
            is_paused: self.is_paused,
            tokens: self.tokens.map(|_| 1),
            ..Model::default()
        };
    }

    /// Tasks in all places.
    pub fn tasks(&self) -> usize {
        let in_hand: usize = self.claims.values().map(|claim| claim.state.items.len()).sum();
        self.pending.len() + in_hand + self.delayed.len() + self.dead.len()
    }

    /// What Redis should hold.
    pub fn snapshot(&self) -> Snapshot {
        let (mut due, mut later) = (Vec::new(), BTreeSet::new());
        for (task, when) in &self.delayed {
            if *when == Due::Later {
                later.insert(task.clone());
            } else {
                due.push((*when, task.clone()));
            }
        }
        due.sort();
        Snapshot {
            pending: self.pending.iter().cloned().collect(),
            claims: self
                .claims
                .iter()
                .map(|(id, claim)| (id.clone(), claim.state.clone()))
                .collect(),
            due: due.into_iter().map(|(_, task)| task).collect(),
            later,
            dead: self.dead.clone(),
            failed: self.failed.clone(),
            results: self.results.clone(),
            counts: self.counts.clone(),
            is_paused: self.is_paused,
            has_spent: self.tokens == Some(0),
            cancelled: self.cancelled.clone(),
        }
    }
}

/// The result that the tests store for a payload.
pub fn result_of(payload: &[u8]) -> Vec<u8> {
    [b"result of ", payload].concat()
}
