//! Uploading an object: one PUT when it is small, parts in bounded memory when it is not.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::content_type::content_type;
use super::etag;
use super::parts::part_size;
use super::publish::Publication;
use super::server::S3;
use super::silence::SilenceLimit;
use crate::{Action, Condition, Error, Location, Published, Version};

/// The first memory of a part, in bytes; it doubles as needed, so that small objects stay small.
const FIRST_BUFFER: usize = 64 << 10;

/// How long the parts under way may go on when their upload is aborted.
const PARTS_GRACE: Duration = Duration::from_secs(4);

/// An object on its way. It becomes several parts with the first byte that does not fit into one.
#[derive(Debug)]
pub(super) struct S3Upload {
    s3: Arc<S3>,
    at: Location,
    bucket: String,
    key: String,
    /// What is not uploaded yet: less than, or exactly, one part.
    buffer: BytesMut,
    /// The size of the part that is being filled, in bytes.
    part_size: usize,
    /// All bytes so far.
    size: u64,
    multipart: Option<Multipart>,
}

/// Uploads a part, and gives its memory back where nothing else holds on to it.
type PartTask = JoinHandle<Result<(CompletedPart, Option<BytesMut>), Error>>;

#[derive(Debug)]
struct Multipart {
    id: String,
    /// Parts that were begun.
    begun: u32,
    /// In the order of their numbers.
    done: Vec<CompletedPart>,
    in_flight: VecDeque<PartTask>,
    /// Memory of a part that was uploaded, empty, for the next one.
    spare: BytesMut,
}

impl S3 {
    /// Begins an upload; sends nothing yet.
    pub(super) fn create(self: &Arc<S3>, bucket: &str, key: &str) -> Result<S3Upload, Error> {
        let at = Location::object(bucket, key);
        if at.is_prefix() {
            return Err(Error::NotAFile { at });
        }
        Ok(S3Upload {
            s3: Arc::clone(self),
            at,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            buffer: BytesMut::new(),
            part_size: to_usize(self.part_size),
            size: 0,
            multipart: None,
        })
    }
}

