//! One table of settings: a row a flag, with its variables, default and help.

use std::fmt::Write as _;

use clap::{Arg, Command};

/// The settings that a person may give, without those that every command has.
pub(crate) fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str()))
}

/// Appends a table with this title to `out`; nothing where there are no settings.
pub(crate) fn table(title: &str, args: &[&Arg], out: &mut String) {
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
