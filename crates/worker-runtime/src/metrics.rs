use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Metric, Registry};

use crate::context::About;
use crate::exit::Exit;
use crate::tally::Tally;

/// The metrics of one worker process: its progress, what it registers itself, and the end of the run. Clones share them.
///
/// Told in the Prometheus text format (OpenMetrics 1.0), every name with the prefix `job_worker_` and the labels
/// `worker` and `version`.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    run: Arc<Mutex<Run>>,
}

#[derive(Debug, Default)]
struct Run {
    progress: Vec<Arc<Tally>>,
    end: Option<End>,
}

/// What is only known at the end.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) exit: Exit,
    pub(crate) elapsed: Duration,
    pub(crate) at: SystemTime,
    pub(crate) counts: BTreeMap<String, u64>,
}

impl Metrics {
    pub(crate) fn new(about: About) -> Metrics {
        let labels = [("worker", about.name), ("version", about.version)];
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value.into()));
        let mut registry = Registry::with_prefix_and_labels("job_worker", labels);
        let run = Arc::new(Mutex::new(Run::default()));
        registry.register_collector(Box::new(Told(Arc::clone(&run))));
        Metrics { registry: Arc::new(Mutex::new(registry)), run }
    }

    /// Adds a metric of the worker's own (`prometheus_client::metrics`): keep a clone and update it from any thread.
    /// `name` has its unit as its ending and no prefix, such as `task_duration_seconds`; a counter gets `_total`.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register(name, help, metric);
    }

    pub(crate) fn tally(&self, tally: Arc<Tally>) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).progress.push(tally);
    }

    pub(crate) fn end(&self, end: End) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).end = Some(end);
    }

    /// The whole exposition as it stands.
    pub(crate) fn exposition(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))
            .expect("a String takes every write");
        out
    }
}

/// Reads the run when asked, so that counting costs the work nothing more than its own atomic additions.
#[derive(Debug)]
struct Told(Arc<Mutex<Run>>);

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let run = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done: BTreeMap<&'static str, (u64, Option<u64>)> = BTreeMap::new();
        for tally in &run.progress {
            let (sum, total) = done.entry(tally.unit()).or_default();
            *sum += tally.done();
            *total = total.map(|total| total + tally.total().unwrap_or(0)).or(tally.total());
        }
        if !done.is_empty() {
            let mut metric = encoder.encode_descriptor("progress", "Units of work done.", None, MetricType::Counter)?;
            for (unit, (done, _)) in &done {
                ConstCounter::new(*done).encode(metric.encode_family(&[("unit", *unit)])?)?;
            }
        }
        if done.values().any(|(_, total)| total.is_some()) {
            let mut metric =
                encoder.encode_descriptor("progress_target", "Units of work there are.", None, MetricType::Gauge)?;
            for (unit, (_, total)) in &done {
                if let Some(total) = total {
                    ConstGauge::new(*total).encode(metric.encode_family(&[("unit", *unit)])?)?;
                }
            }
        }
        let Some(end) = &run.end else { return Ok(()) };
        let at = end.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        for (name, help, value) in [
            ("run_exit_code", "Exit code of the run.", f64::from(end.exit.code())),
            ("run_duration_seconds", "From the start of the process to the end of the run.", end.elapsed.as_secs_f64()),
            ("run_end_timestamp_seconds", "When the run ended, in seconds since 1970.", at.as_secs_f64()),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        if !end.counts.is_empty() {
            let mut metric =
                encoder.encode_descriptor("run_count", "What the run counted, by name.", None, MetricType::Gauge)?;
            for (name, value) in &end.counts {
                ConstGauge::new(*value).encode(metric.encode_family(&[("name", name.as_str())])?)?;
            }
        }
        Ok(())
    }
}
