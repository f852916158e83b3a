//! The identifiers of banks and exchanges, which are an extension of the standard: their letters,
//! their lengths, and their check digits. Whether an account or a paper exists is not known here.
//!
//! Each is accepted in its electronic form only: upper case, without blanks and dashes.

use super::iban::has_structure;
use crate::named_enum::named_enum;

named_enum! {
    /// What an identifier is of. Each expects UTF-8.
    pub(crate) enum Identifier {
        Iban = "iban",
        Bic = "bic",
        Luhn = "luhn",
        Lei = "lei",
        Isin = "isin",
    }
}

impl Identifier {
    pub(crate) fn accepts(self, text: &[u8]) -> bool {
        match self {
            Identifier::Iban => is_iban(text),
            Identifier::Bic => is_bic(text),
            Identifier::Luhn => is_luhn(text),
            Identifier::Lei => is_lei(text),
            Identifier::Isin => is_isin(text),
        }
    }
}

/// An international bank account number: the letters of a country of the registry, two check
/// digits, and the digits and upper-case letters that this country has.
///
/// Source: ISO 13616-1, sections 4 and 6: with its first four characters behind the others, and
/// letters as the numbers 10 to 35, it is 1 modulo 97. The check digits are 02 to 98, which alone
/// the procedure of ISO 7064, MOD 97-10, gives.
fn is_iban(text: &[u8]) -> bool {
    let Some((head, account)) = text.split_first_chunk::<4>() else {
        return false;
    };
    has_structure(text) && is_check(&head[2..]) && mod_97(account.iter().chain(head)) == Some(1)
}

/// A legal entity identifier: eighteen digits and upper-case letters, and two check digits.
///
/// Source: ISO 17442-1, sections 4 and 5: with letters as the numbers 10 to 35 it is 1 modulo 97
/// (ISO 7064, MOD 97-10, whose check digits are 02 to 98).
fn is_lei(text: &[u8]) -> bool {
    text.len() == 20 && is_check(&text[18..]) && mod_97(text.iter()) == Some(1)
}

/// Two digits from 02 to 98.
fn is_check(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_digit) && !matches!(digits, b"00" | b"01" | b"99")
}

