//! How much faster a Job is with more pods at once, and where its time goes: the Job benchmark, on
//! a cluster, in Docker, or with processes.

pub mod api;
mod benchmark;
mod chart;
mod cluster;
mod event;
mod job;
mod local;
mod machine;
mod report;
mod split;
mod task;

pub use benchmark::{Benchmark, Place, run};
pub use chart::chart;
pub use event::Interrupted;
pub use report::{Report, Run, TaskReport};
pub use split::{JobTimes, Parts, PodTimes, split};
pub use task::Task;
