//! Numbers as text, without an allocation.

/// Appends a number in decimal digits.
pub(crate) fn push_number(number: u64, out: &mut Vec<u8>) {
    push_padded(number, 1, out);
}

/// The same with zeros in front, at least so many digits.
pub(crate) fn push_padded(mut number: u64, digits: usize, out: &mut Vec<u8>) {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    while number > 0 || text.len() - at < digits {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text[at..]);
}

/// Appends microseconds as seconds with so many decimals, 1 to 6, the rest cut off.
pub(crate) fn push_seconds(micros: u64, decimals: u32, out: &mut Vec<u8>) {
    push_number(micros / 1_000_000, out);
    out.push(b'.');
    push_padded(micros % 1_000_000 / 10u64.pow(6 - decimals), decimals as usize, out);
}

/// Appends a number in lower-case hexadecimal digits, without zeros in front.
pub(crate) fn push_hex(number: u16, out: &mut Vec<u8>) {
    let digits = b"0123456789abcdef";
    let first = (0..3).find(|place| number >> (12 - 4 * place) != 0).unwrap_or(3);
    for place in first..4 {
        out.push(digits[usize::from(number >> (12 - 4 * place) & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 1, 9, 10, 99, 100, 1_000_000, u64::MAX] {
            let mut out = Vec::new();
            push_number(number, &mut out);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }

    #[test]
    fn numbers_are_written_as_format_does() {
        for number in [0, 7, 10, 999, 65_535, u64::MAX] {
            let (mut plain, mut padded, mut hex) = (Vec::new(), Vec::new(), Vec::new());
            push_number(number, &mut plain);
            push_padded(number, 4, &mut padded);
            push_hex(number as u16, &mut hex);
            let texts = [plain, padded, hex].map(|text| String::from_utf8(text).unwrap());
            assert_eq!(
                texts,
                [format!("{number}"), format!("{number:04}"), format!("{:x}", number as u16)]
            );
        }
    }

    #[test]
    fn seconds_are_cut_and_not_rounded() {
        let text = |micros, decimals| {
            let mut out = Vec::new();
            push_seconds(micros, decimals, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!([text(999, 3), text(1_234_567, 3), text(12, 6)], ["0.000", "1.234", "0.000012"]);
    }
}
