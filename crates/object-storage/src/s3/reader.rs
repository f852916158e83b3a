//! Reading an object in ranges, several at once, each resumed where it broke off.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;

use super::cause::innermost;
use super::etag;
use super::failure::Failure;
use super::server::S3;
use crate::{Action, Entry, Error, Location, Version};

/// The bytes of a range of an object, in order.
///
/// Memory: as many ranges as are in flight, and the one that was given away last.
#[derive(Debug)]
pub(super) struct RangedReader {
    s3: Arc<S3>,
    object: Arc<Object>,
    /// What no task fetches yet.
    rest: Range<u64>,
    /// In the order of the bytes.
    in_flight: VecDeque<JoinHandle<Result<Bytes, Error>>>,
}

/// The object, in the version that is read.
#[derive(Debug)]
struct Object {
    at: Location,
    bucket: String,
    key: String,
    size: u64,
    etag: Option<String>,
}

impl S3 {
    /// Begins to fetch `range`, which must lie within the size of the entry.
    pub(super) async fn open(
        self: &Arc<S3>,
        bucket: &str,
        key: &str,
        entry: &Entry,
        range: Range<u64>,
    ) -> Result<RangedReader, Error> {
        let mut etag = entry.version.etag().map(str::to_owned);
        // No tag to hold on to, or no byte whose request would tell that the object is another one.
        if etag.is_none() || range.is_empty() {
            let found = self.head(bucket, key).await?;
            if !is_same(entry, &found) {
                return Err(Error::Changed { at: entry.location.clone() });
            }
            etag = found.version.etag().map(str::to_owned);
        }
        let object = Object {
            at: entry.location.clone(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: entry.size,
            etag,
        };
        let mut reader = RangedReader {
            s3: Arc::clone(self),
            object: Arc::new(object),
            rest: range,
            in_flight: VecDeque::new(),
        };
        reader.fetch_ahead();
        Ok(reader)
    }

    /// Fetches a range whole. What has come is kept when a connection drops, stalls or ends early.
    async fn fetch(&self, object: &Object, range: Range<u64>) -> Result<Bytes, Error> {
        let size = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut content = BytesMut::with_capacity(size);
        let mut attempts = self.attempts();
        loop {
            let missing = range.start + content.len() as u64..range.end;
            match self.fetch_once(object, missing, size, &mut content).await {
                Ok(()) => return Ok(content.freeze()),
                Err(failure) => attempts.failed(failure).await?,
            }
        }
    }

    /// Appends the bytes of `missing` to `content`, up to `size` in all, or as many of them as
    /// come.
    async fn fetch_once(
        &self,
        object: &Object,
        missing: Range<u64>,
        size: usize,
        content: &mut BytesMut,
    ) -> Result<(), Failure> {
        let request = self
            .client
            .get_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .range(format!("bytes={}-{}", missing.start, missing.end - 1))
            .set_if_match(object.etag.as_deref().map(etag::quoted));
        let answer =
            request.send().await.map_err(|error| self.failure(Action::Read, &object.at, error))?;
        self.contact.answered();
        self.check_answer(object, &missing, &answer)?;

        let mut body = answer.body;
        loop {
            let chunk = match tokio::time::timeout(self.timeout, body.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) if content.len() == size => return Ok(()),
                Ok(None) => {
                    return Err(Failure {
                        error: Error::Truncated {
                            at: object.at.clone(),
                            expected: size as u64,
                            got: content.len() as u64,
                        },
                        ..Failure::of_body(Action::Read, &object.at, String::new())
                    });
                }
                Ok(Some(Err(error))) => {
                    let detail = format!("the connection broke: {}", innermost(&error));
                    return Err(Failure::of_body(Action::Read, &object.at, detail));
                }
                Err(_) => {
                    let detail = "the connection stalled".to_owned();
                    return Err(Failure::of_body(Action::Read, &object.at, detail));
                }
            };
            if content.len() + chunk.len() > size {
                return Err(not_as_stored(object, "more bytes come than its size"));
            }
            content.extend_from_slice(&chunk);
        }
    }

    /// That these are the bytes that were asked for, of the version that was asked for: not every
    /// server knows `If-Match`, and proxies have been seen to drop `Range`.
    fn check_answer(
        &self,
        object: &Object,
        missing: &Range<u64>,
        answer: &GetObjectOutput,
    ) -> Result<(), Failure> {
        let changed = || Failure::of_answer(Error::Changed { at: object.at.clone() });
        if let (Some(wanted), Some(got)) = (&object.etag, answer.e_tag())
            && wanted != etag::unquoted(got)
        {
            return Err(changed());
        }
        let is_whole = missing.start == 0 && missing.end == object.size;
        match answer.content_range() {
            Some(range) => {
                let total = range.rsplit('/').next().and_then(|size| size.parse().ok());
                if total.is_some_and(|total: u64| total != object.size) {
                    return Err(changed());
                }
                let wanted = format!("bytes {}-{}/", missing.start, missing.end - 1);
                if !range.starts_with(&wanted) {
                    let error = self.endpoint.not_s3("it sends another range than was asked for");
                    return Err(Failure::of_answer(error));
                }
                Ok(())
            }
            None if is_whole => Ok(()),
            None => Err(not_as_stored(object, "the whole of it comes where a range was asked for")),
        }
    }
}

fn not_as_stored(object: &Object, detail: &str) -> Failure {
    Failure::of_answer(Error::NotAsStored { at: object.at.clone(), detail: detail.to_owned() })
}

impl RangedReader {
    pub(super) fn location(&self) -> &Location {
        &self.object.at
    }

    /// The next bytes, or `None` after the last ones. After an error there is nothing more.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        self.fetch_ahead();
        let Some(front) = self.in_flight.front_mut() else {
            return Ok(None);
        };
        // Taken out only when it has ended, so that this future can be dropped and called again.
        let ended = front.await;
        self.in_flight.pop_front();
        let result = match ended {
            Ok(result) => result,
            Err(failure) => match failure.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => {
                    Err(Error::ShuttingDown { action: Action::Read, at: self.object.at.clone() })
                }
            },
        };
        if result.is_err() {
            self.stop();
        } else {
            self.fetch_ahead();
        }
        result.map(Some)
    }

    fn fetch_ahead(&mut self) {
        while !self.rest.is_empty() && self.in_flight.len() < self.s3.ranges {
            let end = self.rest.end.min(self.rest.start + self.s3.range_size);
            let range = self.rest.start..end;
            self.rest.start = end;
            let (s3, object) = (Arc::clone(&self.s3), Arc::clone(&self.object));
            self.in_flight.push_back(tokio::spawn(async move { s3.fetch(&object, range).await }));
        }
    }

    fn stop(&mut self) {
        self.rest.start = self.rest.end;
        for task in self.in_flight.drain(..) {
            task.abort();
        }
    }
}

impl Drop for RangedReader {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether `found` is the version of `entry`, as far as both tell. Headers carry whole seconds.
fn is_same(entry: &Entry, found: &Entry) -> bool {
    let seconds = |ns: i128| ns.div_euclid(1_000_000_000);
    let is_same_version = match (&entry.version, &found.version) {
        (Version::Modified { unix_ns: a }, Version::Modified { unix_ns: b }) => {
            seconds(*a) == seconds(*b)
        }
        (Version::Etag(a), Version::Etag(b)) => a == b,
        _ => true,
    };
    entry.size == found.size && is_same_version
}
