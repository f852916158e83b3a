//! The command line.

mod clearing;
mod looks;
mod push;
mod queue;
mod queues;
mod run;
mod serve;
mod values;

use clap::{Parser, Subcommand};
use worker_runtime::{Role, RuntimeArgs};

pub use clearing::{AdoptArgs, CancelArgs, PauseArgs, PurgeArgs};
pub use looks::{DeadCommand, ResultIdArgs, StatusArgs, SummarizeArgs};
pub use push::{InputArgs, LaterArgs, PushArgs, UniqueArgs};
pub use queue::QueueArgs;
pub use queues::{QueuesArgs, QueuesError};
pub use run::{DeliveryArgs, HandlerArgs, LimitArgs, ResultArgs, RunArgs};
pub use serve::ServeArgs;
pub use values::{BackoffRange, Format, HandlerName};

/// Takes tasks from a Redis list, loses none, exits when the work is done.
///
/// The queue is a plain list: any producer RPUSHes payloads to it. Several workers drain it
/// together; a task whose worker died comes back by itself.
#[derive(Parser, Clone, Debug)]
#[command(version, max_term_width = 110)]
pub struct Cli {
    /// Logs, signals, metrics.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Take tasks and handle them until there is nothing left
    Run(Box<RunArgs>),
    /// Append tasks to the queue, from files or stdin
    Push(PushArgs),
    /// Say what is pending, delayed, in hand and by whom, done and dead
    Status(StatusArgs),
    /// Add up the results: what each worker did, what was rejected and why
    Summarize(SummarizeArgs),
    /// Write the result of one task, by the id that its handler and the log have
    Result(ResultIdArgs),
    /// Look at dead letters, begin them anew, or forget them
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Show the queues of a Redis as a page, as JSON and as metrics, until it is stopped
    Serve(ServeArgs),
    /// Let no worker take a task until resume; what they have in hand they finish
    Pause(PauseArgs),
    /// Let workers take tasks again
    Resume(PauseArgs),
    /// Let tasks not be done that wait for their time or next attempt, or are in hand: they become
    /// dead letters
    Cancel(CancelArgs),
    /// Remove all tasks of a queue, its counts, its unique keys and the names of its pushes; with
    /// --results all of it
    Purge(PurgeArgs),
    /// Take over the tasks that a crashed rediswq script left in NAME:processing
    Adopt(AdoptArgs),
}

impl Command {
    /// What the command is to the container that it runs in.
    pub fn role(&self) -> Role {
        match self {
            Command::Status(_)
            | Command::Result(_)
            | Command::Dead(DeadCommand::List { .. } | DeadCommand::Show { .. }) => Role::Inquiry,
            _ => Role::Job,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::Cli;

    /// Every flag of every command and the heading under which its help shows it. Whoever adds a
    /// flag adds it here too: one without a heading stands under "Options", and one that is
    /// flattened behind another struct would inherit that one's.
    const HEADINGS: [(&str, &[&str]); 9] = [
        (
            "Queue",
            &[
                "queue",
                "results",
                "results-limit",
                "results-ttl",
                "forget-after",
                "wait-for-queue",
                "push-id",
                "unique",
                "unique-by",
                "unique-ttl",
                "delay",
                "at",
                "all",
                "if-exists",
                "yes",
            ],
        ),
        ("Page", &["listen", "token-file", "allowed-hosts", "hide-payloads"]),
        ("Input", &["format", "delimiter", "max-task-size"]),
        (
            "Output",
            &[
                "json",
                "watch",
                "claims",
                "top",
                "termination-messages",
                "rejected",
                "limit",
                "payload",
            ],
        ),
        (
            "Handler",
            &[
                "handler",
                "schema",
                "checks",
                "lines",
                "window",
                "concurrency",
                "task-timeout",
                "max-output",
            ],
        ),
        (
            "Delivery",
            &[
                "delivery",
                "lease",
                "claim-time",
                "max-claim",
                "max-attempts",
                "max-crashes",
                "max-dead",
                "backoff",
                "dead-exit-code",
            ],
        ),
        (
            "Limits",
            &[
                "limit",
                "rate",
                "max-task-size",
                "exit-when",
                "follow",
                "max-tasks",
                "max-runtime",
                "idle-timeout",
            ],
        ),
        (
            "Redis",
            &[
                "redis-url",
                "redis-user",
                "redis-password",
                "redis-user-file",
                "redis-password-file",
                "sentinel-password",
                "tls-ca",
                "tls-cert",
                "tls-key",
                "redis-connect-timeout",
                "redis-timeout",
                "redis-down-timeout",
                "allow-eviction",
            ],
        ),
        (
            "Runtime",
            &[
                "log-format",
                "log-level",
                "grace-period",
                "progress-interval",
                "termination-message",
                "pod-name",
                "metrics-addr",
                "push-gateway",
                "run-name",
            ],
        ),
    ];

    fn look(command: &clap::Command, wrong: &mut Vec<String>, seen: &mut BTreeSet<String>) {
        let name = command.get_name();
        for arg in command.get_arguments() {
            let Some(flag) = arg.get_long().filter(|flag| !["help", "version"].contains(flag))
            else {
                continue;
            };
            let heading = arg.get_help_heading();
            let is_right = HEADINGS
                .iter()
                .any(|(right, flags)| heading == Some(right) && flags.contains(&flag));
            seen.insert(format!("{} {flag}", heading.unwrap_or("none")));
            if !is_right && !arg.is_hide_set() {
                wrong.push(format!("{name} --{flag} stands under {heading:?}"));
            }
        }
        command.get_subcommands().for_each(|command| look(command, wrong, seen));
    }

    #[test]
    fn every_flag_stands_under_its_own_heading_in_the_help_of_every_command() {
        let mut command = Cli::command();
        command.build();
        let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
        look(&command, &mut wrong, &mut seen);
        assert!(wrong.is_empty(), "see HEADINGS: {wrong:#?}");
        for (heading, flags) in HEADINGS {
            for flag in flags {
                assert!(seen.contains(&format!("{heading} {flag}")), "there is no --{flag}");
            }
        }
    }
}
