//! A worker's settings as tables for a document that has those shared by several workers once.

use clap::{Arg, Command};

use crate::reference::table::{shown, table};

/// The reference of a command's own settings in Markdown: a table for the command and one for each
/// of its subcommands, with flag, environment variables, default and help.
///
/// Settings under a help heading are those that several commands share: [`settings_group_markdown`]
/// has them. Where a value can come from several variables, the help ends with `[env: A, B]`, which
/// goes to the column of its own. A README that holds this text can be checked by a test to be up
/// to date.
pub fn settings_markdown(command: &Command) -> String {
    let mut out = String::new();
    describe(command, command.get_name(), &mut out);
    out
}

/// The table of the settings under one help heading, wherever in the command they stand; each flag
/// once. Empty where there are none.
pub fn settings_group_markdown(command: &Command, heading: &str) -> String {
    let mut args = Vec::new();
    collect(command, heading, &mut args);
    let mut out = String::new();
    table(heading, &args, &mut out);
    out
}

fn describe(command: &Command, name: &str, out: &mut String) {
    let own: Vec<&Arg> = shown(command).filter(|arg| arg.get_help_heading().is_none()).collect();
    table(&format!("`{name}`"), &own, out);
    for sub in
        command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
    {
        describe(sub, &format!("{name} {}", sub.get_name()), out);
    }
}

fn collect<'a>(command: &'a Command, heading: &str, found: &mut Vec<&'a Arg>) {
    for arg in shown(command).filter(|arg| arg.get_help_heading() == Some(heading)) {
        if found.iter().all(|other| other.get_id() != arg.get_id()) {
            found.push(arg);
        }
    }
    for sub in command.get_subcommands() {
        collect(sub, heading, found);
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser, ValueEnum};

    use super::*;

    #[derive(Clone, ValueEnum)]
    enum Split {
        Files,
        Bytes,
    }

    #[derive(Parser)]
    #[command(name = "demo", version)]
    struct Demo {
        /// How loud, such as a|b
        #[arg(long, short = 'l', env = "DEMO_LEVEL", default_value = "info", global = true)]
        level: String,
        /// Never shown
        #[arg(long, hide = true)]
        secret: bool,
        #[command(subcommand)]
        command: Sub,
    }

    #[derive(clap::Subcommand)]
    enum Sub {
        /// Does it
        Run {
            #[arg(long, value_name = "N", help = "Which part [env: PART, INDEX]")]
            part: Option<u32>,
            /// How to cut
            #[arg(long, value_enum, default_value_t = Split::Files)]
            split: Split,
            /// Again
            #[arg(long)]
            force: bool,
            /// Who asks
            #[arg(long, help_heading = "Shared")]
            user: Option<String>,
            /// The program
            #[arg(last = true, value_name = "CMD")]
            program: Vec<String>,
        },
        /// Shows it
        Show {
            /// Who asks
            #[arg(long, help_heading = "Shared")]
            user: Option<String>,
        },
    }

    #[test]
    fn what_commands_share_stands_in_a_table_of_its_own_once() {
        assert_eq!(
            settings_group_markdown(&Demo::command(), "Shared"),
            "**Shared**\n\n| setting | environment | default | meaning |\n|---|---|---|---|\n| \
             `--user USER` |  |  | Who asks |\n"
        );
        assert_eq!(settings_group_markdown(&Demo::command(), "Others"), "");
    }

    #[test]
    fn every_setting_stands_in_the_table_once() {
        assert_eq!(
            settings_markdown(&Demo::command()),
            "**`demo`**\n\n| setting | environment | default | meaning |\n|---|---|---|---|\n| \
             `-l, --level LEVEL` | `DEMO_LEVEL` | `info` | How loud, such as a\\|b |\n\n**`demo \
             run`**\n\n| setting | environment | default | meaning |\n|---|---|---|---|\n| \
             `--part N` | `PART`, `INDEX` |  | Which part |\n| `--split SPLIT` |  | `files` | How \
             to cut (`files`, `bytes`) |\n| `--force` |  |  | Again |\n| `CMD...` |  |  | The \
             program |\n"
        );
    }

    #[test]
    fn a_command_that_clap_has_built_reads_the_same_on_its_first_table() {
        let mut built = Demo::command();
        built.build();
        let (plain, built) = (settings_markdown(&Demo::command()), settings_markdown(&built));
        assert_eq!(plain.split("\n\n**").next(), built.split("\n\n**").next());
    }
}
