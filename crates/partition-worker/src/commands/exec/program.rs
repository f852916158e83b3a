//! What a program of the user's did: its exit status in the pod contract's terms, and what it wrote
//! to its stderr, which goes to the log.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ChildStderr, ExitStatus};

use worker_runtime::Exit;
use worker_runtime::child::{BlockingChild, exit_for_start, what_it_means, why_not_started};

use crate::error::Error;

/// Longest piece of a line of the program's stderr that is logged as one line.
const LOG_LINE: u64 = 8 * 1024;

/// Starts `arguments` (the program first) with these additional variables.
pub(crate) fn start(
    arguments: &[String],
    variables: &[(&str, String)],
) -> Result<BlockingChild, Error> {
    BlockingChild::start(arguments, variables).map_err(|source| {
        let program = arguments[0].clone();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let why = why_not_started(&program, &source, &path.to_string_lossy());
        Error::ProgramStart { program, why, exit: exit_for_start(&source), source }
    })
}

/// Waits for the end of `program`, whose name is `name`.
pub(crate) fn wait(program: BlockingChild, name: &str) -> Result<(), Error> {
    let status = program.wait()?;
    match exit_for(status) {
        Exit::Done => Ok(()),
        exit => {
            let how = how(status) + no_match(name, status);
            Err(Error::Program { program: name.to_owned(), how, said: false, exit })
        }
    }
}

/// A program that speaks the exit codes of the pod contract is taken at its word; any other failure
/// is retried.
fn exit_for(status: ExitStatus) -> Exit {
    // 143 says that this worker was stopped. A program that ends so has been stopped by somebody
    // else, and is tried again like any other that fails.
    let code = status.code().filter(|code| *code != i32::from(Exit::Terminated.code()));
    Exit::ALL.into_iter().find(|exit| code == Some(i32::from(exit.code()))).unwrap_or(Exit::Bug)
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal(), what_it_means(status)) {
        (Some(code), _, None) => format!("exited with {code}"),
        (Some(code), _, Some(meaning)) => format!("exited with {code} ({meaning})"),
        (None, Some(signal), None) => format!("was ended by signal {signal}"),
        (None, Some(signal), Some(meaning)) => {
            format!("was ended by signal {signal} (SIGKILL), {meaning}")
        }
        (None, None, _) => "ended in an unknown way".to_owned(),
    }
}

/// What to do where the program has found nothing, and says so as if it had failed.
fn no_match(program: &str, status: ExitStatus) -> &'static str {
    let name = program.rsplit('/').next().unwrap_or(program);
    if status.code() == Some(1) && matches!(name, "grep" | "egrep" | "fgrep" | "rg") {
        ", as it does where no line matches: if that is no failure, give \
         sh -c 'grep ... || [ $? -eq 1 ]'"
    } else {
        ""
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
        let said = |program, code: i32| no_match(program, ExitStatus::from_raw(code << 8));
        assert!(said("/bin/grep", 1).contains("no line matches"));
        assert_eq!((said("grep", 2), said("cat", 1)), ("", ""));
        let killed = ExitStatus::from_raw(9);
        assert_eq!(exit_for(killed), Exit::Bug);
        assert!(
            how(killed).contains("signal 9 (SIGKILL)") && how(killed).contains("limits.memory")
        );
    }
}
