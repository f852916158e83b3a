//! A program of the user's: started in a process group of its own, so that all of it ends when it
//! must.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use worker_runtime::{Exit, OwnChild};

use crate::error::Error;
use crate::start_failure;

/// Longest piece of a line of the program's stderr that is logged as one line.
const LOG_LINE: u64 = 8 * 1024;

/// A running program.
pub(crate) struct Program {
    name: String,
    child: Child,
    group: Pid,
    own: OwnChild,
}

/// The handle by which a program is stopped from another thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group(Pid);

impl Program {
    /// Starts `arguments` (the program first) with these additional variables.
    pub(crate) fn start(arguments: &[String], variables: &[(&str, String)]) -> Result<Self, Error> {
        let name = arguments[0].clone();
        let mut command = Command::new(&name);
        command
            .args(&arguments[1..])
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let (child, own) =
            OwnChild::start(|| command.spawn(), |child| Some(child.id())).map_err(|source| {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let why = start_failure::why(&name, &source, &path.to_string_lossy());
                Error::ProgramStart {
                    program: name.clone(),
                    why,
                    exit: start_failure::exit_for(&source),
                    source,
                }
            })?;
        let group = Pid::from_child(&child);
        Ok(Program { name, child, group, own })
    }

    /// Its standard streams, once.
    pub(crate) fn streams(&mut self) -> (ChildStdin, ChildStdout, ChildStderr) {
        let taken = "the streams are piped and taken once";
        (
            self.child.stdin.take().expect(taken),
            self.child.stdout.take().expect(taken),
            self.child.stderr.take().expect(taken),
        )
    }

    /// The handle to stop it by.
    pub(crate) fn group(&self) -> Group {
        Group(self.group)
    }

    /// Waits for the program itself, then ends what it left behind in its group, so that nobody
    /// holds its pipes open.
    pub(crate) fn wait(mut self) -> Result<(), Error> {
        // Not reaped yet, so that the group's number cannot be another's when it is used.
        waitid(WaitId::Pid(self.group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            .map_err(std::io::Error::from)?;
        Group(self.group).kill();
        let status = self.child.wait()?;
        drop(self.own);
        match exit_for(status) {
            Exit::Done => Ok(()),
            exit => Err(Error::Program { program: self.name, how: how(status), said: false, exit }),
        }
    }
}

impl Group {
    /// Asks it to end.
    pub(crate) fn terminate(self) {
        self.signal(Signal::TERM);
    }

    /// Ends it.
    pub(crate) fn kill(self) {
        self.signal(Signal::KILL);
    }

    fn signal(self, signal: Signal) {
        // The only failure is that nobody is left in the group.
        let _ = kill_process_group(self.0, signal);
    }
}

/// A program that speaks the exit codes of the pod contract is taken at its word; any other failure
/// is retried.
fn exit_for(status: ExitStatus) -> Exit {
    let contract = [
        Exit::Done,
        Exit::Config,
        Exit::BadInput,
        Exit::NoInput,
        Exit::Unavailable,
        Exit::Io,
        // sysexits' EX_TEMPFAIL, "try again later": retried in the contract, too.
        Exit::Limit,
        Exit::Denied,
    ];
    let code = status.code();
    contract.into_iter().find(|exit| code == Some(i32::from(exit.code()))).unwrap_or(Exit::Bug)
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(126), _) => {
            "exited with 126 (a shell says so of a command that may not be executed)".to_owned()
        }
        (Some(127), _) => {
            "exited with 127 (a shell says so of a command that it does not find)".to_owned()
        }
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(9)) => "was ended by signal 9 (SIGKILL), which is what the kernel sends at \
                            the memory limit: raise the limit if it needs more"
            .to_owned(),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

/// Logs what the program writes to its stderr, line by line, until it is closed. Returns whether
/// there was anything.
pub(crate) fn log_stderr(stderr: ChildStderr) -> bool {
    let mut said = false;
    let mut lines = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        match lines.by_ref().take(LOG_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return said,
            Ok(_) => {
                tracing::info!(stream = "stderr", "{}", String::from_utf8_lossy(&line).trim_end())
            }
        }
        said = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_codes_are_kept_and_all_others_are_retried() {
        let exit = |code: i32| exit_for(ExitStatus::from_raw(code << 8));
        assert_eq!(
            [0, 64, 65, 66, 69, 74, 75, 77].map(exit).map(Exit::code),
            [0, 64, 65, 66, 69, 74, 75, 77]
        );
        assert_eq!([1, 2, 70, 126, 127, 143, 255].map(exit).map(Exit::code), [70; 7]);
        let killed = ExitStatus::from_raw(9);
        assert_eq!(exit_for(killed), Exit::Bug);
        assert!(how(killed).contains("signal 9 (SIGKILL)") && how(killed).contains("memory limit"));
    }
}
