//! What can happen next.

use crate::{
    bounds::Bounds,
    support::model::{Due, Ending},
    world::World,
};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A worker tells what it has done and asks for more.
    Step { worker: usize, work: Work, fate: Fate },
    /// A worker without an answer sends its call again and is answered.
    Retry { worker: usize },
    /// A call that nobody waits for any longer arrives.
    Arrive { copy: usize },
    /// A worker is killed and another takes its place.
    Crash { worker: usize },
    /// A lease runs out: which of those that have not.
    Expire { claim: usize },
    /// A failed task becomes due: which of those that are not.
    Due { task: usize },
    /// A worker's heartbeat.
    Renew { worker: usize },
    /// A worker without work looks whether the queue is there and whether it is drained, and may
    /// end.
    Look { worker: usize },
    /// Redis comes back empty.
    Vanish,
    /// Somebody pauses the queue.
    Pause,
    /// Somebody lets it go on.
    Resume,
    /// Somebody cancels a task: which of those that can be.
    Cancel { task: usize },
    /// The rate lets another task go.
    Refill,
}

/// What a step says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Work {
    /// Of the first tasks in hand.
    pub endings: Vec<Ending>,
    /// Of the other tasks so many stay in hand.
    pub keep: usize,
    pub want: usize,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    Answered,
    /// It is executed, and the worker never hears of it.
    AnswerLost,
    /// The worker gives it up, and it arrives some time later.
    Late,
}

/// Everything that can happen in a state.
pub fn possible(bounds: &Bounds, world: &World) -> Vec<Action> {
    let mut actions = world.free(bounds);
    if world.disturbances < bounds.disturbances {
        disturb(bounds, world, &mut actions);
    }
    actions
}

impl World {
    /// What happens by itself: work, time, and calls that arrive.
    pub fn free(&self, bounds: &Bounds) -> Vec<Action> {
        let mut actions = Vec::new();
        for (worker, state) in self.workers.iter().enumerate().take(self.begun + 1) {
            if state.awaiting.is_some() {
                actions.push(Action::Retry { worker });
                continue;
            }
            if state.ended.is_some() {
                continue;
            }
            if bounds.vanishes
                && state.holding.is_none()
                && (state.is_new || self.is_lost || self.is_drained())
            {
                actions.push(Action::Look { worker });
                continue;
            }
            match &state.holding {
                Some(holding) => {
                    for work in self.settled_works(bounds, holding.tasks.len(), false) {
                        actions.push(Action::Step { worker, work, fate: Fate::Answered });
                    }
                    if self
                        .queue
                        .claims
                        .get(&holding.claim)
                        .is_none_or(|claim| claim.expired.is_some())
                    {
                        actions.push(Action::Renew { worker });
                    }
                }
                None if self.has_work() => {
                    let work = Work { want: bounds.batch, ..Work::default() };
                    actions.push(Action::Step { worker, work, fate: Fate::Answered });
                }
                None => {}
            }
        }
        actions.extend((0..self.copies.len()).map(|copy| Action::Arrive { copy }));
        let leases = self.leases();
        actions.extend(
            (0..leases.len())
                .filter(|claim| self.is_orphan(&leases[*claim]))
                .map(|claim| Action::Expire { claim }),
        );
        let later = self.queue.delayed.values().filter(|due| **due == Due::Later).count();
        actions.extend((0..later).map(|task| Action::Due { task }));
        if self.queue.is_paused {
            actions.push(Action::Resume);
        }
        if self.queue.tokens == Some(0) {
            actions.push(Action::Refill);
        }
        actions
    }

    fn has_work(&self) -> bool {
        let is_due = !self.queue.pending.is_empty()
            || self.queue.delayed.values().any(|due| *due != Due::Later);
        // What a dead worker had is given back by a paused queue, too.
        (is_due && !self.queue.is_paused && self.queue.tokens != Some(0))
            || self.queue.claims.values().any(|claim| claim.expired.is_some())
    }

    /// What a worker may say of `held` tasks: when all is well, or when one of them fails or some
    /// are handed back.
    fn settled_works(&self, bounds: &Bounds, held: usize, disturbed: bool) -> Vec<Work> {
        let done = |count: usize| vec![Ending::Done; count];
        let mut works = Vec::new();
        if !disturbed {
            works.push(Work { endings: done(held), keep: 0, want: bounds.batch });
            // What is over is told while the last goes on.
            if held > 1 {
                works.push(Work { endings: done(held - 1), keep: 1, want: 0 });
            }
            return works;
        }
        for failed in 0..held {
            for ending in [Ending::Failed, Ending::Dead] {
                let mut endings = done(held);
                endings[failed] = ending;
                works.push(Work { endings, keep: 0, want: bounds.batch });
            }
        }
        for over in 0..held {
            works.push(Work { endings: done(over), keep: 0, want: 0 });
            if held - over > 1 {
                works.push(Work { endings: done(over), keep: 1, want: 0 });
            }
        }
        works
    }
}

fn disturb(bounds: &Bounds, world: &World, actions: &mut Vec<Action>) {
    let steps: Vec<Action> =
        actions.iter().filter(|action| matches!(action, Action::Step { .. })).cloned().collect();
    for step in steps {
        let Action::Step { worker, work, .. } = step else { continue };
        for fate in [Fate::AnswerLost, Fate::Late] {
            actions.push(Action::Step { worker, work: work.clone(), fate });
        }
    }
    if bounds.vanishes && !world.is_lost {
        actions.push(Action::Vanish);
    }
    if bounds.pauses && !world.is_lost && !world.queue.is_paused {
        actions.push(Action::Pause);
    }
    if bounds.cancels {
        let all = world.queue.cancellable().len();
        actions.extend((0..all).map(|task| Action::Cancel { task }));
    }
    for (worker, state) in world.workers.iter().enumerate() {
        if state.holding.is_some() || state.awaiting.is_some() {
            actions.push(Action::Crash { worker });
        }
        if let (Some(holding), None) = (&state.holding, &state.awaiting) {
            for work in world.settled_works(bounds, holding.tasks.len(), true) {
                actions.push(Action::Step { worker, work, fate: Fate::Answered });
            }
        }
    }
    let leases = world.leases();
    actions.extend(
        (0..leases.len())
            .filter(|claim| !world.is_orphan(&leases[*claim]))
            .map(|claim| Action::Expire { claim }),
    );
}

impl Action {
    /// Whether it is one of the disturbances that are counted.
    pub fn disturbs(&self, world: &World) -> bool {
        match self {
            Action::Step { work, fate, worker } => {
                let held = world.workers[*worker]
                    .holding
                    .as_ref()
                    .map_or(0, |holding| holding.tasks.len());
                *fate != Fate::Answered
                    || work.endings.iter().any(|ending| *ending != Ending::Done)
                    || work.endings.len() + work.keep < held
            }
            Action::Crash { .. } | Action::Vanish | Action::Pause | Action::Cancel { .. } => true,
            Action::Expire { claim } => !world.is_orphan(&world.leases()[*claim]),
            Action::Retry { .. }
            | Action::Arrive { .. }
            | Action::Due { .. }
            | Action::Renew { .. }
            | Action::Look { .. }
            | Action::Resume
            | Action::Refill => false,
        }
    }
}
