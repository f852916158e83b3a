//! IBANs with the length and the check digits of their country (ISO 13616; ISO 7064 MOD 97-10).
//!
//! The check digits that some countries have within the account number are not computed, and the
//! bank codes made of letters belong to no bank, so that an IBAN from here is well-formed but
//! nobody's.

use crate::number::push_padded;
use crate::random::{Word, Words};

/// A country's IBAN: its code, the letters its account numbers start with, and how many digits
/// follow.
#[derive(Clone, Copy, Debug)]
struct Country {
    code: &'static [u8; 2],
    bank: &'static str,
    digits: usize,
}

const fn country(code: &'static [u8; 2], bank: &'static str, digits: usize) -> Country {
    Country { code, bank, digits }
}

/// Weights in parts of 1,000.
const COUNTRIES: &[(u32, Country)] = &[
    (240, country(b"DE", "", 18)),
    (140, country(b"NL", "DEMO", 10)),
    (120, country(b"GB", "DEMO", 14)),
    (90, country(b"BE", "", 12)),
    (80, country(b"AT", "", 16)),
    (70, country(b"FR", "", 23)),
    (50, country(b"ES", "", 20)),
    (50, country(b"CH", "", 17)),
    (40, country(b"IT", "X", 22)),
    (40, country(b"NO", "", 11)),
    (30, country(b"DK", "", 14)),
    (20, country(b"SE", "", 20)),
    (10, country(b"IE", "DEMO", 14)),
    (10, country(b"PL", "", 24)),
    (10, country(b"MT", "DEMO", 23)),
];

/// Appends an IBAN.
pub(crate) fn write(words: &Words, out: &mut Vec<u8>) {
    const HEAD: usize = 12;
    let country = words.weigh(Word::Country, COUNTRIES);
    let start = out.len();
    out.extend_from_slice(country.code);
    out.extend_from_slice(b"00");
    out.extend_from_slice(country.bank.as_bytes());
    let head = country.digits.min(HEAD);
    push_padded(words.below_wide(Word::AccountHead, 10_u64.pow(head as u32)), head, out);
    let tail = country.digits - head;
    push_padded(words.below_wide(Word::AccountTail, 10_u64.pow(tail as u32)), tail, out);
    let check = 98 - remainder(&out[start..]);
    out[start + 2] = b'0' + (check / 10) as u8;
    out[start + 3] = b'0' + (check % 10) as u8;
}

/// The IBAN as a number modulo 97, after its first four characters went to its end and letters
/// became 10 to 35. A correct IBAN leaves 1.
pub(crate) fn remainder(iban: &[u8]) -> u64 {
    /// Above this, another letter might not fit.
    const FULL: u64 = u64::MAX / 1000;
    let (country, account) = iban.split_at(4);
    let mut number = 0;
    for character in account.iter().chain(country) {
        number = match character {
            b'0'..=b'9' => number * 10 + u64::from(character - b'0'),
            _ => number * 100 + u64::from(character - b'A') + 10,
        };
        if number > FULL {
            number %= 97;
        }
    }
    number % 97
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{remainder, write};
    use crate::random::RowWords;

    #[test]
    fn the_examples_of_the_iban_registry_leave_one() {
        // SWIFT IBAN Registry, the IBAN examples of the countries.
        for iban in [
            "DE89370400440532013000",
            "GB29NWBK60161331926819",
            "FR1420041010050500013M02606",
            "NL91ABNA0417164300",
            "CH9300762011623852957",
            "IT60X0542811101000000123456",
            "MT84MALT011000012345MTLCAST001S",
            "NO9386011117947",
        ] {
            assert_eq!(remainder(iban.as_bytes()), 1, "{iban}");
        }
        assert_eq!(remainder(b"DE88370400440532013000"), 0);
    }

    #[test]
    fn every_iban_has_its_countrys_length_and_right_check_digits() {
        // ISO 13616 lengths.
        let lengths = BTreeMap::from([
            ("AT", 20),
            ("BE", 16),
            ("CH", 21),
            ("DE", 22),
            ("DK", 18),
            ("ES", 24),
            ("FR", 27),
            ("GB", 22),
            ("IE", 22),
            ("IT", 27),
            ("MT", 31),
            ("NL", 18),
            ("NO", 15),
            ("PL", 28),
            ("SE", 24),
        ]);
        let mut seen = BTreeMap::new();
        let mut stream = RowWords::starting_at(*b"every iban......", 1, 0);
        for _ in 0..20_000 {
            let mut iban = Vec::new();
            write(&stream.next_row(), &mut iban);
            let text = String::from_utf8(iban).unwrap();
            assert_eq!(remainder(text.as_bytes()), 1, "{text}");
            assert!((2..=98).contains(&text[2..4].parse::<u32>().unwrap()), "{text}");
            *seen.entry((text[..2].to_owned(), text.len())).or_insert(0) += 1;
        }
        let seen: Vec<_> = seen.keys().map(|(code, length)| (code.as_str(), *length)).collect();
        assert_eq!(seen, lengths.into_iter().collect::<Vec<_>>());
    }
}
