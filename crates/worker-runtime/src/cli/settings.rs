//! A command's settings as tables for the documents.

use std::fmt::Write as _;

use clap::{Arg, Command};

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

fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str()))
}

fn table(title: &str, args: &[&Arg], out: &mut String) {
    if args.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    writeln!(
        out,
        "**{title}**\n\n| setting | environment | default | meaning |\n|---|---|---|---|"
    )
    .expect("a String takes every write");
    for arg in args {
        row(arg, out);
    }
}

fn row(arg: &Arg, out: &mut String) {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let (help, listed) = match help.strip_suffix(']').and_then(|help| help.rsplit_once("[env: ")) {
        Some((help, names)) => {
            (help.trim_end().to_owned(), names.split(", ").map(str::to_owned).collect())
        }
        None => (help, Vec::new()),
    };
    let environment =
        arg.get_env().map(|name| name.to_string_lossy().into_owned()).into_iter().chain(listed);
    let defaults =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
    let is_flag = !arg.get_action().takes_values();
    let mut meaning = help;
    let values: Vec<_> = arg.get_possible_values();
    if !is_flag && !values.is_empty() {
        let names = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| value.get_name().to_owned());
        write!(meaning, " ({})", code_list(names)).expect("a String takes every write");
    }
    writeln!(
        out,
        "| `{}` | {} | {} | {} |",
        spelling(arg),
        code_list(environment),
        if is_flag { String::new() } else { code_list(defaults) },
        meaning.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" "),
    )
    .expect("a String takes every write");
}

/// `-o, --output DIR`, `--force`, or `INPUT...` for what has no flag. Pipes are escaped: a table
/// cell ends at them.
fn spelling(arg: &Arg) -> String {
    let flags = [
        arg.get_short().map(|short| format!("-{short}")),
        arg.get_long().map(|long| format!("--{long}")),
    ];
    let flags: Vec<String> = flags.into_iter().flatten().collect();
    let mut text = flags.join(", ");
    if arg.get_action().takes_values() {
        let names = match arg.get_value_names() {
            Some(names) => names.iter().map(ToString::to_string).collect(),
            None => vec![arg.get_id().as_str().to_uppercase()],
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&names.join(" "));
        if arg.get_num_args().is_some_and(|range| range.max_values() > names.len()) {
            text.push_str("...");
        }
    }
    text.replace('|', "\\|")
}

fn code_list(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("`{}`", item.replace('|', "\\|"))).collect::<Vec<_>>().join(", ")
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
