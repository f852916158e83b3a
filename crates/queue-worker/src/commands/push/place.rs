//! How far a named push has come in its input. Pure.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::batcher::Batch;
use crate::brokers::redis::{Reached, Span};

/// The place of a named push in its input: what was read of it, and what Redis has.
#[derive(Clone)]
pub(super) struct Place {
    tasks: u64,
    /// Of each task's length in bytes (64 bits, the lowest byte first) and the task.
    hasher: Sha256,
    /// What an earlier push of this name has pushed, or one at the same time.
    reached: Reached,
    /// Tasks that were passed over, as they are pushed.
    pub(super) passed_over: u64,
}

/// Why a push cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    /// The tasks that are pushed are not the first of this input.
    OtherInput,
    /// Redis has fewer of them than this push has pushed.
    Lost,
}

impl Place {
    /// At the beginning of the input.
    pub(super) fn beginning(reached: Reached) -> Place {
        Place { tasks: 0, hasher: Sha256::new(), reached, passed_over: 0 }
    }

    /// Takes the tasks out of `batch` that are pushed already.
    pub(super) fn pass_over(&mut self, batch: &mut Batch) -> Result<(), Stuck> {
        if self.reached.tasks < self.tasks {
            return Err(Stuck::Lost);
        }
        let known = self.reached.tasks - self.tasks;
        let known = usize::try_from(known)
            .map_or(batch.payloads.len(), |known| known.min(batch.payloads.len()));
        for task in batch.payloads.drain(..known) {
            self.read(&task);
        }
        if !batch.keys.is_empty() {
            batch.keys.drain(..known);
        }
        self.passed_over += known as u64;
        if self.tasks == self.reached.tasks && self.digest() != self.reached.digest {
            return Err(Stuck::OtherInput);
        }
        Ok(())
    }

    /// Reads the tasks of a batch that is to be pushed, and tells where it stands.
    pub(super) fn span(&mut self, batch: &Batch) -> Span {
        let from = Reached { tasks: self.tasks, digest: self.digest() };
        for task in &batch.payloads {
            self.read(task);
        }
        let after = self.digest();
        self.reached = Reached { tasks: self.tasks, digest: after.clone() };
        Span { from, after }
    }

    /// What Redis says that is pushed.
    pub(super) fn is_at(&mut self, reached: Reached) {
        self.reached = reached;
    }

    /// Tasks that an earlier push had and the input, which has ended, has not.
    pub(super) fn missing(&self) -> u64 {
        self.reached.tasks.saturating_sub(self.tasks)
    }

    /// How many tasks are pushed.
    pub(super) fn reached(&self) -> u64 {
        self.reached.tasks
    }

    fn read(&mut self, task: &[u8]) {
        self.tasks += 1;
        self.hasher.update((task.len() as u64).to_le_bytes());
        self.hasher.update(task);
    }

    fn digest(&self) -> String {
        let mut text = String::new();
        if self.tasks > 0 {
            for byte in self.hasher.clone().finalize() {
                let _ = write!(text, "{byte:02x}");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(tasks: &[&str]) -> Batch {
        let payloads: Vec<Vec<u8>> = tasks.iter().map(|task| task.as_bytes().to_vec()).collect();
        Batch { payloads, ..Batch::default() }
    }

    /// The place behind these tasks.
    fn behind(tasks: &[&str]) -> Reached {
        let mut place = Place::beginning(Reached::default());
        let span = place.span(&batch(tasks));
        Reached { tasks: tasks.len() as u64, digest: span.after }
    }

    #[test]
    fn the_tasks_behind_those_that_are_pushed_are_left_whatever_the_batches() {
        let all = ["a", "b", "c", "d"];
        for known in 0..=all.len() {
            for size in 1..=all.len() {
                let mut place = Place::beginning(behind(&all[..known]));
                let mut left = Vec::new();
                for tasks in all.chunks(size) {
                    let mut batch = batch(tasks);
                    place.pass_over(&mut batch).unwrap();
                    if !batch.payloads.is_empty() {
                        place.span(&batch);
                    }
                    left.extend(batch.payloads);
                }
                assert_eq!(
                    left,
                    all[known..].iter().map(|task| task.as_bytes()).collect::<Vec<_>>()
                );
                assert_eq!(place.missing(), 0);
            }
        }
    }

    #[test]
    fn another_input_is_told_as_is_one_that_is_cut_elsewhere() {
        for other in [["a", "x"], ["ab", ""], ["", "ab"]] {
            let mut place = Place::beginning(behind(&["a", "b"]));
            assert_eq!(place.pass_over(&mut batch(&other)), Err(Stuck::OtherInput));
        }
    }

    #[test]
    fn a_shorter_input_misses_tasks_and_a_redis_that_forgot_some_is_told() {
        let mut place = Place::beginning(behind(&["a", "b"]));
        place.pass_over(&mut batch(&["a"])).unwrap();
        assert_eq!(place.missing(), 1);
        let mut place = Place::beginning(Reached::default());
        place.span(&batch(&["a", "b"]));
        place.is_at(behind(&["a"]));
        assert_eq!(place.pass_over(&mut batch(&["c"])), Err(Stuck::Lost));
    }
}
