//! The settings under one help heading as a table, for the one document that has it.

use clap::{Arg, Command};

use crate::reference::table::{shown, table};

/// The table of the settings under one help heading, wherever in the command they stand; each flag
/// once. Empty where there are none.
pub fn settings_group_markdown(command: &Command, heading: &str) -> String {
    let mut args = Vec::new();
    collect(command, heading, &mut args);
    let mut out = String::new();
    table(heading, &args, &mut out);
    out
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
    use crate::reference::{SharedHeading, command_reference};

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

    const SHARED: [SharedHeading; 1] = [SharedHeading { heading: "Shared", link: "#shared" }];

    #[test]
    fn every_setting_stands_in_the_table_once() {
        let head = "| setting | environment | default | meaning |\n|---|---|---|---|\n";
        assert_eq!(
            command_reference(&Demo::command(), &SHARED),
            format!(
                "### `demo`\n\n**Settings**\n\n{head}| `-l, --level LEVEL` | `DEMO_LEVEL` | \
                 `info` | How loud, such as a\\|b |\n\n### `demo run`\n\nDoes \
                 it\n\n**Settings**\n\n{head}| `--part N` | `PART`, `INDEX` |  | Which part |\n| \
                 `--split SPLIT` |  | `files` | How to cut (`files`, `bytes`) |\n| `--force` |  |  \
                 | Again |\n| `CMD...` |  |  | The program |\n\nAnd the settings of \
                 [Shared](#shared).\n\n### `demo show`\n\nShows it\n\nAnd the settings of \
                 [Shared](#shared).\n"
            )
        );
    }

    #[test]
    fn a_command_that_clap_has_built_reads_the_same_on_its_first_table() {
        let mut built = Demo::command();
        built.build();
        let plain = command_reference(&Demo::command(), &SHARED);
        let built = command_reference(&built, &SHARED);
        assert_eq!(plain.split("\n\n###").next(), built.split("\n\n###").next());
    }
}
