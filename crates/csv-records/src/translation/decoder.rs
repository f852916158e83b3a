//! Bytes of another encoding in, UTF-8 out, line by line, with a map of what stood where.

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::encoding_name::{OtherEncoding, Rule};
use super::map::{Note, Problem, Shift, TextMap};

/// The longest malformed sequence and what may be read behind it, in bytes.
const REMEMBERED: usize = 8;

/// Decodes one file. Its text is valid UTF-8 whatever the file holds.
pub struct TextDecoder {
    encoding: OtherEncoding,
    decoder: Decoder,
    undefined: Undefined,
    /// Bytes of the file that were decoded.
    offset: u64,
    /// Bytes of the text.
    written: u64,
    /// The last bytes that were decoded.
    recent: Vec<u8>,
    /// The decoder stands behind a whole character.
    settled: bool,
}

/// The bytes that are not of the encoding although the decoder knows them.
enum Undefined {
    None,
    /// These, wherever they stand.
    Bytes(Box<[bool; 256]>),
    /// 0x80, unless it is the second byte of a character of Shift_JIS. The byte before may be the
    /// last of another piece.
    Single80 {
        in_character: bool,
    },
}

impl Undefined {
    /// The first of them in the bytes.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Undefined::None => None,
            Undefined::Bytes(undefined) => {
                bytes.iter().position(|byte| undefined[usize::from(*byte)])
            }
            Undefined::Single80 { in_character } => bytes.iter().position(|byte| {
                let is_first = !*in_character;
                *in_character = is_first && matches!(byte, 0x81..=0x9f | 0xe0..=0xfc);
                is_first && *byte == 0x80
            }),
        }
    }
}

impl TextDecoder {
    /// A decoder for a file whose text begins behind `mark` bytes.
    pub fn new(encoding: OtherEncoding, mark: usize) -> Self {
        TextDecoder {
            encoding,
            decoder: encoding.encoding.new_decoder_without_bom_handling(),
            undefined: undefined(encoding),
            offset: mark as u64,
            written: 0,
            recent: Vec::new(),
            settled: true,
        }
    }

    /// Appends the text of the next bytes of the file to `text`, and to `map` what stands where.
    /// Returns how many bytes were decoded: of UTF-16 half a unit may be left. `last` says that
    /// no more come; nothing may be decoded behind them.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        last: bool,
        text: &mut Vec<u8>,
        map: &mut TextMap,
    ) -> usize {
        if self.written == 0 && self.settled {
            self.shift(map);
        }
        let is_utf16 = self.encoding.is_utf16();
        let count = if is_utf16 && !last { bytes.len() & !1 } else { bytes.len() };
        let mut rest = &bytes[..count];
        while !rest.is_empty() {
            if self.settled && !is_utf16 {
                let ascii = Encoding::ascii_valid_up_to(rest);
                self.copy(&rest[..ascii], text, map);
                rest = &rest[ascii..];
                if rest.is_empty() {
                    break;
                }
            }
            let (end, is_line) = match self.line_end(rest) {
                Some(end) => (end, true),
                None => (rest.len(), false),
            };
            self.piece(&rest[..end], text, map);
            // A byte that ends lines is never the second one of a character.
            self.settled = is_line || self.encoding.encoding.is_single_byte();
            if is_line {
                self.shift(map);
            }
            rest = &rest[end..];
        }
        if last {
            self.run(&[], true, text, map);
            self.shift(map);
        }
        count
    }

    /// Says where the file is from here on.
    fn shift(&self, map: &mut TextMap) {
        let bytes = self.offset.wrapping_sub(self.written) as i64;
        map.shift(Shift { at: self.written, bytes, lines: 0 });
    }

    /// ASCII stays as it is; the first line end in it may be where a shift begins.
    fn copy(&mut self, ascii: &[u8], text: &mut Vec<u8>, map: &mut TextMap) {
        text.extend_from_slice(ascii);
        if let Some(end) = self.line_end(ascii) {
            self.offset += end as u64;
            self.written += end as u64;
            self.shift(map);
            self.offset -= end as u64;
            self.written -= end as u64;
        }
        self.offset += ascii.len() as u64;
        self.written += ascii.len() as u64;
    }

    /// Where the first line of the bytes ends.
    fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        if !self.encoding.is_utf16() {
            return memchr::memchr2(b'\n', b'\r', bytes).map(|at| at + 1);
        }
        let low = usize::from(self.encoding.encoding == encoding_rs::UTF_16BE);
        let unit = bytes
            .chunks_exact(2)
            .position(|unit| matches!(unit[low], b'\n' | b'\r') && unit[1 - low] == 0)?;
        Some(2 * (unit + 1))
    }

    /// Decodes what may hold bytes that are not of the encoding.
    fn piece(&mut self, mut piece: &[u8], text: &mut Vec<u8>, map: &mut TextMap) {
        while let Some(at) = self.undefined.find(piece) {
            self.run(&piece[..at], false, text, map);
            self.offset += 1;
            self.write_bad(&piece[at..=at], self.offset - 1, text, map);
            piece = &piece[at + 1..];
        }
        self.run(piece, false, text, map);
    }

    fn run(&mut self, mut bytes: &[u8], last: bool, text: &mut Vec<u8>, map: &mut TextMap) {
        loop {
            let start = text.len();
            // The decoder is asked again where the text is longer than most are.
            text.resize(start + bytes.len() * 2 + 32, 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut text[start..], last);
            text.truncate(start + written);
            self.written += written as u64;
            self.offset += read as u64;
            self.remember(&bytes[..read]);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, behind) => {
                    let end = self.recent.len() - usize::from(behind);
                    let bad = self.recent[end - usize::from(length)..end].to_vec();
                    let at = self.offset - u64::from(behind) - u64::from(length);
                    self.write_bad(&bad, at, text, map);
                }
            }
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        let kept = REMEMBERED.saturating_sub(bytes.len()).min(self.recent.len());
        self.recent.drain(..self.recent.len() - kept);
        self.recent.extend_from_slice(&bytes[bytes.len().saturating_sub(REMEMBERED)..]);
    }

    /// Writes bytes that are not of the encoding as their numbers, and notes them.
    fn write_bad(&mut self, bad: &[u8], offset: u64, text: &mut Vec<u8>, map: &mut TextMap) {
        let mut bytes = [0; 4];
        let length = bad.len().min(bytes.len());
        bytes[..length].copy_from_slice(&bad[..length]);
        let encoding = self.encoding.name;
        let problem = Problem::NotOfEncoding { bytes, length: length as u8, offset, encoding };
        map.note(Note { at: self.written, problem });
        for byte in bad {
            text.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
            self.written += 4;
        }
    }
}

/// The bytes that are none of the encoding's by its rule. The decoder itself is asked what it has
/// for each of them.
fn undefined(encoding: OtherEncoding) -> Undefined {
    let mut undefined = Box::new([false; 256]);
    for byte in 0x80..=0xff_u8 {
        undefined[usize::from(byte)] = match encoding.rule {
            Rule::Decoder => return Undefined::None,
            Rule::ShiftJis => return Undefined::Single80 { in_character: false },
            Rule::Ascii => true,
            Rule::Iso8859 if byte <= 0x9f => true,
            Rule::NoControls | Rule::Iso8859 => {
                let character = [byte];
                let text = encoding.encoding.decode_without_bom_handling(&character).0;
                text.chars().all(|c| matches!(c, '\u{80}'..='\u{9f}'))
            }
        };
    }
    Undefined::Bytes(undefined)
}
