//! The series that every worker has, and those that it adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Metric, Registry};

use crate::exit::Exit;
use crate::logging::context::About;
use crate::metrics::tally::Tally;
use crate::metrics::text_format::{CONTENT_TYPE_VALUE, plain_text};

/// The metrics of one worker process: its progress, what it registers itself, and the end of the
/// run. Clones share them.
///
/// Written in Prometheus' text format, every name with the prefix `job_worker_` and the label
/// `worker`. A unit is in a name, never in a label, so that no sum adds rows to bytes.
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
        let labels = [("worker".into(), about.name.into())];
        let mut registry = Registry::with_prefix_and_labels("job_worker", labels.into_iter());
        let run = Arc::new(Mutex::new(Run::default()));
        registry
            .register_collector(Box::new(Told { version: about.version, run: Arc::clone(&run) }));
        Metrics { registry: Arc::new(Mutex::new(registry)), run }
    }

    /// Adds a metric of the worker's own (`prometheus_client::metrics`): keep a clone and update it
    /// from any thread. `name` has its unit as its ending and no prefix, such as
    /// `task_duration_seconds`; a counter gets `_total`.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register(name, help, metric);
    }

    pub(crate) fn tally(&self, tally: Arc<Tally>) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).progress.push(tally);
    }

    pub(crate) fn end(&self, end: End) {
        self.run.lock().unwrap_or_else(PoisonError::into_inner).end = Some(end);
    }

    /// What [`Metrics::exposition`] is called in HTTP.
    pub const CONTENT_TYPE: &'static str = CONTENT_TYPE_VALUE;

    /// The whole exposition as it stands, in Prometheus' text format.
    pub fn exposition(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))
            .expect("a String takes every write");
        plain_text(&out)
    }
}

/// Reads the counts when it is scraped, so that counting costs the work nothing but its own atomic
/// additions.
#[derive(Debug)]
struct Told {
    version: &'static str,
    run: Arc<Mutex<Run>>,
}

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut info = encoder.encode_descriptor(
            "build_info",
            "Which version of the worker this is.",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(1u64).encode(info.encode_family(&[("version", self.version)])?)?;
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done: BTreeMap<&'static str, (u64, Option<u64>)> = BTreeMap::new();
        for tally in &run.progress {
            let (sum, total) = done.entry(tally.unit()).or_default();
            *sum += tally.done();
            *total = total.map(|total| total + tally.total().unwrap_or(0)).or(tally.total());
        }
        for (unit, (done, total)) in &done {
            let help = format!("How much is done, in {unit}.");
            let name = format!("progress_{unit}");
            let counter = ConstCounter::new(*done);
            counter.encode(encoder.encode_descriptor(
                &name,
                &help,
                None,
                MetricType::Counter,
            )?)?;
            if let Some(total) = total {
                gauge(
                    &mut encoder,
                    &format!("progress_target_{unit}"),
                    &format!("How much there is, in {unit}."),
                    *total as f64,
                )?;
            }
        }
        let Some(end) = &run.end else { return Ok(()) };
        let at = end.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let own = [
            ("run_exit_code", "Exit code of the run.", f64::from(end.exit.code())),
            (
                "run_duration_seconds",
                "From the start of the process to the end of the run.",
                end.elapsed.as_secs_f64(),
            ),
            (
                "run_end_timestamp_seconds",
                "When the run ended, in seconds since 1970.",
                at.as_secs_f64(),
            ),
        ];
        for (name, help, value) in own {
            gauge(&mut encoder, name, help, value)?;
        }
        let mut told: BTreeSet<String> = own.iter().map(|(name, ..)| (*name).to_owned()).collect();
        for (count, value) in &end.counts {
            let name = format!("run_{}", metric_name(count));
            let help = format!("What the run counted as {count}.");
            if told.insert(name.clone()) {
                gauge(&mut encoder, &name, &help, *value as f64)?;
            }
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: f64,
) -> Result<(), std::fmt::Error> {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

/// The name of a count as part of a gauge's: small letters, digits and underscores, without the
/// endings that Prometheus keeps for other types.
fn metric_name(count: &str) -> String {
    let small = |letter: char| {
        if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }
    };
    let name: String = count.chars().map(small).collect();
    let mut name = name.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>();
    while name.len() > 1
        && name
            .last()
            .is_some_and(|word| ["total", "count", "sum", "bucket", "info"].contains(word))
    {
        name.pop();
    }
    name.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_s_name_becomes_that_of_a_gauge() {
        for (count, name) in [
            ("rows", "rows"),
            ("size_bytes", "size_bytes"),
            ("type-error/amount", "type_error_amount"),
            ("task_count", "task"),
            ("rows_total_count", "rows"),
            ("total", "total"),
            ("__Größe", "gr_e"),
        ] {
            assert_eq!(metric_name(count), name);
        }
    }
}
