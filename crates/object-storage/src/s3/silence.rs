//! A limit on the silence in the middle of an answer.
//!
//! The SDK bounds the time of a whole attempt. That does not do for an answer which trickles: S3
//! begins to answer CompleteMultipartUpload at once, and sends a blank now and then for the minutes
//! that it takes to put the parts together. As long as something comes, the server is at work.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// Bounds the silence in the answers to the requests that it is set for.
#[derive(Debug)]
pub(super) struct SilenceLimit(pub(super) Duration);

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for SilenceLimit {
    fn name(&self) -> &'static str {
        "SilenceLimit"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let inner = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Listened {
            inner,
            limit: self.0,
            silent_until: Box::pin(sleep(self.0)),
        });
        Ok(())
    }
}

/// A body that fails where nothing comes for as long as the limit.
struct Listened {
    inner: SdkBody,
    limit: Duration,
    silent_until: Pin<Box<Sleep>>,
}

impl Body for Listened {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            let next = Instant::now() + self.limit;
            self.silent_until.as_mut().reset(next);
            return Poll::Ready(frame);
        }
        self.silent_until
            .as_mut()
            .poll(context)
            .map(|()| Some(Err("the server fell silent in the middle of its answer".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.inner)
    }
}
