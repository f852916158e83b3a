//! The time zone of a server's clock, where its log does not say it.

use std::str::FromStr;

use crate::counting::offset;

/// A fixed offset from UTC. A zone with daylight saving time would have one hour twice, and nothing
/// in the log tells which of the two it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeZone {
    seconds: i32,
}

/// A text that is not such an offset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither UTC nor an offset from it such as +02:00 or -03:30")]
pub struct TimeZoneError(String);

impl TimeZone {
    /// Seconds that its clocks are ahead of UTC.
    pub fn offset(self) -> i32 {
        self.seconds
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = offset(text).ok_or_else(|| TimeZoneError(text.to_owned()))?;
        Ok(TimeZone { seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_names_of_places_are_not() {
        assert_eq!("+02:00".parse::<TimeZone>().map(TimeZone::offset), Ok(7200));
        for wrong in ["Europe/Berlin", "+15:00", ""] {
            assert!(wrong.parse::<TimeZone>().is_err(), "{wrong}");
        }
    }
}
