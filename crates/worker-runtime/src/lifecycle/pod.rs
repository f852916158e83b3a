//! What a worker's body is given: shutdown, progress, metrics, identity.

use std::sync::Arc;
use std::time::Duration;

use crate::identity::resolve::UncountedIdentity;
use crate::lifecycle::blocking::on_blocking_thread;
use crate::lifecycle::shutdown::Shutdown;
use crate::logging::context::{About, Context};
use crate::metrics::registry::Metrics;
use crate::progress::{Progress, ProgressStyle};

/// What a body is given of the process it runs in. Clones share everything.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The worker's name and version.
    pub about: About,
    /// Whether and by when the process is asked to stop.
    pub shutdown: Shutdown,
    /// Where the worker adds metrics of its own.
    pub metrics: Metrics,
    style: ProgressStyle,
    context: Arc<Context>,
}

impl Pod {
    pub(crate) fn new(
        shutdown: Shutdown,
        metrics: Metrics,
        style: ProgressStyle,
        context: Arc<Context>,
    ) -> Pod {
        Pod { about: context.about, shutdown, metrics, style, context }
    }

    /// A pod outside of [`start`](crate::start): it listens to no signal and shows no progress. For
    /// using a worker's library in another program or in a test, which can ask it to stop through
    /// `shutdown`.
    pub fn detached(about: About) -> Pod {
        let style = ProgressStyle { bars: None, interval: Duration::MAX, runtime: None };
        let context = Arc::new(Context::new(about, None));
        Pod::new(Shutdown::new(), Metrics::new(about), style, context)
    }

    /// Takes on an identity: from now on every log line of every thread carries the index, and so
    /// do the termination message and the pushed metrics. The first one stays.
    ///
    /// Warns where the index is past the count that was told, since somebody who did not scale the
    /// Job has a wrong number in its manifest.
    pub fn assume(&self, identity: impl Into<UncountedIdentity>) {
        let identity = identity.into();
        self.context.assume(identity);
        if let Some(count) = identity.count.filter(|_| identity.is_past_the_count()) {
            tracing::warn!(
                index = identity.index,
                count,
                "the index is past the number of partitions, as in a Job that was scaled up; its \
                 input needs no such number, and the work goes on"
            );
        }
    }

    /// The identity taken on, if any.
    pub fn identity(&self) -> Option<UncountedIdentity> {
        self.context.identity().copied()
    }

    /// The pod's name, or the host's.
    pub fn name(&self) -> &str {
        &self.context.pod
    }

    /// The result of `work`, or `None` once the worker is asked to stop; `work` is dropped then.
    /// For what comes before the real work, such as waiting for a service, which must not take the
    /// whole grace period.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.shutdown.requested() => None,
        }
    }

    /// The result of blocking `work` on a thread of its own, or `None` once the worker is asked to
    /// stop.
    ///
    /// Nobody waits for the thread then, and the process may end in the middle of it. So this is
    /// for work that only reads, such as finding the input on a storage that may be away.
    pub async fn blocking_unless_stopped<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        self.unless_stopped(on_blocking_thread(work)).await
    }

    /// Starts counting `unit`s (a plural noun, such as `rows`, `bytes`, `tasks`) towards `total`,
    /// from any thread.
    pub fn progress(&self, unit: &'static str, total: Option<u64>) -> Progress {
        Progress::start(unit, total, &self.style, &self.metrics)
    }
}
