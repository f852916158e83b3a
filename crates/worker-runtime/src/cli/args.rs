//! The settings that every worker has: logs, grace period, metrics, termination message.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::Targets;

use crate::cli::durations::duration_between;
use crate::http::ListenAddr;
use crate::lifecycle::termination;
use crate::metrics::push::PushGateway;

/// Clap's id of the setting that names the file of the termination message.
pub(crate) const TERMINATION_MESSAGE: &str = "termination_message";
/// Clap's ids of the settings by which metrics leave the process.
pub(crate) const METRICS_ADDR: &str = "metrics_addr";
pub(crate) const PUSH_GATEWAY: &str = "push_gateway";

const DAY: Duration = Duration::from_secs(86_400);

/// The settings of the pod contract, the same for every worker. They may stand before or after a
/// subcommand's name.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Runtime")]
pub struct RuntimeArgs {
    /// How log lines on stderr are written: auto is human on a terminal and json elsewhere
    #[arg(
        long,
        env = "JOB_WORKER_LOG_FORMAT",
        global = true,
        value_enum,
        default_value_t = LogFormat::Auto
    )]
    pub log_format: LogFormat,

    /// Least level logged (off, error, warn, info, debug, trace), also for single modules:
    /// info,object_storage=debug
    #[arg(long, env = "RUST_LOG", global = true, value_name = "LEVEL", default_value = "info")]
    pub log_level: LogLevel,

    /// How long the work may go on after SIGTERM; stay under the pod's
    /// terminationGracePeriodSeconds
    #[arg(
        long,
        env = "JOB_WORKER_GRACE_PERIOD",
        global = true,
        value_name = "DURATION",
        default_value = "25s",
        value_parser = duration_between(Duration::ZERO, DAY)
    )]
    pub grace_period: Duration,

    /// How often progress is logged where there is no terminal for a bar
    #[arg(
        long,
        env = "JOB_WORKER_PROGRESS_INTERVAL",
        global = true,
        value_name = "DURATION",
        default_value = "10s",
        value_parser = duration_between(Duration::from_millis(10), DAY)
    )]
    pub progress_interval: Duration,

    /// Where the JSON summary of the run goes; by default only the container's main process writes
    /// it, with the flag any command
    #[arg(
        long, env = "JOB_WORKER_TERMINATION_MESSAGE", global = true, value_name = "PATH",
        default_value = termination::DEFAULT_PATH
    )]
    pub termination_message: PathBuf,

    /// Serve Prometheus metrics at http://ADDRESS/metrics, such as 127.0.0.1:9090, or :9090 for all
    /// addresses
    #[arg(long, env = "JOB_WORKER_METRICS_ADDR", global = true, value_name = "ADDRESS")]
    pub metrics_addr: Option<ListenAddr>,

    /// Push the metrics to this Prometheus Pushgateway at the end, such as http://pushgateway:9091
    #[arg(long, env = "JOB_WORKER_PUSH_GATEWAY", global = true, value_name = "URL")]
    pub push_gateway: Option<PushGateway>,

    /// The run's name in pushed metrics, such as the Job's; by default the pod's name without its
    /// own ending
    #[arg(long, env = "JOB_NAME", global = true, value_name = "NAME")]
    pub run_name: Option<String>,

    /// The pod's name on every log line; the host's name where it is not given
    #[arg(long, env = "POD_NAME", global = true, value_name = "NAME")]
    pub pod_name: Option<String>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Human on a terminal, JSON elsewhere.
    Auto,
    /// One readable line an event.
    Human,
    /// One JSON object an event.
    Json,
}

/// Which events are logged: a level, or `module=level` pairs, in the syntax of `RUST_LOG`.
#[derive(Clone, Debug)]
pub struct LogLevel(pub(crate) Targets);

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<LogLevel, String> {
        // What a manifest with an empty RUST_LOG means is "not given"; taken at its word it would
        // silence everything.
        let text = if text.trim().is_empty() { "info" } else { text };
        // `Targets` takes a lone word for a module's name, so that a misspelt level would silence
        // everything.
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
            level.parse::<tracing_subscriber::filter::LevelFilter>().map_err(|_| {
                format!(
                    "{part:?} names no level; give off, error, warn, info, debug or trace, alone \
                     or as module=level, separated by commas"
                )
            })?;
        }
        text.parse().map(LogLevel).map_err(|error| format!("{error}"))
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;

    use super::*;

    #[test]
    fn a_level_and_modules_are_understood() {
        let LogLevel(targets) = "warn,object_storage=debug".parse().unwrap();
        assert_eq!(targets.default_level(), Some(LevelFilter::WARN));
        assert!(targets.would_enable("object_storage::s3", &tracing::Level::DEBUG));
        assert!(!targets.would_enable("hyper", &tracing::Level::INFO));
    }

    #[test]
    fn an_empty_level_is_the_usual_one() {
        let LogLevel(targets) = " ".parse().unwrap();
        assert_eq!(targets.default_level(), Some(LevelFilter::INFO));
    }

    #[test]
    fn every_setting_can_be_given_anywhere_by_flag_or_variable_and_is_explained() {
        let command = RuntimeArgs::augment_args(clap::Command::new("worker"));
        let settings: Vec<_> = command.get_arguments().collect();
        assert_eq!(settings.len(), 9);
        for setting in settings {
            let whole = setting.get_long().is_some()
                && setting.get_env().is_some()
                && setting.get_help().is_some()
                && setting.is_global_set();
            assert!(whole, "{setting:?}");
        }
    }

    #[test]
    fn a_misspelt_level_is_refused() {
        let error = "inof".parse::<LogLevel>().unwrap_err();
        assert_eq!(
            error,
            "\"inof\" names no level; give off, error, warn, info, debug or trace, alone or as \
             module=level, separated by commas"
        );
        assert!("info,aws=loud".parse::<LogLevel>().is_err());
    }
}
