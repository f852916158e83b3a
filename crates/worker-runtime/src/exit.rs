//! The exit codes of every worker, and what Kubernetes should do on each.

use std::fmt::Write as _;
use std::process::ExitCode;

/// How a worker ends, in the numbers of BSD's `sysexits.h`, so that a `podFailurePolicy` can tell
/// what a retry is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// All of the share is done and published, now or by an earlier run.
    Done = 0,
    /// Wrong flags or configuration (`EX_USAGE`).
    Config = 64,
    /// The input is bad beyond the allowed share (`EX_DATAERR`).
    BadInput = 65,
    /// The input is not there (`EX_NOINPUT`).
    NoInput = 66,
    /// A service stayed unreachable (`EX_UNAVAILABLE`).
    Unavailable = 69,
    /// A bug: a panic, or what must not happen (`EX_SOFTWARE`).
    Bug = 70,
    /// An error of a disk or a connection (`EX_IOERR`).
    Io = 74,
    /// The worker's own limit (`--max-runtime`, `--idle-timeout`) ended it before the work was done
    /// (`EX_TEMPFAIL`).
    Limit = 75,
    /// Access denied (`EX_NOPERM`).
    Denied = 77,
    /// Stopped by SIGTERM or SIGINT before the work was finished (128 + 15).
    Terminated = 143,
}

impl Exit {
    /// Every exit there is, by number.
    pub const ALL: [Exit; 10] = [
        Exit::Done,
        Exit::Config,
        Exit::BadInput,
        Exit::NoInput,
        Exit::Unavailable,
        Exit::Bug,
        Exit::Io,
        Exit::Limit,
        Exit::Denied,
        Exit::Terminated,
    ];

    /// The process' exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it says, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Config => "wrong flags or configuration",
            Exit::BadInput => "the input is bad beyond the allowed share",
            Exit::NoInput => "the input is not there",
            Exit::Unavailable => "a service stayed unreachable",
            Exit::Bug => "a bug",
            Exit::Io => "I/O error",
            Exit::Limit => "the worker's own limit ended it before the work was done",
            Exit::Denied => "access denied",
            Exit::Terminated => "stopped by SIGTERM before the work was finished",
        }
    }

    /// What Kubernetes should do then: the rule of the `podFailurePolicy`.
    pub const fn rule(self) -> &'static str {
        match self {
            Exit::Done => "the index is complete",
            Exit::Config | Exit::Denied => "FailJob",
            Exit::BadInput | Exit::NoInput => "FailIndex (FailJob when the Job is not Indexed)",
            Exit::Unavailable | Exit::Bug | Exit::Io | Exit::Limit => "retry",
            Exit::Terminated => "retry (a `DisruptionTarget` is ignored)",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// The reference of the exit codes as a Markdown table: code, meaning, rule.
pub fn exit_codes_markdown() -> String {
    let mut table = String::from("| code | meaning | in Kubernetes |\n|---:|---|---|\n");
    for exit in Exit::ALL {
        writeln!(table, "| {} | {} | {} |", exit.code(), exit.meaning(), exit.rule())
            .expect("a String takes every write");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_code_once_with_its_rule() {
        assert_eq!(
            exit_codes_markdown(),
            "| code | meaning | in Kubernetes |\n|---:|---|---|\n| 0 | done | the index is \
             complete |\n| 64 | wrong flags or configuration | FailJob |\n| 65 | the input is bad \
             beyond the allowed share | FailIndex (FailJob when the Job is not Indexed) |\n| 66 | \
             the input is not there | FailIndex (FailJob when the Job is not Indexed) |\n| 69 | a \
             service stayed unreachable | retry |\n| 70 | a bug | retry |\n| 74 | I/O error | \
             retry |\n| 75 | the worker's own limit ended it before the work was done | retry \
             |\n| 77 | access denied | FailJob |\n| 143 | stopped by SIGTERM before the work was \
             finished | retry (a `DisruptionTarget` is ignored) |\n"
        );
    }
}
