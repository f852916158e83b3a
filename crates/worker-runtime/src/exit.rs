//! The exit codes of every worker, and what Kubernetes should do on each. What repeats them is
//! compared with this table: documents by `tests/tests/exit_codes.rs`, manifests by
//! `tests/tests/manifests.rs`.

use std::process::ExitCode;

/// What a Job should do when a pod ends with an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: the index is complete.
    Complete,
    /// End the Job: every attempt of every index would end the same.
    FailJob,
    /// End this index, or the Job where it is not Indexed: every attempt would end the same.
    FailIndex,
    /// Try again, within the Job's back-off.
    Retry,
}

macro_rules! exits {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $meaning:literal, $action:ident;)*) => {
        /// How a worker ends, in the numbers of BSD's `sysexits.h`, so that a `podFailurePolicy`
        /// can tell what a retry is worth.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Exit {
            $($(#[$doc])* $name = $code,)*
        }

        impl Exit {
            /// Every exit there is, by number.
            pub const ALL: [Exit; [$($code),*].len()] = [$(Exit::$name),*];

            /// What it says, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Exit::$name => $meaning,)*
                }
            }

            /// What Kubernetes should do then.
            pub const fn action(self) -> Action {
                match self {
                    $(Exit::$name => Action::$action,)*
                }
            }
        }
    };
}

exits! {
    /// All of the share is done and published, now or by an earlier run.
    Done = 0, "done", Complete;
    /// Wrong flags or configuration (`EX_USAGE`).
    Config = 64, "wrong flags or configuration", FailJob;
    /// The input is bad beyond the allowed share (`EX_DATAERR`).
    BadInput = 65, "the input is bad beyond the allowed share", FailIndex;
    /// The input is not there (`EX_NOINPUT`).
    NoInput = 66, "the input is not there", FailIndex;
    /// A service stayed unreachable (`EX_UNAVAILABLE`).
    Unavailable = 69, "a service stayed unreachable", Retry;
    /// A bug: a panic, or what must not happen (`EX_SOFTWARE`).
    Bug = 70, "a bug", Retry;
    /// An error of a disk or a connection (`EX_IOERR`).
    Io = 74, "I/O error", Retry;
    /// The worker's own limit (`--max-runtime`, `--idle-timeout`) ended it before the work was done
    /// (`EX_TEMPFAIL`).
    Limit = 75, "the worker's own limit ended it before the work was done", Retry;
    /// Access denied (`EX_NOPERM`).
    Denied = 77, "access denied", FailJob;
    /// Stopped by SIGTERM or SIGINT before the work was finished (128 + 15).
    Terminated = 143, "stopped by SIGTERM before the work was finished", Retry;
}

impl Exit {
    /// All of them with their meanings, as a help text ends.
    pub fn all_in_words() -> String {
        let codes: Vec<String> =
            Exit::ALL.iter().map(|exit| format!("{} {}", exit.code(), exit.meaning())).collect();
        format!("Exit codes: {}.", codes.join(", "))
    }

    /// The process' exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The rule of the `podFailurePolicy`, in words.
    pub const fn rule(self) -> &'static str {
        match (self, self.action()) {
            // A pod that is deleted for a drain or a preemption is told by its condition.
            (Exit::Terminated, _) => "retry (a `DisruptionTarget` is ignored)",
            (_, Action::Complete) => "the index is complete",
            (_, Action::FailJob) => "FailJob",
            (_, Action::FailIndex) => "FailIndex (FailJob when the Job is not Indexed)",
            (_, Action::Retry) => "retry",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
