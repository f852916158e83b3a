//! Random operation sequences on a real Redis and on the model: equal after every operation.

mod support;

use std::time::Instant;

use proptest::prelude::*;
use queue_worker::{
    Queue,
    protocol::{Advanced, Claim, Lane, Pushed, Pusher, RECOVER_BUDGET, Renewed, Step, advance},
    worker::{Bounds, End, ExitWhen, Idle, Plan},
};
use support::{
    block_on,
    model::{self, Ending, Model, Stepped},
    server::Server,
    settle, snapshot, terms,
};

const LANES: usize = 3;

#[derive(Clone, Debug)]
enum Operation {
    Push { payloads: Vec<Vec<u8>>, twice: bool },
    Step(LaneStep),
    Expire { which: usize },
    MakeDue { which: usize },
    Renew { lane: usize },
    RetryDead { which: usize },
    DropDead { which: usize },
    Purge,
}

#[derive(Clone, Debug)]
struct LaneStep {
    lane: usize,
    endings: Vec<Ending>,
    keep: Option<usize>,
    want: usize,
    limit: usize,
    max_bytes: usize,
    times: usize,
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => (0u8..4).prop_map(|n| format!("task {n}").into_bytes()),
        1 => Just(Vec::new()),
        1 => Just(b"\x00\xff\n \r\n".to_vec()),
        1 => (1usize..30).prop_map(|n| vec![b'x'; n]),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![4 => Just(Ending::Done), 2 => Just(Ending::Failed), 1 => Just(Ending::Dead)]
}

fn lane_step() -> impl Strategy<Value = LaneStep> {
    (
        0..LANES,
        prop::collection::vec(ending(), 0..8),
        prop::option::of(0usize..3),
        0usize..12,
        prop_oneof![3 => Just(0usize), 1 => 1usize..8],
        prop_oneof![3 => Just(1usize << 20), 1 => 1usize..200],
        prop_oneof![4 => Just(1usize), 1 => Just(2usize)],
    )
        .prop_map(|(lane, endings, keep, want, limit, max_bytes, times)| LaneStep {
            lane,
            endings,
            keep,
            want,
            limit,
            max_bytes,
            times,
        })
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        30 => (prop::collection::vec(payload(), 1..10), any::<bool>())
            .prop_map(|(payloads, twice)| Operation::Push { payloads, twice }),
        100 => lane_step().prop_map(Operation::Step),
        20 => any::<usize>().prop_map(|which| Operation::Expire { which }),
        25 => any::<usize>().prop_map(|which| Operation::MakeDue { which }),
        10 => (0..LANES).prop_map(|lane| Operation::Renew { lane }),
        6 => any::<usize>().prop_map(|which| Operation::RetryDead { which }),
        6 => any::<usize>().prop_map(|which| Operation::DropDead { which }),
        1 => Just(Operation::Purge),
    ]
}

/// The workers' side of a run: what each lane believes to have in hand.
struct Run {
    queue: Queue,
    lanes: Vec<Lane>,
    claims: Vec<Option<Claim>>,
    steps: Vec<u64>,
    pusher: Pusher,
    epoch: Option<String>,
    /// Whether anything was ever pushed.
    is_there: bool,
    model: Model,
}

