//! Which answers of the instance metadata service are asked for again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use aws_sdk_s3::config::interceptors::InterceptorContext;
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::retries::classifiers::SharedRetryClassifier;

use super::problem::is_connect;

/// Keeps the last HTTP status, which the SDK's errors do not tell, and has lost answers asked for
/// again.
///
/// By itself the SDK takes silence for "there is no such service", because most machines have none.
/// One that has taken the connection is there, and is busy.
#[derive(Clone, Debug, Default)]
pub(super) struct MetadataWatch {
    /// 0 where no answer came.
    status: Arc<AtomicU16>,
}

impl MetadataWatch {
    pub(super) fn classifier(&self) -> SharedRetryClassifier {
        SharedRetryClassifier::new(self.clone())
    }

    /// The HTTP status of the last answer; `None` where the last request had none.
    pub(super) fn status(&self) -> Option<u16> {
        Some(self.status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }
}

impl ClassifyRetry for MetadataWatch {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let status = context.response().map(|response| response.status().as_u16());
        let is_worth_it = match (status, context.output_or_error()) {
            // The token has expired meanwhile, or the service fails.
            (Some(status), _) => status == 401 || status >= 500,
            (None, Some(Err(error))) => match error.as_connector_error() {
                Some(cause) => !is_connect(cause),
                // Anything else is the failure to get a token, whose own attempts have been made
                // and whose status stays.
                None if !error.is_timeout_error() => return RetryAction::NoActionIndicated,
                None => true,
            },
            (None, _) => return RetryAction::NoActionIndicated,
        };
        self.status.store(status.unwrap_or(0), Ordering::Relaxed);
        if is_worth_it { RetryAction::server_error() } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "lost answers of the instance metadata"
    }
}
