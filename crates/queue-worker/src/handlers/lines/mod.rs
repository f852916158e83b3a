//! One long-lived child for many tasks, which come back by their ids. The child belongs to a task
//! of its own, the keeper; each lane asks it to have one task done.

use tokio::sync::{mpsc, oneshot};

mod child;
mod exchange;
mod keeper;
mod near_answer;
mod silence;
mod trouble;

pub use child::LinesSettings;
pub use exchange::{Said, read_line, task_line};
pub use near_answer::spoilt_answer;

use super::{outcome::Outcome, start::StartError};
use keeper::{Ask, Keeper, Message};

/// A way to one child. It ends when all ways to it are gone.
#[derive(Clone, Debug)]
pub struct Lines {
    keeper: mpsc::UnboundedSender<Message>,
}

impl Lines {
    /// A child that is started at the first task, and what keeps it: to be spawned, and waited for
    /// in the end.
    pub fn new(settings: LinesSettings) -> (Lines, impl Future<Output = ()> + Send + 'static) {
        let (keeper, messages) = mpsc::unbounded_channel();
        (Lines { keeper }, Keeper::new(settings).keep(messages))
    }

    /// Has a task done. Dropping the future ends the child if it has the task already.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub(crate) async fn handle(
        &self,
        payload: &[u8],
        id: &str,
        attempt: u32,
    ) -> Result<Outcome, StartError> {
        let (reply, answer) = oneshot::channel();
        let line = task_line(id, attempt, payload);
        let ask = Ask { id: id.to_owned(), line, reply, is_suspect: false };
        let _ = self.keeper.send(Message::Ask(ask));
        let mut taking_back = TakingBack { keeper: &self.keeper, id: Some(id) };
        let answer = answer.await;
        taking_back.id = None;
        answer.unwrap_or_else(|_| Ok(Outcome::failed("the keeper of the handler's child is gone")))
    }
}

/// Tells the keeper of a task that nobody waits for any longer.
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
