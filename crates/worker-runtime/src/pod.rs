use std::sync::Arc;
use std::time::Duration;

use crate::context::{About, Context};
use crate::identity::Identity;
use crate::metrics::Metrics;
use crate::progress::{Progress, ProgressStyle};
use crate::shutdown::Shutdown;

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
    pub(crate) fn new(shutdown: Shutdown, metrics: Metrics, style: ProgressStyle, context: Arc<Context>) -> Pod {
        Pod { about: context.about, shutdown, metrics, style, context }
    }

    /// A pod outside of [`crate::start`]: it listens to no signal and tells no progress. For using a worker's library
    /// in another program, or in a test, which can ask it to stop by its `shutdown`.
    pub fn detached(about: About) -> Pod {
        let style = ProgressStyle { bars: None, interval: Duration::MAX, runtime: None };
        let context = Arc::new(Context::new(about, None));
        Pod::new(Shutdown::new(), Metrics::new(about), style, context)
    }

    /// Takes on an identity: from now on every log line of every thread carries the index, and so do the termination
    /// message and the pushed metrics. The first one stays.
    pub fn assume(&self, identity: Identity) {
        self.context.assume(identity);
    }

    /// The identity taken on, if any.
    pub fn identity(&self) -> Option<Identity> {
        self.context.identity().copied()
    }

    /// The pod's name, or the host's.
    pub fn name(&self) -> &str {
        &self.context.pod
    }

    /// Starts counting `unit`s (a plural noun, such as `rows`, `bytes`, `tasks`) towards `total`, from any thread.
    pub fn progress(&self, unit: &'static str, total: Option<u64>) -> Progress {
        Progress::start(unit, total, &self.style, &self.metrics)
    }
}
