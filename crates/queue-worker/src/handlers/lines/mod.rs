//! One long-lived child for many tasks, whose answers are matched by id. The child is owned by an
//! async task, the keeper; each lane asks the keeper to have one task done.

use tokio::sync::{mpsc, oneshot};

mod child;
mod exchange;
mod in_hand;
mod keeper;
mod near_answer;
mod silence;
mod trouble;

pub use child::LinesSettings;
pub use exchange::{Said, read_line, task_line};
pub use near_answer::spoilt_answer;

use super::{outcome::Outcome, start::StartError};
use in_hand::Ask;
use keeper::{Keeper, Message};

/// A handle to one child, which ends when all handles are dropped.
#[derive(Clone, Debug)]
pub struct Lines {
    names_queue: bool,
    keeper: mpsc::UnboundedSender<Message>,
}

impl Lines {
    /// A handle to a child that is started at the first task, and its keeper: a future to be
    /// spawned, and awaited at the end.
    pub fn new(settings: LinesSettings) -> (Lines, impl Future<Output = ()> + Send + 'static) {
        let (keeper, messages) = mpsc::unbounded_channel();
        let names_queue = settings.names_queue;
        (Lines { names_queue, keeper }, Keeper::new(settings).keep(messages))
    }

    /// Has one task done. Dropping the future ends the child if it already has the task.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub(crate) async fn handle(
        &self,
        payload: &[u8],
        id: &str,
        attempt: u32,
        queue: &str,
    ) -> Result<Outcome, StartError> {
        let (reply, answer) = oneshot::channel();
        let line = task_line(id, attempt, self.names_queue.then_some(queue), payload);
        let ask = Ask { id: id.to_owned(), line, reply, is_suspect: false };
        let _ = self.keeper.send(Message::Ask(ask));
        let mut taking_back = TakingBack { keeper: &self.keeper, id: Some(id) };
        let answer = answer.await;
        taking_back.id = None;
        answer.unwrap_or_else(|_| Ok(Outcome::failed("the keeper of the handler's child is gone")))
    }
}

/// Tells the keeper when nobody waits for a task any longer.
struct TakingBack<'a> {
    keeper: &'a mpsc::UnboundedSender<Message>,
    id: Option<&'a str>,
}

impl Drop for TakingBack<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let _ = self.keeper.send(Message::TakeBack(id.to_owned()));
        }
    }
}
