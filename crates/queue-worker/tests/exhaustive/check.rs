//! The promises, for every state that can be reached.

use stateright::{Model, Property};

use crate::{
    action::{Action, possible},
    bounds::Bounds,
    broken::Broken,
    mutation::Mutation,
    support::model::{Due, result_of},
    tasks::payloads,
    world::World,
};

pub const ONE_PLACE: &str = "each task is in exactly one place";
pub const ONE_RESULT: &str = "no task has two results";
pub const STALE_TOKEN: &str = "a stale token changes nothing";
pub const REPEATED_CALL: &str = "a call that comes again changes nothing";
pub const TOLD: &str = "every task that crashes make a dead letter is told to a caller";
pub const NOT_EARLY: &str = "no task is taken before it is due";
pub const CANCELLED: &str = "a cancelled task is never given out again";
pub const RATE: &str = "no more tasks are given out than the rate allows";
pub const PAUSED: &str = "nothing is taken from a paused queue";
pub const NEARER: &str = "every event comes nearer to a drained queue";
pub const DRAINED: &str = "where nothing is left to happen the queue is drained";
pub const HONEST: &str = "nobody ends with 0 while work can come back or is lost";

impl Model for Bounds {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        // What is broken is not gone on from: the path to it should end with what broke it.
        let broken =
            world.broken.is_some() || self.mutation != Mutation::None && !in_one_place(self, world);
        if !broken {
            actions.extend(possible(self, world));
        }
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        world.apply(self, &action);
        world.forget_history();
        if distance(self, &world) >= distance(self, before) {
            world.broken.get_or_insert(Broken::NoNearer);
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Bounds>> {
        vec![
            Property::always(ONE_PLACE, in_one_place),
            Property::always(ONE_RESULT, |bounds: &Bounds, world: &World| {
                payloads(bounds).map(|payload| result_of(&payload)).all(|result| {
                    world.queue.results.iter().filter(|stored| **stored == result).count() <= 1
                })
            }),
            Property::always(STALE_TOKEN, |_, world: &World| {
                world.broken != Some(Broken::StaleToken)
            }),
            Property::always(REPEATED_CALL, |_, world: &World| {
                world.broken != Some(Broken::RepeatedCall)
            }),
            Property::always(TOLD, |_, world: &World| world.broken != Some(Broken::SilentDeath)),
            Property::always(NOT_EARLY, |_, world: &World| world.broken != Some(Broken::TooEarly)),
            Property::always(CANCELLED, |_, world: &World| {
                world.broken != Some(Broken::TakenAfterCancel)
            }),
            Property::always(RATE, |_, world: &World| world.broken != Some(Broken::TooMany)),
            Property::always(PAUSED, |_, world: &World| world.broken != Some(Broken::TakenInPause)),
            Property::always(NEARER, |_, world: &World| world.broken != Some(Broken::NoNearer)),
            Property::always(DRAINED, |bounds: &Bounds, world: &World| {
                world.is_drained() || !world.free(bounds).is_empty()
            }),
            Property::always(HONEST, |_, world: &World| world.broken != Some(Broken::FalseSuccess)),
            // These show that the model gets into what it is about.
            Property::sometimes("two workers work on one task", |_, world: &World| {
                let held: Vec<_> =
                    world.workers.iter().filter_map(|worker| worker.holding.as_ref()).collect();
                held.iter().enumerate().any(|(number, one)| {
                    held[..number].iter().any(|other| {
                        one.tasks
                            .iter()
                            .any(|(_, task)| other.tasks.iter().any(|(_, same)| same == task))
                    })
                })
            }),
            Property::sometimes("a call of a dead worker is on its way", |_, world: &World| {
                world
                    .copies
                    .iter()
                    .any(|copy| world.workers[copy.caller.worker].process > copy.caller.process)
            }),
            Property::sometimes("a task crashes too often", |_, world: &World| {
                world.queue.failed.values().any(|past| past.reason == "crashes")
            }),
            Property::sometimes(
                "all tasks are done, whatever happened",
                |bounds: &Bounds, world: &World| {
                    world.queue.results.len() == bounds.tasks
                        && world.disturbances == bounds.disturbances
                },
            ),
        ]
    }
}

fn in_one_place(bounds: &Bounds, world: &World) -> bool {
    let mut places = places(world);
    places.sort();
    world.is_lost || places.into_iter().eq(payloads(bounds))
}

/// The payload at every place of the queue.
fn places(world: &World) -> Vec<Vec<u8>> {
    let queue = &world.queue;
    let mut places: Vec<Vec<u8>> = queue.pending.iter().cloned().collect();
    for claim in queue.claims.values() {
        for item in &claim.state.items {
            let failed = claim.state.retried.then(|| str::from_utf8(item).unwrap());
            // An id without a record is a lost task.
            places.extend(match failed {
                Some(id) => queue.failed.get(id).map(|past| past.payload.clone()),
                None => Some(item.clone()),
            });
        }
    }
    // Without a record it is the payload itself, which another producer has put there.
    places.extend(queue.delayed.keys().map(|id| match queue.failed.get(id) {
        Some(past) => past.payload.clone(),
        None => id.clone().into_bytes(),
    }));
    places.extend(queue.dead.iter().filter_map(|id| Some(queue.failed.get(id)?.payload.clone())));
    places.extend(queue.results.iter().map(|result| result[result_of(b"").len()..].to_vec()));
    places
}

/// How far it is to a drained queue: disturbances that can still come, then what has to be done. As
/// each event comes nearer, nothing goes on for ever.
fn distance(bounds: &Bounds, world: &World) -> (usize, usize) {
    let queue = &world.queue;
    let mut left = queue.pending.len() * 40 + world.copies.len() * 10_000;
    for (id, claim) in &queue.claims {
        let each = match claim.expired {
            Some(_) => 60,
            None if world.is_orphan(id) => 70,
            None => 30,
        };
        left += claim.state.items.len() * each;
    }
    for due in queue.delayed.values() {
        left += if *due == Due::Later { 50 } else { 40 };
    }
    left += usize::from(queue.is_paused);
    // What waits for the rate is one event further away.
    left += usize::from(queue.tokens == Some(0)) * 5;
    for worker in &world.workers {
        left += usize::from(worker.holding.is_some()) + 2 * usize::from(worker.awaiting.is_some());
        // A new worker sees the queue, or that there is none; one that has seen it is replaced when
        // it is lost.
        left += match worker.ended {
            Some(_) => 0,
            None if !worker.is_new => 2,
            None if world.is_lost => 1,
            None => 3,
        };
    }
    (bounds.disturbances - world.disturbances, left)
}
