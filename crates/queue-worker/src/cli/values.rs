//! Values of flags that are no plain number or time.

use std::{
    str::FromStr,
    time::{Duration, SystemTime},
};

use clap::ValueEnum;
use worker_runtime::duration_between;

use crate::handlers::Simulate;

/// The shortest time of most flags.
pub(super) const MS: Duration = Duration::from_millis(1);
/// The longest time of some.
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// A handler by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerName {
    /// `simulate=MIN..MAX`.
    Simulate(Simulate),
    /// `validate`.
    Validate,
}

impl FromStr for HandlerName {
    type Err = String;

    fn from_str(text: &str) -> Result<HandlerName, String> {
        match text.split_once('=') {
            Some(("simulate", range)) => Ok(HandlerName::Simulate(range.parse()?)),
            None if text == "validate" => Ok(HandlerName::Validate),
            _ => Err("write validate or simulate=MIN..MAX, like simulate=5s..15s, or give a \
                      command after --"
                .to_owned()),
        }
    }
}

/// What a worker ends with where there are dead letters.
pub(super) fn dead_exit_code(text: &str) -> Result<u8, String> {
    match text {
        "0" => Ok(0),
        "65" => Ok(65),
        "70" => Ok(70),
        _ => Err("write 0 (the dead letters wait), 65 (the Job fails) or 70 (the pod is tried \
                  again)"
            .to_owned()),
    }
}

/// `BASE..CAP` of a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffRange {
    /// The first delay.
    pub base: Duration,
    /// The longest.
    pub cap: Duration,
}

impl FromStr for BackoffRange {
    type Err = String;

    fn from_str(text: &str) -> Result<BackoffRange, String> {
        let (base, cap) = text.split_once("..").unwrap_or((text, text));
        let parse = duration_between(Duration::ZERO, 30 * DAY);
        let (base, cap) = (parse(base)?, parse(cap)?);
        if base > cap {
            return Err(format!(
                "{text:?} begins with the longer time; write BASE..CAP, like 1s..60s"
            ));
        }
        Ok(BackoffRange { base, cap })
    }
}

/// How input is cut into tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line is a task, without its line end (LF or CR LF); blank lines are skipped.
    Lines,
    /// A line is a JSON value, which is checked; line ends and blank lines as with lines.
    Ndjson,
    /// A row is a task: a JSON object of strings, named by the header.
    Csv,
}

/// The byte between two cells of a row.
pub(super) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !b"\r\n\"".contains(byte) => Ok(*byte),
        b"\\t" => Ok(b'\t'),
        _ => Err("write one ASCII character that is no quote, like ; or \\t".to_owned()),
    }
}

/// The name of a push.
pub(super) fn push_id(text: &str) -> Result<String, String> {
    match text.len() {
        0 => Err("a push's name is empty; leave --push-id away for a push without one".to_owned()),
        1..=200 => Ok(text.to_owned()),
        length => Err(format!("a push's name has {length} bytes; at most 200 are allowed")),
    }
}

/// A moment in ms since 1970, written by RFC 3339: a date, a time and a zone.
pub(super) fn moment(text: &str) -> Result<u64, String> {
    let wrong = || {
        format!(
            "{text:?} is no moment; write date, time and zone, like 2024-05-10T06:00:00Z or \
             2024-05-10T08:00:00+02:00 (date -u -d tomorrow +%FT%TZ)"
        )
    };
    let (local, offset_s) = match text.strip_suffix(['Z', 'z']) {
        Some(local) => (local, 0),
        None => {
            let (local, zone) =
                text.split_at_checked(text.len().saturating_sub(6)).ok_or_else(wrong)?;
            (local, offset(zone).ok_or_else(wrong)?)
        }
    };
    let time = humantime::parse_rfc3339(&format!("{local}Z")).map_err(|_| wrong())?;
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| wrong())?;
    let ms = i64::try_from(since_1970.as_millis()).map_err(|_| wrong())? - offset_s * 1000;
    u64::try_from(ms).map_err(|_| wrong())
}

/// Seconds east of UTC of `+HH:MM` or `-HH:MM`.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let part = |digits: &str, most: i64| {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|number| is_number && *number <= most)
    };
    Some(sign * (part(hours, 23)? * 3600 + part(minutes, 59)? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_a_zone_and_is_one_whatever_its_zone() {
        // date -u -d 2024-05-10T06:00:00Z +%s
        for text in
            ["2024-05-10T06:00:00Z", "2024-05-10T08:00:00+02:00", "2024-05-10T02:30:00.000-03:30"]
        {
            assert_eq!(moment(text), Ok(1_715_320_800_000), "{text}");
        }
        for text in [
            "",
            "2024-05-10",
            "2024-05-10T06:00:00",
            "2024-05-10T06:00:00+2:00",
            "1715320800",
            "tomorrow",
            "2024-13-10T06:00:00Z",
            "1969-01-01T00:00:00Z",
            "1970-01-01T00:00:00+02:00",
            "2024-05-10T06:00:00\u{fc}\u{fc}\u{fc}",
        ] {
            assert!(moment(text).unwrap_err().contains("write date, time and zone"), "{text}");
        }
    }
}
