//! What the tests of S3 errors share: servers that answer as told, and storages on them.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use object_storage::{Entry, Error, Location, StorageArgs, Version};
use system_tests::{
    Answer, CannedServer, Fault, FaultPlan, FaultProxy, Request, S3Server, Storage,
};

pub(crate) const ATTEMPTS: u32 = 5;

pub(crate) fn at(text: &str) -> Location {
    text.parse().expect("a valid location")
}

pub(crate) fn args(endpoint: &str) -> StorageArgs {
    StorageArgs {
        attempts: ATTEMPTS,
        retry_delay: Duration::from_millis(1),
        ..S3Server::args(endpoint)
    }
}

/// A server that answers every request by `answer`, and a storage on it.
pub(crate) fn canned(
    answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> anyhow::Result<(CannedServer, Storage)> {
    let server = CannedServer::start(answer)?;
    let storage = Storage::new(&args(&server.endpoint()));
    Ok((server, storage))
}

/// An address nobody listens on.
pub(crate) fn nobody() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(format!("http://{}", listener.local_addr()?))
}

/// A message without the time that the attempts took.
pub(crate) fn without_seconds(message: &str) -> String {
    let Some((before, rest)) = message.split_once(" attempts in ") else {
        return message.to_owned();
    };
    let (_, after) = rest.split_once(" s: ").expect("a time in seconds");
    format!("{before} attempts in ? s: {after}")
}

pub(crate) fn ten_bytes() -> Entry {
    Entry { location: at("s3://b/k"), size: 10, version: Version::Etag("abc".to_owned()) }
}

pub(crate) async fn read(storage: &Storage, entry: &Entry) -> Result<Vec<u8>, Error> {
    let mut reader = storage.open(entry, None).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A proxy in front of a sound server with the bucket `bucket`, on which every request has the
/// given fault, at most `longest_run` times in a row.
pub(crate) fn always(
    fault: Fault,
    longest_run: u32,
) -> anyhow::Result<(S3Server, FaultProxy, Storage)> {
    let server = S3Server::start(&["bucket"])?;
    let plan = FaultPlan { seed: 1, share: 1.0, faults: vec![fault], longest_run };
    let proxy = FaultProxy::start(&server.endpoint(), plan)?;
    let storage = Storage::new(&StorageArgs {
        timeout: Duration::from_millis(200),
        ..args(&proxy.endpoint())
    });
    Ok((server, proxy, storage))
}
