//! Amounts in the currency's own units, as integers of its minor unit (ISO 4217).

use crate::number::{push_number, push_padded};
use crate::random::{Word, Words};

/// A currency and how many decimals its amounts have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Currency {
    pub(crate) code: &'static str,
    decimals: u32,
}

const fn currency(code: &'static str, decimals: u32) -> Currency {
    Currency { code, decimals }
}

/// Weights in parts of 1,000.
const CURRENCIES: &[(u32, Currency)] = &[
    (540, currency("EUR", 2)),
    (140, currency("GBP", 2)),
    (120, currency("USD", 2)),
    (60, currency("CHF", 2)),
    (40, currency("JPY", 0)),
    (30, currency("SEK", 2)),
    (30, currency("NOK", 2)),
    (20, currency("DKK", 2)),
    (20, currency("PLN", 2)),
];

/// The greatest amount in whole units. The schema says the same.
const MAX_UNITS: u64 = 1_000_000;

/// What sizes amounts have: from the first number on and below the second, in hundredths. Weights
/// in parts of 1,000.
const SIZES: &[(u32, (u32, u32))] = &[
    (1, (1, 2)),
    (1, (100 * MAX_UNITS as u32, 100 * MAX_UNITS as u32 + 1)),
    (58, (10, 100)),
    (340, (100, 1_000)),
    (400, (1_000, 10_000)),
    (150, (10_000, 100_000)),
    (40, (100_000, 1_000_000)),
    (9, (1_000_000, 10_000_000)),
    (1, (10_000_000, 100_000_000)),
];

/// The currency of a row.
pub(crate) fn currency_of(words: &Words) -> Currency {
    words.weigh(Word::Currency, CURRENCIES)
}

/// Appends an amount from the least to the greatest that the schema allows, both included: `12.50`,
/// or `13` in a currency without decimals.
pub(crate) fn write_amount(words: &Words, currency: Currency, out: &mut Vec<u8>) {
    let (from, below) = words.weigh(Word::AmountSize, SIZES);
    let hundredths = u64::from(from + words.below(Word::Amount, below - from));
    let (units, cents) = (hundredths / 100, hundredths % 100);
    if currency.decimals == 0 {
        // At least one, which is what the least amount of such a currency is.
        push_number(units + u64::from(cents > 0), out);
        return;
    }
    push_number(units, out);
    out.push(b'.');
    push_padded(cents, 2, out);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{CURRENCIES, currency_of, write_amount};
    use crate::random::RowWords;

    #[test]
    fn amounts_have_their_currencys_decimals_and_reach_both_limits() {
        let mut extremes = BTreeMap::new();
        let mut stream = RowWords::starting_at(*b"amounts.........", 1, 0);
        for _ in 0..200_000 {
            let words = stream.next_row();
            let currency = currency_of(&words);
            let mut out = Vec::new();
            write_amount(&words, currency, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert!(!text.starts_with('0') || text.starts_with("0."), "{text}");
            let hundredths = match text.split_once('.') {
                None => {
                    assert_eq!(currency.code, "JPY", "{text}");
                    100 * text.parse::<u64>().unwrap()
                }
                Some((units, cents)) => {
                    assert_ne!(currency.code, "JPY", "{text}");
                    assert_eq!(cents.len(), 2, "{text}");
                    100 * units.parse::<u64>().unwrap() + cents.parse::<u64>().unwrap()
                }
            };
            let (least, greatest) = extremes.entry(currency.code).or_insert((u64::MAX, 0));
            *least = hundredths.min(*least);
            *greatest = hundredths.max(*greatest);
        }
        assert_eq!(extremes.len(), CURRENCIES.len());
        assert_eq!(extremes["EUR"], (1, 100_000_000));
        assert_eq!(extremes["JPY"], (100, 100_000_000));
    }
}