impl Run {
    fn new(queue: Queue) -> Run {
        Run {
            queue,
            lanes: (0..LANES).map(|number| Lane::new("n", number)).collect(),
            claims: vec![None; LANES],
            steps: vec![0; LANES],
            pusher: Pusher::new("n"),
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
        let terms = queue_worker::protocol::Terms {
            limit: step.limit,
            max_bytes: step.max_bytes,
            ..terms()
        };
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

    async fn run(&mut self, operation: Operation, connection: &mut redis::Connection) {
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
                assert_eq!(held, Renewed::Held(vec![known.is_some(), false]));
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
            Operation::Purge => {
                let purged = self.queue.purge(false).await.unwrap();
                let total = purged.pending + purged.delayed + purged.in_hand + purged.dead;
                assert_eq!(total, self.model.tasks() as u64);
                self.model.purge();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_operations_leave_redis_as_the_model_says(operations in prop::collection::vec(operation(), 1..120)) {
        thread_local! { static SERVER: Server = Server::start(); }
        SERVER.with(|server| {
            let mut connection = server.connection();
            let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
            block_on(async {
                let mut run = Run::new(server.queue("q"));
                for operation in operations {
                    let what = format!("{operation:?}");
                    run.run(operation, &mut connection).await;
                    snapshot::settle_due_times(&mut connection, "q", &run.model.delayed);
                    assert_eq!(snapshot::read(&mut connection, "q"), run.model.snapshot(), "after {what}");
                }
            });
        });
    }
}

/// A pod of a Job with fixed completions: one lane that settles so many tasks.
struct FixedPod {
    plan: Plan,
    holding: Option<(String, Vec<model::Taken>)>,
    steps: u64,
    settled: usize,
    end: Option<End>,
}

impl FixedPod {
    fn new(tasks: usize, now: Instant) -> FixedPod {
        let bounds = Bounds {
            exit_when: ExitWhen::Drained,
            max_tasks: Some(tasks),
            max_runtime: None,
            idle_timeout: None,
        };
        FixedPod { plan: Plan::new(bounds, now), holding: None, steps: 0, settled: 0, end: None }
    }

    /// One round of the lane, as the worker has it: tell what is over, and ask for as many as may
    /// be.
    fn round(
        &mut self,
        name: usize,
        queue: &mut Model,
        size: usize,
        endings: &[Ending],
        now: Instant,
    ) {
        let asked = self.plan.ask(size, now);
        let want = *asked.as_ref().unwrap_or(&0);
        if want == 0 && self.holding.is_none() {
            self.end = asked.err();
            return;
        }
        self.steps += 1;
        let new_claim = format!("pod-{name}.0.{}", self.steps);
        let mut over = 0;
        let mut settle = None;
        if let Some((claim, tasks)) = self.holding.take() {
            let endings: Vec<Ending> =
                (0..tasks.len()).map(|place| endings[place % endings.len()]).collect();
            over = endings.iter().filter(|ending| **ending != Ending::Failed).count();
            self.plan.settled(over, tasks.len() - over, now);
            settle = Some((claim, tasks.len(), endings, Some(0)));
        }
        self.settled += over;
        let step = model::Step {
            settle,
            new_claim: new_claim.clone(),
            want,
            limit: 0,
            max_bytes: 1 << 20,
        };
        let taken = queue.step(&step, 3, RECOVER_BUDGET).taken;
        self.plan.answered(want, taken.len(), now);
        if !taken.is_empty() {
            self.holding = Some((new_claim, taken));
        } else if want > 0
            && let Idle::End(end) = self.plan.idle(&seen(queue), 0, now, 0.0)
        {
            self.end = Some(end);
        }
    }
}

/// What a step says of the queue.
fn seen(queue: &Model) -> Advanced {
    Advanced {
        settled: true,
        epoch: String::new(),
        now_ms: 1,
        pending: queue.pending.len() as u64,
        delayed: queue.delayed.len() as u64,
        claims: queue.claims.len() as u64,
        dead: queue.dead.len() as u64,
        next_expiry_ms: None,
        next_due_ms: None,
        buried: Vec::new(),
        gone: 0,
        missing: 0,
        claim: None,
    }
}

proptest! {
    #[test]
    fn pods_that_settle_as_many_tasks_as_there_are_leave_none_behind(
        tasks in 1usize..30,
        each in 1usize..10,
        rounds in prop::collection::vec((any::<usize>(), 1usize..6, prop::collection::vec(ending(), 1..6)), 1..60),
    ) {
        let now = Instant::now();
        let mut queue = Model::default();
        queue.pending.extend((0..tasks).map(|n| format!("task {n}").into_bytes()));
        let mut pods: Vec<FixedPod> = (0..tasks.div_ceil(each)).map(|_| FixedPod::new(each, now)).collect();
        // After what was drawn, all goes well, so that it comes to an end.
        let well = (0..10_000).map(|n| (n, 1, vec![Ending::Done]));
        for (pod, size, endings) in rounds.into_iter().chain(well) {
            let open: Vec<usize> = (0..pods.len()).filter(|pod| pods[*pod].end.is_none()).collect();
            let Some(pod) = open.get(pod % open.len().max(1)).copied() else { break };
            pods[pod].round(pod, &mut queue, size, &endings, now);
            // Time goes by: what failed is due.
            for due in queue.delayed.values_mut() {
                *due = model::Due::First;
            }
        }
        prop_assert!(pods.iter().all(|pod| pod.end.is_some()), "all pods have ended");
        prop_assert!(pods.iter().all(|pod| pod.settled <= each), "no pod has settled too many");
        prop_assert_eq!(pods.iter().map(|pod| pod.settled).sum::<usize>(), tasks);
        prop_assert_eq!(queue.results.len() + queue.dead.len(), tasks);
    }
}
