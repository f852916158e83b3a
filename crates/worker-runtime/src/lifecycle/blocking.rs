//! Running work that blocks on a thread of its own.

use std::panic::resume_unwind;

/// Runs CPU-bound or blocking work on a thread of its own and returns its result, while the
/// runtime goes on serving signals.
///
/// # Panics
///
/// When the work panics. The panic is logged once, by the hook.
pub async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
