//! Reading an entry, or a range of it, from beginning to end.

use bytes::Bytes;

use crate::Error;
use crate::blocking_reader::BlockingReader;
use crate::local::{LocalReader, off_runtime};
use crate::s3::RangedReader;

/// The bytes of one entry, or of a range of it, in order.
///
/// Ends only after the last byte; whatever keeps it from getting there is an error.
#[derive(Debug)]
pub struct Reader(pub(crate) Source);

#[derive(Debug)]
pub(crate) enum Source {
    /// Empty after the end and after an error.
    Local(Option<LocalReader>),
    S3(RangedReader),
}

/// Piece of a local file that one call of [`Reader::next`] reads, in bytes.
const LOCAL_PIECE: usize = 1 << 20;

impl Reader {
    /// The next bytes (never empty), or `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.0 {
            Source::S3(reader) => reader.next().await,
            Source::Local(slot) => {
                let Some(mut reader) = slot.take() else {
                    return Ok(None);
                };
                let (reader, piece) = off_runtime(move || {
                    let size = usize::try_from(reader.remaining()).unwrap_or(LOCAL_PIECE);
                    let mut piece = vec![0; size.min(LOCAL_PIECE)];
                    let filled = reader.read(&mut piece)?;
                    piece.truncate(filled);
                    Ok((reader, piece))
                })
                .await?;
                if piece.is_empty() {
                    return Ok(None);
                }
                *slot = Some(reader);
                Ok(Some(Bytes::from(piece)))
            }
        }
    }

    /// A [`std::io::Read`] for a thread outside the runtime. Must be called inside the runtime.
    pub fn into_blocking(self) -> BlockingReader {
        BlockingReader::new(self)
    }
}
