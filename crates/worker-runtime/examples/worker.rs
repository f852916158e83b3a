//! A worker with no work: it ends in whichever way it is told to, so that the contract can be tried
//! from outside.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use worker_runtime::prometheus_client::metrics::counter::Counter;
use worker_runtime::{
    About, Environment, Exit, IdentityArgs, IdentityError, Outcome, Pod, Report, Role, RuntimeArgs,
    WorkerError, on_blocking_thread, start,
};

const ABOUT: About = About { name: "example-worker", version: "1.2.3" };

/// Ends in whichever way it is told to
#[derive(Parser)]
#[command(name = ABOUT.name, version = ABOUT.version)]
struct Config {
    #[command(flatten)]
    runtime: RuntimeArgs,
    /// A service, whose password must never be seen
    #[arg(long, env = "EXAMPLE_URL", default_value = "redis://localhost")]
    url: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Takes on its identity, counts to ten and ends well
    Count {
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// Takes on its index, without a count, and ends well
    CountOne {
        #[command(flatten)]
        identity: IdentityArgs,
    },
    /// Fails with an error that is worth the exit code
    Fail { exit: u8 },
    /// Looks, and ends well
    Look,
    /// Runs this very program again with other arguments, and then waits to be stopped
    Start {
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Fails by itself, with nothing but the URL in the error
    Leak,
    /// Panics
    Panic { place: Place },
    /// Works until it is stopped
    Work { at_sigterm: AtSigterm },
    /// Ends well with an outcome that is not simply done
    End { outcome: End },
}

impl Command {
    fn role(&self) -> Role {
        match self {
            Command::Look => Role::Inquiry,
            _ => Role::Job,
        }
    }
}

#[derive(Clone, ValueEnum)]
enum Place {
    Body,
    BlockingThread,
    ThreadNobodyWaitsFor,
}

#[derive(Clone, ValueEnum)]
enum AtSigterm {
    /// Hands back what it has and returns.
    Stop,
    /// The same, but for what is in hand it needs longer than the signals of one stop may be apart.
    StopAfterAWhile,
    /// Takes no notice, in the runtime.
    Ignore,
    /// Takes no notice, on a blocking thread.
    IgnoreOnBlockingThread,
    /// Finishes the work all the same.
    Finish,
}

#[derive(Clone, ValueEnum)]
enum End {
    AlreadyDone,
    Rejected,
    /// Stopped, while its exit code says done.
    StoppedWithZero,
}

/// What the disk said.
#[derive(Debug, thiserror::Error)]
#[error("the disk said {}", .0.meaning())]
struct Told(Exit);

/// What lies between the disk and the partition.
#[derive(Debug, thiserror::Error)]
#[error("cannot write part-00000/accepted.csv")]
struct Unwritten(#[source] Told);

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("partition 0 is not published")]
    Unpublished(#[source] Unwritten),
    #[error("{0}")]
    Other(String),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl WorkerError for Error {
    fn exit(&self) -> Exit {
        match self {
            Error::Unpublished(Unwritten(Told(exit))) => *exit,
            Error::Identity(error) => error.exit(),
            Error::Other(_) | Error::Io(_) => Exit::Bug,
        }
    }
}

fn main() -> ExitCode {
    start(ABOUT, |config: &Config| (&config.runtime, config.command.role()), run)
}

async fn run(config: Config, pod: Pod) -> Result<Report, Error> {
    tracing::info!(url = config.url, "started");
    match config.command {
        Command::Count { identity } => count(&identity, &pod).await,
        Command::CountOne { identity } => {
            pod.assume(identity.resolve_index(&Environment::of_process())?);
            Ok(Report::new(Outcome::Done))
        }
        Command::Fail { exit } => {
            let exit = Exit::ALL
                .into_iter()
                .find(|known| known.code() == exit)
                .ok_or_else(|| Error::Other("no such exit code".to_owned()))?;
            Err(Error::Unpublished(Unwritten(Told(exit))))
        }
        Command::Look => Ok(Report::new(Outcome::Done)),
        Command::Start { arguments } => {
            let status =
                std::process::Command::new(std::env::current_exe()?).args(arguments).status()?;
            tracing::info!(code = status.code(), "the other one has ended");
            work(AtSigterm::Stop, &pod).await
        }
        Command::Leak => Err(Error::Other(format!("cannot reach {}", config.url))),
        Command::Panic { place } => panic_in(place).await,
        Command::Work { at_sigterm } => work(at_sigterm, &pod).await,
        Command::End { outcome } => Ok(match outcome {
            End::AlreadyDone => {
                Report::new(Outcome::AlreadyDone).message("an earlier run published the same")
            }
            End::Rejected => {
                Report::new(Outcome::Rejected).count("rejected", 7).message("7 of 9 rows are bad")
            }
            End::StoppedWithZero => Report { exit: Exit::Done, ..Report::new(Outcome::Stopped) },
        }),
    }
}

async fn count(identity: &IdentityArgs, pod: &Pod) -> Result<Report, Error> {
    pod.assume(identity.resolve(&Environment::of_process())?);
    let batches = Counter::<u64>::default();
    pod.metrics.register("batches", "Batches done", batches.clone());
    let progress = pod.progress("rows", Some(10));
    let counted = progress.clone();
    let rows = on_blocking_thread(move || {
        let span = tracing::info_span!("batch", batch = 1, worker = "of the span");
        let _entered = span.enter();
        for _ in 0..10 {
            counted.advance(1);
        }
        batches.inc();
        tracing::info!(rows = counted.done(), index = "of the event", "counted on another thread");
        counted.done()
    })
    .await;
    progress.finish();
    Ok(Report::new(Outcome::Done).count("rows", rows).count("rejected", 0))
}

async fn panic_in(place: Place) -> Result<Report, Error> {
    match place {
        Place::Body => panic!("the body at redis://u:geheim@host"),
        Place::BlockingThread => {
            let joined =
                tokio::task::spawn_blocking(|| -> () { panic!("a blocking thread") }).await;
            // A body cannot tell a panic from an error, and need not.
            joined.map_err(|_| Error::Other("the work broke off".to_owned()))?;
        }
        Place::ThreadNobodyWaitsFor => {
            std::thread::spawn(|| panic!("a thread nobody waits for"));
            std::future::pending::<()>().await;
        }
    }
    Ok(Report::new(Outcome::Done))
}

async fn work(at_sigterm: AtSigterm, pod: &Pod) -> Result<Report, Error> {
    let progress = pod.progress("tasks", None);
    progress.advance(3);
    tracing::info!("working");
    match at_sigterm {
        AtSigterm::Stop | AtSigterm::StopAfterAWhile => {
            pod.shutdown.requested().await;
            if matches!(at_sigterm, AtSigterm::StopAfterAWhile) {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Ok(Report::new(Outcome::Stopped).count("handed_back", 2))
        }
        AtSigterm::Finish => {
            pod.shutdown.requested().await;
            Ok(Report::new(Outcome::Done).count("tasks", 3))
        }
        AtSigterm::Ignore => std::future::pending().await,
        AtSigterm::IgnoreOnBlockingThread => {
            on_blocking_thread(|| std::thread::sleep(Duration::from_secs(3600))).await;
            Ok(Report::new(Outcome::Done))
        }
    }
}
