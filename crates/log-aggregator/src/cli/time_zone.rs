//! The time zone that days and months are counted in.

use std::str::FromStr;

/// A fixed offset from UTC. A zone with daylight saving time would have one hour twice and another
/// one not at all, and the report would show a peak and a gap that no traffic made.
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
        if text.eq_ignore_ascii_case("utc") || text == "Z" {
            return Ok(TimeZone { seconds: 0 });
        }
        let error = || TimeZoneError(text.to_owned());
        let digit = |byte: u8| char::from(byte).to_digit(10).map(|digit| digit as i32);
        let two = |tens, ones| Some(digit(tens)? * 10 + digit(ones)?);
        let (sign, h1, h2, m1, m2) = match *text.as_bytes() {
            [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, h1, h2, m1, m2),
            [sign, h1, h2] => (sign, h1, h2, b'0', b'0'),
            _ => return Err(error()),
        };
        let (hours, minutes) = (two(h1, h2).ok_or_else(error)?, two(m1, m2).ok_or_else(error)?);
        let seconds = hours * 3600 + minutes * 60;
        match sign {
            b'+' if hours <= 14 && minutes < 60 => Ok(TimeZone { seconds }),
            b'-' if hours <= 12 && minutes < 60 => Ok(TimeZone { seconds: -seconds }),
            _ => Err(error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_names_of_places_are_not() {
        for (text, seconds) in
            [("UTC", 0), ("+02:00", 7200), ("-0330", -12_600), ("+05", 18_000), ("utc", 0)]
        {
            assert_eq!(text.parse::<TimeZone>().unwrap().offset(), seconds, "{text}");
        }
        for wrong in ["Europe/Berlin", "+2", "+15:00", "02:00", "+01:60", ""] {
            assert!(wrong.parse::<TimeZone>().is_err(), "{wrong}");
        }
    }
}
