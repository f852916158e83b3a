//! Scales of charts and numbers as people read them.

/// What values of a chart are and how they read.
#[derive(Clone, Copy, Debug)]
pub struct AxisUnit {
    /// In full.
    pub show: fn(u64) -> String,
    /// Beside the axis.
    pub axis: fn(u64) -> String,
    /// By how much its larger units grow: 10 where there are none.
    pub base: u64,
}

/// Counts of things.
pub const COUNTS: AxisUnit = AxisUnit { show: count, axis: short, base: 10 };

/// Sizes in bytes.
pub const SIZES: AxisUnit = AxisUnit { show: size, axis: size, base: 1024 };

/// The steps of an axis from 0 to at least `most`: a round step and how many of them, at most five.
/// A chart of nothing has one step. Round are 1, 2 and 5 times a power of ten and, where the unit
/// grows by `base`, these times a power of it.
pub fn steps(most: u64, base: u64) -> (u64, u64) {
    let mut unit = 1_u64;
    // Five steps of 500 units are the most that one unit is used for.
    while base > 10 && most / unit >= base && unit < u64::MAX / base {
        unit *= base;
    }
    let mut round = 1_u64;
    for factor in [2, 5, 10].into_iter().cycle() {
        if most.div_ceil(unit.saturating_mul(round)) <= 5 {
            break;
        }
        let decade = 10_u64.pow(round.ilog10());
        round = decade.saturating_mul(factor);
    }
    let step = unit.saturating_mul(round);
    (step, most.div_ceil(step).max(1))
}

/// A count with spaces between the thousands: `12 345 678`. The spaces are narrow and do not break
/// the line.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A count as an axis has it: `12 k`, `3.5 M`.
pub fn short(number: u64) -> String {
    prefixed(
        number,
        1000,
        &["", "\u{202f}k", "\u{202f}M", "\u{202f}G", "\u{202f}T", "\u{202f}P", "\u{202f}E"],
    )
}

/// A size in bytes by powers of 1024: `2.6 GiB`.
pub fn size(bytes: u64) -> String {
    prefixed(
        bytes,
        1024,
        &[
            "\u{202f}B",
            "\u{202f}KiB",
            "\u{202f}MiB",
            "\u{202f}GiB",
            "\u{202f}TiB",
            "\u{202f}PiB",
            "\u{202f}EiB",
        ],
    )
}

/// A duration in microseconds: `850 µs`, `12 ms`, `1.4 s`.
pub fn duration(micros: u64) -> String {
    prefixed(micros, 1000, &["\u{202f}µs", "\u{202f}ms", "\u{202f}s"])
}

/// A share of a whole in percent: `12.3 %`; `–` of nothing.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    // Tenths of a percent, rounded to the nearest.
    let tenths = (u128::from(part) * 2000 + u128::from(whole)) / (u128::from(whole) * 2);
    format!("{}.{}\u{202f}%", tenths / 10, tenths % 10)
}

/// How much more or less a number is than another one, in percent: `+12.3 %`, `−4.0 %`, `±0.0 %`;
/// `–` where the other one is 0.
pub fn change(now: u64, then: u64) -> String {
    if then == 0 {
        return "–".to_owned();
    }
    let by = share(now.abs_diff(then), then);
    let sign = match now.cmp(&then) {
        _ if by == share(0, then) => "±",
        std::cmp::Ordering::Less => "−",
        _ => "+",
    };
    format!("{sign}{by}")
}

/// `number` in the largest unit that it has one of, with a decimal where it has one digit before
/// it.
fn prefixed(number: u64, base: u64, units: &[&str]) -> String {
    let mut unit = 0;
    let mut one = 1_u64;
    while unit + 1 < units.len() && number / one >= base {
        one *= base;
        unit += 1;
    }
    let tenths = ((u128::from(number) * 20 + u128::from(one)) / (u128::from(one) * 2)) as u64;
    if tenths < 100 && !tenths.is_multiple_of(10) {
        format!("{}.{}{}", tenths / 10, tenths % 10, units[unit])
    } else {
        format!("{}{}", (tenths + 5) / 10, units[unit])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(short(999), "999");
        assert_eq!(short(1_500), "1.5\u{202f}k");
        assert_eq!(short(20_000), "20\u{202f}k");
        assert_eq!(size(2_747_282_740), "2.6\u{202f}GiB");
        assert_eq!(duration(1_400_000), "1.4\u{202f}s");
        assert_eq!(duration(90_000_000), "90\u{202f}s");
        assert_eq!(share(1, 3), "33.3\u{202f}%");
        assert_eq!(share(0, 0), "–");
        assert_eq!(change(112, 100), "+12.0\u{202f}%");
        assert_eq!(change(3, 4), "−25.0\u{202f}%");
        assert_eq!(change(9999, 10_000), "±0.0\u{202f}%", "no sign where nothing shows");
        assert_eq!((change(0, 0), change(7, 7)), ("–".to_owned(), "±0.0\u{202f}%".to_owned()));
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(steps(0, 10), (1, 1));
        assert_eq!(steps(5, 10), (1, 5));
        assert_eq!(steps(6, 10), (2, 3));
        assert_eq!(steps(43, 10), (10, 5));
        assert_eq!(steps(70, 10), (20, 4));
        assert_eq!(steps(19 << 20, 1024), (5 << 20, 4));
        assert_eq!(steps(900, 1024), (200, 5));
    }

    proptest! {
        #[test]
        fn an_axis_reaches_its_largest_value_in_at_most_five_steps(
            most in any::<u64>(),
            base in prop::sample::select(vec![10u64, 1024]),
        ) {
            let (step, number) = steps(most, base);
            prop_assert!((1..=5).contains(&number));
            prop_assert!(u128::from(step) * u128::from(number) >= u128::from(most));
            // No step more than is needed.
            let shorter = u128::from(step) * u128::from(number - 1);
            prop_assert!(number == 1 || shorter < u128::from(most));
        }
    }
}
