//! Patterns of texts, in which `*` is any text and `?` any one character.

/// A pattern. Everything but `*` and `?` stands for itself; it is held against the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    pattern: Vec<u8>,
    ignores_case: bool,
}

impl Glob {
    /// A pattern, in which letters of ASCII are themselves in either case where `ignores_case`.
    pub(super) fn new(pattern: &str, ignores_case: bool) -> Glob {
        Glob { pattern: pattern.as_bytes().to_vec(), ignores_case }
    }

    /// Whether a text is of the pattern. It takes at most as many steps as the product of both
    /// lengths: only the last `*` is ever tried again, since what an earlier one takes longer a
    /// later one can take as well.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        let (mut at, mut of) = (0, 0);
        let mut again: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.pattern.get(of) {
                Some(b'*') => {
                    again = Some((at, of + 1));
                    of += 1;
                    continue;
                }
                Some(b'?') => {
                    at += character(&text[at..]);
                    of += 1;
                    continue;
                }
                Some(byte) if self.is_same(*byte, text[at]) => {
                    (at, of) = (at + 1, of + 1);
                    continue;
                }
                _ => {}
            }
            let Some((from, behind)) = again else { return false };
            (at, of) = (from + 1, behind);
            again = Some((at, of));
        }
        self.pattern[of..].iter().all(|byte| *byte == b'*')
    }

    fn is_same(&self, one: u8, other: u8) -> bool {
        one == other || (self.ignores_case && one.eq_ignore_ascii_case(&other))
    }
}

/// Length of the character that a text begins with; 1 where it is not UTF-8.
fn character(text: &[u8]) -> usize {
    let length = match text[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return 1,
    };
    let whole = text.get(..length).is_some_and(|text| std::str::from_utf8(text).is_ok());
    if whole { length } else { 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain twin: every way to share the text out is tried.
    fn plain(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|taken| plain(rest, &text[taken..])),
            [b'?', rest @ ..] => !text.is_empty() && plain(rest, &text[1..]),
            [byte, rest @ ..] => text.first() == Some(byte) && plain(rest, &text[1..]),
        }
    }

    #[test]
    fn a_pattern_is_held_against_the_whole_text() {
        for (pattern, text, expected) in [
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/live", false),
            ("/healthz*", "/healthz/live", true),
            ("*.php", "/a/b.php", true),
            ("/?", "/ä", true),
            ("/?", "/ab", false),
            ("*", "", true),
            ("", "", true),
            ("", "/", false),
            ("/A", "/a", false),
        ] {
            assert_eq!(Glob::new(pattern, false).is_match(text.as_bytes()), expected, "{pattern}");
        }
        assert!(Glob::new("*GoogleBot*", true).is_match(b"x googlebot/2.1"));
        assert!(Glob::new("/?", false).is_match(b"/\xff"), "a byte that is no character is one");
    }

    proptest! {
        #[test]
        fn a_pattern_finds_what_trying_every_way_finds(
            pattern in "[ab*?]{0,8}",
            text in "[ab]{0,10}",
        ) {
            let found = Glob::new(&pattern, false).is_match(text.as_bytes());
            prop_assert_eq!(found, plain(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
