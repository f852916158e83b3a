//! The model's events on a real Redis, through the worker's own protocol layer.

use std::time::Duration;

use queue_worker::{
    Queue,
    brokers::redis::{Before, Caller, Cancelled, Due, Pusher, Renewed, Wish, advance},
    queue::{Rate, Step, Terms},
};

use crate::{
    action::Action,
    bounds::Bounds,
    call::{Answer, Call, Settle},
    support::{server::Server, settle, snapshot, terms},
    tasks::{by_time, payloads},
    world::World,
};

/// When what is for later would be due by itself.
const MUCH_LATER: Duration = Duration::from_secs(1_000_000);

/// A model and a Redis that go the same way.
pub struct Replay {
    bounds: Bounds,
    world: World,
    queue: Queue,
    terms: Terms,
    connection: redis::Connection,
    epoch: String,
}

impl Replay {
    /// Empties the Redis and pushes the model's tasks.
    pub async fn new(server: &Server, bounds: Bounds) -> Replay {
        let mut connection = server.connection();
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        let queue = server.queue("q");
        // So slow that it lets a task go only when the model says so.
        let rate = bounds.has_rate.then(|| Rate::every_us(1e12));
        let terms = Terms { max_crashes: bounds.max_crashes, rate, ..terms() };
        // The push makes the epoch, and the first look learns it.
        let tasks: Vec<Vec<u8>> = payloads(&bounds).collect();
        let [now, later, foreign] = by_time(&bounds, &tasks);
        let mut pusher = Pusher::new("pusher");
        queue.push(&mut pusher, now).await.unwrap();
        let mut pusher = pusher.due(Due::After(MUCH_LATER));
        if !later.is_empty() {
            queue.push(&mut pusher, later).await.unwrap();
        }
        for payload in foreign {
            let () = redis::cmd("ZADD")
                .arg("{q}:delayed")
                .arg(4_000_000_000_000u64)
                .arg(payload)
                .query(&mut connection)
                .unwrap();
        }
        let looked =
            queue.advance(&mut Caller::new("first", 0), &terms, None, None, 0).await.unwrap();
        let Step::Taken(looked) = looked else { panic!("{looked:?}") };
        Replay { bounds, world: World::new(&bounds), queue, terms, connection, epoch: looked.epoch }
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// Lets an event happen in both; they must be the same after it.
    pub async fn play(&mut self, action: &Action) {
        let before = self.world.clone();
        let executed = self.world.apply(&self.bounds, action);
        match action {
            Action::Expire { claim } => {
                let id = &before.leases()[*claim];
                snapshot::expire(
                    &mut self.connection,
                    "q",
                    id,
                    self.world.queue.claims[id].expired.unwrap(),
                );
            }
            Action::Due { task } => {
                // Given the model's moment below, as all that is due.
                snapshot::make_due(
                    &mut self.connection,
                    "q",
                    &before.later(*task),
                    u64::from(u32::MAX),
                );
            }
            Action::Renew { worker } => {
                let claim = &before.workers[*worker].holding.as_ref().unwrap().claim;
                let mut held = self.queue.renew(&self.epoch, &self.terms, &[claim]).await.unwrap();
                let is_there = before.queue.claims.contains_key(claim);
                let cancelled = before.queue.cancelled.iter().cloned().collect();
                let expected = if before.is_lost {
                    Renewed::Vanished
                } else {
                    Renewed::Held { claims: vec![is_there], cancelled }
                };
                if let Renewed::Held { cancelled, .. } = &mut held {
                    cancelled.sort();
                }
                assert_eq!(held, expected);
            }
            Action::Look { worker } => self.look(&before, *worker).await,
            Action::Vanish => {
                let () = redis::cmd("FLUSHALL").query(&mut self.connection).unwrap();
            }
            Action::Pause | Action::Resume => {
                let wish = if *action == Action::Pause { Wish::Pause } else { Wish::Resume };
                let is_paused = self.queue.pause(wish).await.unwrap() != Before::Going;
                assert_eq!(is_paused, before.queue.is_paused);
            }
            Action::Cancel { task } => {
                let (id, _) = &before.queue.cancellable()[*task];
                let cancelled = self.queue.cancel(id).await.unwrap();
                let waited = before.queue.delayed.contains_key(id);
                let worker = "tester".to_owned();
                let in_hand = Cancelled::InHand { worker };
                assert_eq!(cancelled, if waited { Cancelled::Waited } else { in_hand });
            }
            Action::Refill => {
                let () = redis::cmd("DEL").arg("{q}:rate").query(&mut self.connection).unwrap();
            }
            Action::Step { .. }
            | Action::Retry { .. }
            | Action::Arrive { .. }
            | Action::Crash { .. } => {}
        }
        if let Some((call, answer)) = executed {
            assert_eq!(self.send(&call).await, answer, "at {action:?} after {before:?}");
        }
        snapshot::settle_due_times(&mut self.connection, "q", &self.world.queue.delayed);
        let now = snapshot::read(&mut self.connection, "q");
        assert_eq!(now, self.world.queue.snapshot(), "after {action:?} in {before:?}");
    }

    /// A lane of its own looks: with the epoch that the worker has seen, if it has.
    async fn look(&self, before: &World, worker: usize) {
        let is_new = before.workers[worker].is_new;
        let epoch = (!is_new).then_some(self.epoch.as_str());
        let mut lane = Caller::new(&format!("looking-{}", rand::random::<u64>()), 0);
        let seen = self.queue.advance(&mut lane, &self.terms, epoch, None, 0).await.unwrap();
        match seen {
            Step::Taken(seen) => {
                assert_eq!((before.is_lost, seen.is_drained()), (false, self.world.is_drained()))
            }
            Step::Absent => assert!(before.is_lost && is_new),
            Step::Vanished => assert!(before.is_lost && !is_new),
            Step::Superseded => panic!("the lane is new"),
        }
    }

    async fn send(&mut self, call: &Call) -> Answer {
        let mut lane = self.lane(call);
        let settle = call.settle.as_ref().map(|Settle { claim, tasks, endings, keep }| {
            let payloads: Vec<&[u8]> =
                tasks.iter().map(|(_, payload)| payload.as_slice()).collect();
            settle(claim, &payloads, endings, Some(*keep))
        });
        let answer = self
            .queue
            .advance(&mut lane, &self.terms, Some(&self.epoch), settle.as_ref(), call.want)
            .await;
        match answer.unwrap() {
            Step::Vanished => Answer::Vanished,
            Step::Absent => panic!("the caller has seen the queue"),
            Step::Superseded => Answer::Superseded,
            Step::Taken(advanced) => {
                let tasks = advanced.claim.into_iter().flat_map(|claim| claim.tasks);
                let tasks =
                    tasks.map(|task| (task.past.map(|past| past.id), task.payload)).collect();
                Answer::Taken { settled: advanced.settled, tasks, buried: advanced.buried }
            }
        }
    }

    /// The caller's lane as it was before the call: the number of its last call is all that it
    /// remembers.
    fn lane(&self, call: &Call) -> Caller {
        let mut lane = Caller::new(&call.caller.nonce(), 0);
        for _ in 1..call.sequence {
            let _ = advance(self.queue.keys(), &mut lane, &self.terms, None, None, 0);
        }
        lane
    }
}
