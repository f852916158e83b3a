//! What was measured on.

use std::num::NonZero;
use std::thread::available_parallelism;

use serde::Serialize;

/// The machine, or the cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// Where pods run, such as `processes` or `Docker 28.5.2`.
    pub engine: String,
    /// The processors that pods can have.
    pub processors: f64,
    /// What the processors are, where this program runs on them.
    pub model: Option<String>,
}

impl Machine {
    /// This machine.
    pub(crate) fn this(engine: String) -> Machine {
        let processors = available_parallelism().map_or(1, NonZero::get) as f64;
        Machine { engine, processors, model: Some(model()) }
    }
}

fn model() -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = line.map_or(String::new(), |(_, model)| format!(", {}", model.trim()));
    format!("{}{model}", std::env::consts::ARCH)
}
