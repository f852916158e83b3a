//! The text of a source: its bytes as they are, or decoded from another encoding, or rewritten from
//! another dialect, with a map of where each record stood in the file; or made of rows of Parquet.

use std::io::{self, Read};

use csv_records::encoding::refuse_utf16;
use csv_records::translation::{InputEncoding, Looked, Rewriter, TextDecoder, TextMap, look};
use job_files::{Blocks, InputFile, OpenSource, Source};

use super::header::{Reading, encoding_error, find_own_delimiter, find_sep_line, refuse_foreign};
use super::parquet::ParquetRows;
use super::rewriting::{Rewriting, own_rewriter, rewriter};
use crate::error::Error;

/// A source that is read as UTF-8 and as plain CSV.
pub(crate) struct Text {
    source: Source,
    reader: Reader,
    rewriting: Option<Box<Rewriting>>,
    map: TextMap,
}

enum Reader {
    /// As it is.
    Plain(Box<OpenSource>),
    /// Looked at, or decoded.
    Looked(Box<LookedAt>),
    /// Made of Parquet.
    Rows(Box<ParquetRows>),
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
    /// The text of `open`. Plain CSV in UTF-8 is not even looked at.
    ///
    /// # Errors
    ///
    /// If the first bytes cannot be read, contradict the encoding, or do not tell which it is.
    pub(crate) fn open(open: OpenSource, reading: &Reading) -> Result<Self, Error> {
        let name = open.source.name.clone();
        let mut text = if reading.rewrites() || reading.encoding != InputEncoding::Utf8 {
            Text::looked_at(open, reading.encoding)?
        } else {
            Text::new(open.source.clone(), Reader::Plain(Box::new(open)))
        };
        if reading.rewrites() {
            let first = text.first_bytes().map_err(|error| text.failed(error, 0))?;
            let sep = find_sep_line(&first.0, reading, &name)?.map(|(sep, _)| sep.delimiter);
            let rewriter = match find_own_delimiter(&first.0, reading, &name)? {
                Some(own) => own_rewriter(reading, own, sep.is_some()),
                None => rewriter(reading, sep),
            };
            text.rewrite(first, rewriter);
        }
        Ok(text)
    }

    /// The text of a file that is given to a program, in this encoding and in its own dialect.
    ///
    /// # Errors
    ///
    /// As those of [`Text::open`].
    pub(crate) fn decoded(open: OpenSource, encoding: InputEncoding) -> Result<Self, Error> {
        match encoding {
            InputEncoding::Utf8 => {
                Ok(Text::new(open.source.clone(), Reader::Plain(Box::new(open))))
            }
            encoding => Text::looked_at(open, encoding),
        }
    }

    /// The rows of a file of Parquet as lines.
    pub(crate) fn of_rows(source: &Source, rows: ParquetRows) -> Text {
        Text::new(source.clone(), Reader::Rows(Box::new(rows)))
    }

    fn new(source: Source, reader: Reader) -> Text {
        Text { source, reader, rewriting: None, map: TextMap::default() }
    }

    fn looked_at(open: OpenSource, encoding: InputEncoding) -> Result<Self, Error> {
        let source = open.source.clone();
        let name = source.name.clone();
        let mut file = Blocks::new(open, 0);
        if let Err(error) = file.fill() {
            return Err(file.get_ref().failed(error, file.end_offset()).into());
        }
        refuse_foreign(file.bytes(), &name)?;
        let looked = look(file.bytes(), file.is_last(), encoding)
            .map_err(|wrong| Error::OtherEncoding { source_name: name.clone(), wrong })?;
        let (found, decoder) = match looked {
            Looked::Utf8 => {
                refuse_utf16(file.bytes()).map_err(|foreign| encoding_error(&name, foreign, 0))?;
                ("utf-8", None)
            }
            Looked::Decode { encoding, mark } => {
                file.consume(mark);
                (encoding.name(), Some(TextDecoder::new(encoding, mark)))
            }
        };
        if matches!(encoding, InputEncoding::Auto | InputEncoding::Utf16) {
            tracing::info!(file = name, encoding = found, "encoding found");
        }
        let looked = LookedAt { file, decoder, text: Vec::new(), read: 0, done: false };
        Ok(Text::new(source, Reader::Looked(Box::new(looked))))
    }

    /// The first bytes before anything is rewritten, and whether there are no more.
    fn first_bytes(&mut self) -> io::Result<(Vec<u8>, bool)> {
        let mut first = Vec::new();
        let ended = self.reader.read_more(&mut first, &mut self.map)?;
        Ok((first, ended))
    }

    /// Rewrites the text from its beginning: `first` bytes of it were read, and nothing was taken
    /// off the map.
    pub(super) fn rewrite(&mut self, first: (Vec<u8>, bool), rewriter: Rewriter) {
        let map = std::mem::take(&mut self.map);
        self.rewriting = Some(Box::new(Rewriting::new(rewriter, first, map)));
    }

    /// Whether it is rewritten.
    pub(super) fn is_rewritten(&self) -> bool {
        self.rewriting.is_some()
    }

    /// Whether the last record of a text that ends with this byte has no line end in the file.
    pub(super) fn is_unended(&self, last_byte: u8) -> bool {
        match &self.rewriting {
            Some(rewriting) => rewriting.is_unended(),
            None => last_byte != b'\n',
        }
    }

    /// The file.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The rows that it is made of, where it is made of Parquet.
    pub(crate) fn rows(&self) -> Option<&ParquetRows> {
        match &self.reader {
            Reader::Rows(rows) => Some(rows),
            Reader::Plain(_) | Reader::Looked(_) => None,
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
        let offset = self.map.offset(offset);
        match &self.reader {
            Reader::Plain(open) => open.failed(error, offset).into(),
            Reader::Looked(looked) => looked.file.get_ref().failed(error, offset).into(),
            Reader::Rows(rows) => rows.failed(error),
        }
    }

    /// The fingerprint of what was read, to be asked for after the last byte.
    pub(crate) fn into_fingerprint(self) -> Result<InputFile, Error> {
        match self.reader {
            Reader::Plain(open) => Ok(open.into_fingerprint()),
            Reader::Looked(looked) => Ok(looked.file.into_inner().into_fingerprint()),
            Reader::Rows(rows) => rows.into_fingerprint(),
        }
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Text { reader, rewriting, map, .. } = self;
        match rewriting {
            None => reader.read(buffer, map),
            Some(rewriting) => rewriting.read(buffer, map, |more, map| reader.read_more(more, map)),
        }
    }
}

impl Reader {
    fn read(&mut self, buffer: &mut [u8], map: &mut TextMap) -> io::Result<usize> {
        match self {
            Reader::Plain(open) => open.read(buffer),
            Reader::Looked(looked) => looked.read(buffer, map),
            Reader::Rows(rows) => rows.read(buffer),
        }
    }

    /// Appends further bytes; whether there are none.
    fn read_more(&mut self, bytes: &mut Vec<u8>, map: &mut TextMap) -> io::Result<bool> {
        const MORE: usize = 64 * 1024;
        let start = bytes.len();
        bytes.resize(start + MORE, 0);
        loop {
            match self.read(&mut bytes[start..], map) {
                Ok(count) => {
                    bytes.truncate(start + count);
                    return Ok(count == 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
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
