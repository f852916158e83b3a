//! A body that comes slowly: a beginning, then a blank now and then, then the rest, or nothing any
//! more.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::{Instant, Sleep, sleep};

/// How a body comes.
#[derive(Debug, Clone)]
pub struct Trickle {
    /// What comes at once.
    pub beginning: Bytes,
    /// How many blanks come then.
    pub blanks: u32,
    /// The time before each of them.
    pub every: Duration,
    /// What ends it; `None` for silence without an end.
    pub rest: Option<Bytes>,
}

/// The body of an answer.
pub(crate) struct TrickleBody {
    what: Trickle,
    next_blank: Pin<Box<Sleep>>,
}

impl TrickleBody {
    pub(crate) fn new(what: Trickle) -> TrickleBody {
        TrickleBody { next_blank: Box::pin(sleep(what.every)), what }
    }
}

impl Body for TrickleBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = |bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        if !self.what.beginning.is_empty() {
            return data(std::mem::take(&mut self.what.beginning));
        }
        if self.what.blanks > 0 {
            std::task::ready!(self.next_blank.as_mut().poll(context));
            self.what.blanks -= 1;
            let next = Instant::now() + self.what.every;
            self.next_blank.as_mut().reset(next);
            return data(Bytes::from_static(b" "));
        }
        match &mut self.what.rest {
            // Never woken again: the client has to go away by itself.
            None => Poll::Pending,
            Some(rest) if rest.is_empty() => Poll::Ready(None),
            Some(rest) => data(std::mem::take(rest)),
        }
    }
}
