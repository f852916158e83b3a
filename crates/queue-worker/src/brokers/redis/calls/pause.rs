//! Pausing a queue, and letting it go on.

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    reply::{Parts, ReplyError},
    script,
};

/// Whether a queue gives out tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It gives out none.
    Pause,
    /// It does.
    Resume,
}

/// How the queue was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// There is no such queue. Nothing was changed.
    Absent,
    /// It gave out tasks.
    Going,
    /// It was paused, for so many ms.
    Paused {
        /// The time since then.
        for_ms: u64,
    },
}

/// Pauses the queue or lets it go on; either is done once however often it is asked for.
#[must_use]
pub fn pause(keys: &Keys, wish: Wish) -> Cmd {
    let wish = match wish {
        Wish::Pause => "pause",
        Wish::Resume => "resume",
    };
    script::PAUSE.call_on(keys, "").named("wish", wish).command()
}

impl Before {
    /// Reads the answer to [`pause`].
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(value: Value) -> Result<Before, ReplyError> {
        let mut parts = Parts::new("a pause", value)?;
        if parts.bytes()? == b"absent" {
            return Ok(Before::Absent);
        }
        let now_ms = parts.count()?;
        Ok(match parts.time()? {
            Some(since) => Before::Paused { for_ms: now_ms.saturating_sub(since) },
            None => Before::Going,
        })
    }
}
