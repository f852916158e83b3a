//! Where the laws are tried.

use std::time::Duration;

use anyhow::Context;
use object_storage::{Location, StorageArgs};
use system_tests::{Fault, FaultPlan, FaultProxy, S3Server, Storage};
use tempfile::TempDir;

const BUCKET: &str = "laws";

/// A storage, and a folder of its own in it.
pub(crate) struct Bench {
    pub(crate) storage: Storage,
    pub(crate) folder: Location,
    /// The settings of `storage`, for another one like it.
    pub(crate) args: StorageArgs,
    backing: Backing,
}

enum Backing {
    Local(#[expect(dead_code, reason = "kept for its removal")] TempDir),
    Sound(S3Server),
    Faulty(FaultProxy, #[expect(dead_code, reason = "kept alive")] S3Server),
    External,
}

impl Bench {
    fn new(args: StorageArgs, folder: Location, backing: Backing) -> Bench {
        Bench { storage: Storage::new(&args), folder, args, backing }
    }

    pub(crate) fn at(&self, name: &str) -> anyhow::Result<Location> {
        Ok(self.folder.join(name)?)
    }

    /// Checks what has to hold for the place itself after a law.
    pub(crate) async fn finish(self) -> anyhow::Result<()> {
        self.storage.close().await;
        match &self.backing {
            Backing::Sound(server) => {
                assert_eq!(server.unfinished_uploads()?, Vec::<String>::new());
            }
            Backing::Faulty(proxy, _) => {
                let injected: u64 = Fault::ALL.iter().map(|fault| proxy.injected(*fault)).sum();
                assert!(injected > 0, "no fault was injected");
            }
            Backing::Local(_) | Backing::External => {}
        }
        Ok(())
    }
}

/// Small ranges and parts, so that few bytes already make many of them.
fn small_pieces(args: StorageArgs) -> StorageArgs {
    StorageArgs { range_mib: 1, ranges: 3, part_mib: 5, parts: 2, ..args }
}

fn below_bucket(law: &str) -> anyhow::Result<Location> {
    Ok(format!("s3://{BUCKET}/{law}").parse()?)
}

pub(crate) fn on_local_files(law: &str) -> anyhow::Result<Bench> {
    let folder = tempfile::tempdir()?;
    let below = Location::Local(folder.path().join(law));
    Ok(Bench::new(StorageArgs::default(), below, Backing::Local(folder)))
}

pub(crate) fn on_a_sound_server(law: &str) -> anyhow::Result<Bench> {
    let server = S3Server::start(&[BUCKET])?;
    let args = small_pieces(S3Server::args(&server.endpoint()));
    Ok(Bench::new(args, below_bucket(law)?, Backing::Sound(server)))
}

pub(crate) fn behind_a_faulty_network(law: &str) -> anyhow::Result<Bench> {
    let server = S3Server::start(&[BUCKET])?;
    let mut faults = Fault::ALL.to_vec();
    // Each costs a timeout: one fault in eleven.
    faults.extend_from_slice(&Fault::ALL[..5]);
    let plan = FaultPlan {
        seed: law.bytes().map(u64::from).sum(),
        share: 0.4,
        faults,
        // Less than the attempts: every request gets through in the end.
        longest_run: 3,
    };
    let proxy = FaultProxy::start(&server.endpoint(), plan)?;
    let args = StorageArgs {
        timeout: Duration::from_secs(1),
        // Enough for three runs of faults: on a busy machine a sound attempt in between may time
        // out as well.
        attempts: 13,
        retry_delay: Duration::from_millis(2),
        ..small_pieces(S3Server::args(&proxy.endpoint()))
    };
    Ok(Bench::new(args, below_bucket(law)?, Backing::Faulty(proxy, server)))
}

pub(crate) fn on_an_endpoint_of_the_environment(law: &str) -> anyhow::Result<Bench> {
    let variable = |name: &str| {
        std::env::var(name).ok().filter(|value| !value.is_empty()).with_context(|| {
            format!(
                "{name} is not set: these tests need AWS_ENDPOINT_URL (http://host:port), \
                 S3_TEST_BUCKET (a bucket that exists) and AWS_ACCESS_KEY_ID with \
                 AWS_SECRET_ACCESS_KEY"
            )
        })
    };
    let args =
        StorageArgs { aws_endpoint: Some(variable("AWS_ENDPOINT_URL")?), ..StorageArgs::default() };
    let bucket = variable("S3_TEST_BUCKET")?;
    let folder = format!("s3://{bucket}/job-workers-test/{law}").parse()?;
    Ok(Bench::new(small_pieces(args), folder, Backing::External))
}
