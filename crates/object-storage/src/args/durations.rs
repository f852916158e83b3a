//! The ranges of the durations among the settings.

use std::time::Duration;

pub(super) fn duration_between_10ms_and_10min(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if (Duration::from_millis(10)..=Duration::from_secs(600)).contains(&duration) {
        Ok(duration)
    } else {
        Err("it must be between 10ms and 10min".to_owned())
    }
}

pub(super) fn duration_up_to_a_day(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if duration <= Duration::from_secs(24 * 60 * 60) {
        Ok(duration)
    } else {
        Err("it must be at most 24h".to_owned())
    }
}
