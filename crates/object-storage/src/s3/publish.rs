//! The one request that makes an object visible, done once even where its answer is lost.

use std::error::Error as StdError;
use std::future::Future;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::etag;
use super::server::S3;
use crate::{Action, Condition, Error, Location};

/// What is about to be published.
pub(super) struct Publication<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) size: u64,
    pub(super) when: Condition,
    /// The tag the server will give it, as far as it can be foretold.
    pub(super) etag: &'a (dyn Fn() -> Option<String> + Sync),
}

impl S3 {
    /// Sends `commit` (with `If-None-Match: *` where its argument is true) until it is certain
    /// whether it was carried out; returns the object's tag.
    pub(super) async fn publish<E, F>(
        &self,
        what: &Publication<'_>,
        commit: impl Fn(bool) -> F,
    ) -> Result<Option<String>, Error>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = Result<Option<String>, SdkError<E, HttpResponse>>>,
    {
        let at = Location::object(what.bucket, what.key);
        let mut is_conditional = what.when == Condition::IfAbsent;
        // Some servers ignore the condition (Garage). A look before makes it hold but for a race.
        if is_conditional && self.endpoint.is_own {
            self.check_absent(what).await?;
        }
        let mut attempts = self.attempts();
        let mut is_in_doubt = false;
        loop {
            let failure = match commit(is_conditional).await {
                Ok(etag) => {
                    self.contact.answered();
                    self.note_bucket(what.bucket);
                    return Ok(etag.map(|etag| etag::unquoted(&etag).to_owned()));
                }
                Err(error) => self.failure(Action::Write, &at, error),
            };
            let is_unknown = matches!(failure.code.as_deref(), Some("NotImplemented" | "501"));
            if is_conditional && is_unknown {
                tracing::debug!(
                    endpoint = self.endpoint.url,
                    "the S3 server does not know If-None-Match; publishing after a look instead"
                );
                self.check_absent(what).await?;
                is_conditional = false;
                continue;
            }
            is_in_doubt |= failure.is_in_doubt;
            if let Err(error) = attempts.failed(failure).await {
                // "Exists already" and "no such upload" may be the trace of our own earlier
                // attempt, and a server that only fails may have done it all the
                // same.
                let is_worth_a_look = is_in_doubt && !matches!(error, Error::Unreachable { .. });
                return match is_worth_a_look && self.is_published(what).await {
                    true => Ok((what.etag)()),
                    false => Err(error),
                };
            }
        }
    }

    /// Whether the object that is there has the size and the tag of what was to be published.
    async fn is_published(&self, what: &Publication<'_>) -> bool {
        let foretold = (what.etag)();
        let found = self.head(what.bucket, what.key).await;
        foretold.is_some()
            && found.is_ok_and(|found| {
                found.size == what.size && found.version.etag() == foretold.as_deref()
            })
    }

    async fn check_absent(&self, what: &Publication<'_>) -> Result<(), Error> {
        match self.head(what.bucket, what.key).await {
            Ok(found) => Err(Error::AlreadyExists { at: found.location }),
            Err(Error::NotFound { .. }) => Ok(()),
            // Writing may be allowed where reading is not; then the condition alone has to do.
            Err(Error::Denied { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
