//! The tasks that a `--lines` child has, and who waits for each.

use std::{collections::VecDeque, time::Instant};

use tokio::sync::oneshot;

use crate::handlers::{outcome::Outcome, start::StartError};

/// A task to be done, and who waits for it.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) id: String,
    pub(super) line: Vec<u8>,
    pub(super) reply: oneshot::Sender<Result<Outcome, StartError>>,
    /// One of several tasks that a child had when it died. Suspects are given out one at a time
    /// until the culprit is known.
    pub(super) is_suspect: bool,
}

/// A task that the child has.
pub(super) struct InHand {
    pub(super) ask: Ask,
    /// When it was given out, or when the task before it was over, since a child may handle its
    /// tasks one after the other.
    pub(super) since: Instant,
}

/// The task that the child's output belongs to: the one in hand, if there is only one.
pub(super) fn only(in_hand: &VecDeque<InHand>) -> Option<&str> {
    if in_hand.len() == 1 { in_hand.front().map(|task| task.ask.id.as_str()) } else { None }
}

/// A task is over; the next one's time begins where the child may do one after the other.
pub(super) fn over(in_hand: &mut VecDeque<InHand>, place: usize, outcome: Outcome) {
    let Some(task) = in_hand.remove(place) else { return };
    // Nobody is waiting if it was taken back at this very moment.
    let _ = task.ask.reply.send(Ok(outcome));
    if let (0, Some(next)) = (place, in_hand.front_mut()) {
        next.since = Instant::now();
    }
}
