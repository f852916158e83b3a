//! `sample-data make-buckets`: places for others to write to.

use clap::Args;
use object_storage::{Location, Storage, StorageArgs};
use worker_runtime::{Outcome, Report};

use crate::error::Error;

/// Buckets, or folders, that others write to; those that are there already stay as they are
#[derive(Args, Clone, Debug)]
pub(crate) struct MakeBucketsArgs {
    /// s3://BUCKET, or a folder
    #[arg(value_name = "LOCATION", required = true)]
    buckets: Vec<Location>,

    #[command(flatten)]
    storage: StorageArgs,
}

/// Makes them one by one.
pub(crate) fn make_buckets(args: &MakeBucketsArgs) -> Result<Report, Error> {
    let storage = Storage::new(&args.storage);
    for bucket in &args.buckets {
        storage.make_bucket(bucket)?;
        tracing::info!(%bucket, "is there");
    }
    Ok(Report::new(Outcome::Done).count("buckets", args.buckets.len() as u64))
}
