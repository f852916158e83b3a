//! Every order of events for a few workers and tasks: crashes, leases that run out, late and lost
//! and repeated calls, failures and tasks handed back. And the same events on a real Redis.

#![allow(unreachable_pub)] // nothing of a test is reached from elsewhere

mod action;
mod bounds;
mod broken;
mod call;
mod check;
mod mutation;
mod replay;
mod several;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod world;

use std::collections::HashSet;

use bounds::Bounds;
use mutation::Mutation;
use proptest::{prelude::*, sample::Index};
use replay::Replay;
use stateright::{Checker, HasDiscoveries, Model, Path};
use support::{block_on, server::Server};
use world::World;

/// Any two disturbances in any order. The order in which the workers begin is fixed: they are all
/// alike.
const THREE_WORKERS: Bounds = Bounds {
    workers: 3,
    tasks: 4,
    later: 0,
    batch: 2,
    disturbances: 2,
    max_crashes: 2,
    vanishes: false,
    pauses: false,
    has_rate: false,
    cancels: false,
    mutation: Mutation::None,
};
/// Few tasks, so that more can go wrong with each.
const TWO_TASKS: Bounds = Bounds { workers: 2, tasks: 2, disturbances: 4, ..THREE_WORKERS };
/// One task pushed for later, and one that another producer put there.
const LATER: Bounds = Bounds { tasks: 3, later: 2, disturbances: 2, ..TWO_TASKS };
/// The queue is paused at any moment, and workers may end where it is drained.
const PAUSING: Bounds = Bounds { disturbances: 3, vanishes: true, pauses: true, ..TWO_TASKS };
/// One task is given out in a time, over both workers.
const RATED: Bounds = Bounds { disturbances: 3, has_rate: true, ..TWO_TASKS };
/// Somebody cancels tasks at any moment.
const CANCELLING: Bounds = Bounds { disturbances: 3, cancels: true, ..TWO_TASKS };
/// Redis may come back empty at any moment, besides two other things that go wrong.
const VANISHING: Bounds = Bounds { disturbances: 3, vanishes: true, ..TWO_TASKS };

#[track_caller]
fn assert_all_properties_hold(bounds: Bounds) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let checked = bounds.checker().threads(threads).spawn_bfs().join();
    eprintln!(
        "{bounds:?}: {} states, at most {} steps",
        checked.unique_state_count(),
        checked.max_depth()
    );
    checked.assert_properties();
}

#[test]
fn three_workers_and_four_tasks_keep_every_promise_whatever_two_things_go_wrong() {
    assert_all_properties_hold(THREE_WORKERS);
}

#[test]
fn two_workers_and_two_tasks_keep_every_promise_whatever_four_things_go_wrong() {
    assert_all_properties_hold(TWO_TASKS);
}

#[test]
fn tasks_for_later_keep_every_promise_whatever_two_things_go_wrong() {
    assert_all_properties_hold(LATER);
}

#[test]
fn whenever_the_queue_is_paused_nothing_is_taken_and_nobody_ends_with_success() {
    assert_all_properties_hold(PAUSING);
}

#[test]
fn no_more_tasks_are_given_out_than_the_rate_allows_whatever_three_things_go_wrong() {
    assert_all_properties_hold(RATED);
}

#[test]
fn a_cancelled_task_is_never_given_out_again_whatever_else_goes_wrong() {
    assert_all_properties_hold(CANCELLING);
}

#[test]
fn whenever_redis_comes_back_empty_no_worker_and_none_that_replaces_it_ends_with_success() {
    assert_all_properties_hold(VANISHING);
}

#[test]
#[ignore = "takes minutes: make test-faults"]
fn one_more_thing_that_goes_wrong_breaks_no_promise() {
    assert_all_properties_hold(Bounds { disturbances: 3, ..THREE_WORKERS });
    assert_all_properties_hold(Bounds { disturbances: 5, ..TWO_TASKS });
}

