//! Why a `--lines` child is replaced, and the words for it.

use std::process::ExitStatus;

use super::child::LinesSettings;
use crate::handlers::start::ended;

/// Why a child is replaced.
pub(super) enum Trouble {
    /// It ended by itself.
    Ended(ExitStatus),
    /// It closed a pipe.
    Closed(&'static str),
    /// It named a task that it does not have.
    NotItsOwn(String),
    /// A line is longer than any answer may be: so many bytes have come of it.
    TooLong(usize),
    /// Its oldest task has run out of time.
    Silent,
    /// It has a task that no longer belongs to this worker.
    TakenBack,
}

impl Trouble {
    /// The words for it, in the log and in the error of a task that the child had.
    pub(super) fn words(&self, settings: &LinesSettings, answers: u64, hint: &str) -> String {
        let seconds = settings.timeout.as_secs_f64();
        match self {
            Trouble::Ended(status) if status.success() && answers == 0 => {
                "the handler's child ended (exit 0) before its stdin did; with --lines it must \
                 answer task after task"
                    .to_owned()
            }
            Trouble::Ended(status) => format!("the handler's child ended ({})", ended(*status)),
            Trouble::Closed(how) => (*how).to_owned(),
            Trouble::NotItsOwn(id) => format!(
                "the handler's child answered a task that it does not have ({:?}: answered \
                 already, or never given), ended",
                excerpt(id)
            ),
            Trouble::TooLong(bytes) => {
                let most = settings.max_output;
                format!(
                    "the handler's child wrote a line that is too long for --max-output ({most} \
                     bytes): {bytes} bytes of it have come, without its end; killed"
                )
            }
            Trouble::Silent => {
                format!(
                    "no answer within --task-timeout ({seconds} s), killed; if it is not simply \
                     slow: {hint}"
                )
            }
            Trouble::TakenBack => "the handler's child is ended in mid-task, as its task goes \
                                   back to the queue"
                .to_owned(),
        }
    }
}

/// The beginning of a text that may be long.
fn excerpt(text: &str) -> &str {
    let end = text.char_indices().nth(80).map_or(text.len(), |(end, _)| end);
    &text[..end]
}
