//! The handlers that the command line names, one for each lane.

use std::time::Duration;

use tokio::task::JoinSet;
use worker_runtime::{Pod, child::Guardian};

use crate::{
    cli::{HandlerName, RunArgs},
    commands::error::CommandError,
    handlers::{AtOnce, Awaited, FirstEnds, Handler, Lines, LinesSettings, PerTask, Validate},
    queue::Delivery,
};

/// A handler for each lane, and the keepers of `--lines` children, which run until the handlers are
/// gone.
pub(super) fn handlers(
    args: &RunArgs,
    grace: Duration,
    pod: &Pod,
) -> Result<(Vec<Handler>, JoinSet<()>), CommandError> {
    let mut keepers = JoinSet::new();
    let lanes = usize::from(args.handler.concurrency);
    let handlers = match args.handler.handler {
        Some(HandlerName::Simulate(simulate)) => (0..lanes)
            .map(|_| match simulate.is_instant() {
                true => Handler::AtOnce(AtOnce::Nothing),
                false => Handler::Awaited(Awaited::Simulate(simulate)),
            })
            .collect(),
        Some(HandlerName::Validate) => {
            let schema = args.handler.schema.as_deref().ok_or(CommandError::NoSchema)?;
            let checks = args.handler.checks.as_deref();
            let validate = || {
                let validate = Validate::from_files(schema, checks)?;
                Ok(Handler::AtOnce(AtOnce::Validate(Box::new(validate))))
            };
            (0..lanes).map(|_| validate()).collect::<Result<_, CommandError>>()?
        }
        None if args.handler.command.is_empty() => return Err(CommandError::NoHandler),
        None if args.handler.lines => {
            let settings = lines_settings(args, grace, pod);
            let mut handlers = Vec::new();
            for _ in 0..lanes {
                let (lines, keeper) = Lines::new(settings.clone());
                keepers.spawn(keeper);
                // Each task that a child may have at once has a lane of its own, so that none holds
                // up another.
                handlers.extend(
                    (0..args.handler.window)
                        .map(|_| Handler::Awaited(Awaited::Lines(lines.clone()))),
                );
            }
            handlers
        }
        None => {
            let command = PerTask {
                command: args.handler.command.clone(),
                timeout: args.handler.task_timeout,
                max_output: args.handler.max_output,
                first_ends: first_ends(args),
                guardian: Guardian::default(),
            };
            (0..lanes).map(|_| Handler::Awaited(Awaited::PerTask(command.clone()))).collect()
        }
    };
    Ok((handlers, keepers))
}

fn first_ends(args: &RunArgs) -> FirstEnds {
    FirstEnds::new(match args.delivery.delivery {
        Delivery::AtLeastOnce => args.delivery.max_attempts,
        Delivery::AtMostOnce => 1,
    })
}

fn lines_settings(args: &RunArgs, grace: Duration, pod: &Pod) -> LinesSettings {
    LinesSettings {
        command: args.handler.command.clone(),
        timeout: args.handler.task_timeout,
        max_output: args.handler.max_output,
        // The rest of the grace period is for whatever comes after the child.
        farewell: grace.mul_f64(0.6),
        // A tenth of the lease is kept back for its end to be noticed before another worker has the
        // task.
        hasty_farewell: args.delivery.lease / 20,
        shutdown: pod.shutdown.clone(),
        first_ends: first_ends(args),
        once: args.delivery.delivery == Delivery::AtMostOnce,
        names_queue: args.queues.parse().is_ok_and(|(names, _)| names.len() > 1),
        guardian: Guardian::default(),
    }
}
