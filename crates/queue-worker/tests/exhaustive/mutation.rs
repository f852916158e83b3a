//! Wrong protocols, each of which the check must find.

use std::collections::BTreeMap;

use crate::{
    call::Call,
    check,
    support::model::{Claim, Due, Model, Stepped},
    world::execute,
};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutation {
    /// Nothing.
    None,
    /// Results are stored without a look at whether the claim is still there.
    TokenIgnored,
    /// A call that comes twice is executed twice.
    CallsForgotten,
    /// A claim whose lease ran out stays a claim when its tasks are given back.
    ClaimKept,
    /// Nobody gives back what a dead worker has.
    NeverRecovered,
    /// A queue that is not there is taken for a drained one.
    AbsenceIsDone,
    /// Tasks are taken as LPOP takes them.
    TakenWithoutClaim,
    /// A task for later is taken as if it were due.
    TakenEarly,
    /// Nobody remembers which tasks in hand were cancelled.
    CancelForgotten,
    /// Tasks are given out without a look at the rate.
    RateIgnored,
    /// A paused queue gives out tasks.
    PauseIgnored,
    /// A paused queue without tasks is taken for a drained one.
    PausedIsDrained,
    /// Nobody is told of a task that the crashes of its workers have made a dead letter.
    BuriedInSilence,
}

/// The promise that each breaks.
pub const FOUND_BY: [(Mutation, &str); 12] = [
    (Mutation::TokenIgnored, check::STALE_TOKEN),
    (Mutation::CallsForgotten, check::REPEATED_CALL),
    (Mutation::ClaimKept, check::ONE_PLACE),
    (Mutation::NeverRecovered, check::NEARER),
    (Mutation::TakenWithoutClaim, check::ONE_PLACE),
    (Mutation::AbsenceIsDone, check::HONEST),
    (Mutation::BuriedInSilence, check::TOLD),
    (Mutation::TakenEarly, check::NOT_EARLY),
    (Mutation::PauseIgnored, check::PAUSED),
    (Mutation::RateIgnored, check::RATE),
    (Mutation::CancelForgotten, check::CANCELLED),
    (Mutation::PausedIsDrained, check::HONEST),
];

impl Mutation {
    /// Executes a call, in its wrong way.
    pub fn execute(self, queue: &mut Model, call: &Call, max_crashes: u32) -> Stepped {
        let expired: BTreeMap<String, Claim> = queue
            .claims
            .iter()
            .filter(|(_, claim)| claim.expired.is_some())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        match self {
            Mutation::None
            | Mutation::CallsForgotten
            | Mutation::AbsenceIsDone
            | Mutation::PausedIsDrained => execute(queue, call, max_crashes),
            Mutation::CancelForgotten => {
                queue.cancelled.clear();
                execute(queue, call, max_crashes)
            }
            Mutation::RateIgnored => {
                let tokens = queue.tokens.take();
                let answer = execute(queue, call, max_crashes);
                queue.tokens = tokens;
                answer
            }
            Mutation::PauseIgnored => {
                let is_paused = std::mem::replace(&mut queue.is_paused, false);
                let answer = execute(queue, call, max_crashes);
                queue.is_paused = is_paused;
                answer
            }
            Mutation::TokenIgnored => {
                if call
                    .settle
                    .as_ref()
                    .is_some_and(|settle| !queue.claims.contains_key(&settle.claim))
                {
                    queue.results.extend(call.results());
                }
                execute(queue, call, max_crashes)
            }
            Mutation::ClaimKept => {
                let answer = execute(queue, call, max_crashes);
                for (id, claim) in expired {
                    queue.claims.entry(id).or_insert(Claim { expired: None, ..claim });
                }
                answer
            }
            Mutation::NeverRecovered => {
                for id in expired.keys() {
                    queue.claims.get_mut(id).unwrap().expired = None;
                }
                let answer = execute(queue, call, max_crashes);
                for (id, before) in expired {
                    if let Some(claim) = queue.claims.get_mut(&id) {
                        claim.expired = before.expired;
                    }
                }
                answer
            }
            Mutation::BuriedInSilence => {
                Stepped { buried: Vec::new(), ..execute(queue, call, max_crashes) }
            }
            Mutation::TakenEarly => {
                let is_later =
                    |(id, due): (&String, &Due)| (*due == Due::Later).then(|| id.clone());
                let later: Vec<String> = queue.delayed.iter().filter_map(is_later).collect();
                for id in &later {
                    queue.delayed.insert(id.clone(), Due::First);
                }
                let answer = execute(queue, call, max_crashes);
                for id in later {
                    queue.delayed.entry(id).and_modify(|due| *due = Due::Later);
                }
                answer
            }
            Mutation::TakenWithoutClaim => {
                let answer = execute(queue, call, max_crashes);
                queue.claims.remove(&call.id());
                answer
            }
        }
    }
}
