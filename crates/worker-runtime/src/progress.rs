//! Progress of the work: a bar on a terminal, otherwise a log line at intervals.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle as BarStyle};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::metrics::registry::Metrics;
use crate::metrics::tally::Tally;

/// How often a bar is drawn.
const FRAME: Duration = Duration::from_millis(100);

/// How progress is shown: by a bar, by log lines, or not at all.
#[derive(Clone, Debug)]
pub(crate) struct ProgressStyle {
    pub(crate) bars: Option<MultiProgress>,
    /// The time between two log lines, where there are no bars.
    pub(crate) interval: Duration,
    /// The runtime of the task that shows it; without one nothing is shown.
    pub(crate) runtime: Option<Handle>,
}

/// Counts units of work from any thread, and shows them until it is finished or its last clone is
/// dropped.
#[derive(Clone, Debug)]
pub struct Progress {
    tally: Arc<Tally>,
    telling: Arc<Telling>,
}

#[derive(Debug)]
struct Telling {
    task: Mutex<Option<AbortHandle>>,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn start(
        unit: &'static str,
        total: Option<u64>,
        style: &ProgressStyle,
        metrics: &Metrics,
    ) -> Progress {
        let tally = Arc::new(Tally::new(unit, total));
        metrics.tally(Arc::clone(&tally));
        let bar = style.bars.as_ref().map(|bars| bars.add(new_bar(&tally)));
        let task = style.runtime.as_ref().map(|runtime| {
            let tally = Arc::clone(&tally);
            match bar.clone() {
                Some(bar) => runtime.spawn(draw(bar, tally)),
                None => runtime.spawn(log(style.interval, tally)),
            }
            .abort_handle()
        });
        Progress { tally, telling: Arc::new(Telling { task: Mutex::new(task), bar }) }
    }

    /// `n` more units are done. One relaxed atomic addition; still best called a batch at a time.
    pub fn advance(&self, n: u64) {
        self.tally.advance(n);
    }

    /// There are `total` units in all.
    pub fn set_total(&self, total: u64) {
        self.tally.set_total(total);
    }

    /// How many units are done.
    pub fn done(&self) -> u64 {
        self.tally.done()
    }

    /// Stops showing, also for the other clones, and removes the bar. The counts stay in the
    /// metrics.
    pub fn finish(self) {
        self.telling.end();
    }
}

impl Telling {
    fn end(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.end();
    }
}

fn new_bar(tally: &Tally) -> ProgressBar {
    let (bar, template) = match tally.total() {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:40} {percent:>3} %  {human_pos} of {human_len} {msg}  {per_sec}  {eta} left",
        ),
        None => (ProgressBar::no_length(), "{spinner} {human_pos} {msg}  {per_sec}  {elapsed}"),
    };
    bar.with_style(BarStyle::with_template(template).expect("the template is well formed"))
        .with_message(tally.unit())
}

async fn draw(bar: ProgressBar, tally: Arc<Tally>) {
    let mut frames = tokio::time::interval(FRAME);
    frames.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        frames.tick().await;
        if let Some(total) = tally.total()
            && bar.length() != Some(total)
        {
            // The total has become known in the meantime.
            bar.set_style(new_bar(&tally).style());
            bar.set_length(total);
        }
        bar.set_position(tally.done());
    }
}

async fn log(interval: Duration, tally: Arc<Tally>) {
    let started = Instant::now();
    loop {
        tokio::time::sleep(interval).await;
        let elapsed = started.elapsed();
        tracing::info!(
            unit = tally.unit(),
            done = tally.done(),
            total = tally.total(),
            per_second = rounded(tally.per_second(elapsed)),
            remaining_seconds = tally.remaining_seconds(elapsed).map(rounded),
            elapsed_ms = elapsed.as_millis() as u64,
            "progress"
        );
    }
}

/// Rounded to a tenth: more digits would be noise.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
