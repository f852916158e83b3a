//! A server, what is known of it, and how a request to it is repeated.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use tokio_util::task::TaskTracker;

use super::client;
use super::endpoint::Endpoint;
use super::failure::{self, Failure};
use super::retry::{Attempts, Contact, RetryPolicy};
use crate::{Action, Error, Location, StorageArgs};

/// A server, and what is known of it.
#[derive(Debug)]
pub(super) struct S3 {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
    retry: RetryPolicy,
    /// The longest silence before an answer or in the middle of one.
    pub(super) timeout: Duration,
    /// Bytes.
    pub(super) range_size: u64,
    pub(super) ranges: usize,
    /// Bytes.
    pub(super) part_size: u64,
    pub(super) parts: usize,
    pub(super) contact: Contact,
    /// Buckets that are known to exist.
    buckets: Mutex<HashSet<String>>,
    /// Uploads and aborts that live in tasks of their own.
    pub(super) tasks: TaskTracker,
}

impl S3 {
    /// Reads the AWS configuration and builds the client; connects to nothing.
    pub(super) async fn new(args: &StorageArgs) -> Result<S3, Error> {
        let connection = client::connect(args).await?;
        let mib = |count: u32| u64::from(count) << 20;
        Ok(S3 {
            contact: Contact::new(&connection.endpoint.url),
            client: connection.client,
            endpoint: connection.endpoint,
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

    /// Waits until the tasks of uploads have ended, for `longest` at most.
    pub(super) async fn close(&self, longest: Duration) {
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
    pub(super) async fn run<T, E, F>(
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

    pub(super) fn attempts(&self) -> Attempts<'_> {
        Attempts::new(self.retry, &self.contact)
    }

    pub(super) fn failure<E>(
        &self,
        action: Action,
        at: &Location,
        error: SdkError<E, HttpResponse>,
    ) -> Failure
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        failure::of_request(&self.endpoint, action, at, error)
    }

    /// The longest a whole request may take that carries `size` bytes: 256 KiB/s is assumed of the
    /// slowest link, on top of the longest silence.
    pub(super) fn request_timeout(&self, size: u64) -> Duration {
        self.timeout + Duration::from_secs(size / (256 << 10))
    }

    pub(super) fn known_buckets(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note_bucket(&self, bucket: &str) {
        let mut buckets = self.known_buckets();
        if !buckets.contains(bucket) {
            buckets.insert(bucket.to_owned());
        }
    }
}
