//! Objects of an S3 server.

mod client;
mod content_type;
mod credentials;
mod endpoint;
mod etag;
mod failure;
mod list;
mod parts;
mod proxy;
mod publish;
mod reader;
mod retry;
mod roots;
mod upload;

pub(crate) use reader::RangedReader;
pub(crate) use upload::S3Upload;

use std::collections::HashSet;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use tokio_util::task::TaskTracker;

use crate::{Action, Entry, Error, Location, StorageArgs};
use failure::Failure;
use retry::{Attempts, Contact, RetryPolicy};

/// The region of a bucket that was made without saying one; servers other than AWS take it, too.
const DEFAULT_REGION: &str = "us-east-1";

/// A server, and what is known of it.
#[derive(Debug)]
pub(crate) struct S3 {
    client: Client,
    /// For messages: the user's endpoint, or AWS with its region.
    endpoint: String,
    /// Whether the endpoint is the user's own rather than AWS'.
    is_own_endpoint: bool,
    region: String,
    retry: RetryPolicy,
    /// The longest silence before an answer or in the middle of one.
    timeout: Duration,
    /// Bytes.
    range_size: u64,
    ranges: usize,
    /// Bytes.
    part_size: u64,
    parts: usize,
    contact: Contact,
    /// Buckets that are known to exist.
    buckets: Mutex<HashSet<String>>,
    /// Uploads and aborts that live in tasks of their own.
    tasks: TaskTracker,
}

impl S3 {
    /// Reads the AWS configuration and builds the client; connects to nothing.
    pub(crate) async fn new(args: &StorageArgs) -> Result<S3, Error> {
        let connection = client::connect(args).await?;
        let mib = |count: u32| u64::from(count) << 20;
        Ok(S3 {
            contact: Contact::new(&connection.endpoint),
            client: connection.client,
            endpoint: connection.endpoint,
            is_own_endpoint: connection.is_own_endpoint,
            region: connection.region,
            retry: RetryPolicy {
                attempts: args.attempts,
                delay: args.retry_delay,
                down_timeout: args.down_timeout,
            },
            timeout: args.timeout,
            range_size: mib(args.range_mib),
            ranges: args.ranges as usize,
            part_size: mib(args.part_mib),
            parts: args.parts as usize,
            buckets: Mutex::new(HashSet::new()),
            tasks: TaskTracker::new(),
        })
    }

