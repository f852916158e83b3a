//! The exit codes of the pod contract as a table for the documents.

use std::fmt::Write as _;

use worker_runtime::Exit;

/// The reference of the exit codes as a Markdown table: code, meaning, rule.
pub fn exit_codes_markdown() -> String {
    let mut table = String::from("| code | meaning | in Kubernetes |\n|---:|---|---|\n");
    for exit in Exit::ALL {
        writeln!(table, "| {} | {} | {} |", exit.code(), exit.meaning(), exit.rule())
            .expect("a String takes every write");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_code_once_with_its_rule() {
        assert_eq!(
            exit_codes_markdown(),
            "| code | meaning | in Kubernetes |\n|---:|---|---|\n| 0 | done | the index is \
             complete |\n| 64 | wrong flags or configuration | FailJob |\n| 65 | the input is bad \
             beyond the allowed share | FailIndex (FailJob when the Job is not Indexed) |\n| 66 | \
             the input is not there | FailIndex (FailJob when the Job is not Indexed) |\n| 69 | a \
             service stayed unreachable | retry |\n| 70 | a bug | retry |\n| 74 | I/O error | \
             retry |\n| 75 | the worker's own limit ended it before the work was done | retry \
             |\n| 77 | access denied | FailJob |\n| 143 | stopped by SIGTERM before the work was \
             finished | retry (a `DisruptionTarget` is ignored) |\n"
        );
    }
}
