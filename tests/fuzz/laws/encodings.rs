//! Any bytes as a file in any encoding, decoded in blocks of any size.

use csv_records::translation::{InputEncoding, Looked, Problem, TextDecoder, TextMap, look};

const NAMES: [&str; 14] = [
    "windows-1252",
    "iso-8859-1",
    "iso-8859-15",
    "us-ascii",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "gbk",
    "big5",
    "euc-kr",
    "auto",
];

/// Decodes a file that comes in pieces of `piece` bytes.
fn decode(mut decoder: TextDecoder, mark: usize, file: &[u8], piece: usize) -> (Vec<u8>, TextMap) {
    let (mut text, mut map) = (Vec::new(), TextMap::default());
    let (mut start, mut end) = (mark, mark);
    loop {
        end = (end + piece).min(file.len());
        let last = end == file.len();
        start += decoder.decode(&file[start..end], last, &mut text, &mut map);
        if last {
            assert_eq!(start, file.len(), "the last block is consumed whole");
            return (text, map);
        }
    }
}

/// The text is UTF-8 and does not depend on where the blocks are cut. What is not of the encoding
/// is noted with its own bytes, and stands in the text as their numbers. Two bytes choose the
/// encoding and the size of the blocks.
pub(crate) fn holds(data: &[u8]) {
    let Some((&[name, piece], file)) = data.split_first_chunk::<2>() else { return };
    let said: InputEncoding =
        NAMES[usize::from(name) % NAMES.len()].parse().expect("it is an encoding");
    let Ok(Looked::Decode { encoding, mark }) = look(file, true, said) else { return };
    let new = || TextDecoder::new(encoding, mark);
    let (text, map) = decode(new(), mark, file, usize::from(piece) + 1);
    let (whole, of_whole) = decode(new(), mark, file, file.len().max(1));
    assert!(text == whole && map.notes() == of_whole.notes(), "the cuts of blocks show");
    let text = str::from_utf8(&text).expect("the text is UTF-8");
    for note in map.notes() {
        let Problem::NotOfEncoding { bytes, length, offset, .. } = note.problem else {
            panic!("{note:?}");
        };
        let bad = &bytes[..usize::from(length).min(bytes.len())];
        let offset = usize::try_from(offset).expect("it is in memory");
        assert!(file[offset..].starts_with(bad), "{note:?}");
        let at = usize::try_from(note.at).expect("it is in memory");
        assert!(text[at..].starts_with(&format!("\\x{:02x}", bad[0])), "{note:?}");
    }
}
