//! How long something took, in the unit that a log writes it in.

use crate::formats::unparsed::Unparsed;

use super::number::number;

/// The unit of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::formats) enum TimeUnit {
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// Seconds with a decimal point, as nginx writes them. A number without one is something else:
    /// microseconds, or a size.
    PointSeconds,
}

impl TimeUnit {
    /// Microseconds; `None` for `-`, and for the `-1` by which AWS means that there was no answer.
    #[inline]
    pub(in crate::formats) fn read(self, text: &[u8]) -> Result<Option<u64>, Unparsed> {
        if text.is_empty() || text.starts_with(b"-") {
            return Ok(None);
        }
        self.micros(text).map(Some).ok_or(Unparsed::Duration)
    }

    /// The sum of several times: `0.010, 0.020 : -`.
    pub(in crate::formats) fn read_sum(self, text: &[u8]) -> Result<Option<u64>, Unparsed> {
        let mut sum = None;
        for part in text.split(|byte| matches!(byte, b',' | b':')) {
            if let Some(micros) = self.read(part.trim_ascii())? {
                sum = Some(sum.unwrap_or(0_u64).saturating_add(micros));
            }
        }
        Ok(sum)
    }

    /// How many microseconds one unit is.
    pub(in crate::formats) fn in_micros(self) -> f64 {
        match self {
            TimeUnit::Seconds | TimeUnit::PointSeconds => 1e6,
            TimeUnit::Millis => 1e3,
            TimeUnit::Micros => 1.0,
            TimeUnit::Nanos => 1e-3,
        }
    }

    pub(in crate::formats) fn micros(self, text: &[u8]) -> Option<u64> {
        if self == TimeUnit::Nanos {
            return Some(number(text)?.unsigned_abs() / 1000);
        }
        let (whole, fraction) = match memchr::memchr(b'.', text) {
            Some(point) => (&text[..point], Some(&text[point + 1..])),
            None => (text, None),
        };
        let one = match (self, fraction) {
            (TimeUnit::PointSeconds, None) => return None,
            (TimeUnit::Seconds | TimeUnit::PointSeconds, _) => 1_000_000,
            (TimeUnit::Millis, _) => 1000,
            (TimeUnit::Micros | TimeUnit::Nanos, _) => 1,
        };
        let mut micros = number(whole)?.unsigned_abs().checked_mul(one)?;
        let mut place = one;
        for byte in fraction.unwrap_or_default() {
            let digit = byte.wrapping_sub(b'0');
            place /= 10;
            micros = (digit < 10).then(|| micros.saturating_add(u64::from(digit) * place))?;
        }
        Some(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_their_unit() {
        for (unit, text, micros) in [
            (TimeUnit::Seconds, "0.123", Ok(Some(123_000))),
            (TimeUnit::Seconds, "12", Ok(Some(12_000_000))),
            (TimeUnit::Millis, "1.5", Ok(Some(1500))),
            (TimeUnit::Micros, "850", Ok(Some(850))),
            (TimeUnit::PointSeconds, "850", Err(Unparsed::Duration)),
            (TimeUnit::PointSeconds, "0.850", Ok(Some(850_000))),
            (TimeUnit::Seconds, "-", Ok(None)),
            (TimeUnit::Seconds, "-1", Ok(None)),
            (TimeUnit::Seconds, "1.2.3", Err(Unparsed::Duration)),
            (TimeUnit::Seconds, "abc", Err(Unparsed::Duration)),
        ] {
            assert_eq!(unit.read(text.as_bytes()), micros, "{unit:?} {text}");
        }
        assert_eq!(TimeUnit::Seconds.read_sum(b"0.010, 0.020 : -"), Ok(Some(30_000)));
        assert_eq!(TimeUnit::Seconds.read_sum(b"-"), Ok(None));
    }
}
