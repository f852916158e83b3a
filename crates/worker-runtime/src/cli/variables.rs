//! Environment variables that look like settings, and that nobody reads.
//!
//! A misspelt flag is refused by clap; a misspelt variable would be ignored, and with it the limit
//! or the output that somebody meant to set. A name that is nearly that of a setting is refused,
//! any other one is warned of: it may be a setting of a later version. Variables of all workers
//! are known, as one ConfigMap often serves several of them.

use std::ffi::OsString;

use clap::error::{Error, ErrorKind};
use clap::{Arg, Command};

/// What the names of most settings begin with.
const PREFIX: &str = "JOB_WORKER_";

/// The variables of all workers that begin with it, one a line. The test of the reference writes
/// it.
const KNOWN: &str = include_str!("variables.txt");

/// A variable that no worker reads.
#[derive(Debug, PartialEq, Eq)]
struct Stray {
    name: String,
    /// The variable that was meant.
    meant: Option<String>,
}

/// Refuses variables of this process whose names are nearly those of settings of `command`.
pub(crate) fn refuse_misspelt(command: &mut Command) -> Result<(), Error> {
    let strays = strays(command, of_process());
    match strays.into_iter().find_map(|Stray { name, meant }| Some((name, meant?))) {
        None => Ok(()),
        Some((name, meant)) => Err(command.error(
            ErrorKind::InvalidValue,
            format!(
                "the environment has {name}, and no worker has such a setting: did you mean \
                 {meant}? A variable of your own needs a name that is less like it"
            ),
        )),
    }
}

/// Warns of the other ones, and says which settings have an empty variable: that may be the limit
/// that somebody meant to set.
pub(crate) fn warn_of_unknown(command: &Command) {
    let empty: Vec<String> = of_process()
        .filter(|(_, value)| value.is_empty())
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && is_read_by(command, name))
        .collect();
    if !empty.is_empty() {
        tracing::info!(
            variables = empty.join(", "),
            "settings whose variables are empty are not set"
        );
    }
    let names: Vec<String> =
        strays(command, of_process()).into_iter().map(|stray| stray.name).collect();
    if !names.is_empty() {
        tracing::warn!(
            variables = names.join(", "),
            "variables that begin as those of settings do are read by no worker of this version"
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "what no setting reads is what is looked for")]
fn of_process() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

fn strays(
    command: &Command,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<Stray> {
    let mut strays: Vec<Stray> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        // An empty one counts as not set.
        .filter(|(name, value)| looks_like_ours(name) && !value.is_empty())
        .filter(|(name, value)| {
            !known().any(|known| known == name)
                && !is_read_by(command, name)
                && !is_of_a_service(name, &value.to_string_lossy())
        })
        .map(|(name, _)| Stray { meant: meant_by(command, &name), name })
        .collect();
    strays.retain(|stray| stray.name.starts_with(PREFIX) || stray.meant.is_some());
    strays.sort_by(|a, b| a.name.cmp(&b.name));
    strays
}

fn known() -> impl Iterator<Item = &'static str> {
    KNOWN.lines()
}

/// Whether a setting of the command reads it, in the list or not.
fn is_read_by(command: &Command, name: &str) -> bool {
    let mut variables = command.get_arguments().filter_map(Arg::get_env);
    variables.any(|variable| variable == name)
        || command.get_subcommands().any(|sub| is_read_by(sub, name))
}

/// Also `JOBWORKER_INPUT` and `job_worker_input`.
fn looks_like_ours(name: &str) -> bool {
    let name = name.to_uppercase();
    name.starts_with("JOB") && name.contains("WORKER")
}

/// Whether Kubernetes sets it for a Service whose name begins with `job-worker`:
/// `..._SERVICE_HOST`, `..._SERVICE_PORT_HTTP`, `..._PORT` (an address), `..._PORT_80_TCP_ADDR`.
///
/// Source: Kubernetes, "Service", section "Environment variables".
fn is_of_a_service(name: &str, value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_protocol = |text: &str| ["TCP", "UDP", "SCTP"].contains(&text);
    if name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT") {
        return true;
    }
    if name.ends_with("_PORT") && value.contains("://") {
        return true;
    }
    let Some((_, port)) = name.rsplit_once("_PORT_").or_else(|| {
        // The last part may itself be `_PORT`.
        name.strip_suffix("_PORT").and_then(|name| name.rsplit_once("_PORT_"))
    }) else {
        return false;
    };
    let mut parts = port.split('_');
    parts.next().is_some_and(is_number) && parts.next().is_some_and(is_protocol)
}

/// The variable of a setting that is meant by a name that no setting has.
fn meant_by(command: &Command, name: &str) -> Option<String> {
    let name = name.to_uppercase().replace('-', "_");
    let of_flag = name.strip_prefix(PREFIX).and_then(|flag| variable_of(command, flag));
    if let Some((flag, variable)) = of_flag {
        return Some(format!("{variable}, which is --{flag}"));
    }
    known()
        .map(|known| (strsim::osa_distance(&name, known), known))
        .filter(|(distance, known)| *distance <= allowed(known))
        .min()
        .map(|(_, known)| known.to_owned())
        .or_else(|| without_a_word(&name).map(str::to_owned))
}

