//! What happens when the command line is refused: message, termination message, exit code.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, ValueEnum};

use crate::cli::args::{LogFormat, LogLevel, TERMINATION_MESSAGE};
use crate::exit::Exit;
use crate::lifecycle::named::Named;
use crate::lifecycle::report::Outcome;
use crate::lifecycle::role::Role;
use crate::lifecycle::termination::{DEFAULT_PATH, Summary, TerminationFile};
use crate::logging::context::{About, Context};
use crate::logging::logs::{self, Style};
use crate::logging::redaction::redact_url;

/// Ends a process whose command line clap did not take: `--help` and `--version` on stdout with 0,
/// anything else on stderr with 64 and a termination message. Where log lines are JSON, the error
/// is one.
pub(crate) fn refuse(about: About, error: &clap::Error, command: &Command, began: Instant) -> Exit {
    if !error.use_stderr() {
        print(error);
        return Exit::Done;
    }
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let setting = |id| lenient(command, &arguments, id).map(|(value, _)| value);
    let tip = behind_dashes(error, command, &arguments)
        .or_else(|| by_variables(error, command, &arguments));
    let text = match error.kind() {
        // What clap renders then is the help itself.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "no command is given; --help lists them".to_owned()
        }
        _ => {
            paragraph(&error.render().to_string())
                + &tip.as_ref().map_or(String::new(), |tip| format!("; {tip}"))
        }
    };
    let pod = setting("pod_name").map(|name| name.to_string_lossy().into_owned());
    let context = Arc::new(Context::new(about, pod));
    let (path, named) = lenient(command, &arguments, TERMINATION_MESSAGE)
        .unwrap_or((DEFAULT_PATH.into(), Named::Default));
    // Which command was meant may not be known. An inquiry as the main process has nobody else's
    // message to replace.
    let file = TerminationFile::claim(Path::new(&path), named, Role::Job);
    file.write(&Summary {
        error: Some(text.clone()),
        ..Summary::new(&context, Outcome::Failed, Exit::Config, began)
    });
    let format =
        setting("log_format").and_then(|name| LogFormat::from_str(name.to_str()?, true).ok());
    match Style::new(format.unwrap_or(LogFormat::Auto)) {
        Style::Human { .. } => {
            print(error);
            if let Some(tip) = tip {
                let _ = writeln!(std::io::stderr(), "\ntip: {tip}");
            }
        }
        style @ Style::Json => {
            let level: LogLevel = "error".parse().expect("a level's name");
            logs::install(&level, style, context);
            tracing::error!(
                error = text,
                exit_code = Exit::Config.code(),
                "the command line is refused"
            );
        }
    }
    Exit::Config
}

/// A hint for a word that clap takes for an argument of the worker, and that was meant as the
/// program to run.
fn behind_dashes(error: &clap::Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let word = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(word)))
            if !word.starts_with('-') =>
        {
            word
        }
        _ => return None,
    };
    let runs = arguments.iter().find_map(|name| command.find_subcommand(name))?;
    let takes_program = runs.get_positionals().any(|positional| positional.is_last_set());
    takes_program.then(|| {
        format!(
            "put -- before the command that is to be run: {} ... -- {word} ...",
            runs.get_name()
        )
    })
}

/// The variables that have set what a refusal calls an argument: whoever looks at the command line
/// finds no such flag there.
fn by_variables(error: &clap::Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let remedy = match error.kind() {
        ErrorKind::ArgumentConflict => ": take it away, or what it excludes",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "",
        _ => return None,
    };
    let named: Vec<&String> = [ContextKind::InvalidArg, ContextKind::PriorArg]
        .into_iter()
        .filter_map(|kind| error.get(kind))
        .flat_map(|value| match value {
            ContextValue::String(one) => std::slice::from_ref(one),
            ContextValue::Strings(all) => all,
            _ => &[],
        })
        .collect();
    let set: Vec<String> = named
        .into_iter()
        .filter_map(|shown| {
            let flag = shown.split([' ', '=']).next()?;
            let name = flag.strip_prefix("--")?;
            let is_given = arguments.iter().take_while(|argument| *argument != "--").any(|given| {
                given.to_str().is_some_and(|given| {
                    given
                        .strip_prefix(flag)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
                })
            });
            let variable = find_by(command, &|arg| arg.get_long() == Some(name))?.get_env()?;
            let is_set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
            (is_set && !is_given)
                .then(|| format!("{flag} is set by the variable {}", variable.to_string_lossy()))
        })
        .collect();
    (!set.is_empty()).then(|| format!("{}{remedy}", set.join(", ")))
}

/// Prints as clap does, unless a password would be seen: clap shows the value at fault, and with
/// `--help` those of the environment.
fn print(error: &clap::Error) {
    let text = error.render().to_string();
    let redacted = redact_url(&text);
    let _ = if redacted == text {
        error.print()
    } else if error.use_stderr() {
        std::io::stderr().write_all(redacted.as_bytes())
    } else {
        std::io::stdout().write_all(redacted.as_bytes())
    };
}

/// What clap says as one paragraph: without its `error:`, the usage and the hint at `--help`.
fn paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let end =
        ["\n\nUsage:", "\n\nFor more information"].iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The value a setting would have had on a command line that is refused, and by whom: flag,
/// environment, default.
fn lenient(command: &Command, arguments: &[OsString], id: &str) -> Option<(OsString, Named)> {
    let arg = find(command, id)?;
    let flag = format!("--{}", arg.get_long()?);
    let before_rest = arguments.iter().take_while(|argument| *argument != "--");
    let given = before_rest.clone().zip(before_rest.skip(1).map(Some).chain([None])).find_map(
        |(argument, next)| {
            if *argument == *flag {
                return next.cloned();
            }
            argument.to_str()?.strip_prefix(&flag)?.strip_prefix('=').map(OsString::from)
        },
    );
    let by = |named| move |value| (value, named);
    let default = || arg.get_default_values().first().map(|value| OsStr::new(value).to_owned());
    given
        .map(by(Named::Flag))
        .or_else(|| {
            std::env::var_os(arg.get_env()?)
                .filter(|value| !value.is_empty())
                .map(by(Named::Variable))
        })
        .or_else(|| default().map(by(Named::Default)))
}

fn find<'a>(command: &'a Command, id: &str) -> Option<&'a Arg> {
    find_by(command, &|arg| arg.get_id() == id)
}

fn find_by<'a>(command: &'a Command, is_it: &dyn Fn(&Arg) -> bool) -> Option<&'a Arg> {
    command
        .get_arguments()
        .find(|arg| is_it(arg))
        .or_else(|| command.get_subcommands().find_map(|sub| find_by(sub, is_it)))
}
