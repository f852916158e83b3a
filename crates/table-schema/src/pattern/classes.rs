//! The character classes of XML Schema regular expressions.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

/// The code points of XML 1.0's NameStartChar (fifth edition), which `\i` stands for.
const NAME_START: [(char, char); 16] = [
    (':', ':'),
    ('A', 'Z'),
    ('_', '_'),
    ('a', 'z'),
    ('\u{c0}', '\u{d6}'),
    ('\u{d8}', '\u{f6}'),
    ('\u{f8}', '\u{2ff}'),
    ('\u{370}', '\u{37d}'),
    ('\u{37f}', '\u{1fff}'),
    ('\u{200c}', '\u{200d}'),
    ('\u{2070}', '\u{218f}'),
    ('\u{2c00}', '\u{2fef}'),
    ('\u{3001}', '\u{d7ff}'),
    ('\u{f900}', '\u{fdcf}'),
    ('\u{fdf0}', '\u{fffd}'),
    ('\u{10000}', '\u{effff}'),
];

/// What NameChar, which `\c` stands for, has besides.
const NAME_MORE: [(char, char); 6] = [
    ('-', '-'),
    ('.', '.'),
    ('0', '9'),
    ('\u{b7}', '\u{b7}'),
    ('\u{300}', '\u{36f}'),
    ('\u{203f}', '\u{2040}'),
];

/// The blocks that people write, by XML Schema's names without the `Is`.
const BLOCKS: [(&str, char, char); 14] = [
    ("BasicLatin", '\0', '\u{7f}'),
    ("Latin-1Supplement", '\u{80}', '\u{ff}'),
    ("LatinExtended-A", '\u{100}', '\u{17f}'),
    ("LatinExtended-B", '\u{180}', '\u{24f}'),
    ("Greek", '\u{370}', '\u{3ff}'),
    ("Cyrillic", '\u{400}', '\u{4ff}'),
    ("Armenian", '\u{530}', '\u{58f}'),
    ("Hebrew", '\u{590}', '\u{5ff}'),
    ("Arabic", '\u{600}', '\u{6ff}'),
    ("Devanagari", '\u{900}', '\u{97f}'),
    ("Thai", '\u{e00}', '\u{e7f}'),
    ("Hiragana", '\u{3040}', '\u{309f}'),
    ("Katakana", '\u{30a0}', '\u{30ff}'),
    ("CJKUnifiedIdeographs", '\u{4e00}', '\u{9fff}'),
];

pub(super) fn of_ranges(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// The class of a multi-character escape such as `\d`; `None` if the letter is not one.
pub(super) fn escape(letter: char) -> Option<ClassUnicode> {
    let mut class = match letter.to_ascii_lowercase() {
        's' => of_ranges(&[(' ', ' '), ('\t', '\t'), ('\n', '\n'), ('\r', '\r')]),
        'd' => category("Nd")?,
        // All but punctuation, separators and the category "other": not the underscore.
        'w' => {
            let mut class = category("P")?;
            class.union(&category("Z")?);
            class.union(&category("C")?);
            class.negate();
            class
        }
        'i' => of_ranges(&NAME_START),
        'c' => {
            let mut class = of_ranges(&NAME_START);
            class.union(&of_ranges(&NAME_MORE));
            class
        }
        _ => return None,
    };
    if letter.is_ascii_uppercase() {
        class.negate();
    }
    Some(class)
}

/// All characters but line feed and carriage return.
pub(super) fn dot() -> ClassUnicode {
    let mut class = of_ranges(&[('\n', '\n'), ('\r', '\r')]);
    class.negate();
    class
}

/// The class of `\p{name}`; `None` where the category or block is not known.
pub(super) fn property(name: &str) -> Option<ClassUnicode> {
    match name.strip_prefix("Is") {
        Some(block) => BLOCKS
            .iter()
            .find(|(known, ..)| *known == block)
            .map(|&(_, start, end)| of_ranges(&[(start, end)])),
        None => category(name),
    }
}

/// A general category of Unicode, by its name of one or two letters.
fn category(name: &str) -> Option<ClassUnicode> {
    let known = matches!(name.as_bytes(), [b'A'..=b'Z'] | [b'A'..=b'Z', b'a'..=b'z']);
    let hir = regex_syntax::parse(&format!("\\p{{gc={name}}}")).ok().filter(|_| known)?;
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        _ => None,
    }
}
