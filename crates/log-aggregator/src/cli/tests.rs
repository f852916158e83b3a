//! The flags and where they stand in the help.

use clap::CommandFactory as _;

use super::*;

/// The headings of the help, and those of the flags that all workers share.
const HEADINGS: [&str; 7] = [INPUT, COUNTING, OUTPUT, LIMITS, "Identity", "S3 storage", "Runtime"];

#[test]
fn every_flag_stands_under_a_heading_that_fits() {
    let mut root = Cli::command();
    root.build();
    let mut seen = 0;
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        let shown = |flag: &&clap::Arg| flag.get_id() != "help" && !flag.is_hide_set();
        for flag in command.get_arguments().filter(shown) {
            let name = flag.get_id().as_str();
            let heading = flag
                .get_help_heading()
                .unwrap_or_else(|| panic!("{} {name} needs a help_heading", command.get_name()));
            assert!(HEADINGS.contains(&heading), "{name}: {heading}");
            // A heading of flattened flags must not go on to those behind them.
            let is_storage = flag.get_long().is_some_and(|long| long.starts_with("s3-"));
            assert_eq!(heading == "S3 storage", is_storage, "{name}: {heading}");
            let is_identity = ["index", "indexes", "total_partitions", "attempt"].contains(&name);
            assert_eq!(heading == "Identity", is_identity, "{name}: {heading}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} flags");
}
