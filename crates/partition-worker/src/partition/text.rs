//! The text of a source: its bytes as they are, or decoded from another encoding, with a map of
//! where each record stood in the file.

use std::io::{self, Read};

use csv_records::translation::{InputEncoding, Looked, TextDecoder, TextMap, look};
use job_files::{Blocks, InputFile, OpenSource};

use super::header::refuse_foreign;
use crate::error::Error;

/// A source that is read as UTF-8.
pub(crate) struct Text {
    reader: Reader,
    map: TextMap,
}

enum Reader {
    /// As it is.
    Plain(Box<OpenSource>),
    /// Looked at, or decoded.
    Looked(Box<LookedAt>),
}

struct LookedAt {
    file: Blocks<OpenSource>,
    /// `None` for what turned out to be UTF-8.
    decoder: Option<TextDecoder>,
    text: Vec<u8>,
    /// How much of the text was read.
    read: usize,
    /// The last block of the file was decoded.
    done: bool,
}

impl Text {
    /// The text of `open` in this encoding. UTF-8 is not even looked at.
    ///
    /// # Errors
    ///
    /// If the first bytes cannot be read, contradict the encoding, or do not tell which it is.
    pub(crate) fn open(open: OpenSource, encoding: InputEncoding) -> Result<Self, Error> {
        let map = TextMap::default();
        if encoding == InputEncoding::Utf8 {
            return Ok(Text { reader: Reader::Plain(Box::new(open)), map });
        }
        let name = open.source.name.clone();
        let mut file = Blocks::new(open, 0);
        fill(&mut file)?;
        refuse_foreign(file.bytes(), &name)?;
        let looked = look(file.bytes(), file.is_last(), encoding)
            .map_err(|wrong| Error::OtherEncoding { source_name: name.clone(), wrong })?;
        let (found, decoder) = match looked {
            Looked::Utf8 => ("utf-8", None),
            Looked::Decode { encoding, mark } => {
                file.consume(mark);
                (encoding.name(), Some(TextDecoder::new(encoding, mark)))
            }
        };
        if matches!(encoding, InputEncoding::Auto | InputEncoding::Utf16) {
            tracing::info!(file = name, encoding = found, "encoding found");
        }
        let looked = LookedAt { file, decoder, text: Vec::new(), read: 0, done: false };
        Ok(Text { reader: Reader::Looked(Box::new(looked)), map })
    }

    /// The file.
    pub(crate) fn open_source(&self) -> &OpenSource {
        match &self.reader {
            Reader::Plain(open) => open,
            Reader::Looked(looked) => looked.file.get_ref(),
        }
    }

    /// Where its bytes stood in the file, as far as they are read and not taken.
    pub(crate) fn map(&self) -> &TextMap {
        &self.map
    }

    /// Takes off the map of the text before `end`.
    pub(crate) fn take_map(&mut self, end: u64) -> TextMap {
        self.map.take_before(end)
    }

    /// Sorts an error of reading the text, at this offset of it.
    pub(crate) fn failed(&self, error: io::Error, offset: u64) -> Error {
        self.open_source().failed(error, self.map.offset(offset)).into()
    }

    /// The fingerprint of what was read, to be asked for after the last byte.
    pub(crate) fn into_fingerprint(self) -> InputFile {
        match self.reader {
            Reader::Plain(open) => open.into_fingerprint(),
            Reader::Looked(looked) => looked.file.into_inner().into_fingerprint(),
        }
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.reader {
            Reader::Plain(open) => open.read(buffer),
            Reader::Looked(looked) => looked.read(buffer, &mut self.map),
        }
    }
}

impl LookedAt {
    fn read(&mut self, buffer: &mut [u8], map: &mut TextMap) -> io::Result<usize> {
        let LookedAt { file, decoder, text, read, done } = self;
        let Some(decoder) = decoder else {
            if file.bytes().is_empty() && !file.is_last() {
                file.fill()?;
            }
            let count = file.bytes().len().min(buffer.len());
            buffer[..count].copy_from_slice(&file.bytes()[..count]);
            file.consume(count);
            return Ok(count);
        };
        while *read == text.len() {
            if *done {
                return Ok(0);
            }
            text.clear();
            *read = 0;
            *done = file.is_last();
            let count = decoder.decode(file.bytes(), *done, text, map);
            file.consume(count);
            if !*done {
                file.fill()?;
            }
        }
        let count = (text.len() - *read).min(buffer.len());
        buffer[..count].copy_from_slice(&text[*read..*read + count]);
        *read += count;
        Ok(count)
    }
}

/// Fills a block of a file, and names the file in an error.
fn fill(file: &mut Blocks<OpenSource>) -> Result<(), Error> {
    let offset = file.offset() + file.bytes().len() as u64;
    match file.fill() {
        Ok(_) => Ok(()),
        Err(error) => Err(file.get_ref().failed(error, offset).into()),
    }
}