/// The remainder modulo 97 of digits and upper-case letters, the letters being the numbers 10 to
/// 35; `None` where anything else is among them.
fn mod_97<'t>(text: impl Iterator<Item = &'t u8>) -> Option<u32> {
    text.into_iter().try_fold(0, |sum, &byte| {
        let value = digit_or_letter(byte)?;
        Some((sum * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}

/// 0 to 9 of a digit, 10 to 35 of an upper-case letter.
fn digit_or_letter(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        _ => None,
    }
}

/// The countries of a business identifier code: those of ISO 3166-1, and Kosovo.
const BIC_COUNTRIES: &[u8] = b"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBT\
    BVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGF\
    GGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALB\
    LCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPE\
    PFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTL\
    TMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// A business identifier code of 8 or 11 characters: four digits or letters of the party, two
/// letters of its country, two digits or letters of a place, and perhaps three of a branch. It has
/// no check digits.
///
/// Source: ISO 9362:2022, section 4; the country is one of ISO 3166-1, or XK.
fn is_bic(text: &[u8]) -> bool {
    matches!(text.len(), 8 | 11)
        && text.iter().all(|&byte| digit_or_letter(byte).is_some())
        && BIC_COUNTRIES.chunks_exact(2).any(|country| *country == text[4..6])
}

/// Two digits or more, the last of which is the check digit of the others, as in the numbers of
/// payment cards. How many there are is for `minLength` and `maxLength`.
///
/// Source: ISO/IEC 7812-1, annex B (Luhn formula for computing modulus-10 "double-add-double"
/// check digits).
fn is_luhn(text: &[u8]) -> bool {
    text.len() >= 2
        && text.iter().all(u8::is_ascii_digit)
        && luhn_sum(text.iter().map(|digit| u32::from(digit - b'0'))).is_multiple_of(10)
}

/// An international securities identification number: two letters, nine digits or letters, and a
/// check digit.
///
/// Source: ISO 6166, annex A: with letters as the numbers 10 to 35 the digits keep Luhn's formula.
/// The letters are a country's or one of those that the registries have agreed upon (XS, EU, ...),
/// so any are accepted.
fn is_isin(text: &[u8]) -> bool {
    let (Some(prefix), Some(check)) = (text.first_chunk::<2>(), text.last()) else {
        return false;
    };
    let digits = || {
        text.iter().flat_map(|&byte| {
            let value = digit_or_letter(byte).unwrap_or(0);
            [value / 10, value % 10].into_iter().skip(usize::from(value < 10))
        })
    };
    text.len() == 12
        && text.iter().all(|&byte| digit_or_letter(byte).is_some())
        && prefix.iter().all(u8::is_ascii_uppercase)
        && check.is_ascii_digit()
        && luhn_sum(digits()).is_multiple_of(10)
}

/// Luhn's sum of the digits of a number: every second one from the right is doubled, and the digits
/// of all are added up.
fn luhn_sum(digits: impl Iterator<Item = u32>) -> u32 {
    // Both sums are kept, as the number of digits says only in the end which are doubled.
    let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    let (last_plain, _) = digits.fold((0, 0), |(last_plain, last_doubled), digit| {
        (last_doubled + digit, last_plain + doubled(digit))
    });
    last_plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text that differs from `text` in one digit.
    fn with_a_wrong_digit(text: &str) -> Vec<String> {
        let digits = text.char_indices().filter(|(_, c)| c.is_ascii_digit());
        digits
            .flat_map(|(at, right)| {
                let wrong = ('0'..='9').filter(move |wrong| *wrong != right);
                wrong.map(move |wrong| format!("{}{wrong}{}", &text[..at], &text[at + 1..]))
            })
            .collect()
    }

    #[test]
    fn the_examples_of_the_registries_are_accepted_and_none_with_a_wrong_digit() {
        use Identifier::{Iban, Isin, Lei, Luhn};
        for (identifier, text) in [
            // The examples of the IBAN registry.
            (Iban, "AD1200012030200359100100"),
            (Iban, "AT611904300234573201"),
            (Iban, "BE68539007547034"),
            (Iban, "BR1800360305000010009795493C1"),
            (Iban, "CH9300762011623852957"),
            (Iban, "DE89370400440532013000"),
            (Iban, "ES9121000418450200051332"),
            (Iban, "FR1420041010050500013M02606"),
            (Iban, "GB29NWBK60161331926819"),
            (Iban, "LC55HEMM000100010012001200023015"),
            (Iban, "MT84MALT011000012345MTLCAST001S"),
            (Iban, "NL91ABNA0417164300"),
            (Iban, "NO9386011117947"),
            (Iban, "SE4550000000058398257466"),
            (Iban, "XK051212012345678906"),
            // The Global LEI Foundation, Bloomberg, Deutsche Bank.
            (Lei, "506700GE1G29325QX363"),
            (Lei, "5493001KJTIIGC8Y1R12"),
            (Lei, "7LTWFZYICNSX8D621K86"),
            // Apple, Treasury Corporation of Victoria (the standard's), BAE Systems, a Eurobond.
            (Isin, "US0378331005"),
            (Isin, "AU0000XVGZA3"),
            (Isin, "GB0002634946"),
            (Isin, "XS0971721450"),
            // The example of Luhn's patent with its digit, and test cards of 15 and 16 digits.
            (Luhn, "79927398713"),
            (Luhn, "378282246310005"),
            (Luhn, "4111111111111111"),
        ] {
            assert!(identifier.accepts(text.as_bytes()), "{identifier:?} {text}");
            for wrong in with_a_wrong_digit(text) {
                assert!(!identifier.accepts(wrong.as_bytes()), "{identifier:?} {wrong}");
            }
        }
    }

    #[test]
    fn a_bic_has_eight_or_eleven_characters_and_a_country() {
        for good in ["DEUTDEFF", "DEUTDEFF500", "NEDSZAJJXXX", "E097AEXXXXX", "NCBVXKPR"] {
            assert!(is_bic(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "DEUT",
            "DEUTDEF",
            "DEUTDEFF5",
            "DEUTDEFF50",
            "DEUTDEFF5000",
            "DEUTZZFF",
            "DEUTEDFF",
            "DEUT1EFF",
            "deutdeff",
            "DEUT DEFF",
            "DEUTDEF-",
            "DÉUTDEF",
        ] {
            assert!(!is_bic(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn other_forms_of_an_identifier_are_not_accepted() {
        use Identifier::{Iban, Isin, Lei, Luhn};
        for (identifier, text) in [
            (Iban, ""),
            (Iban, "DE89"),
            (Iban, "DE89 3704 0044 0532 0130 00"),
            (Iban, "de89370400440532013000"),
            (Iban, "IBAN DE89370400440532013000"),
            (Iban, "DE8937040044053201300"),
            // Right modulo 97, in a country that has no IBAN, with too many digits, and with a
            // letter where the country has digits.
            (Iban, "DE85A70400440532013000"),
            (Iban, "US64SVBKUS6S3300958879"),
            (Iban, "DE8900000000370400440532013000"),
            (Iban, "D-89370400440532013000"),
            (Lei, "506700GE1G29325QX36"),
            (Lei, "506700ge1g29325qx363"),
            (Lei, "506700GE1G29325QX3630"),
            (Isin, "US037833100"),
            (Isin, "us0378331005"),
            (Isin, "000378331005"),
            (Isin, "US 037833100"),
            (Luhn, ""),
            (Luhn, "0"),
            (Luhn, "4111 1111 1111 1111"),
            (Luhn, "4111-1111-1111-1111"),
            (Luhn, "٤١١١"),
        ] {
            assert!(!identifier.accepts(text.as_bytes()), "{identifier:?} {text}");
        }
    }

    #[test]
    fn check_digits_that_the_procedure_never_gives_are_refused() {
        // For each there is a number that is 1 modulo 97 all the same.
        let mut refused = 0;
        for account in 0..97 {
            for check in ["00", "01", "99"] {
                let text = format!("NO{check}{account:011}");
                let (head, rest) = text.as_bytes().split_at(4);
                if mod_97(rest.iter().chain(head)) == Some(1) {
                    assert!(!is_iban(text.as_bytes()), "{text}");
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 3, "one account for each");
    }

    #[test]
    fn the_countries_are_in_order_and_once_each() {
        let countries: Vec<&[u8]> = BIC_COUNTRIES.chunks(2).collect();
        assert_eq!(countries.len(), 250);
        assert!(countries.is_sorted_by(|a, b| a < b));
    }
}