#[test]
fn the_check_finds_each_way_to_break_the_protocol() {
    for (mutation, promise) in mutation::FOUND_BY {
        let pauses = matches!(mutation, Mutation::PauseIgnored | Mutation::PausedIsDrained);
        let vanishes = pauses || mutation == Mutation::AbsenceIsDone;
        let has_rate = mutation == Mutation::RateIgnored;
        let cancels = mutation == Mutation::CancelForgotten;
        let bounds =
            Bounds { mutation, disturbances: 3, vanishes, pauses, has_rate, cancels, ..TWO_TASKS };
        let found = HasDiscoveries::AnyOf([promise].into());
        let checked = bounds.checker().finish_when(found).spawn_bfs().join();
        assert!(
            checked.discovery(promise).is_some(),
            "{mutation:?} keeps the promise that {promise}"
        );
    }
}

fn replay(
    server: &Server,
    bounds: Bounds,
    mut events: impl FnMut(&World) -> Option<action::Action>,
) -> usize {
    block_on(async {
        let mut replay = Replay::new(server, bounds).await;
        let mut steps = 0;
        while let Some(action) = events(replay.world()) {
            replay.play(&action).await;
            steps += 1;
        }
        steps
    })
}

/// Plays every path to a state that is part of no longer one, and so visits every state.
fn replay_every_state(bounds: Bounds, at_least: usize) {
    let (recorder, paths) = stateright::PathRecorder::new_with_accessor();
    bounds.checker().visitor(recorder).spawn_bfs().join();
    let paths: Vec<Vec<action::Action>> = paths().into_iter().map(Path::into_actions).collect();
    let begun: HashSet<&[action::Action]> =
        paths.iter().flat_map(|path| (0..path.len()).map(|end| &path[..end])).collect();
    let server = Server::start();
    let mut steps = 0;
    for path in paths.iter().filter(|path| !begun.contains(path.as_slice())) {
        let mut left = path.iter();
        steps += replay(&server, bounds, |_| left.next().cloned());
    }
    eprintln!("{bounds:?}: {} states, {steps} steps on a real Redis", paths.len());
    assert!(paths.len() > at_least, "only {} states", paths.len());
}

#[test]
fn every_state_of_a_small_model_is_the_same_in_a_real_redis() {
    replay_every_state(Bounds { disturbances: 2, ..TWO_TASKS }, 1_000);
    replay_every_state(Bounds { disturbances: 1, ..VANISHING }, 100);
    replay_every_state(Bounds { disturbances: 1, ..LATER }, 100);
    replay_every_state(Bounds { disturbances: 1, ..PAUSING }, 100);
    replay_every_state(Bounds { disturbances: 1, ..RATED }, 100);
    replay_every_state(Bounds { disturbances: 2, ..CANCELLING }, 100);
}

#[test]
#[ignore = "takes a minute: make test-faults"]
fn every_state_of_a_larger_model_is_the_same_in_a_real_redis() {
    replay_every_state(Bounds { tasks: 3, disturbances: 2, ..TWO_TASKS }, 9_000);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 80,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_walks_of_a_larger_model_are_the_same_in_a_real_redis(
        choices in prop::collection::vec(any::<Index>(), 1..80),
    ) {
        thread_local! { static SERVER: Server = Server::start(); }
        let bounds = Bounds {
            workers: 3,
            tasks: 9,
            later: 4,
            batch: 3,
            disturbances: 12,
            max_crashes: 3,
            vanishes: false,
            pauses: true,
            has_rate: false,
            cancels: true,
            mutation: Mutation::None,
        };
        let mut choices = choices.iter();
        SERVER.with(|server| replay(server, bounds, |world| {
            let actions = action::possible(&bounds, world);
            let choice = choices.next().filter(|_| !actions.is_empty())?;
            Some(choice.get(&actions).clone())
        }));
    }
}
