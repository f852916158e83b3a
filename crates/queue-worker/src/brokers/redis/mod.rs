//! Queues in Redis: the only folder that knows how one is kept there.
//!
//! A task is at every moment in exactly one place:
//!
//! | place | key | what is there |
//! |---|---|---|
//! | pending | LIST `NAME` | the raw payload, as any producer RPUSHed it |
//! | claimed | LIST `{NAME}:claim:ID`, ZSET `{NAME}:leases`, HASH `{NAME}:owners` | payloads of fresh tasks, or ids of failed ones |
//! | delayed | ZSET `{NAME}:delayed` | the id of a task that failed or is for later, by due time |
//! | dead | ZSET `{NAME}:dead` | the id of a failed task, by time of death |
//! | done | LIST or STREAM `{NAME}:results` | the result |
//!
//! Only a task that has failed or is for later has an id of its own and a [`Record`], in the HASH
//! `{NAME}:failed`; a good one costs no key and no field. Another producer may put a payload among
//! the delayed ones, which gets both when it is taken. A claim leases a whole batch, a lane works
//! through it in order, and so what is over is always a prefix: acknowledging is an LTRIM, not a
//! search.
//!
//! Invariants, and the tests that hold them (in `tests/protocol/` and `tests/model/`; whole
//! processes are tried in `tests/faults/`):
//!
//! - Every order of events for a few workers and tasks, and the same events on a real Redis:
//!   `tests/exhaustive`.
//! - Conservation, and the whole state after every transition:
//!   `random_operations_leave_redis_as_the_model_says`.
//! - A claim and its lease are one step; an expired one is given back by whichever worker comes
//!   next, with a crash counted: `an_expired_claim_is_given_back_with_a_counted_crash`.
//! - A task that was in hand at a crash is next taken alone, so that a poison task is found and its
//!   neighbours are not blamed twice: `a_suspect_is_taken_alone`.
//! - A result is stored and its task removed in one step and only while the claim is there:
//!   `a_stale_claim_changes_nothing`,
//!   `a_claim_whose_last_step_redis_has_forgotten_is_not_settled_by_the_wrong_places`.
//! - Redis' TIME is the only clock: calls carry lengths of time and never a time of day, so no
//!   worker's clock matters.
//! - Every call may be sent twice: `a_step_sent_twice_is_taken_once`,
//!   `a_batch_pushed_twice_is_there_once`, `a_late_step_changes_nothing`.
//! - A named push adds a batch only where the push of that name stands:
//!   `a_batch_of_a_named_push_is_added_where_the_push_stands_and_nowhere_else`.
//! - So is a step of a delivery at most once:
//!   `what_at_most_once_hands_back_is_there_once_though_the_answer_was_lost` (faults).
//! - Drained is judged by the script: `drained_means_nothing_pending_delayed_or_claimed`.
//! - A task for later is not taken before its time, by the clock of Redis, whoever put it there:
//!   `tasks_for_later_are_taken_when_they_are_due_and_in_their_order`.
//! - Nothing is taken from a paused queue, and it is not drained; no more is taken than the rate
//!   allows; a cancelled task is never taken again: `tests/exhaustive`.
//! - Tasks handed back are first in line and cost no attempt:
//!   `tasks_handed_back_are_first_and_uncounted`.
//! - A queue that vanishes is not a drained one: `a_vanished_queue_is_not_a_drained_one`,
//!   `a_push_into_a_queue_that_vanished_is_no_success`, and with a delivery at most once
//!   `a_queue_that_vanishes_is_no_success_at_most_once_either` (faults).
//! - Nor is one that never was: `a_queue_that_never_was_is_absent_and_not_drained`; an empty push
//!   makes it, and it is forgotten as a whole or not at all:
//!   `a_drained_queue_is_forgotten_as_a_whole_and_a_living_one_never`.
//! - A Redis at maxmemory still drains: `a_full_redis_still_drains`.
//! - Without a permission a script changes nothing where the server can be asked, and loses nothing
//!   where it cannot: `a_missing_permission_loses_nothing`,
//!   `whatever_else_is_refused_a_command_changes_nothing_either`.
//! - The limit is checked before taking: `the_limit_holds_over_all_workers`, whatever the delivery:
//!   `the_limit_and_the_bytes_of_a_claim_hold_at_most_once_too`.
//! - Payloads are bytes: `payloads_are_kept_byte_for_byte`.

mod calls;
pub mod connection;
mod discovery;
mod forget;
mod keys;
mod queue;
mod record;
mod reply;
mod script;
mod similar;

pub use calls::{
    adopt,
    advance::{Call, Caller, RECOVER_BUDGET, advance},
    cancel::{Cancelled, cancel},
    dead,
    pause::{Before, Wish, pause},
    purge::{Purged, purge},
    push::{Due, Pushed, Pusher, Reached, Span},
    renew::{Renewed, renew, renewed},
    results::ResultsPage,
    status::status,
};
pub use discovery::Discovery;
pub use keys::{Keys, NameError};
pub use queue::{Queue, QueueError};
pub use record::Record;
pub use reply::ReplyError;
pub use script::Script;
pub use similar::similar;
