//! Parses the command line by clap, where an empty variable counts as one that is not set.

use clap::builder::{OsStr, Resettable};
use clap::error::Error;
use clap::{ArgMatches, Command, Parser};

/// Parses the command line of this process. A variable that is set to the empty string counts as
/// not set, which is what a chart or a manifest means that has no value for it. `look` is shown
/// where the values come from, before they are taken.
pub(crate) fn parse<C: Parser, T>(look: impl FnOnce(&ArgMatches) -> T) -> Result<(C, T), Error> {
    let mut command = without_empty_variables(C::command());
    let mut matches = command.clone().try_get_matches()?;
    let seen = look(&matches);
    let config =
        C::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?;
    Ok((config, seen))
}

fn without_empty_variables(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let is_empty =
                arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
            if is_empty { arg.env(Resettable::<OsStr>::Reset) } else { arg }
        })
        .mut_subcommands(without_empty_variables)
}
