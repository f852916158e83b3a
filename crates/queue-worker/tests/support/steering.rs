//! What producers and people do to a queue of the model: tasks pushed or cancelled, dead letters
//! begun anew or forgotten.

use super::{
    model::{Due, Model},
    snapshot::Past,
};

impl Model {
    /// Appends tasks, as `push` does.
    pub fn push(&mut self, payloads: impl IntoIterator<Item = Vec<u8>>) {
        let before = self.pending.len();
        self.pending.extend(payloads);
        self.count("pushed", self.pending.len() - before);
    }

    /// Keeps tasks for later, as `push --delay` does; `batch` begins their ids.
    pub fn push_later(&mut self, batch: &str, payloads: impl IntoIterator<Item = Vec<u8>>) {
        for (place, payload) in payloads.into_iter().enumerate() {
            let id = format!("{batch}-{place:06}");
            self.failed.insert(id.clone(), Past::untried(payload));
            self.delayed.insert(id, Due::Later);
            self.count("pushed", 1);
        }
    }

    /// Keeps a task for later, as another producer does by ZADD.
    pub fn add_later(&mut self, payload: &str) {
        self.delayed.insert(payload.to_owned(), Due::Later);
    }

    /// Ids of the tasks that can be cancelled, and their payloads.
    pub fn cancellable(&self) -> Vec<(String, Vec<u8>)> {
        let waiting = self.delayed.keys().filter_map(|id| Some((id, self.failed.get(id)?)));
        let waiting = waiting.map(|(id, past)| (id.clone(), past.payload.clone()));
        let in_hand = self.claims.iter().flat_map(|(id, claim)| {
            (0..claim.state.items.len()).map(|place| self.identify(id, &claim.state, place))
        });
        let in_hand = in_hand.map(|(id, past)| (id, past.payload));
        waiting.chain(in_hand).filter(|(id, _)| !self.cancelled.contains(id)).collect()
    }

    /// Cancels a task of [`Model::cancellable`]; tells whether it waited.
    pub fn cancel(&mut self, task: &str) -> bool {
        let waited = self.delayed.remove(task).is_some();
        if waited {
            let past = self.failed[task].clone();
            self.bury_cancelled(task, past);
        } else {
            self.cancelled.insert(task.to_owned());
        }
        waited
    }

    /// Begins a dead letter anew.
    pub fn retry_dead(&mut self, task: &str) {
        if self.dead.remove(task) {
            let past = self.failed.remove(task).unwrap();
            self.pending.push_back(past.payload);
        }
    }

    /// Forgets a dead letter.
    pub fn drop_dead(&mut self, task: &str) {
        if self.dead.remove(task) {
            self.failed.remove(task);
            self.count("dropped", 1);
        }
    }
}
