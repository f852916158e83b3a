//! The S3 server of the tests as a program, which takes the arguments and variables of MinIO:
//! `s3_server server FOLDER --address HOST:PORT`, `MINIO_ROOT_USER`, `MINIO_ROOT_PASSWORD`. It
//! stands in for a real one where no image can be pulled. For tests only.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use object_storage::Keys;
use system_tests::S3Server;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves a folder whose sub-folders are buckets.
    Server {
        folder: PathBuf,
        /// HOST:PORT, or :PORT for all addresses.
        #[arg(long, default_value = ":9000")]
        address: String,
        #[arg(long, env = "MINIO_ROOT_USER")]
        user: String,
        #[arg(long, env = "MINIO_ROOT_PASSWORD", hide_env_values = true)]
        password: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Command::Server { folder, address, user, password } = Cli::parse().command;
    let address: SocketAddr = match address.strip_prefix(':') {
        Some(port) => (Ipv4Addr::UNSPECIFIED, port.parse().context("a port is a number")?).into(),
        None => address.parse().context("an address is HOST:PORT")?,
    };
    std::fs::create_dir_all(&folder)?;
    let keys = Keys { access_key_id: user, secret_access_key: password };
    let _server = S3Server::start_at(address, &keys, &folder)?;
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
