//! The way to a thread that may block.

use std::panic::resume_unwind;

/// Runs CPU-bound or blocking work on a thread of its own and answers what comes of it, while
/// signals are served.
///
/// # Panics
///
/// When the work does; the panic is told once, where it happened.
pub async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
