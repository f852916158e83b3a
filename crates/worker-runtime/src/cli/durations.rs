//! Durations as settings, each within bounds.

use std::time::Duration;

/// A parser for a duration setting such as `25s`, `500ms`, `2m` or `1h 30m`, for clap's
/// `value_parser`. Anything outside of `least` and `most`, both included, is refused by name.
pub fn duration_between(
    least: Duration,
    most: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| {
        let duration = humantime::parse_duration(text).map_err(|error| {
            format!("{error}; give a number with a unit, such as 25s, 500ms or 2m")
        })?;
        if (least..=most).contains(&duration) {
            Ok(duration)
        } else {
            Err(format!(
                "it must be from {} to {}",
                humantime::format_duration(least),
                humantime::format_duration(most)
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    fn parse(text: &str) -> Result<Duration, String> {
        duration_between(Duration::from_millis(100), Duration::from_secs(3600))(text)
    }

    #[test]
    fn the_usual_spellings_are_understood() {
        assert_eq!(parse("25s"), Ok(Duration::from_secs(25)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(parse("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("1h"), Ok(Duration::from_secs(3600)));
    }

    #[test]
    fn what_is_out_of_range_or_has_no_unit_is_refused_with_the_remedy() {
        assert_eq!(parse("99ms"), Err("it must be from 100ms to 1h".to_owned()));
        assert_eq!(parse("61m"), Err("it must be from 100ms to 1h".to_owned()));
        for text in ["25", "", "-1s", "fast"] {
            let error = parse(text).unwrap_err();
            assert!(
                error.ends_with("; give a number with a unit, such as 25s, 500ms or 2m"),
                "{text}: {error}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_duration_in_range_survives_its_own_spelling(ms in 100u64..=3_600_000) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse(&humantime::format_duration(duration).to_string()), Ok(duration));
        }
    }
}
