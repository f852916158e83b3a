//! The queue, its workers, and the calls between them.

use std::collections::{BTreeMap, BTreeSet};

use queue_worker::brokers::redis::RECOVER_BUDGET;

use crate::{
    action::{Action, Fate},
    bounds::Bounds,
    broken::Broken,
    call::{Answer, Call, Caller, Settle},
    mutation::Mutation,
    support::model::{self, Due, Model, Stepped, Taken},
    tasks::{by_time, payloads},
};

/// What a worker believes to have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holding {
    pub claim: String,
    pub tasks: Vec<Taken>,
}

/// One worker with one lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Worker {
    pub process: usize,
    pub sequence: u64,
    pub holding: Option<Holding>,
    /// A call without an answer.
    pub awaiting: Option<Call>,
    /// Whether it has not seen the queue yet.
    pub is_new: bool,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// How a worker ends that is not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// With 0.
    Done,
    /// With 66.
    NoQueue,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct World {
    pub queue: Model,
    pub workers: Vec<Worker>,
    /// How many workers have begun: they do so in their order.
    pub begun: usize,
    /// Calls that nobody waits for, sorted.
    pub copies: Vec<Call>,
    /// The last call of each caller that was executed, whether what it settled was its own, and the
    /// dead letters that it was told of.
    pub calls: BTreeMap<Caller, (u64, bool, Vec<String>)>,
    pub disturbances: usize,
    /// Whether Redis has come back empty.
    pub is_lost: bool,
    /// Payloads of the tasks that were cancelled.
    pub cancelled: BTreeSet<Vec<u8>>,
    pub broken: Option<Broken>,
}

/// A call and what Redis answers to it; the worker may not hear of it.
pub type Executed = Option<(Call, Answer)>;

impl World {
    pub fn new(bounds: &Bounds) -> World {
        let mut world =
            World { workers: vec![Worker::default(); bounds.workers], ..World::default() };
        world.queue.tokens = bounds.has_rate.then_some(1);
        let payloads: Vec<Vec<u8>> = payloads(bounds).collect();
        let [now, later, foreign] = by_time(bounds, &payloads);
        world.queue.push(now.iter().cloned());
        world.queue.push_later("pusher.push.0000000002", later.iter().cloned());
        for payload in foreign {
            world.queue.add_later(str::from_utf8(payload).unwrap());
        }
        world
    }

