//! Durations on the command line: `250ms`, `30s`, `1.5m`, `2h`.

use std::time::Duration;

/// Reads any duration, zero included.
///
/// # Errors
///
/// When there is no number or no known unit; the text says what to write.
pub fn any(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[number.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        "" if number == "0" => 0.0,
        _ => return Err("write a number with its unit, like 250ms, 30s, 5m or 2h".to_owned()),
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * seconds).ok())
        .ok_or_else(|| "write a number with its unit, like 250ms, 30s, 5m or 2h".to_owned())
}

/// Reads a duration that is not zero.
///
/// # Errors
///
/// As [`any`], and for zero.
pub fn positive(text: &str) -> Result<Duration, String> {
    match any(text)? {
        Duration::ZERO => Err("it must be longer than zero".to_owned()),
        duration => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_with_its_unit() {
        for (text, ms) in [("250ms", 250), ("30s", 30_000), ("1.5m", 90_000), ("2h", 7_200_000), ("0", 0), ("0s", 0)] {
            assert_eq!(any(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "5 s", "1w", "NaNs"] {
            assert!(any(text).is_err(), "{text}");
        }
        assert!(positive("0ms").is_err());
    }
}
