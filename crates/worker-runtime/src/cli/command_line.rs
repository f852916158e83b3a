//! Parses the command line by clap, where a variable that says nothing counts as one that is not
//! set.

use std::ffi::OsString;

use clap::builder::{OsStr, Resettable};
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Command, Parser};

use crate::cli::variables;

/// Parses the command line of this process. A variable that is set to the empty string counts as
/// not set, which is what a chart or a manifest means that has no value for it, and so does one
/// that says `false` for a switch: it would exclude other flags as `true` does. `look` is shown
/// where the values come from, before they are taken.
pub(crate) fn parse<C: Parser, T>(look: impl FnOnce(&ArgMatches) -> T) -> Result<(C, T), Error> {
    let mut command = without_idle_variables(C::command());
    let parsed = command.clone().try_get_matches_from(joined(&command, std::env::args_os()));
    // Help and the version are always shown. A setting that is missing may be one whose variable is
    // misspelt.
    if parsed.as_ref().err().is_none_or(Error::use_stderr) {
        variables::refuse_misspelt(&mut command)?;
    }
    let mut matches = parsed?;
    let seen = look(&matches);
    let config =
        C::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?;
    Ok((config, seen))
}

/// The arguments with `--flag true` and `--flag false` written as `--flag=true` and `--flag=false`,
/// for switches that may have such a value or none. What stands behind `--` is let be.
fn joined(command: &Command, arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut is_over = false;
    for argument in arguments {
        is_over |= argument == "--";
        let is_value = !is_over && (argument == "true" || argument == "false");
        match joined.last_mut() {
            Some(flag) if is_value && is_switch(command, flag) => {
                flag.push("=");
                flag.push(argument);
            }
            _ => joined.push(argument),
        }
    }
    joined
}

fn is_switch(command: &Command, argument: &OsString) -> bool {
    let Some(flag) = argument.to_str().and_then(|flag| flag.strip_prefix("--")) else {
        return false;
    };
    let is_one = |arg: &Arg| arg.get_long() == Some(flag) && arg.is_require_equals_set();
    command.get_arguments().any(is_one)
        || command.get_subcommands().any(|sub| is_switch(sub, argument))
}

fn without_idle_variables(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
            let is_idle = arg
                .get_env()
                .and_then(std::env::var_os)
                .is_some_and(|value| value.is_empty() || (is_switch && value == "false"));
            if is_idle { arg.env(Resettable::<OsStr>::Reset) } else { arg }
        })
        .mut_subcommands(without_idle_variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_may_have_its_value_behind_a_blank() {
        let switch = Arg::new("style").long("path-style").num_args(0..=1).require_equals(true);
        let command = Command::new("worker")
            .subcommand(Command::new("run").arg(switch).arg(Arg::new("name").long("name")));
        for (given, becomes) in [
            (&["run", "--path-style", "false"][..], &["run", "--path-style=false"][..]),
            (&["run", "--path-style", "true", "x"], &["run", "--path-style=true", "x"]),
            (&["run", "--path-style", "x"], &["run", "--path-style", "x"]),
            (&["run", "--path-style=true", "false"], &["run", "--path-style=true", "false"]),
            (&["run", "--name", "false"], &["run", "--name", "false"]),
            (&["run", "--path-style", "--", "false"], &["run", "--path-style", "--", "false"]),
            (&["--", "--path-style", "false"], &["--", "--path-style", "false"]),
        ] {
            let given = given.iter().map(OsString::from);
            assert_eq!(joined(&command, given), becomes, "{becomes:?}");
        }
    }
}
