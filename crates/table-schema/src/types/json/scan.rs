//! The grammar of JSON over bytes that are known to be UTF-8.

const DEPTH: usize = 128;

/// Whether `text` is one JSON value.
pub(crate) fn is_value(text: &[u8]) -> bool {
    let mut scan = Scan { text, at: 0 };
    scan.space();
    scan.value(0).is_some() && {
        scan.space();
        scan.at == text.len()
    }
}

/// The number of elements, if `text` is a JSON array.
pub(crate) fn array_len(text: &[u8]) -> Option<usize> {
    (text.trim_ascii_start().first() == Some(&b'[') && is_value(text))
        .then(|| elements(text).count())
}

/// The number of members as they are written, if `text` is a JSON object.
pub(crate) fn object_len(text: &[u8]) -> Option<usize> {
    (text.trim_ascii_start().first() == Some(&b'{') && is_value(text))
        .then(|| members(text).count())
}

/// The elements of a valid JSON array, as they are written.
pub(crate) fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let mut scan = Scan::inside(array);
    std::iter::from_fn(move || scan.element())
}

/// The members of a valid JSON object, as they are written, names in their quotes.
pub(crate) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut scan = Scan::inside(object);
    std::iter::from_fn(move || {
        let name = scan.element()?;
        scan.at += 1;
        Some((name, scan.element()?))
    })
}

/// The last member of a valid JSON object that has this name, a name of plain ASCII.
pub(crate) fn member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    members(object).filter(|(key, _)| is_string(key, name)).last().map(|(_, value)| value)
}

/// Whether a valid JSON value is the string `expected`, whatever escapes it is written with.
pub(crate) fn is_string(value: &[u8], expected: &str) -> bool {
    match value {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => inner == expected.as_bytes(),
        [b'"', ..] => serde_json::from_slice::<String>(value).is_ok_and(|text| text == expected),
        _ => false,
    }
}

#[derive(Clone)]
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    /// Behind the bracket that opens a valid array or object.
    fn inside(text: &'a [u8]) -> Scan<'a> {
        let mut scan = Scan { text, at: 0 };
        scan.space();
        scan.at += 1;
        scan
    }

    /// The next value within brackets that are known to be valid, moving to behind its comma.
    fn element(&mut self) -> Option<&'a [u8]> {
        self.space();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.space();
        }
        let start = self.at;
        self.value(0)?;
        let end = self.at;
        self.space();
        Some(&self.text[start..end])
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn byte(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' if depth == DEPTH => None,
            b'{' => self.list(b'}', |scan| {
                scan.string()?;
                scan.space();
                scan.byte(b':')?;
                scan.space();
                scan.value(depth + 1)
            }),
            b'[' => self.list(b']', |scan| scan.value(depth + 1)),
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn list(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        if self.byte(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            self.space();
            if self.byte(close).is_some() {
                return Some(());
            }
            self.byte(b',')?;
            self.space();
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn string(&mut self) -> Option<()> {
        self.byte(b'"')?;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => match self.text.get(self.at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                    b'u' => {
                        let digits = self.text.get(self.at + 2..self.at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then(|| self.at += 6)?;
                    }
                    _ => return None,
                },
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.text[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.byte(b'-');
        if self.byte(b'0').is_none() {
            self.digits()?;
        }
        if self.byte(b'.').is_some() {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_told_from_what_only_looks_like_them() {
        for good in [
            "0",
            "-0.5e+10",
            "null",
            " [1 , {\"a\":[]} ] ",
            "\"\\ud800\"",
            "\"\u{e9}\"",
            "1e999",
            "{}",
        ] {
            assert!(is_value(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "NaN",
            "[1,]",
            "{\"a\"}",
            "{a:1}",
            "[1 2]",
            "\"\t\"",
            "\"\\x\"",
            "nul",
            "1 2",
            "{\"a\":1,}",
        ] {
            assert!(!is_value(bad.as_bytes()), "{bad}");
        }
        assert!(is_value(("[".repeat(128) + "1" + &"]".repeat(128)).as_bytes()));
        assert!(!is_value(("[".repeat(129) + &"]".repeat(129)).as_bytes()));
        assert_eq!(array_len(b"[1,[2,3],\"]\"]"), Some(3));
        assert_eq!(object_len(br#" {"a":1,"a":{"b":2}} "#), Some(2));
        assert_eq!(array_len(b"{}"), None);
        assert_eq!(member(br#"{"t\u0079pe" : 1}"#, "type"), Some(&b"1"[..]));
    }

    proptest! {
        #[test]
        fn the_grammar_is_that_of_serde_json(text in "[\\[\\]{}\",:\\\\ u01de.+\\-tnrl]{0,12}|\\[(1|\"a\"|\\{\"k\": ?[0-9]\\}|,| ){0,5}\\]") {
            let model = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            prop_assert_eq!(is_value(text.as_bytes()), model, "{}", text);
        }
    }
}
