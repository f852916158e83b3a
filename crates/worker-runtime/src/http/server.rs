//! Listens, reads requests, writes answers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::http::address::ListenAddr;

/// Clients served at once; further ones wait.
const CONNECTIONS: usize = 16;

/// A client that does not send its request within this time is dropped.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest body of a request, in bytes: forms of a few fields need less.
const LONGEST_BODY: usize = 64 * 1024;

/// Listens, and answers each request by `answer` in tasks of the current runtime for as long as
/// that lives. Returns the address, whose port is the one the system chose where 0 was asked for.
///
/// # Errors
///
/// When the address cannot be bound.
pub async fn serve<F, A>(address: ListenAddr, answer: F) -> std::io::Result<SocketAddr>
where
    F: Fn(Request<Bytes>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Bytes>> + Send + 'static,
{
    let listener = TcpListener::bind(&address.candidates()[..]).await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, answer));
    Ok(address)
}

async fn accept<F, A>(listener: TcpListener, answer: F)
where
    F: Fn(Request<Bytes>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Bytes>> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Most likely there are no descriptors left, and the work needs them more.
                tracing::debug!(error = &error as &dyn std::error::Error, "cannot accept a client");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer.clone();
                async move {
                    let answered = match whole(request).await {
                        Ok(request) => answer(request).await,
                        Err(status) => refusal(status),
                    };
                    Ok::<_, Infallible>(answered.map(Full::<Bytes>::new))
                }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(REQUEST_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(error = &error as &dyn std::error::Error, "a request broke off");
            }
            drop(slot);
        });
    }
}

/// The request with its whole body.
async fn whole(request: Request<Incoming>) -> Result<Request<Bytes>, StatusCode> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_BODY).collect();
    match tokio::time::timeout(REQUEST_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, body.to_bytes())),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn refusal(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}
