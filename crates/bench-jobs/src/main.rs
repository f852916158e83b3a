//! `make bench-jobs`: how much faster a Job is with more pods at once, and where its time goes.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use bench_jobs::{Benchmark, Interrupted, Place, Report, Task, chart, run};
use clap::{Parser, ValueEnum};

/// Runs Jobs of the same size at several parallelisms, and prints seconds, speed-up, efficiency
/// against the ideal, and where the time went. JSON and a chart go into a folder.
#[derive(Parser)]
#[command(name = "bench-jobs", args_override_self = true)]
struct Cli {
    /// Where pods run
    #[arg(long, value_enum, default_value = "local")]
    on: On,
    /// Completions of each Job
    #[arg(
        long,
        value_name = "N",
        default_value = "10",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    completions: u32,
    /// Pods at once, a Job for each; 1 must be among them
    #[arg(
        long,
        value_name = "N,...",
        value_delimiter = ',',
        default_value = "1,3,5,10",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    parallelism: Vec<u32>,
    /// What pods do
    #[arg(
        long,
        value_name = "TASK,...",
        value_delimiter = ',',
        value_enum,
        default_value = "fixed,validate"
    )]
    tasks: Vec<TaskName>,
    /// How long a pod of the task fixed waits
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "5s",
        value_parser = humantime::parse_duration
    )]
    fixed_time: Duration,
    /// How many transactions a pod of the task validate makes and validates
    #[arg(
        long,
        value_name = "N",
        default_value = "1000000",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    rows: u64,
    /// Longest time of a Job
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10m",
        value_parser = humantime::parse_duration
    )]
    timeout: Duration,
    /// Tag of the workers' images, with --on docker and --on cluster
    #[arg(long, env = "TAG", default_value = "dev")]
    tag: String,
    /// Folder with the workers, with --on local [default: that of this program]
    #[arg(long, value_name = "FOLDER")]
    workers: Option<PathBuf>,
    /// Processors that pods can have [default: those of the machine, or of the nodes that take
    /// pods]
    #[arg(long, value_name = "N")]
    processors: Option<f64>,
    /// Folder for the results [default: bench/jobs- and the date in the target folder]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum On {
    /// Processes of this machine, as an Indexed Job's controller would run them
    Local,
    /// Containers in Docker, with the limits of the manifest
    Docker,
    /// The cluster of KUBECONFIG
    Cluster,
}

#[derive(Clone, Copy, ValueEnum)]
enum TaskName {
    /// Wait
    Fixed,
    /// Make and validate a partition
    Validate,
}

fn main() -> ExitCode {
    match bench(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-jobs: {error:#}");
            // As a shell reports a signal.
            error
                .downcast_ref::<Interrupted>()
                .map_or(ExitCode::FAILURE, |ended| ExitCode::from(128 + ended.signal))
        }
    }
}

fn bench(cli: Cli) -> anyhow::Result<()> {
    let (name, place) = match cli.on {
        On::Local => ("local", Place::Local(workers(cli.workers)?)),
        On::Docker => ("docker", Place::Docker),
        On::Cluster => ("cluster", Place::Cluster),
    };
    let tasks = cli.tasks.iter().map(|task| match task {
        TaskName::Fixed => Task::Fixed(cli.fixed_time),
        TaskName::Validate => Task::Validate(cli.rows),
    });
    let benchmark = Benchmark {
        place,
        tasks: tasks.collect(),
        completions: cli.completions,
        parallelism: cli.parallelism,
        timeout: cli.timeout,
        tag: cli.tag,
        processors: cli.processors,
    };
    let report = run(&benchmark, &mut |line| eprintln!("{line}"))?;
    writeln!(std::io::stdout().lock(), "{}", report.table())?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let output = cli.output.unwrap_or_else(|| target.join(format!("bench/jobs-{}", report.date)));
    write(&report, &output, name)
        .with_context(|| format!("the results cannot be written to {}", output.display()))?;
    eprintln!("results: {}/{name}.json, {name}.md and {name}.svg", output.display());
    Ok(())
}

fn workers(folder: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let beside =
        || Ok(std::env::current_exe()?.parent().context("a program is in a folder")?.to_owned());
    folder.map_or_else(beside, Ok)
}

/// By the name of where they were made, so that all three fit into one folder.
fn write(report: &Report, folder: &std::path::Path, name: &str) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let json = serde_json::to_string_pretty(report)? + "\n";
    for (kind, text) in [("json", json), ("md", report.table()), ("svg", chart(report))] {
        fs::write(folder.join(format!("{name}.{kind}")), text)?;
    }
    Ok(())
}
