//! The workers' side of a run, and the model beside it.

use std::time::Duration;

use queue_worker::{
    Queue,
    brokers::redis::{Before, Caller, Due, Pushed, Pusher, RECOVER_BUDGET, Renewed, Wish, advance},
    queue::{Claim, Step, Terms},
};

use super::{
    LANES, LaneStep, Operation,
    support::{
        model::{self, Model, Stepped},
        settle, snapshot, terms,
    },
};

/// The workers' side of a run: what each lane believes to have in hand.
pub(super) struct Run {
    queue: Queue,
    lanes: Vec<Caller>,
    claims: Vec<Option<Claim>>,
    steps: Vec<u64>,
    pusher: Pusher,
    /// Pushes for later, each of which is a pusher's own.
    pushes: usize,
    epoch: Option<String>,
    /// Whether anything was ever pushed.
    is_there: bool,
    pub(super) model: Model,
}

impl Run {
    pub(super) fn new(queue: Queue) -> Run {
        Run {
            queue,
            lanes: (0..LANES).map(|number| Caller::new("n", number)).collect(),
            claims: vec![None; LANES],
            steps: vec![0; LANES],
            pusher: Pusher::new("n"),
            pushes: 0,
            epoch: None,
            is_there: false,
            model: Model::default(),
        }
    }

    async fn step(&mut self, step: LaneStep) {
        let lane = step.lane;
        let held = self.claims[lane].take();
        let settle = held.as_ref().map(|claim| {
            let payloads: Vec<&[u8]> =
                claim.tasks.iter().map(|task| task.payload.as_slice()).collect();
            let over = step.endings.len().min(payloads.len());
            settle(&claim.id, &payloads, &step.endings[..over], step.keep)
        });
        // What stays in hand is worked on first.
        let left = held.map(|mut claim| {
            claim.tasks.drain(..settle.as_ref().unwrap().over);
            if let Some(keep) = step.keep {
                claim.tasks.truncate(keep);
            }
            claim
        });
        let left = left.filter(|claim| !claim.tasks.is_empty());
        let want = if left.is_some() { 0 } else { step.want };
        let terms = Terms { limit: step.limit, max_bytes: step.max_bytes, ..terms() };
        let call = || async {
            let mut same = self.lanes[lane].clone();
            self.queue
                .advance(&mut same, &terms, self.epoch.as_deref(), settle.as_ref(), want)
                .await
                .unwrap()
        };
        if !self.is_there {
            assert_eq!(call().await, Step::Absent, "a look makes no queue");
            let _ = advance(self.queue.keys(), &mut self.lanes[lane], &terms, None, None, 0);
            self.steps[lane] += 1;
            return;
        }
        let mut answer = call().await;
        for _ in 1..step.times {
            let Step::Taken(first) = &answer else { panic!("{answer:?}") };
            let Step::Taken(second) = call().await else { panic!("the second call was not taken") };
            assert_eq!(
                (first.settled, &first.claim, &first.buried),
                (second.settled, &second.claim, &second.buried)
            );
            answer = Step::Taken(second);
        }
        let _ = advance(self.queue.keys(), &mut self.lanes[lane], &terms, None, None, 0);
        self.steps[lane] += 1;
        let Step::Taken(answer) = answer else { panic!("{answer:?}") };
        self.epoch = Some(answer.epoch);
        let Stepped { own, taken, buried } = self.model.step(
            &model::Step {
                settle: settle.map(|settle| {
                    let endings = step.endings[..settle.over].to_vec();
                    (settle.claim, settle.held, endings, step.keep)
                }),
                new_claim: format!("n.{lane}.{}", self.steps[lane]),
                want,
                limit: step.limit,
                max_bytes: step.max_bytes,
            },
            terms.max_crashes,
            RECOVER_BUDGET,
        );
        assert_eq!((answer.settled, answer.buried), (own, buried));
        assert_eq!((answer.missing, self.model.missing()), (0, 0));
        let got: Vec<model::Taken> = answer
            .claim
            .iter()
            .flat_map(|claim| &claim.tasks)
            .map(|task| (task.past.as_ref().map(|past| past.id.clone()), task.payload.clone()))
            .collect();
        assert_eq!(got, taken);
        self.claims[lane] = if own { left.or(answer.claim) } else { answer.claim };
    }

