//! Fingerprints of the month's files, which tell whether they have changed.

use job_files::InputFile;
use object_storage::Storage;
use xxhash_rust::xxh3::Xxh3Default;

use super::span::Span;
use crate::error::Error;
use crate::formats::MAX_LINE_BYTES;

/// The fingerprints of all files, without counting anything. Local files are read for it; objects
/// have entity tags.
pub(crate) fn fingerprint(storage: &Storage, spans: &[Span]) -> Result<Vec<InputFile>, Error> {
    let parts = spans.iter().map(|span| {
        let extent = span.source.extent(MAX_LINE_BYTES as u64 + 2);
        Ok(job_files::fingerprint(storage, &span.source, extent)?)
    });
    Ok(by_file(spans, parts.collect::<Result<_, Error>>()?))
}

/// One fingerprint for each file: that of its only span, or the hash of the hashes of its spans,
/// which several threads may have read.
pub(crate) fn by_file(spans: &[Span], parts: Vec<InputFile>) -> Vec<InputFile> {
    let mut files: Vec<(usize, Vec<InputFile>)> = Vec::new();
    for (span, part) in spans.iter().zip(parts) {
        match files.last_mut() {
            Some((file, parts)) if *file == span.file => parts.push(part),
            _ => files.push((span.file, vec![part])),
        }
    }
    files.into_iter().filter_map(|(_, parts)| together(parts)).collect()
}

fn together(mut parts: Vec<InputFile>) -> Option<InputFile> {
    if parts.len() > 1 {
        let mut hash = Xxh3Default::new();
        let hashes: Option<Vec<&String>> = parts.iter().map(|part| part.xxh3.as_ref()).collect();
        let together = hashes.map(|hashes| {
            hashes.into_iter().for_each(|part| hash.update(part.as_bytes()));
            format!("{:032x}", hash.digest128())
        });
        parts.truncate(1);
        parts[0].xxh3 = together;
    }
    parts.pop()
}