    /// Size and version of an object; `None` where none is. That the bucket is missing is an error.
    pub(crate) async fn entry(&self, bucket: &str, key: &str) -> Result<Option<Entry>, Error> {
        let at = location(bucket, key);
        if at.is_prefix() {
            return Err(Error::NotAFile { at });
        }
        match self.head(bucket, key).await {
            Ok(entry) => Ok(Some(entry)),
            // The answer to HEAD has no body that could tell a missing bucket from a missing
            // object.
            Err(Error::NotFound { .. }) => {
                self.check_bucket(bucket).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn head(&self, bucket: &str, key: &str) -> Result<Entry, Error> {
        let at = location(bucket, key);
        let mut attempts = self.attempts();
        let found = loop {
            let failure = match self.client.head_object().bucket(bucket).key(key).send().await {
                Ok(found) => break found,
                Err(error) => self.failure(Action::Inspect, &at, error),
            };
            let failure = match failure.is_mute() {
                true => self.failure_of_get(bucket, key, &at).await.unwrap_or(failure),
                false => failure,
            };
            attempts.failed(failure).await?;
        };
        if found.e_tag().is_none() && found.last_modified().is_none() {
            // A web page or a gateway that answers everything with 200 would be taken for the
            // object.
            return Err(self.not_s3("it tells neither a version nor a date of an object"));
        }
        self.contact.answered();
        self.note_bucket(bucket);
        let size = found.content_length().and_then(|size| u64::try_from(size).ok());
        Ok(Entry {
            size: size.ok_or_else(|| self.not_s3("it does not tell the size of an object"))?,
            version: etag::version(found.e_tag(), found.last_modified()),
            location: at,
        })
    }

    /// The answer to HEAD has no body, so that it cannot tell an expired token from a missing
    /// permission: one byte is asked for, to be told why. `None` where that succeeds.
    async fn failure_of_get(&self, bucket: &str, key: &str, at: &Location) -> Option<Failure> {
        let request = self.client.get_object().bucket(bucket).key(key).range("bytes=0-0");
        let error = request.send().await.err()?;
        Some(self.failure(Action::Inspect, at, error))
    }

    async fn check_bucket(&self, bucket: &str) -> Result<(), Error> {
        if self.known_buckets().contains(bucket) {
            return Ok(());
        }
        match self.head_bucket(Action::List, bucket).await {
            // A bucket that may not be looked at is there.
            Ok(()) | Err(Error::Denied { .. }) => {
                self.note_bucket(bucket);
                Ok(())
            }
            Err(Error::NotFound { .. }) => Err(self.no_such_bucket(bucket)),
            Err(error) => Err(error),
        }
    }

    async fn head_bucket(&self, action: Action, bucket: &str) -> Result<(), Error> {
        let at = location(bucket, "");
        let mut attempts = self.attempts();
        loop {
            let failure = match self.client.head_bucket().bucket(bucket).send().await {
                Ok(_) => break,
                Err(error) => self.failure(action, &at, error),
            };
            // As for an object: a list of one key tells why.
            let failure = if failure.is_mute() {
                match self.client.list_objects_v2().bucket(bucket).max_keys(1).send().await {
                    Ok(_) => break,
                    Err(error) => self.failure(action, &at, error),
                }
            } else {
                failure
            };
            attempts.failed(failure).await?;
        }
        self.contact.answered();
        Ok(())
    }

    /// Deletes an object; that it is not there is fine.
    pub(crate) async fn delete(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let at = location(bucket, key);
        let request = || self.client.delete_object().bucket(bucket).key(key).send();
        match self.run(Action::Delete, &at, request).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes a bucket in the configured region; that it is there and usable already is fine.
    pub(crate) async fn make_bucket(&self, bucket: &str) -> Result<(), Error> {
        let at = location(bucket, "");
        let place = (self.region != DEFAULT_REGION).then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(self.region.as_str()))
                .build()
        });
        let mut attempts = self.attempts();
        loop {
            let request = self
                .client
                .create_bucket()
                .bucket(bucket)
                .set_create_bucket_configuration(place.clone());
            let failure = match request.send().await {
                Ok(_) => break,
                Err(error) => self.failure(Action::Make, &at, error),
            };
            match failure.code.as_deref() {
                Some("BucketAlreadyOwnedByYou") => break,
                // Either ours, on servers that do not tell the difference, or another account's.
                Some("BucketAlreadyExists") => return self.check_own_bucket(bucket).await,
                _ => attempts.failed(failure).await?,
            }
        }
        self.contact.answered();
        self.note_bucket(bucket);
        Ok(())
    }

    async fn check_own_bucket(&self, bucket: &str) -> Result<(), Error> {
        self.head_bucket(Action::Make, bucket).await?;
        self.note_bucket(bucket);
        Ok(())
    }

    /// Waits until the tasks of uploads have ended, for `longest` at most.
    pub(crate) async fn close(&self, longest: Duration) {
        self.tasks.close();
        if tokio::time::timeout(longest, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                uploads = self.tasks.len(),
                "uploads could not be aborted in time; a lifecycle rule of the bucket should \
                 remove their parts"
            );
        }
    }

    /// Repeats a request until it succeeds, fails for good, or has used up its attempts.
    async fn run<T, E, F>(
        &self,
        action: Action,
        at: &Location,
        request: impl Fn() -> F,
    ) -> Result<T, Error>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut attempts = self.attempts();
        loop {
            match request().await {
                Ok(output) => {
                    self.contact.answered();
                    return Ok(output);
                }
                Err(error) => attempts.failed(self.failure(action, at, error)).await?,
            }
        }
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts::new(self.retry, &self.contact)
    }

    fn failure<E>(&self, action: Action, at: &Location, error: SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        failure::of_request(self, action, at, error)
    }

    /// The longest a whole request may take that carries `size` bytes: 256 KiB/s is assumed of the
    /// slowest link, on top of the longest silence.
    fn request_timeout(&self, size: u64) -> Duration {
        self.timeout + Duration::from_secs(size / (256 << 10))
    }

    fn known_buckets(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_bucket(&self, bucket: &str) {
        let mut buckets = self.known_buckets();
        if !buckets.contains(bucket) {
            buckets.insert(bucket.to_owned());
        }
    }

    fn no_such_bucket(&self, bucket: &str) -> Error {
        Error::NoSuchBucket { bucket: bucket.to_owned(), endpoint: self.endpoint.clone() }
    }

    fn not_s3(&self, detail: &str) -> Error {
        self.wrong_endpoint(format!("what answers there does not speak S3: {detail}"))
    }

    fn wrong_endpoint(&self, detail: String) -> Error {
        Error::WrongEndpoint { endpoint: self.endpoint.clone(), detail }
    }
}

fn location(bucket: &str, key: &str) -> Location {
    Location::S3 { bucket: bucket.to_owned(), key: key.to_owned() }
}
