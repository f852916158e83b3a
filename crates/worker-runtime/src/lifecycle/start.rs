//! The story of a process: parse, set up, run, close.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use clap::parser::ValueSource;
use tokio::runtime::{Builder, Runtime};

use crate::child::orphans;
use crate::cli::args::{METRICS_ADDR, PUSH_GATEWAY, RuntimeArgs, TERMINATION_MESSAGE};
use crate::cli::{command_line, variables};
use crate::http::ListenAddr;
use crate::lifecycle::closing::{Closed, Closing, SetupError};
use crate::lifecycle::named::Named;
use crate::lifecycle::panics::Panics;
use crate::lifecycle::pod::Pod;
use crate::lifecycle::refusal::refuse;
use crate::lifecycle::report::Report;
use crate::lifecycle::role::Role;
use crate::lifecycle::shutdown::Shutdown;
use crate::lifecycle::supervise::{Ending, Signals, supervise};
use crate::lifecycle::termination::TerminationFile;
use crate::lifecycle::worker_error::WorkerError;
use crate::logging::context::{About, Context};
use crate::logging::logs::{self, Style};
use crate::metrics::endpoint;
use crate::metrics::push_group::{PushGroup, run_of_pod};
use crate::metrics::registry::Metrics;
use crate::progress::ProgressStyle;

/// Runs a worker: the whole of its `main`.
///
/// Parses the command line as `C` (a wrong one: exit 64 and a termination message; `--help`,
/// `--version`: exit 0), sets up logs, signals, metrics and a current-thread tokio runtime, and
/// runs `body` on it. CPU-bound work belongs on a blocking thread
/// ([`on_blocking_thread`](crate::on_blocking_thread)), so that signals are always served.
///
/// `settings` gives the contract's settings and what the command is to its container.
///
/// After SIGTERM or SIGINT the body has `--grace-period` to return by itself; past it, or at a
/// second signal that is not of the same stop, the process ends with 143, its blocking threads
/// where they are. A panic on any thread ends it with 70.
///
/// An error of the body is logged once, with its causes, and says which exit code it is worth
/// ([`WorkerError`]). Then come the termination message and, where a Pushgateway is set, one push
/// of the metrics, which takes at most 3 s and whose failure is only logged.
pub fn start<C, E, F, Fut>(
    about: About,
    settings: fn(&C) -> (&RuntimeArgs, Role),
    body: F,
) -> ExitCode
where
    C: Parser,
    E: WorkerError,
    F: FnOnce(C, Pod) -> Fut,
    Fut: Future<Output = Result<Report, E>>,
{
    let began = Instant::now();
    let (config, named) = match parse::<C>() {
        Ok(parsed) => parsed,
        Err(error) => return refuse(about, &error, &C::command(), began).into(),
    };
    let (args, role) = settings(&config);
    let args = args.clone();
    let context = Arc::new(Context::new(about, args.pod_name.clone()));
    let style = Style::new(args.log_format);
    let bars = style.bars().cloned();
    logs::install(&args.log_level, style, Arc::clone(&context));
    variables::warn_of_unknown(&C::command());
    let file = TerminationFile::claim(&args.termination_message, named.termination, role);
    let served = args.metrics_addr.filter(|_| named.metrics.is_for(role));
    let gateway = args.push_gateway.as_ref().filter(|_| named.push.is_for(role));
    let panics = Panics::watch(Arc::clone(&context), file.clone(), began);
    let closing = Closing { context: &context, file, began };

    let (tokio, mut signals) = match tokio_with_signals() {
        Ok(both) => both,
        Err(error) => {
            return closing.close(failed(SetupError::Signals(error))).exit.into();
        }
    };
    let progress = ProgressStyle {
        bars,
        interval: args.progress_interval,
        runtime: Some(tokio.handle().clone()),
    };
    let metrics = Metrics::new(about);
    let pod = Pod::new(Shutdown::new(), metrics.clone(), progress, Arc::clone(&context));
    let shutdown = pod.shutdown.clone();
    if orphans::is_reaper() {
        tokio.spawn(orphans::reap());
    }
    let run = async {
        if let Some(address) = served
            && let Err(error) = serve(address, &metrics).await
        {
            return failed(error);
        }
        supervise(|| body(config, pod), &shutdown, &mut signals, &panics, args.grace_period).await
    };
    // The body's own panic unwinds to here; the hook has told of it.
    let ending = catch_unwind(AssertUnwindSafe(|| tokio.block_on(run))).unwrap_or(Ending::Panicked);
    let Closed { exit, end } = closing.close(ending);
    if let (Some(end), Some(gateway)) = (end, gateway) {
        metrics.end(end);
        tokio.block_on(async {
            let (index, pod) = (context.index(), context.pod.as_str());
            let run = args.run_name.as_deref().filter(|name| !name.is_empty());
            let run = run.unwrap_or(run_of_pod(pod, index));
            let group = PushGroup { worker: about.name, run, index, pod };
            let pushing = gateway.push(group, metrics.exposition());
            let pushed = tokio::select! {
                pushed = pushing => pushed,
                name = signals.next() => {
                    tracing::warn!(signal = name, "the push of the metrics is broken off");
                    return;
                }
            };
            if let Err(error) = pushed {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    gateway = %gateway,
                    "the metrics are not pushed; the work itself is not affected"
                );
            }
        });
    }
    tokio.shutdown_background();
    exit.into()
}

fn failed(error: SetupError) -> Ending {
    Ending::Returned(Err(Box::new(error)))
}

/// How the settings that concern the whole container were given.
struct Sources {
    termination: Named,
    metrics: Named,
    push: Named,
}

fn parse<C: Parser>() -> Result<(C, Sources), clap::Error> {
    command_line::parse(|matches| {
        let named = |id| match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Named::Flag,
            Some(ValueSource::EnvVariable) => Named::Variable,
            _ => Named::Default,
        };
        Sources {
            termination: named(TERMINATION_MESSAGE),
            metrics: named(METRICS_ADDR),
            push: named(PUSH_GATEWAY),
        }
    })
}

fn tokio_with_signals() -> std::io::Result<(Runtime, Signals)> {
    let tokio = Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _inside = tokio.enter();
        Signals::listen()?
    };
    Ok((tokio, signals))
}

async fn serve(address: ListenAddr, metrics: &Metrics) -> Result<(), SetupError> {
    let bound = endpoint::serve(address, metrics.clone())
        .await
        .map_err(|source| SetupError::MetricsAddress { address, source })?;
    tracing::info!(address = %bound, "metrics are served");
    Ok(())
}
