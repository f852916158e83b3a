//! A sentinel that watches a primary.

use std::process::{Child, Command, Stdio};

use super::{
    process::until,
    server::{Server, free_port},
};

/// A sentinel of the test's own.
pub struct Sentinel {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Sentinel {
    pub fn start(primary: u16) -> Sentinel {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let file = folder.path().join("sentinel.conf");
        let settings = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor main 127.0.0.1 {primary} \
             1\nsentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n",
            folder.path().display()
        );
        std::fs::write(&file, settings).unwrap();
        let child = Command::new("redis-server")
            .arg(&file)
            .arg("--sentinel")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let sentinel = Sentinel { child, port, _folder: folder };
        until("the sentinel answers", || sentinel.master().is_some());
        sentinel
    }

    /// The port of the primary that it names.
    pub fn master(&self) -> Option<u16> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        let mut connection = client.get_connection().ok()?;
        let address: (String, String) = redis::cmd("SENTINEL")
            .arg(&["GET-MASTER-ADDR-BY-NAME", "main"])
            .query(&mut connection)
            .ok()?;
        address.1.parse().ok()
    }

    /// Where the worker finds the primary.
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/main", self.port)
    }

    /// Waits until the replica has the queue `q` and the sentinel knows of the replica.
    pub fn await_replica(&self, replica: &Server) {
        let replicated = || {
            let info: String =
                redis::cmd("INFO").arg("replication").query(&mut replica.connection()).unwrap();
            info.contains("master_link_status:up")
                && redis::cmd("EXISTS").arg("q").query::<u64>(&mut replica.connection()).unwrap()
                    == 1
        };
        until("the replica has the queue", replicated);
        let sentinel_knows = || {
            let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
            let mut connection = client.get_connection().unwrap();
            let known: redis::RedisResult<Vec<redis::Value>> =
                redis::cmd("SENTINEL").arg(&["REPLICAS", "main"]).query(&mut connection);
            known.is_ok_and(|known| !known.is_empty())
        };
        until("the sentinel knows the replica", sentinel_knows);
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
