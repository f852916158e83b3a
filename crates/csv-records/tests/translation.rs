//! Laws of decoding: what was encoded is decoded, whatever blocks it comes in; every line has its
//! place in the file; what is not of the encoding is noted at its byte and nothing else is lost.

use csv_records::translation::{InputEncoding, Looked, Problem, TextDecoder, TextMap, look};
use proptest::prelude::*;

/// Decodes a file that comes in blocks of these sizes, over and over.
fn decode(name: &str, file: &[u8], blocks: &[usize]) -> (String, TextMap) {
    let said: InputEncoding = name.parse().unwrap();
    let Looked::Decode { encoding, mark } = look(file, true, said).unwrap() else {
        panic!("{name} is not decoded")
    };
    let mut decoder = TextDecoder::new(encoding, mark);
    let (mut text, mut map) = (Vec::new(), TextMap::default());
    let (mut start, mut end) = (mark, mark);
    let mut sizes = blocks.iter().cycle();
    loop {
        end = (end + sizes.next().unwrap()).min(file.len());
        let last = end == file.len();
        start += decoder.decode(&file[start..end], last, &mut text, &mut map);
        if last {
            return (String::from_utf8(text).unwrap(), map);
        }
    }
}

/// The bytes of `text` in an encoding, and where each of its lines begins in them.
fn encode(name: &str, text: &str) -> (Vec<u8>, Vec<u64>) {
    let (mut file, mut lines) = (Vec::new(), vec![0]);
    for c in text.chars() {
        match name {
            "utf-16le" => {
                file.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_le_bytes()));
            }
            "utf-16be" => {
                file.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
            }
            _ => {
                let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
                let mut buffer = [0; 4];
                file.extend_from_slice(&encoding.encode(c.encode_utf8(&mut buffer)).0);
            }
        }
        if c == '\n' {
            lines.push(file.len() as u64);
        }
    }
    (file, lines)
}

/// Where each line of the text begins in the file, as the map says.
fn lines(text: &str, map: &TextMap) -> Vec<u64> {
    let ends = text.match_indices('\n').map(|(at, _)| map.offset(at as u64 + 1));
    std::iter::once(map.offset(0)).chain(ends).collect()
}

fn bad(map: &TextMap) -> Vec<(Vec<u8>, u64)> {
    let bad = map.notes().iter().map(|note| match note.problem {
        Problem::NotOfEncoding { bytes, length, offset, .. } => {
            (bytes[..usize::from(length)].to_vec(), offset)
        }
        other => panic!("{other:?}"),
    });
    bad.collect()
}

const TEXTS: [(&str, &str); 8] = [
    ("windows-1252", "[a-c,\"\r\n\u{e9}\u{fc}\u{20ac}\u{2019}]{0,60}"),
    ("iso-8859-1", "[a-c,\"\r\n\u{e9}\u{fc}\u{a3}]{0,60}"),
    ("iso-8859-15", "[a-c,\"\r\n\u{e9}\u{20ac}]{0,60}"),
    ("koi8-r", "[a-c,\"\r\n\u{416}\u{44f}]{0,60}"),
    ("shift_jis", "[a-c,\"\r\n\u{65e5}\u{30bd}\u{ff71}\u{8868}]{0,60}"),
    ("gb18030", "[a-c0-9,\"\r\n\u{65e5}\u{a3}\u{20ac}\u{1f600}]{0,60}"),
    ("utf-16le", "[a-c,\"\r\n\u{fc}\u{a0d}\u{d0a}\u{1f600}]{0,60}"),
    ("utf-16be", "[a-c,\"\r\n\u{fc}\u{a0d}\u{d0a}\u{1f600}]{0,60}"),
];

