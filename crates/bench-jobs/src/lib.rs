//! How much faster a Job is with more pods at once, and where its time goes: the Job benchmark, on
//! a cluster, in Docker, or with processes.

pub mod api;
mod benchmark;
mod engine;
mod job;
mod report;
mod split;
mod task;

pub use benchmark::{Benchmark, Place, run};
pub use engine::Interrupted;
pub use report::{Report, Run, TaskReport, chart};
pub use split::{JobTimes, Parts, PodTimes, split};
pub use task::Task;
