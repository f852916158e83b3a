//! The countries that have an IBAN, and how their account numbers are made up.

/// Each country with the structure of what follows its letters and the check digits: how many
/// digits (`n`), upper-case letters (`a`), or either (`c`), one after the other.
///
/// Source: SWIFT, IBAN Registry (the registry of ISO 13616-2), release 101, "BBAN structure". The
/// registry also divides what is here one run, such as a bank's and a branch's digits.
const STRUCTURES: [(&[u8; 2], &[u8]); 89] = [
    (b"AD", b"8n12c"),
    (b"AE", b"19n"),
    (b"AL", b"8n16c"),
    (b"AT", b"16n"),
    (b"AZ", b"4a20c"),
    (b"BA", b"16n"),
    (b"BE", b"12n"),
    (b"BG", b"4a6n8c"),
    (b"BH", b"4a14c"),
    (b"BI", b"23n"),
    (b"BR", b"23n1a1c"),
    (b"BY", b"4c4n16c"),
    (b"CH", b"5n12c"),
    (b"CR", b"18n"),
    (b"CY", b"8n16c"),
    (b"CZ", b"20n"),
    (b"DE", b"18n"),
    (b"DJ", b"23n"),
    (b"DK", b"14n"),
    (b"DO", b"4c20n"),
    (b"EE", b"16n"),
    (b"EG", b"25n"),
    (b"ES", b"20n"),
    (b"FI", b"14n"),
    (b"FK", b"2a12n"),
    (b"FO", b"14n"),
    (b"FR", b"10n11c2n"),
    (b"GB", b"4a14n"),
    (b"GE", b"2a16n"),
    (b"GI", b"4a15c"),
    (b"GL", b"14n"),
    (b"GR", b"7n16c"),
    (b"GT", b"24c"),
    (b"HN", b"4a20n"),
    (b"HR", b"17n"),
    (b"HU", b"24n"),
    (b"IE", b"4a14n"),
    (b"IL", b"19n"),
    (b"IQ", b"4a15n"),
    (b"IS", b"22n"),
    (b"IT", b"1a10n12c"),
    (b"JO", b"4a4n18c"),
    (b"KW", b"4a22c"),
    (b"KZ", b"3n13c"),
    (b"LB", b"4n20c"),
    (b"LC", b"4a24c"),
    (b"LI", b"5n12c"),
    (b"LT", b"16n"),
    (b"LU", b"3n13c"),
    (b"LV", b"4a13c"),
    (b"LY", b"21n"),
    (b"MC", b"10n11c2n"),
    (b"MD", b"20c"),
    (b"ME", b"18n"),
    (b"MK", b"3n10c2n"),
    (b"MN", b"16n"),
    (b"MR", b"23n"),
    (b"MT", b"4a5n18c"),
    (b"MU", b"4a19n3a"),
    (b"NI", b"4a20n"),
    (b"NL", b"4a10n"),
    (b"NO", b"11n"),
    (b"OM", b"3n16c"),
    (b"PK", b"4a16c"),
    (b"PL", b"24n"),
    (b"PS", b"4a21c"),
    (b"PT", b"21n"),
    (b"QA", b"4a21c"),
    (b"RO", b"4a16c"),
    (b"RS", b"18n"),
    (b"RU", b"14n15c"),
    (b"SA", b"2n18c"),
    (b"SC", b"4a20n3a"),
    (b"SD", b"14n"),
    (b"SE", b"20n"),
    (b"SI", b"15n"),
    (b"SK", b"20n"),
    (b"SM", b"1a10n12c"),
    (b"SO", b"19n"),
    (b"ST", b"21n"),
    (b"SV", b"4a20n"),
    (b"TL", b"19n"),
    (b"TN", b"20n"),
    (b"TR", b"6n16c"),
    (b"UA", b"6n19c"),
    (b"VA", b"18n"),
    (b"VG", b"4a16n"),
    (b"XK", b"16n"),
    (b"YE", b"4a4n18c"),
];

/// Whether a text begins with the letters of a country of the registry, and has behind the two
/// characters that follow them what that country has: in number, and digits and letters at their
/// places.
pub(crate) fn has_structure(text: &[u8]) -> bool {
    let Some((country, rest)) = text.split_first_chunk::<2>() else { return false };
    let found = STRUCTURES.binary_search_by(|(code, _)| code[..].cmp(&country[..]));
    let Ok(at) = found else { return false };
    rest.get(2..).is_some_and(|account| follows(account, STRUCTURES[at].1))
}

fn follows(mut account: &[u8], structure: &[u8]) -> bool {
    let mut count = 0;
    for &byte in structure {
        let is_of_kind: fn(&u8) -> bool = match byte {
            b'n' => u8::is_ascii_digit,
            b'a' => u8::is_ascii_uppercase,
            b'c' => |byte| byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            digit => {
                count = count * 10 + usize::from(digit - b'0');
                continue;
            }
        };
        let Some((run, rest)) = account.split_at_checked(count) else { return false };
        if !run.iter().all(is_of_kind) {
            return false;
        }
        (account, count) = (rest, 0);
    }
    account.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countries_are_in_order_and_once_each() {
        assert!(STRUCTURES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn digits_and_letters_stand_where_the_country_has_them() {
        for (text, is_right) in [
            ("GB29NWBK60161331926819", true),
            ("GB296016NWBK1331926819", false),
            ("GB29NWBK6016133192681", false),
            ("GB29NWBK601613319268190", false),
            ("GB29NWBK6016133192681X", false),
            ("DE89370400440532013000", true),
            ("DE8937040044053201300O", false),
            ("MU17BOMM0101101030300200000MUR", true),
            ("MU17BOMM0101101030300200000123", false),
            ("FR1420041010050500013M02606", true),
            ("FR142004101005050001MM0260X", false),
            ("LC55HEMM000100010012001200023015", true),
            ("LC55HEMM00010001001200120002301-", false),
            ("YE15CBYE0001018861234567891234", true),
            ("US64SVBKUS6S3300958879", false),
            ("DE", false),
            ("D", false),
            ("", false),
        ] {
            assert_eq!(has_structure(text.as_bytes()), is_right, "{text}");
        }
    }
}
