//! Buckets: whether one is there, and making one.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use super::endpoint::DEFAULT_REGION;
use super::server::S3;
use crate::{Action, Error, Location};

impl S3 {
    /// An error unless the bucket is there.
    pub(super) async fn check_bucket(&self, bucket: &str) -> Result<(), Error> {
        if self.known_buckets().contains(bucket) {
            return Ok(());
        }
        match self.head_bucket(Action::List, bucket).await {
            // A bucket that may not be looked at is there.
            Ok(()) | Err(Error::Denied { .. }) => {
                self.note_bucket(bucket);
                Ok(())
            }
            Err(Error::NotFound { .. }) => Err(self.endpoint.no_such_bucket(bucket)),
            Err(error) => Err(error),
        }
    }

    async fn head_bucket(&self, action: Action, bucket: &str) -> Result<(), Error> {
        let at = Location::object(bucket, "");
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

    /// Makes a bucket in the configured region; that it is there and usable already is fine.
    pub(super) async fn make_bucket(&self, bucket: &str) -> Result<(), Error> {
        let at = Location::object(bucket, "");
        let place = (self.endpoint.region != DEFAULT_REGION).then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(self.endpoint.region.as_str()))
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
}
