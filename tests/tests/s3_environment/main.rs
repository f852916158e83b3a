//! Settings and credentials as a pod gets them: by its environment. Each is tried in a process of
//! its own.

mod endpoints;
mod headers;
mod keys;
mod providers;
mod proxies;

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use bytes::Bytes;
use clap::Parser;
use object_storage::{Condition, Location, StorageArgs};
use system_tests::{S3Server, Storage};

/// What the child is to list.
pub(crate) const LIST: &str = "TEST_LIST";

/// How many bytes the child is to put there before that, and to read back.
pub(crate) const PUT: &str = "TEST_PUT";

/// What comes before the child's finding among the lines that the test runner prints.
pub(crate) const FOUND: &str = "found: ";

#[derive(Parser)]
pub(crate) struct Cli {
    #[command(flatten)]
    storage: StorageArgs,
}

/// Not a test: what the tests below run in processes of their own.
#[test]
#[ignore = "run by the other tests"]
#[expect(clippy::print_stdout, reason = "its parent reads it")]
pub(crate) fn child() {
    let at: Location = std::env::var(LIST)
        .expect("the parent says what to list")
        .parse()
        .expect("a valid location");
    let args = Cli::parse_from(["child"]).storage;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let storage = Storage::new(&args);
    if let Ok(size) = std::env::var(PUT) {
        let bytes = Bytes::from(vec![7; size.parse().expect("a number")]);
        let there = at.join("put").expect("a name");
        let put = runtime.block_on(storage.put(&there, bytes.clone(), Condition::Always));
        assert_eq!(put.expect("put").size, bytes.len() as u64);
        let read = runtime.block_on(storage.read(&there, u64::MAX)).expect("read");
        assert!(read == bytes, "other bytes than were put");
    }
    let found = match runtime.block_on(storage.list(&at)) {
        Ok(entries) => {
            entries.iter().map(|entry| entry.location.to_string()).collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("{:?}: {error}", error.kind()),
    };
    println!("\n{FOUND}{found}");
}

/// What a process with exactly this environment finds at `at`.
pub(crate) fn found(at: &str, environment: &[(&str, &str)]) -> anyhow::Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env_clear()
        .env(LIST, at)
        .envs(environment.iter().copied())
        .output()?;
    let stdout = String::from_utf8(output.stdout)?;
    let found = stdout.lines().find_map(|line| line.strip_prefix(FOUND));
    found.map(str::to_owned).ok_or_else(|| {
        anyhow::anyhow!("no finding in: {stdout}{}", String::from_utf8_lossy(&output.stderr))
    })
}

/// A server with one object, and its keys.
pub(crate) async fn server() -> anyhow::Result<(S3Server, String, String)> {
    let server = S3Server::start(&["bucket"])?;
    let storage = Storage::new(&S3Server::args(&server.endpoint()));
    storage
        .put(&"s3://bucket/in/a.csv".parse()?, Bytes::from_static(b"x"), Condition::Always)
        .await?;
    let keys = S3Server::keys();
    Ok((server, keys.access_key_id, keys.secret_access_key))
}

/// An address nobody listens on.
pub(crate) fn nobody() -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(format!("http://{}", listener.local_addr()?))
}