/// The only variable that has all words of this name in their order, and more: somebody has written
/// `REQUIRE_NEWLINE` for `REQUIRE_FINAL_NEWLINE`. A single word says too little.
fn without_a_word(name: &str) -> Option<&'static str> {
    let words: Vec<&str> = name.strip_prefix(PREFIX)?.split('_').collect();
    let has_all = |known: &&str| {
        let mut of_known = known.strip_prefix(PREFIX).unwrap_or_default().split('_');
        words.len() > 1 && words.iter().all(|word| of_known.any(|other| other == *word))
    };
    let mut meant = known().filter(has_all);
    meant.next().filter(|_| meant.next().is_none())
}

/// Letters that may be wrong. Short names are near many words that mean something else.
fn allowed(known: &str) -> usize {
    if known.len() - PREFIX.len() < 6 { 1 } else { 2 }
}

/// The setting whose flag is written in capitals here, and whose variable has another name.
fn variable_of(command: &Command, flag: &str) -> Option<(String, String)> {
    let own = command.get_arguments().find_map(|arg| {
        let long = arg.get_long()?;
        let is_meant = long.to_uppercase().replace('-', "_") == flag;
        is_meant.then(|| Some((long.to_owned(), variable_in(arg)?)))?
    });
    own.or_else(|| command.get_subcommands().find_map(|sub| variable_of(sub, flag)))
}

/// The variable of a setting, or the first of those that its help names as `[env: A, B]`.
fn variable_in(arg: &Arg) -> Option<String> {
    if let Some(variable) = arg.get_env() {
        return variable.to_str().map(str::to_owned);
    }
    let help = arg.get_help()?.to_string();
    let (_, named) = help.split_once("[env: ")?;
    named.split([',', ']']).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn command() -> Command {
        let new = Arg::new("new").long("new").env("JOB_WORKER_INPUTS");
        let level = Arg::new("level").long("log-level").env("RUST_LOG");
        let index = Arg::new("index").long("index").help("Which [env: JOB_COMPLETION_INDEX, TASK]");
        Command::new("worker").subcommand(Command::new("run").args([new, level, index]))
    }

    fn found(name: &str, value: &str) -> Option<Option<String>> {
        let mut strays = strays(&command(), [(name.into(), value.into())]);
        assert!(strays.len() <= 1);
        strays.pop().map(|stray| stray.meant)
    }

    #[test]
    fn a_misspelt_variable_is_told_with_the_one_that_is_meant() {
        for (name, meant) in [
            ("JOB_WORKER_OUPUT", "JOB_WORKER_OUTPUT"),
            ("JOB_WORKER_OUTPUTS", "JOB_WORKER_OUTPUT"),
            ("JOB_WORKER_MAX_REJETCED", "JOB_WORKER_MAX_REJECTED"),
            ("JOB_WORKER_MAXREJECTED", "JOB_WORKER_MAX_REJECTED"),
            ("JOB_WORKERS_INPUT", "JOB_WORKER_INPUT"),
            ("JOBWORKER_INPUT", "JOB_WORKER_INPUT"),
            ("job_worker_input", "JOB_WORKER_INPUT"),
            ("JOB_WORKER_REQUIRE_NEWLINE", "JOB_WORKER_REQUIRE_FINAL_NEWLINE"),
            ("JOB_WORKER_SKIP_BLANK", "JOB_WORKER_SKIP_BLANK_ROWS"),
            ("JOB_WORKER_LOG_LEVEL", "RUST_LOG, which is --log-level"),
            ("JOB_WORKER_INDEX", "JOB_COMPLETION_INDEX, which is --index"),
        ] {
            assert_eq!(found(name, "x"), Some(Some(meant.to_owned())), "{name}");
        }
    }

    #[test]
    fn a_name_of_ones_own_is_unknown_and_means_nothing() {
        for name in ["JOB_WORKER_TEAM", "JOB_WORKER_IMAGE_TAG", "JOB_WORKER_NAME"] {
            assert_eq!(found(name, "x"), Some(None), "{name}");
        }
    }

    #[test]
    fn settings_of_any_worker_empty_ones_and_other_names_are_let_be() {
        for (name, value) in [
            ("JOB_WORKER_LEASE", "30s"),
            ("JOB_WORKER_INPUTS", "x"),
            ("JOB_WORKER_MONTH", "1"),
            ("JOB_WORKER_OUPUT", ""),
            ("JOB_COMPLETION_INDEX", "0"),
            ("JOB_WORKERS", "3"),
            ("MY_JOB_WORKER_OUPUT", "x"),
        ] {
            assert_eq!(found(name, value), None, "{name}");
        }
    }

    #[test]
    fn what_kubernetes_sets_for_a_service_is_no_setting() {
        for service in ["JOB_WORKER", "JOB_WORKER_OUTPUT", "JOB_WORKER_S3"] {
            for (end, value) in [
                ("SERVICE_HOST", "10.0.0.11"),
                ("SERVICE_PORT", "80"),
                ("SERVICE_PORT_HTTP", "80"),
                ("PORT", "tcp://10.0.0.11:80"),
                ("PORT_80_TCP", "tcp://10.0.0.11:80"),
                ("PORT_80_TCP_PROTO", "tcp"),
                ("PORT_80_TCP_PORT", "80"),
                ("PORT_53_UDP_ADDR", "10.0.0.11"),
            ] {
                assert_eq!(found(&format!("{service}_{end}"), value), None, "{service}_{end}");
            }
        }
        assert_eq!(found("JOB_WORKER_REPORT_PORT", "80"), Some(None));
    }
}
