//! A Redis of the test's own, ended by pid with it.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

/// A real redis-server on a free port of the loopback interface, with nothing kept.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
}

impl RedisServer {
    /// Starts it, with its files in `folder`, and waits until it listens.
    pub fn start(folder: &Path) -> anyhow::Result<RedisServer> {
        // Between the look for a free port and its use somebody else may take it, and Redis ends at
        // once.
        for _ in 0..5 {
            if let Some(server) = RedisServer::start_at_free_port(folder)? {
                return Ok(server);
            }
        }
        bail!("redis-server ends at once on five ports that were free")
    }

    fn start_at_free_port(folder: &Path) -> anyhow::Result<Option<RedisServer>> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
                &port.to_string(),
                "--dir",
            ])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server must be installed (Debian: apt-get install redis-server)")?;
        let mut server = RedisServer { child, port };
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if server.child.try_wait()?.is_some() {
                return Ok(None);
            }
            ensure!(began.elapsed() < Duration::from_secs(30), "redis-server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        // What listens may be what took the port.
        Ok(server.child.try_wait()?.is_none().then_some(server))
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
