//! What was measured: as JSON, and as a table in Markdown.

use std::fmt::Write as _;

use anyhow::Context;
use serde::Serialize;

use super::machine::Machine;
use crate::split::{JobTimes, Parts, PodTimes, split};
use crate::task::Task;

/// All Jobs of one benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The day it was made, in UTC.
    pub date: String,
    /// What it was made on.
    pub machine: Machine,
    /// The completions of every Job.
    pub completions: u32,
    /// What to know of the numbers of this engine.
    pub notes: Vec<&'static str>,
    /// The tasks, in the order in which they were measured.
    pub tasks: Vec<TaskReport>,
}

/// The Jobs with one task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskReport {
    /// Its name.
    pub name: &'static str,
    /// What a pod does.
    pub description: String,
    /// How the best speed-up is computed, in words.
    pub ideal: String,
    /// The Jobs.
    pub runs: Vec<Run>,
}

/// One Job.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Pods at once.
    pub parallelism: u32,
    /// Wall time of the Job.
    pub seconds: f64,
    /// How many times faster than with one pod at once.
    pub speed_up: f64,
    /// The best speed-up there can be.
    pub ideal: f64,
    /// The speed-up as a share of the ideal.
    pub efficiency: f64,
    /// Where the wall time went, in seconds.
    pub parts: Parts,
    /// Every attempt.
    pub pods: Vec<PodTimes>,
}

impl TaskReport {
    /// Compares Jobs, each with its parallelism, with the one at parallelism 1.
    ///
    /// # Errors
    ///
    /// If that is missing, or a Job took no time that its clock can see.
    pub fn new(
        task: Task,
        completions: u32,
        processors: f64,
        jobs: Vec<(u32, JobTimes)>,
    ) -> anyhow::Result<TaskReport> {
        let one =
            jobs.iter().find(|(parallelism, _)| *parallelism == 1).map(|(_, job)| job.seconds);
        let one = one.context("no Job at parallelism 1 to compare with")?;
        let runs = jobs.into_iter().map(|(parallelism, job)| {
            anyhow::ensure!(
                job.seconds > 0.0,
                "{} at parallelism {parallelism} took less than the second that Kubernetes counts \
                 in: give it more work",
                task.name()
            );
            let (speed_up, ideal) =
                (one / job.seconds, task.ideal(completions, parallelism, processors));
            let parts = split(&job, completions, parallelism);
            let efficiency = speed_up / ideal;
            Ok(Run {
                parallelism,
                seconds: job.seconds,
                speed_up,
                ideal,
                efficiency,
                parts,
                pods: job.pods,
            })
        });
        let (runs, ideal) =
            (runs.collect::<anyhow::Result<_>>()?, task.ideal_in_words(completions, processors));
        Ok(TaskReport { name: task.name(), description: task.description(), ideal, runs })
    }
}

impl Report {
    /// The machine in a line, the table, and how to read it.
    pub fn table(&self) -> String {
        let Machine { engine, processors, model } = &self.machine;
        let model = model.as_deref().map_or(String::new(), |model| format!(", {model}"));
        let processors = if *processors == 1.0 {
            "1 processor".to_owned()
        } else {
            format!("{processors} processors")
        };
        let mut text = format!(
            "{}: {engine}{model}, {processors}; {} completions.\n\n",
            self.date, self.completions
        );
        text += "| task | parallelism | seconds | speed-up | ideal | efficiency | controller | \
                 schedule | start | prepare | work | idle | lost |\n";
        text += "|------|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
        for task in &self.tasks {
            for run in &task.runs {
                let Run { parallelism, seconds, speed_up, ideal, efficiency, parts, .. } = run;
                let Parts { controller, schedule, start, prepare, work, idle, lost } = parts;
                let share = efficiency * 100.0;
                let _ = write!(
                    text,
                    "| {} | {parallelism} | {seconds:.2} | {speed_up:.2} | {ideal:.2} | \
                     {share:.0} % |",
                    task.name
                );
                for part in [controller, schedule, start, prepare, work, idle, lost] {
                    let _ = write!(text, " {part:.2} |");
                }
                text.push('\n');
            }
        }
        text.push('\n');
        for task in &self.tasks {
            let _ = writeln!(
                text,
                "- {}: a pod {}. Ideal: {}.",
                task.name, task.description, task.ideal
            );
        }
        text += "- The parts are seconds of wall time, each second shared among the places for \
                 pods; they add up to the whole.\n";
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }
}