fn text_in_an_encoding() -> impl Strategy<Value = (&'static str, String)> {
    prop::sample::select(TEXTS.to_vec())
        .prop_flat_map(|(name, pattern)| (Just(name), pattern.prop_map(String::from)))
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded_with_the_place_of_every_line(
        (name, text) in text_in_an_encoding(), blocks in prop::collection::vec(1usize..20, 1..5),
    ) {
        let (file, places) = encode(name, &text);
        let (decoded, map) = decode(name, &file, &blocks);
        prop_assert_eq!(&decoded, &text);
        prop_assert_eq!(lines(&decoded, &map), places);
        prop_assert_eq!(map.notes(), &[]);
        prop_assert_eq!(map.offset(decoded.len() as u64), file.len() as u64);
    }

    #[test]
    fn bytes_of_any_kind_are_decoded_or_noted_whatever_blocks_they_come_in(
        name in prop::sample::select(
            TEXTS.iter().map(|(name, _)| *name)
                .chain(["us-ascii", "euc-jp", "big5", "windows-1253"])
                .collect::<Vec<_>>()
        ),
        file in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"\n\r,0aA\x81\x9d\xd8".to_vec())], 0..60,
        ),
        blocks in prop::collection::vec(1usize..20, 1..5),
    ) {
        if look(&file, true, name.parse().unwrap()).is_err() || file.starts_with(b"\xff\xfe")
            || file.starts_with(b"\xfe\xff") {
            return Ok(());
        }
        let (text, map) = decode(name, &file, &[file.len().max(1)]);
        let (again, map_again) = decode(name, &file, &blocks);
        prop_assert_eq!(&again, &text);
        prop_assert_eq!(bad(&map_again), bad(&map));
        prop_assert_eq!(lines(&again, &map_again), lines(&text, &map));
        // Each bad sequence is the file's own bytes, and stands in the text as its numbers.
        for note in map.notes() {
            let Problem::NotOfEncoding { bytes, length, offset, .. } = note.problem else {
                panic!("{note:?}");
            };
            let bytes = &bytes[..usize::from(length)];
            prop_assert!(file[offset as usize..].starts_with(bytes), "{:?}", note);
            let shown: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            prop_assert!(text[note.at as usize..].starts_with(&shown), "{:?}", note);
        }
        // As many line ends as the file has.
        let ends = match name {
            "utf-16le" => file.chunks_exact(2).filter(|unit| *unit == b"\n\0").count(),
            "utf-16be" => file.chunks_exact(2).filter(|unit| *unit == b"\0\n").count(),
            _ => file.iter().filter(|byte| **byte == b'\n').count(),
        };
        prop_assert_eq!(text.matches('\n').count(), ends);
    }
}

#[test]
fn bytes_that_a_code_page_leaves_free_are_noted_and_not_made_control_characters() {
    for (name, file, expected) in [
        ("windows-1252", b"M\xfcller,\x80\n\x81,a\n".as_slice(), vec![(b"\x81".to_vec(), 9)]),
        ("iso-8859-1", b"M\xfcller,\x80\n", vec![(b"\x80".to_vec(), 7)]),
        ("us-ascii", b"M\xfcller\n", vec![(b"\xfc".to_vec(), 1)]),
        ("shift_jis", b"\x82\n\x82\xa0\n", vec![(b"\x82".to_vec(), 0)]),
        // The second byte of a katakana letter, and one that is none of a character's.
        ("shift_jis", b"\x83\x80\x80\n\x80\n", vec![(b"\x80".to_vec(), 2), (b"\x80".to_vec(), 4)]),
        ("utf-16le", b"a\0\0\xd8\n\0", vec![(b"\0\xd8".to_vec(), 2)]),
        ("utf-16le", b"a\0\n\0b", vec![(b"b".to_vec(), 4)]),
    ] {
        for block in [1, 2, 3, 100] {
            let (text, map) = decode(name, file, &[block]);
            assert_eq!(bad(&map), expected, "{name}: {text}");
        }
    }
    let (text, _) = decode("windows-1252", b"M\xfcller \x80 \x9d\n", &[100]);
    assert_eq!(text, "M\u{fc}ller \u{20ac} \\x9d\n");
}

#[test]
fn a_mark_is_no_part_of_the_text_and_counts_as_bytes_of_the_file() {
    let file = b"\xff\xfea\0\n\0b\0";
    let (text, map) = decode("utf-16", file, &[3]);
    assert_eq!((text.as_str(), lines(&text, &map)), ("a\nb", vec![2, 6]));
}
