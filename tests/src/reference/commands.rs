//! The reference of one worker, command by command, as it stands in the worker's own README.

use std::fmt::Write as _;

use clap::{Arg, Command};

use crate::reference::table::{shown, table};

/// Title of the settings that stand under no heading.
const NO_HEADING: &str = "Settings";

/// A help heading whose settings are the same for many commands: its table stands in one place, and
/// each command has a link to it.
#[derive(Clone, Copy)]
pub struct SharedHeading {
    /// The heading, as `--help` has it.
    pub heading: &'static str,
    /// Where its table is, from the document that has the reference.
    pub link: &'static str,
}

/// The reference in Markdown: for the command and each of its subcommands a heading of the third
/// level, what it does, and one table for each help heading with flag, variables, default and help;
/// or a link for the headings in `shared`.
pub fn command_reference(command: &Command, shared: &[SharedHeading]) -> String {
    let mut out = String::new();
    describe(command, command.get_name(), shared, &mut out);
    out
}

fn describe(command: &Command, name: &str, shared: &[SharedHeading], out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    writeln!(out, "### `{name}`").expect("a String takes every write");
    if let Some(about) = command.get_about() {
        writeln!(out, "\n{about}").expect("a String takes every write");
    }
    let mut links = Vec::new();
    for (heading, args) in by_heading(command) {
        match shared.iter().find(|shared| shared.heading == heading) {
            Some(shared) => links.push(format!("[{heading}]({})", shared.link)),
            None => table(heading, &args, out),
        }
    }
    if !links.is_empty() {
        writeln!(out, "\nAnd the settings of {}.", links.join(", ")).expect("a String takes it");
    }
    for sub in
        command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
    {
        describe(sub, &format!("{name} {}", sub.get_name()), shared, out);
    }
}

/// The settings by help heading, in the order of --help: those without one first.
fn by_heading(command: &Command) -> Vec<(&str, Vec<&Arg>)> {
    let mut found: Vec<(&str, Vec<&Arg>)> = vec![(NO_HEADING, Vec::new())];
    for arg in shown(command) {
        let heading = arg.get_help_heading().unwrap_or(NO_HEADING);
        match found.iter_mut().find(|(other, _)| *other == heading) {
            Some((_, args)) => args.push(arg),
            None => found.push((heading, vec![arg])),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    use super::*;

    /// Shows how
    #[derive(Parser)]
    #[command(name = "demo")]
    struct Demo {
        /// How loud
        #[arg(long, env = "DEMO_LEVEL", default_value = "info", help_heading = "Runtime")]
        level: String,
        #[command(subcommand)]
        command: Sub,
    }

    #[derive(clap::Subcommand)]
    enum Sub {
        /// Does it
        Run {
            /// Who asks
            #[arg(long, help_heading = "Shared")]
            user: Option<String>,
            /// Again
            #[arg(long)]
            force: bool,
        },
        /// Is not told of
        #[command(hide = true)]
        Secret,
    }

    #[test]
    fn each_command_has_a_table_for_each_heading() {
        let head = "| setting | environment | default | meaning |\n|---|---|---|---|\n";
        assert_eq!(
            command_reference(&Demo::command(), &[]),
            format!(
                "### `demo`\n\nShows how\n\n**Runtime**\n\n{head}| `--level LEVEL` | \
                 `DEMO_LEVEL` | `info` | How loud |\n\n### `demo run`\n\nDoes \
                 it\n\n**Settings**\n\n{head}| `--force` |  |  | Again \
                 |\n\n**Shared**\n\n{head}| `--user USER` |  |  | Who asks |\n"
            )
        );
    }

    #[test]
    fn settings_that_many_commands_share_are_a_link() {
        let shared = [
            SharedHeading { heading: "Runtime", link: "#runtime" },
            SharedHeading { heading: "Shared", link: "../a.md#shared" },
        ];
        assert_eq!(
            command_reference(&Demo::command(), &shared),
            "### `demo`\n\nShows how\n\nAnd the settings of [Runtime](#runtime).\n\n### `demo \
             run`\n\nDoes it\n\n**Settings**\n\n| setting | environment | default | meaning \
             |\n|---|---|---|---|\n| `--force` |  |  | Again |\n\nAnd the settings of \
             [Shared](../a.md#shared).\n"
        );
    }
}