    pub(super) async fn run(&mut self, operation: Operation, connection: &mut redis::Connection) {
        match operation {
            Operation::Push { payloads, twice } => {
                let command = self.pusher.push(self.queue.keys(), &payloads);
                for _ in 0..1 + usize::from(twice) {
                    let added = self.queue.pushed(&mut self.pusher, &command).await.unwrap();
                    assert_eq!(added, Pushed::Added(payloads.len() as u64));
                }
                self.is_there = true;
                self.model.push(payloads);
            }
            Operation::PushLater { payloads, twice } => {
                self.pushes += 1;
                let nonce = format!("later{}", self.pushes);
                let due = Due::After(Duration::from_secs(1_000_000));
                let mut pusher = Pusher::new(&nonce).due(due);
                let command = pusher.push(self.queue.keys(), &payloads);
                for _ in 0..1 + usize::from(twice) {
                    let added = self.queue.pushed(&mut pusher, &command).await.unwrap();
                    assert_eq!(added, Pushed::Added(payloads.len() as u64));
                }
                self.is_there = true;
                self.model.push_later(&format!("{nonce}.push.0000000001"), payloads);
            }
            Operation::AddLater { number } => {
                let payload = format!("foreign {number}");
                let due = 4_000_000_000_000u64;
                let () = redis::cmd("ZADD")
                    .arg("{q}:delayed")
                    .arg(due)
                    .arg(&payload)
                    .query(connection)
                    .unwrap();
                self.is_there = true;
                self.model.add_later(&payload);
            }
            Operation::Step(step) => self.step(step).await,
            Operation::Expire { which } => {
                let now = self.model.tick();
                let ids: Vec<String> = self.model.claims.keys().cloned().collect();
                if let Some(id) = ids.get(which % ids.len().max(1)) {
                    snapshot::expire(connection, "q", id, now);
                    self.model.claims.get_mut(id).unwrap().expired = Some(now);
                }
            }
            Operation::MakeDue { which } => {
                let now = self.model.tick();
                let ids: Vec<String> = self.model.delayed.keys().cloned().collect();
                if let Some(id) = ids.get(which % ids.len().max(1)) {
                    snapshot::make_due(connection, "q", id, now);
                    self.model.delayed.insert(id.clone(), model::Due::Past(now));
                }
            }
            Operation::Renew { lane } => {
                let Some((epoch, claim)) = self.epoch.as_ref().zip(self.claims[lane].as_ref())
                else {
                    return;
                };
                let held =
                    self.queue.renew(epoch, &terms(), &[&claim.id, "nobody's"]).await.unwrap();
                let known = self.model.claims.get_mut(&claim.id);
                assert_eq!(
                    held,
                    Renewed::Held { claims: vec![known.is_some(), false], cancelled: Vec::new() }
                );
                if let Some(claim) = known {
                    claim.expired = None;
                }
            }
            Operation::RetryDead { which } | Operation::DropDead { which } => {
                let ids: Vec<String> = self.model.dead.iter().cloned().collect();
                let Some(id) = ids.get(which % ids.len().max(1)) else { return };
                let asked = [id.as_str(), "nobody's"];
                if matches!(operation, Operation::RetryDead { .. }) {
                    assert_eq!(self.queue.dead_retry(&asked).await.unwrap(), 1);
                    self.model.retry_dead(id);
                } else {
                    assert_eq!(self.queue.dead_drop(&asked).await.unwrap(), 1);
                    self.model.drop_dead(id);
                }
            }
            Operation::Pause(wish) => {
                let before = self.queue.pause(wish).await.unwrap();
                match before {
                    Before::Absent => return assert!(!self.is_there),
                    Before::Going => assert!(!self.model.is_paused),
                    Before::Paused { .. } => assert!(self.model.is_paused),
                }
                self.model.is_paused = wish == Wish::Pause;
            }
            Operation::Purge => {
                let purged = self.queue.purge(false).await.unwrap();
                let total = purged.pending + purged.delayed + purged.in_hand + purged.dead;
                assert_eq!(total, self.model.tasks() as u64);
                self.model.purge();
            }
        }
        // Wherever a task is, it is somewhere.
        assert_eq!(self.queue.status(0).await.unwrap().missing, 0);
    }
}
