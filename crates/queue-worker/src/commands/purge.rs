//! `purge`: removes every task of a queue, and its results where that is asked for, after asking
//! whether that is meant.

use std::io::{self, BufRead as _, IsTerminal as _};

use tokio::sync::oneshot;
use tracing::info;
use worker_runtime::Report;

use super::{
    error::CommandError,
    output::{done, print},
    queue_access::{no_queue, open},
};
use crate::cli::PurgeArgs;

/// The next line of the terminal. Whoever stops the command while it waits for it has answered: the
/// thread that reads is not waited for.
async fn answer() -> io::Result<String> {
    let (sender, answer) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let _ = sender.send(read.map(|_| line));
    });
    answer.await.unwrap_or_else(|_| Ok(String::new()))
}

pub(super) async fn purge(args: PurgeArgs) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let name = &args.queue.queue;
    let status = queue.status(0).await?;
    if !status.exists() {
        // A mistyped name would leave the queue that was meant as it is. One that was purged before
        // is there, and empty.
        return if args.if_exists {
            Ok(done().count("purged", 0))
        } else {
            Err(no_queue(&queue).await.into())
        };
    }
    if !args.yes {
        let tasks = status.open() + status.dead;
        if !io::stdin().is_terminal() {
            return Err(CommandError::NotConfirmed { tasks }.into());
        }
        let results = match (args.results, status.results) {
            (true, results) => format!(" and {results} results"),
            (false, 0) => String::new(),
            (false, results) => format!(" and leaves {results} results (--results removes them)"),
        };
        print(&format!(
            "This removes {tasks} tasks{results} of the queue. Type its name, {name}, to go on: "
        ))?;
        if answer().await?.trim() != name {
            print("Nothing is removed.\n")?;
            return Err(CommandError::Declined.into());
        }
    }
    let purged = queue.purge(args.results).await?;
    let left = if args.results { 0 } else { status.results };
    let stays = match left {
        0 => String::new(),
        _ => format!(
            "; its results stay in {}, and purge --results removes them",
            queue.keys().results()
        ),
    };
    info!(
        pending = purged.pending,
        delayed = purged.delayed,
        in_hand = purged.in_hand,
        dead = purged.dead,
        results = if args.results { status.results } else { 0 },
        results_left = left,
        "no task is left in the queue, and its counts begin anew{stays}"
    );
    let tasks = purged.pending + purged.delayed + purged.in_hand + purged.dead;
    Ok(done().count("purged", tasks).count("results_left", left))
}
