//! The settings of `simulate`.

use clap::Args;
use job_files::output_location;
use object_storage::{Location, StorageArgs};
use worker_runtime::IdentityArgs;

use super::headings::{OUTPUT, SIMULATION};
use super::phases::Phases;

/// `simulate`.
#[derive(Args, Clone, Debug)]
pub struct Simulate {
    /// Phases in order, each a name and a time or a range of times
    #[arg(
        long,
        help_heading = SIMULATION,
        env = "JOB_WORKER_PHASES",
        value_name = "NAME=TIME[..TIME],...",
        default_value = "download=1s,process=3s..5s,upload=1s"
    )]
    pub phases: Phases,
    /// Seed of the times drawn from ranges; the same seed and index give the same times
    #[arg(long, help_heading = SIMULATION, env = "JOB_WORKER_SEED", default_value_t = 0)]
    pub seed: u64,
    /// Folder or s3:// prefix for part-00000/summary.json and _SUCCESS; nothing is published
    /// without it
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_OUTPUT",
        value_name = "LOCATION",
        value_parser = output_location,
    )]
    pub output: Option<Location>,
    /// Do the work again although the partition is finished
    #[arg(long, help_heading = OUTPUT, env = "JOB_WORKER_FORCE")]
    pub force: bool,
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}
