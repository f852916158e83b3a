//! Whether the command is there at all, learnt from how it ends.
//!
//! A shell, or `env` in a script's first line, starts well and then ends with 127 where it does not
//! find the command, and with 126 where it may not execute it. Such a handler fails on every task,
//! and a queue would become dead letters one by one, with exit code 0.

use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::start::{StartError, ended};

/// So many ends of this kind, and none of another before them, are the command's own fault. One
/// could be a task that needs a program which nobody installed.
const ENOUGH: u32 = 3;

/// How often the command of a worker ended so, from the worker's start; clones count together.
#[derive(Clone, Debug)]
pub struct FirstEnds {
    ends: Arc<AtomicU32>,
    enough: u32,
}

impl FirstEnds {
    const PROVED: u32 = u32::MAX;

    /// `attempts` is how often a task may be tried: none must have used them up before the worker
    /// says what is wrong.
    pub fn new(attempts: u32) -> FirstEnds {
        FirstEnds { ends: Arc::default(), enough: ENOUGH.min(attempts) }
    }

    /// The command has done something, however it ended: it is there.
    pub(in crate::handlers) fn proved(&self) {
        self.ends.store(Self::PROVED, Ordering::Relaxed);
    }

    /// Looks at an end; `words` are what the command said last.
    ///
    /// # Errors
    ///
    /// When the command is not there.
    pub(in crate::handlers) fn look(
        &self,
        program: &str,
        status: ExitStatus,
        words: impl FnOnce(&str) -> Vec<u8>,
    ) -> Result<(), StartError> {
        if !matches!(status.code(), Some(126 | 127)) {
            self.proved();
            return Ok(());
        }
        let more = |ends| (ends != Self::PROVED).then(|| ends + 1);
        let before = self.ends.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        if before.is_ok_and(|before| before + 1 >= self.enough) {
            let said = words(&ended(status));
            return Err(StartError::Command {
                program: program.to_owned(),
                said: String::from_utf8_lossy(&said).into_owned(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn ends_well(ends: &FirstEnds, code: i32) -> bool {
        let words = |how: &str| format!("{how}: sh: 1: jqq: not found").into_bytes();
        match ends.look("sh", ExitStatus::from_raw(code << 8), words) {
            Ok(()) => true,
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains("cannot start sh") && error.contains("jqq"), "{error}");
                false
            }
        }
    }

    #[test]
    fn three_ends_of_a_command_that_is_not_there_are_enough_over_all_lanes() {
        let ends = FirstEnds::new(5);
        assert!(ends_well(&ends, 127));
        assert!(ends_well(&ends.clone(), 126));
        assert!(!ends_well(&ends, 127));
        assert!(!ends_well(&ends, 127), "and every one after them");
    }

    #[test]
    fn a_task_with_one_attempt_is_not_spent_on_a_command_that_is_not_there() {
        assert!(!ends_well(&FirstEnds::new(1), 127));
        let ends = FirstEnds::new(2);
        assert!(ends_well(&ends, 127) && !ends_well(&ends, 127));
    }

    #[test]
    fn a_command_that_has_ended_otherwise_once_may_end_as_it_likes() {
        let ends = FirstEnds::new(5);
        assert!(ends_well(&ends, 127) && ends_well(&ends, 1));
        assert!((0..10).all(|_| ends_well(&ends, 127)));
    }
}
