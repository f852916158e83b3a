//! A Redis of the test's own: free port, private folder, ended by pid with the test.

use std::{
    fs::File,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use clap::Parser;
use queue_worker::{
    Queue,
    brokers::redis::{
        Keys,
        connection::{ConnectionArgs, Redis},
    },
};
use tempfile::TempDir;

/// A running redis-server.
pub struct Server {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether this server is a Redis of version 7 or later, or a Valkey: it wants to be asked to allow
/// DEBUG, and its scripts can ask what they are permitted.
pub fn is_modern() -> bool {
    static IS: OnceLock<bool> = OnceLock::new();
    *IS.get_or_init(|| {
        let version = Command::new("redis-server")
            .arg("--version")
            .output()
            .map(|ran| ran.stdout)
            .unwrap_or_default();
        !["v=5.", "v=6."].iter().any(|old| String::from_utf8_lossy(&version).contains(old))
    })
}

impl Server {
    /// Starts one that keeps nothing on disk.
    pub fn start() -> Server {
        Server::start_with(&["--save", "", "--appendonly", "no"])
    }

    /// Starts one with these settings.
    pub fn start_with(arguments: &[&str]) -> Server {
        let mut server = Server {
            child: None,
            port: free_port(),
            folder: tempfile::tempdir().unwrap(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
        };
        server.launch();
        server
    }

    fn launch(&mut self) {
        self.spawn();
        self.await_ready();
    }

    fn spawn(&mut self) {
        let log = File::create(self.folder.path().join("log")).unwrap();
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--dir"])
            .arg(self.folder.path())
            .args(["--unixsocket"])
            .arg(self.folder.path().join("redis.sock"))
            .args(if is_modern() { &["--enable-debug-command", "yes"][..] } else { &[] })
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("redis-server must be installed (Debian: apt-get install redis-server)");
        self.child = Some(child);
    }

    fn await_ready(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            // Any answer but LOADING will do: a password may be wanted.
            let ready = client
                .get_connection()
                .and_then(|mut connection| redis::cmd("PING").query::<()>(&mut connection));
            match ready {
                Ok(()) => return,
                Err(error) if matches!(error.code(), Some("NOAUTH" | "NOPERM")) => return,
                Err(error) if error.kind() == redis::ErrorKind::AuthenticationFailed => return,
                Err(error) => {
                    assert!(Instant::now() < deadline, "redis-server does not answer: {error}")
                }
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again on the same port and folder.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Starts it again with further settings, and does not wait until it is ready.
    pub fn restart_unready(&mut self, more: &[&str]) {
        self.kill();
        self.arguments.extend(more.iter().map(ToString::to_string));
        self.spawn();
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Where it keeps its files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A plain connection, for looking at what a test did.
    pub fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    /// A queue as the worker has it.
    pub fn queue(&self, name: &str) -> Queue {
        queue_at(&self.url(), name, &[])
    }
}

/// A queue as the worker has it, by URL and further flags.
pub fn queue_at(url: &str, name: &str, flags: &[&str]) -> Queue {
    let flags = Flags::parse_from(["test", "--redis-url", url].iter().chain(flags));
    Queue::new(Redis::new(&flags.connection).unwrap(), Keys::new(name).unwrap())
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
