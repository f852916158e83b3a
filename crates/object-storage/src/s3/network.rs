//! The thread that waits for the network, so that everybody else may simply block.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use worker_runtime::Shutdown;

/// How long a request may take when the worker is asked to stop.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// The same for the request that publishes an object: the work is done, and would be done again.
pub(super) const PUBLISHING_PATIENCE: Duration = Duration::from_secs(2);

/// A runtime on a thread of its own. It ends, and with it whatever runs there, when this is dropped
/// or told to stop.
#[derive(Debug)]
pub(super) struct Network {
    runtime: Handle,
    /// The thread goes on for as long as the sender is there.
    thread: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
    shutdown: Shutdown,
    /// Something took too long after the request to stop.
    is_stalled: AtomicBool,
}

impl Network {
    /// Starts the thread. After a request to stop by `shutdown`, nobody waits for long.
    pub(super) fn start(shutdown: Shutdown) -> io::Result<Network> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (going_on, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("s3".to_owned()).spawn(move || {
            // The sender never sends: it is dropped.
            let _ = runtime.block_on(stopped);
            // A name that is being looked up must not hold up the end.
            runtime.shutdown_background();
        })?;
        Ok(Network {
            runtime: handle,
            thread: Mutex::new(Some((going_on, thread))),
            shutdown,
            is_stalled: AtomicBool::new(false),
        })
    }

    /// Waits for `future` on this thread, while the network is waited for on the other one.
    ///
    /// # Panics
    ///
    /// On a thread that runs asynchronous code, which must not block.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The same, but `None` where the worker is asked to stop, and `patience` after that nothing
    /// has come. It counts for each wait: what makes progress goes on.
    ///
    /// # Panics
    ///
    /// As [`Network::block_on`].
    pub(super) fn block_on_unless_stalled<T>(
        &self,
        patience: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        self.runtime.block_on(async {
            let stalled = async {
                self.shutdown.requested().await;
                tokio::time::sleep(patience).await;
            };
            tokio::select! {
                biased;
                done = future => Some(done),
                () = stalled => {
                    self.is_stalled.store(true, Ordering::Relaxed);
                    None
                }
            }
        })
    }

    /// Whether a wait was given up.
    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled.load(Ordering::Relaxed)
    }

    /// Where tasks are started.
    pub(super) fn handle(&self) -> &Handle {
        &self.runtime
    }

    /// Ends the thread and waits for its end. Whatever still runs there is dropped.
    pub(super) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((going_on, thread)) = thread {
            drop(going_on);
            // A panic there was told where it happened.
            let _ = thread.join();
        }
    }
}
