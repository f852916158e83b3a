//! The benchmark itself: every task at every parallelism.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use k8s_openapi::api::batch::v1::Job;

use crate::engine::Events;
use crate::engine::Remote;
use crate::engine::{Local, docker_version};
use crate::job::job;
use crate::report::Machine;
use crate::report::{Report, TaskReport};
use crate::split::JobTimes;
use crate::task::Task;

/// Where the pods run.
#[derive(Clone, Debug)]
pub enum Place {
    /// As processes of this machine: the workers in this folder. No limits are set.
    Local(PathBuf),
    /// As containers in Docker, with the limits of the manifest and without a network.
    Docker,
    /// On the cluster of KUBECONFIG, whose nodes have the images.
    Cluster,
}

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// Where.
    pub place: Place,
    /// What each pod does.
    pub tasks: Vec<Task>,
    /// How often a Job does it.
    pub completions: u32,
    /// Pods at once, one Job for each number; 1 is among them, for the others are compared with
    /// it.
    pub parallelism: Vec<u32>,
    /// The longest that a Job may take.
    pub timeout: Duration,
    /// The tag of the workers' images.
    pub tag: String,
    /// The processors that pods can have, where it is not what the machine or the cluster says.
    pub processors: Option<f64>,
}

enum Engine {
    Here(Box<Local>),
    There(Remote),
}

impl Engine {
    fn run(&self, job: &Job, timeout: Duration, events: &Events) -> anyhow::Result<JobTimes> {
        match self {
            Engine::Here(local) => local.run(job, timeout, events),
            Engine::There(remote) => remote.run(job, timeout, events),
        }
    }
}

/// Runs every Job, one after the other, and tells `progress` of each. Whatever comes, what it made
/// besides the report is removed.
///
/// # Errors
///
/// If a Job fails or takes too long, a cluster or Docker does not do as it is told, or with
/// [`crate::Interrupted`] a signal comes.
pub fn run(benchmark: &Benchmark, progress: &mut dyn FnMut(&str)) -> anyhow::Result<Report> {
    ensure!(
        benchmark.parallelism.contains(&1),
        "the others are compared with parallelism 1: it must be among them"
    );
    ensure!(benchmark.completions > 0, "a Job without completions has nothing to do");
    // From here on a signal ends a wait, and not the program.
    let events = Events::listen()?;
    let (machine, mut engine) = start(&benchmark.place, &benchmark.tag)?;
    let machine =
        Machine { processors: benchmark.processors.unwrap_or(machine.processors), ..machine };
    ensure!(
        machine.processors > 0.0,
        "no node takes pods: say with --processors how many processors they can have"
    );
    let mut tasks = Vec::new();
    for task in &benchmark.tasks {
        let mut jobs = Vec::new();
        for parallelism in &benchmark.parallelism {
            let job =
                job(*task, benchmark.completions, *parallelism, &benchmark.tag, benchmark.timeout)?;
            let what = format!("{} at parallelism {parallelism}", task.name());
            let times =
                engine.run(&job, benchmark.timeout, &events).with_context(|| what.clone())?;
            progress(&format!("{what}: {:.2} s", times.seconds));
            jobs.push((*parallelism, times));
        }
        tasks.push(TaskReport::new(*task, benchmark.completions, machine.processors, jobs)?);
    }
    if let Engine::There(remote) = &mut engine {
        remote.remove()?;
    }
    Ok(Report {
        date: today(),
        machine,
        completions: benchmark.completions,
        notes: notes(&benchmark.place),
        tasks,
    })
}

fn start(place: &Place, tag: &str) -> anyhow::Result<(Machine, Engine)> {
    Ok(match place {
        Place::Local(workers) => (
            Machine::this("processes".to_owned()),
            Engine::Here(Box::new(Local::processes(workers)?)),
        ),
        Place::Docker => {
            (Machine::this(docker_version()?), Engine::Here(Box::new(Local::docker(tag)?)))
        }
        Place::Cluster => {
            let (engine, processors) = Remote::describe()?;
            (Machine { engine, processors, model: None }, Engine::There(Remote::start()?))
        }
    })
}

fn notes(place: &Place) -> Vec<&'static str> {
    const ONE_EACH: &str = "A pod is limited to one processor. The ideal bounds what computes: \
                            pods that wait while they start can exceed it.";
    match place {
        Place::Local(_) => vec![
            "Processes have no limits: a validation judges in one thread and compresses beside \
             it, so one pod alone uses more than one processor, and more of them gain less than \
             the ideal.",
        ],
        Place::Docker => vec![ONE_EACH],
        Place::Cluster => vec![
            ONE_EACH,
            "Kubernetes' times are whole seconds: seconds, controller, schedule and start may be \
             off by one in each pod or Job; prepare and work are the workers' own, to the \
             millisecond.",
        ],
    }
}

/// The day of today in UTC, such as 2026-11-25.
fn today() -> String {
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    now.chars().take(10).collect()
}