    /// Ids of the claims whose lease has not run out.
    pub fn leases(&self) -> Vec<String> {
        self.queue
            .claims
            .iter()
            .filter(|(_, claim)| claim.expired.is_none())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Whether a claim is no living worker's: its lease always runs out.
    pub fn is_orphan(&self, claim: &str) -> bool {
        !self.workers.iter().any(|worker| {
            worker.holding.as_ref().is_some_and(|holding| holding.claim == claim)
                || worker.awaiting.as_ref().is_some_and(|call| call.id() == claim)
        })
    }

    pub fn is_drained(&self) -> bool {
        self.queue.pending.is_empty()
            && self.queue.claims.is_empty()
            && self.queue.delayed.is_empty()
            && !self.queue.is_paused
    }

    /// Lets an event happen.
    pub fn apply(&mut self, bounds: &Bounds, action: &Action) -> Executed {
        self.disturbances += usize::from(action.disturbs(self));
        match action {
            Action::Step { worker, work, fate } => {
                self.begun = self.begun.max(worker + 1);
                let state = &mut self.workers[*worker];
                state.sequence += 1;
                let call = Call {
                    caller: Caller { worker: *worker, process: state.process },
                    sequence: state.sequence,
                    settle: state.holding.clone().map(|Holding { claim, tasks }| Settle {
                        claim,
                        tasks,
                        endings: work.endings.clone(),
                        keep: work.keep,
                    }),
                    want: work.want,
                };
                match fate {
                    Fate::Answered => return Some(self.executed_and_heard(bounds, call)),
                    Fate::AnswerLost => {
                        self.workers[*worker].awaiting = Some(call.clone());
                        let answer = self.execute(bounds, &call);
                        return Some((call, answer));
                    }
                    Fate::Late => {
                        self.workers[*worker].awaiting = Some(call.clone());
                        self.copies.push(call);
                        self.copies.sort();
                    }
                }
            }
            Action::Retry { worker } => {
                let call = self.workers[*worker].awaiting.take().unwrap();
                return Some(self.executed_and_heard(bounds, call));
            }
            Action::Arrive { copy } => {
                let call = self.copies.remove(*copy);
                let answer = self.execute(bounds, &call);
                return Some((call, answer));
            }
            Action::Crash { worker } => {
                let process = self.workers[*worker].process + 1;
                self.workers[*worker] =
                    Worker { process, is_new: bounds.vanishes, ..Worker::default() };
            }
            Action::Look { worker } => {
                self.begun = self.begun.max(worker + 1);
                self.look(bounds, *worker);
            }
            Action::Vanish => {
                self.is_lost = true;
                self.queue = Model::default();
                self.calls.clear();
            }
            Action::Pause => self.queue.is_paused = true,
            Action::Resume => self.queue.is_paused = false,
            Action::Cancel { task } => {
                let (id, payload) = self.queue.cancellable().swap_remove(*task);
                self.queue.cancel(&id);
                self.cancelled.insert(payload);
            }
            Action::Refill => self.queue.tokens = Some(1),
            Action::Expire { claim } => {
                let id = self.leases().swap_remove(*claim);
                let now = self.queue.tick();
                self.queue.claims.get_mut(&id).unwrap().expired = Some(now);
            }
            Action::Due { task } => {
                let id = self.later(*task);
                let now = self.queue.tick();
                self.queue.delayed.insert(id, Due::Past(now));
            }
            Action::Renew { worker } if self.is_lost => self.replace(*worker),
            Action::Renew { worker } => {
                let holding = &mut self.workers[*worker].holding;
                match self.queue.claims.get_mut(&holding.as_ref().unwrap().claim) {
                    Some(claim) => claim.expired = None,
                    None => *holding = None,
                }
            }
        }
        None
    }

    /// The id of a task that is not due.
    pub fn later(&self, task: usize) -> String {
        self.queue
            .delayed
            .iter()
            .filter(|(_, due)| **due == Due::Later)
            .nth(task)
            .unwrap()
            .0
            .clone()
    }

    /// A worker that has seen the queue ends with 69 when it is another one, and a new one takes
    /// its place.
    fn replace(&mut self, worker: usize) {
        let process = self.workers[worker].process + 1;
        self.workers[worker] = Worker { process, is_new: true, ..Worker::default() };
    }

    fn look(&mut self, bounds: &Bounds, worker: usize) {
        if self.is_lost && !self.workers[worker].is_new {
            return self.replace(worker);
        }
        if !self.is_lost {
            let looks = model::Step {
                settle: None,
                new_claim: String::new(),
                want: 0,
                limit: 0,
                max_bytes: 1,
            };
            self.queue.step(&looks, bounds.max_crashes, RECOVER_BUDGET);
        }
        let seen = match bounds.mutation {
            Mutation::PausedIsDrained => {
                let mut going = self.clone();
                going.queue.is_paused = false;
                going.is_drained()
            }
            _ => self.is_drained(),
        };
        let ended = match (self.is_lost, seen) {
            (true, _) if bounds.mutation == Mutation::AbsenceIsDone => Some(Ended::Done),
            (true, _) => Some(Ended::NoQueue),
            (false, true) => Some(Ended::Done),
            (false, false) => None,
        };
        if ended == Some(Ended::Done) && (self.is_lost || !self.is_drained()) {
            self.broken = Some(Broken::FalseSuccess);
        }
        let worker = &mut self.workers[worker];
        worker.is_new = false;
        worker.ended = ended;
    }

    fn executed_and_heard(&mut self, bounds: &Bounds, call: Call) -> (Call, Answer) {
        let answer = self.execute(bounds, &call);
        if answer == Answer::Vanished {
            self.replace(call.caller.worker);
        }
        if let Answer::Taken { settled, tasks, .. } = &answer {
            let left = call.settle.as_ref().filter(|_| *settled).map(|settle| Holding {
                claim: settle.claim.clone(),
                tasks: settle.tasks[settle.endings.len()..]
                    .iter()
                    .take(settle.keep)
                    .cloned()
                    .collect(),
            });
            let taken = Holding { claim: call.id(), tasks: tasks.clone() };
            self.workers[call.caller.worker].holding =
                left.into_iter().chain([taken]).find(|holding| !holding.tasks.is_empty());
        }
        (call, answer)
    }

    fn execute(&mut self, bounds: &Bounds, call: &Call) -> Answer {
        if self.is_lost {
            return Answer::Vanished;
        }
        let last = self.calls.get(&call.caller).cloned();
        let repeated = last.as_ref().is_some_and(|(sequence, ..)| call.sequence <= *sequence);
        if repeated && bounds.mutation != Mutation::CallsForgotten {
            let (sequence, settled, buried) = last.unwrap();
            if call.sequence < sequence {
                return Answer::Superseded;
            }
            return Answer::Taken { settled, tasks: self.claimed(&call.id()), buried };
        }
        let before = self.queue.clone();
        let Stepped { own: settled, taken: tasks, buried } =
            bounds.mutation.execute(&mut self.queue, call, bounds.max_crashes);
        self.calls.insert(call.caller, (call.sequence, settled, buried.clone()));
        let by_crashes =
            |id: &&String| self.queue.failed.get(*id).is_some_and(|past| past.reason == "crashes");
        let died = self.queue.dead.difference(&before.dead).filter(by_crashes);
        if !died.eq(BTreeSet::from_iter(&buried)) {
            self.broken = Some(Broken::SilentDeath);
        }
        if before.tokens.is_some_and(|tokens| tasks.len() > tokens) {
            self.broken = Some(Broken::TooMany);
        }
        if tasks.iter().any(|(_, payload)| self.cancelled.contains(payload)) {
            self.broken = Some(Broken::TakenAfterCancel);
        }
        if before.is_paused && !tasks.is_empty() {
            self.broken = Some(Broken::TakenInPause);
        }
        let waits = |id: &String| self.queue.delayed.get(id) == Some(&Due::Later);
        if before.delayed.iter().any(|(id, due)| *due == Due::Later && !waits(id)) {
            self.broken = Some(Broken::TooEarly);
        }
        if repeated && self.queue != before {
            self.broken = Some(Broken::RepeatedCall);
        }
        if !settled && self.has_changed_more_than_taking(before, call, bounds) {
            self.broken = Some(Broken::StaleToken);
        }
        Answer::Taken { settled, tasks, buried }
    }

    /// Whether a call with a stale token has done anything that the same call without one would not
    /// have.
    fn has_changed_more_than_taking(
        &self,
        mut before: Model,
        call: &Call,
        bounds: &Bounds,
    ) -> bool {
        execute(&mut before, &Call { settle: None, ..call.clone() }, bounds.max_crashes);
        let mut after = self.queue.clone();
        after.counts.clone_from(&before.counts);
        before.snapshot() != after.snapshot()
    }

    /// The tasks of a claim as a worker is given them.
    fn claimed(&self, id: &str) -> Vec<Taken> {
        let Some(claim) = self.queue.claims.get(id) else { return Vec::new() };
        let taken = |item: &Vec<u8>| {
            if claim.state.retried {
                let id = String::from_utf8(item.clone()).unwrap();
                let payload = self.queue.failed[&id].payload.clone();
                (Some(id), payload)
            } else {
                (None, item.clone())
            }
        };
        claim.state.items.iter().map(taken).collect()
    }

    /// Forgets what has no part in what can still happen, so that histories meet again: sequence
    /// numbers are only compared with those that are still somewhere, and moments with each
    /// other.
    pub fn forget_history(&mut self) {
        self.queue.forget_history();
        let World { workers, copies, calls, queue, .. } = self;
        calls.retain(|caller, _| {
            copies.iter().any(|copy| copy.caller == *caller)
                || workers[caller.worker].process == caller.process
                    && workers[caller.worker].awaiting.is_some()
        });
        for (number, worker) in workers.iter_mut().enumerate() {
            let caller = Caller { worker: number, process: worker.process };
            let prefix = caller.prefix();
            let sequence = |id: &str| {
                let rest = id.strip_prefix(&prefix)?;
                rest.split('-').next()?.parse::<u64>().ok()
            };
            let ids = queue.claims.keys().chain(queue.failed.keys()).map(String::as_str);
            let held = worker.holding.iter().map(|holding| holding.claim.as_str());
            let on_their_way =
                copies.iter().chain(&worker.awaiting).filter(|call| call.caller == caller);
            worker.sequence = ids
                .chain(held)
                .filter_map(sequence)
                .chain(on_their_way.map(|call| call.sequence))
                .chain(calls.get(&caller).map(|(sequence, ..)| *sequence))
                .max()
                .unwrap_or(0);
        }
    }
}

/// The call as the protocol executes it.
pub fn execute(queue: &mut Model, call: &Call, max_crashes: u32) -> Stepped {
    let step = model::Step {
        settle: call.settle.as_ref().map(|settle| {
            (settle.claim.clone(), settle.tasks.len(), settle.endings.clone(), Some(settle.keep))
        }),
        new_claim: call.id(),
        want: call.want,
        limit: 0,
        max_bytes: 1 << 20,
    };
    queue.step(&step, max_crashes, RECOVER_BUDGET)
}
