//! Sums and products of decimal numbers, exact or not at all.

use crate::types::number::Decimal;

/// The most digits behind the decimal point that are calculated with.
const MOST_SCALE: u32 = 76;

/// The number `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug)]
struct Exact {
    mantissa: i128,
    scale: u32,
}

/// The sum of two numbers; `None` if it takes more than 38 digits.
pub(super) fn add(a: &Decimal<'_>, b: &Decimal<'_>) -> Option<Decimal<'static>> {
    let (a, b) = (Exact::of(a)?, Exact::of(b)?);
    let scale = a.scale.max(b.scale);
    let mantissa = a.at_scale(scale)?.checked_add(b.at_scale(scale)?)?;
    Some(Exact { mantissa, scale }.into_decimal())
}

/// The first number less the second; `None` if it takes more than 38 digits.
pub(super) fn subtract(a: &Decimal<'_>, b: &Decimal<'_>) -> Option<Decimal<'static>> {
    let (a, b) = (Exact::of(a)?, Exact::of(b)?);
    let scale = a.scale.max(b.scale);
    let mantissa = a.at_scale(scale)?.checked_sub(b.at_scale(scale)?)?;
    Some(Exact { mantissa, scale }.into_decimal())
}

/// The product of two numbers; `None` if it takes more than 38 digits.
pub(super) fn multiply(a: &Decimal<'_>, b: &Decimal<'_>) -> Option<Decimal<'static>> {
    let (a, b) = (Exact::of(a)?, Exact::of(b)?);
    let mantissa = a.mantissa.checked_mul(b.mantissa)?;
    Some(Exact { mantissa, scale: a.scale + b.scale }.into_decimal())
}

/// A whole number as a decimal one.
pub(super) fn whole(number: i64) -> Decimal<'static> {
    Exact { mantissa: number.into(), scale: 0 }.into_decimal()
}

impl Exact {
    fn of(number: &Decimal<'_>) -> Option<Exact> {
        if number.is_zero() {
            return Some(Exact { mantissa: 0, scale: 0 });
        }
        let mut mantissa = 0_i128;
        let mut digits = 0_i64;
        for digit in number.digits() {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
            digits += 1;
        }
        let scale = digits.checked_sub(number.magnitude)?;
        let sign = if number.negative { -1 } else { 1 };
        match u32::try_from(scale) {
            Ok(scale) => {
                (scale <= MOST_SCALE / 2).then_some(Exact { mantissa: sign * mantissa, scale })
            }
            Err(_) => {
                let zeros = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
                Some(Exact { mantissa: sign * mantissa.checked_mul(zeros)?, scale: 0 })
            }
        }
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10_i128.checked_pow(scale - self.scale)?)
    }

    fn into_decimal(self) -> Decimal<'static> {
        let digits = self.mantissa.unsigned_abs().to_string();
        let negative = self.mantissa < 0;
        Decimal::new(negative, digits.as_bytes(), digits.len(), -i64::from(self.scale)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Number, NumberFormat};

    fn decimal(text: &str) -> Decimal<'static> {
        match NumberFormat::plain(false).parse(text.as_bytes()) {
            Some(Number::Finite(decimal)) => decimal.into_owned(),
            _ => panic!("{text} is no number"),
        }
    }

    #[test]
    fn sums_and_products_are_exact() {
        for (a, b, sum, difference, product) in [
            ("0.1", "0.2", "0.3", "-0.1", "0.02"),
            ("-1.50", "1.5", "0", "-3", "-2.25"),
            ("0", "-0.00", "0", "0", "0"),
            ("1e3", "0.001", "1000.001", "999.999", "1"),
            (
                "99999999999999999999.99",
                "0.01",
                "1e20",
                "99999999999999999999.98",
                "999999999999999999.9999",
            ),
            (
                "12345678901234567",
                "98765432109876543",
                "111111111011111110",
                "-86419753208641976",
                "1219326311370217861743636654061881",
            ),
        ] {
            let (a, b) = (decimal(a), decimal(b));
            assert_eq!(add(&a, &b), Some(decimal(sum)));
            assert_eq!(subtract(&a, &b), Some(decimal(difference)));
            assert_eq!(multiply(&a, &b), Some(decimal(product)));
        }
    }

    #[test]
    fn what_takes_more_than_38_digits_is_nothing_rather_than_rounded() {
        let long = decimal(&"9".repeat(38));
        assert_eq!(add(&long, &decimal("0.1")), None);
        assert_eq!(multiply(&long, &decimal("10")), None);
        assert_eq!(subtract(&decimal("1e90"), &decimal("1")), None);
        assert_eq!(add(&decimal("1e-77"), &decimal("0")), None);
        assert_eq!(add(&decimal("1e99999999999999999"), &decimal("0")), None);
        assert_eq!(add(&decimal("1e-99999999999999999"), &decimal("0")), None);
        assert_eq!(multiply(&long, &decimal("1")), Some(long));
    }
}
