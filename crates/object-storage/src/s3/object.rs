//! One object as such: size, version, and its removal.

use super::etag;
use super::failure::Failure;
use super::server::S3;
use crate::{Action, Entry, Error, Location};

impl S3 {
    /// Size and version of an object; `None` where none is. That the bucket is missing is an error.
    pub(super) async fn entry(&self, bucket: &str, key: &str) -> Result<Option<Entry>, Error> {
        let at = Location::object(bucket, key);
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

    pub(super) async fn head(&self, bucket: &str, key: &str) -> Result<Entry, Error> {
        let at = Location::object(bucket, key);
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
            return Err(self.endpoint.not_s3("it tells neither a version nor a date of an object"));
        }
        self.contact.answered();
        self.note_bucket(bucket);
        let size = found.content_length().and_then(|size| u64::try_from(size).ok());
        Ok(Entry {
            size: size
                .ok_or_else(|| self.endpoint.not_s3("it does not tell the size of an object"))?,
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

    /// Deletes an object; that it is not there is fine.
    pub(super) async fn delete(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let at = Location::object(bucket, key);
        let request = || self.client.delete_object().bucket(bucket).key(key).send();
        match self.run(Action::Delete, &at, request).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
