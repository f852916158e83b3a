//! A server's thread and runtime.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Accepts connections in a thread of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Listens on a free port of the loopback interface and runs `serve` for each connection.
    pub(crate) fn start<F>(
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> anyhow::Result<Background>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Background::start_at((Ipv4Addr::LOCALHOST, 0).into(), serve)
    }

    /// The same at an address of the caller's.
    pub(crate) fn start_at<F>(
        address: SocketAddr,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> anyhow::Result<Background>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime for a server")?;
        let thread = std::thread::spawn(move || {
            let accept = async {
                let listener = TcpListener::from_std(listener)?;
                loop {
                    let (connection, _) = listener.accept().await?;
                    connection.set_nodelay(true)?;
                    tokio::spawn(serve(connection));
                }
            };
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    ended = accept => {
                        let ended: std::io::Result<()> = ended;
                        ended.expect("a loopback listener accepts");
                    }
                }
            });
            // File work that is under way must not outlive the server's folder.
            drop(runtime);
        });
        Ok(Background { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if let (Some(Err(_)), false) = (ended, std::thread::panicking()) {
            panic!("the thread of a server has panicked");
        }
    }
}
