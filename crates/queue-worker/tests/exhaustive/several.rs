//! Several queues of one worker, whose handlers push from one to the other: when are all drained?
//! Every order of looks, pushes and crashes, and the same events on a real Redis.

use std::collections::{BTreeMap, VecDeque};

use queue_worker::{
    Queue,
    brokers::redis::Caller,
    queue::{Status, Step, are_drained_together},
};
use stateright::{Checker, HasDiscoveries, Model, Path, Property};

use crate::support::{block_on, model::Ending, server::Server, settle, snapshot, terms};

const HONEST: &str = "nobody says that all are drained while a task is anywhere";
const QUEUES: [&str; 2] = ["one", "two"];
const LOOKS: usize = 2 * QUEUES.len();

/// How it is judged whether all are drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Judgement {
    Right,
    /// One look at each queue.
    OneRound,
    /// Two, without a comparison of what was counted between them.
    CountsIgnored,
}

/// A task that a worker has: of which queue, how often it is still passed on, whether it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct InHand {
    of: usize,
    hops: u8,
    is_passed_on: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Pair {
    /// Of each task, how often its handler passes it on.
    waiting: [VecDeque<u8>; 2],
    in_hand: [Option<InHand>; 2],
    done: [u64; 2],
    crashed: [u64; 2],
    crashes: [usize; 2],
    /// What was seen of the queues in turn: tasks in it, tasks done and crashed.
    looks: Vec<(usize, u64, u64)>,
    has_ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Event {
    Take { worker: usize, from: usize },
    PassOn { worker: usize },
    Done { worker: usize },
    Crash { worker: usize },
    Look,
}

/// A task that is passed on so often, and so many crashes.
#[derive(Clone, Copy, Debug)]
struct Size {
    hops: u8,
    crashes: usize,
    judgement: Judgement,
}

const SIZE: Size = Size { hops: 4, crashes: 1, judgement: Judgement::Right };

impl Pair {
    fn tasks(&self, of: usize) -> usize {
        let held = self.in_hand.iter().flatten().filter(|task| task.of == of).count();
        self.waiting[of].len() + held
    }

    /// What a look at a queue sees of it.
    fn seen(look: &(usize, u64, u64)) -> Status {
        let (tasks, done, crashed) = *look;
        let counts = [("done", done), ("crashed", crashed)].into_iter();
        let counts = counts.filter(|(_, count)| *count > 0);
        let counts: BTreeMap<String, u64> = counts.map(|(what, n)| (what.to_owned(), n)).collect();
        let epoch = Some("epoch".to_owned());
        Status { pending: tasks as u64, epoch, counts, ..Status::default() }
    }

    fn are_drained(&self, judgement: Judgement) -> bool {
        let seen: Vec<Status> = self.looks.iter().map(Pair::seen).collect();
        let (before, after) = seen.split_at(QUEUES.len());
        match judgement {
            Judgement::Right => are_drained_together(before, after),
            Judgement::OneRound => before.iter().all(Status::is_drained),
            Judgement::CountsIgnored => seen.iter().all(Status::is_drained),
        }
    }
}

impl Model for Size {
    type State = Pair;
    type Action = Event;

    fn init_states(&self) -> Vec<Pair> {
        vec![Pair { waiting: [[self.hops].into(), VecDeque::new()], ..Pair::default() }]
    }

    fn actions(&self, pair: &Pair, events: &mut Vec<Event>) {
        if pair.has_ended {
            return;
        }
        for (worker, in_hand) in pair.in_hand.iter().enumerate() {
            match in_hand {
                None => events.extend(
                    (0..QUEUES.len())
                        .filter(|from| !pair.waiting[*from].is_empty())
                        .map(|from| Event::Take { worker, from }),
                ),
                Some(task) => {
                    if task.hops > 0 && !task.is_passed_on {
                        events.push(Event::PassOn { worker });
                    } else {
                        events.push(Event::Done { worker });
                    }
                    if pair.crashes.iter().sum::<usize>() < self.crashes {
                        events.push(Event::Crash { worker });
                    }
                }
            }
        }
        events.push(Event::Look);
    }

    fn next_state(&self, before: &Pair, event: Event) -> Option<Pair> {
        let mut pair = before.clone();
        match event {
            Event::Take { worker, from } => {
                let hops = pair.waiting[from].pop_front()?;
                pair.in_hand[worker] = Some(InHand { of: from, hops, is_passed_on: false });
            }
            Event::PassOn { worker } => {
                let task = pair.in_hand[worker].as_mut()?;
                task.is_passed_on = true;
                let task = *task;
                pair.waiting[1 - task.of].push_back(task.hops - 1);
            }
            Event::Done { worker } => {
                let task = pair.in_hand[worker].take()?;
                pair.done[task.of] += 1;
            }
            Event::Crash { worker } => {
                let task = pair.in_hand[worker].take()?;
                pair.crashes[worker] += 1;
                pair.crashed[task.of] += 1;
                pair.waiting[task.of].push_front(task.hops);
            }
            Event::Look => {
                if pair.looks.len() == LOOKS {
                    pair.looks.clear();
                }
                let of = pair.looks.len() % QUEUES.len();
                pair.looks.push((pair.tasks(of), pair.done[of], pair.crashed[of]));
                pair.has_ended = pair.looks.len() == LOOKS && pair.are_drained(self.judgement);
            }
        }
        Some(pair)
    }

    fn properties(&self) -> Vec<Property<Size>> {
        vec![
            Property::always(HONEST, |_, pair: &Pair| {
                !pair.has_ended || pair.tasks(0) + pair.tasks(1) == 0
            }),
            Property::sometimes("it ends when a worker has crashed", |_, pair: &Pair| {
                pair.has_ended && pair.crashes != [0; 2]
            }),
        ]
    }
}

#[test]
fn several_queues_are_drained_only_when_no_task_is_anywhere_whoever_passes_tasks_on() {
    let checked = SIZE.checker().spawn_bfs().join();
    eprintln!("{SIZE:?}: {} states", checked.unique_state_count());
    checked.assert_properties();
}

#[test]
fn the_check_finds_each_wrong_way_to_tell_that_several_queues_are_drained() {
    for judgement in [Judgement::OneRound, Judgement::CountsIgnored] {
        let found = HasDiscoveries::AnyOf([HONEST].into());
        let checked = Size { judgement, ..SIZE }.checker().finish_when(found).spawn_bfs().join();
        assert!(checked.discovery(HONEST).is_some(), "{judgement:?} is honest");
    }
}

/// Lets the events of a path happen in a real Redis, whose looks must judge as the model's do.
async fn replay(server: &Server, path: &[Event]) {
    let mut connection = server.connection();
    let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
    let queues: Vec<Queue> = QUEUES.map(|name| server.queue(name)).into();
    let mut pair = SIZE.init_states().remove(0);
    for (name, tasks) in QUEUES.iter().zip(&pair.waiting) {
        let hops: Vec<String> = tasks.iter().map(u8::to_string).collect();
        let lines = hops.iter().map(String::as_bytes).collect::<Vec<_>>();
        let mut pusher = queue_worker::brokers::redis::Pusher::new("begin");
        server.queue(name).push(&mut pusher, &lines).await.unwrap();
    }
    let mut lanes: Vec<Caller> =
        (0..2).map(|worker| Caller::new(&format!("{worker}-0"), 0)).collect();
    let mut claims: [Option<String>; 2] = [None, None];
    let mut seen: Vec<Status> = Vec::new();
    for event in path {
        let before = pair.clone();
        pair = SIZE.next_state(&before, *event).unwrap();
        match *event {
            Event::Take { worker, from } => {
                let step = queues[from].advance(&mut lanes[worker], &terms(), None, None, 1).await;
                let Step::Taken(taken) = step.unwrap() else { panic!("{event:?}") };
                let claim = taken.claim.unwrap();
                let hops = pair.in_hand[worker].unwrap().hops.to_string();
                assert_eq!(claim.tasks[0].payload, hops.as_bytes(), "{path:?}");
                claims[worker] = Some(claim.id);
            }
            Event::PassOn { worker } => {
                let task = pair.in_hand[worker].unwrap();
                let to = QUEUES[1 - task.of];
                let () =
                    redis::cmd("RPUSH").arg(to).arg(task.hops - 1).query(&mut connection).unwrap();
            }
            Event::Done { worker } => {
                let task = before.in_hand[worker].unwrap();
                let (claim, payload) = (claims[worker].take().unwrap(), task.hops.to_string());
                let settle = settle(&claim, &[payload.as_bytes()], &[Ending::Done], Some(0));
                let lane = &mut lanes[worker];
                let step = queues[task.of].advance(lane, &terms(), None, Some(&settle), 0).await;
                let Step::Taken(taken) = step.unwrap() else { panic!("{event:?}") };
                assert!(taken.settled, "{path:?}");
            }
            Event::Crash { worker } => {
                let task = before.in_hand[worker].unwrap();
                snapshot::expire(
                    &mut connection,
                    QUEUES[task.of],
                    &claims[worker].take().unwrap(),
                    1,
                );
                lanes[worker] = Caller::new(&format!("{worker}-1"), 0);
                // Any worker that comes by gives it back.
                let mut other = Caller::new("other", 0);
                queues[task.of].advance(&mut other, &terms(), None, None, 0).await.unwrap();
            }
            Event::Look => {
                if seen.len() == LOOKS {
                    seen.clear();
                }
                let status = queues[seen.len() % QUEUES.len()].status(0).await.unwrap();
                let modelled = Pair::seen(pair.looks.last().unwrap());
                assert_eq!(status.is_drained(), modelled.is_drained(), "{path:?}");
                seen.push(status);
                if seen.len() == LOOKS {
                    let (before, after) = seen.split_at(QUEUES.len());
                    assert_eq!(are_drained_together(before, after), pair.has_ended, "{path:?}");
                }
            }
        }
    }
}

#[test]
fn several_queues_in_a_real_redis_are_judged_as_the_model_judges_them() {
    let (recorder, paths) = stateright::PathRecorder::new_with_accessor();
    let small = Size { hops: 2, ..SIZE };
    small.checker().visitor(recorder).spawn_bfs().join();
    let paths: Vec<Vec<Event>> = paths().into_iter().map(Path::into_actions).collect();
    let begun: std::collections::HashSet<&[Event]> =
        paths.iter().flat_map(|path| (0..path.len()).map(|end| &path[..end])).collect();
    let whole: Vec<_> = paths.iter().filter(|path| !begun.contains(path.as_slice())).collect();
    let server = Server::start();
    // Of all, so many that they take seconds, spread over all lengths.
    let step = whole.len().div_ceil(400);
    block_on(async {
        for path in whole.iter().step_by(step) {
            replay(&server, path).await;
        }
    });
    eprintln!("{} of {} paths on a real Redis", whole.len() / step, whole.len());
    assert!(whole.len() > 100, "only {} paths", whole.len());
}