impl S3Upload {
    pub(super) fn location(&self) -> &Location {
        &self.at
    }

    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.s3.tasks
    }

    /// Appends `bytes`; waits while as many parts as allowed are under way.
    pub(super) async fn write(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.buffer.len() == self.part_size {
                self.send_part().await?;
            }
            let fitting = bytes.split_to(bytes.len().min(self.part_size - self.buffer.len()));
            let wanted = self.buffer.len() + fitting.len();
            if wanted > self.buffer.capacity() {
                // Where a part has been full, the next one will be: memory of one size is used
                // again.
                let capacity = match self.multipart {
                    Some(_) => self.part_size,
                    None => {
                        wanted.max(2 * self.buffer.capacity()).clamp(FIRST_BUFFER, self.part_size)
                    }
                };
                self.buffer.reserve(capacity - self.buffer.len());
            }
            self.buffer.extend_from_slice(&fitting);
            self.size += fitting.len() as u64;
        }
        Ok(())
    }

    /// Makes the object visible in one request.
    pub(super) async fn publish(mut self, when: Condition) -> Result<Published, Error> {
        let result = match self.multipart {
            None => self.put(when).await,
            Some(_) => self.complete(when).await,
        };
        match result {
            Ok(etag) => {
                self.multipart = None;
                let size = self.size;
                Ok(Published { size, version: etag.map(Version::Etag) })
            }
            Err(error) => {
                self.abort().await;
                Err(error)
            }
        }
    }

    /// Throws away what was uploaded, and waits until the server has done so.
    pub(super) async fn abort(mut self) {
        if let Some(multipart) = self.multipart.take() {
            let id = multipart.stop().await;
            self.s3.abort(&self.at, &id).await;
        }
    }

    async fn put(&mut self, when: Condition) -> Result<Option<String>, Error> {
        let bytes = self.buffer.split().freeze();
        let s3 = &self.s3;
        let what = Publication {
            bucket: &self.bucket,
            key: &self.key,
            size: self.size,
            when,
            etag: &|| Some(etag::of_bytes(&bytes)),
        };
        let commit = async |is_conditional: bool| {
            s3.client
                .put_object()
                .bucket(&self.bucket)
                .key(&self.key)
                .content_type(content_type(&self.key))
                .body(bytes.clone().into())
                .set_if_none_match(is_conditional.then(|| "*".to_owned()))
                .customize()
                .config_override(s3.slow_request(bytes.len() as u64))
                .send()
                .await
                .map(|put| put.e_tag)
        };
        match s3.publish(&what, commit).await? {
            // A web server or a gateway that answers everything with 200 stores nothing.
            None => Err(s3.endpoint.not_s3("it gives no tag for an object that it says it stored")),
            etag => Ok(etag),
        }
    }

    async fn complete(&mut self, when: Condition) -> Result<Option<String>, Error> {
        self.send_part().await?;
        self.finish_parts(0).await?;
        let Some(multipart) = &self.multipart else {
            return self.put(when).await;
        };
        let s3 = &self.s3;
        let tags = || multipart.done.iter().filter_map(CompletedPart::e_tag);
        let what = Publication {
            bucket: &self.bucket,
            key: &self.key,
            size: self.size,
            when,
            etag: &|| etag::of_parts(tags().map(etag::unquoted)),
        };
        let parts =
            CompletedMultipartUpload::builder().set_parts(Some(multipart.done.clone())).build();
        let commit = async |is_conditional: bool| {
            s3.client
                .complete_multipart_upload()
                .bucket(&self.bucket)
                .key(&self.key)
                .upload_id(&multipart.id)
                .multipart_upload(parts.clone())
                .set_if_none_match(is_conditional.then(|| "*".to_owned()))
                .customize()
                .interceptor(SilenceLimit(s3.timeout))
                .config_override(s3.slow_completion(self.size))
                .send()
                .await
                .map(|completed| completed.e_tag)
        };
        s3.publish(&what, commit).await
    }

    /// Hands the buffer over to a task, after waiting for a free place.
    async fn send_part(&mut self) -> Result<(), Error> {
        self.begin().await?;
        self.finish_parts(self.s3.parts - 1).await?;
        let Some(multipart) = &mut self.multipart else {
            return Ok(());
        };
        multipart.begun += 1;
        let begun = multipart.begun;
        let number = i32::try_from(begun).unwrap_or(i32::MAX);
        let (s3, at, id) = (Arc::clone(&self.s3), self.at.clone(), multipart.id.clone());
        let bytes =
            std::mem::replace(&mut self.buffer, std::mem::take(&mut multipart.spare)).freeze();
        multipart.in_flight.push_back(tokio::spawn(async move {
            let part = s3.upload_part(&at, &id, number, bytes.clone()).await?;
            Ok((part, bytes.try_into_mut().ok()))
        }));
        let next = part_size(self.s3.part_size, begun, self.size);
        // Past the last part, the buffer takes nothing more: the object is too large for S3.
        self.part_size = to_usize(next.ok_or_else(|| Error::TooLarge {
            at: self.at.clone(),
            size: self.size,
            limit: 5 << 40,
        })?);
        Ok(())
    }

    async fn begin(&mut self) -> Result<(), Error> {
        if self.multipart.is_some() {
            return Ok(());
        }
        let request = || {
            let create =
                self.s3.client.create_multipart_upload().bucket(&self.bucket).key(&self.key);
            create.content_type(content_type(&self.key)).send()
        };
        let created = self.s3.run(Action::Write, &self.at, request).await?;
        let id = created
            .upload_id
            .ok_or_else(|| self.s3.endpoint.not_s3("it gives no name to a multipart upload"))?;
        self.multipart = Some(Multipart {
            id,
            begun: 0,
            done: Vec::new(),
            in_flight: VecDeque::new(),
            spare: BytesMut::new(),
        });
        Ok(())
    }

    /// Waits until at most `left` parts are under way.
    async fn finish_parts(&mut self, left: usize) -> Result<(), Error> {
        let Some(multipart) = &mut self.multipart else {
            return Ok(());
        };
        while multipart.in_flight.len() > left {
            let Some(front) = multipart.in_flight.front_mut() else {
                break;
            };
            let ended = front.await;
            multipart.in_flight.pop_front();
            match ended {
                Ok(ended) => {
                    let (part, memory) = ended?;
                    multipart.done.push(part);
                    multipart.spare = memory.unwrap_or_default();
                    multipart.spare.clear();
                }
                Err(failure) => match failure.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => {
                        return Err(Error::ShuttingDown {
                            action: Action::Write,
                            at: self.at.clone(),
                        });
                    }
                },
            }
        }
        Ok(())
    }
}

impl Multipart {
    /// Waits for the parts under way, as a part that arrives after the abort may be kept (and
    /// billed); cancels what takes too long. Returns the upload's id.
    async fn stop(mut self) -> String {
        let ended = async {
            for part in &mut self.in_flight {
                // Whether it succeeded does not matter any more.
                let _ = part.await;
            }
        };
        if tokio::time::timeout(PARTS_GRACE, ended).await.is_err() {
            for part in &self.in_flight {
                part.abort();
            }
        }
        self.id
    }
}

impl Drop for S3Upload {
    fn drop(&mut self) {
        let Some(multipart) = self.multipart.take() else {
            return;
        };
        // Without a runtime there is nobody left to send the abort.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (s3, at) = (Arc::clone(&self.s3), self.at.clone());
            let tasks = self.s3.tasks.clone();
            tasks.spawn_on(
                async move {
                    let id = multipart.stop().await;
                    s3.abort(&at, &id).await;
                },
                &runtime,
            );
        }
    }
}

fn to_usize(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
