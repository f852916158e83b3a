//! Serves the metrics over HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::metrics::address::MetricsAddr;
use crate::metrics::registry::Metrics;
use crate::metrics::text_format::CONTENT_TYPE_VALUE;

/// Scrapers served at once; further ones wait.
const CONNECTIONS: usize = 16;

/// A client that does not send its request within this time is dropped.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Listens, and answers in tasks of the current runtime for as long as that lives. Returns the
/// address, whose port is the one the system chose where 0 was asked for.
pub(crate) async fn serve(address: MetricsAddr, metrics: Metrics) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(&address.candidates()[..]).await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, metrics));
    Ok(address)
}

async fn accept(listener: TcpListener, metrics: Metrics) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Most likely there are no descriptors left, and the work needs them more.
                tracing::debug!(error = &error as &dyn std::error::Error, "cannot accept a scrape");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let metrics = metrics.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |request| {
                let metrics = metrics.clone();
                async move { Ok::<_, Infallible>(answer(&request, &metrics)) }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), answer)
                .await;
            if let Err(error) = served {
                tracing::debug!(error = &error as &dyn std::error::Error, "a scrape broke off");
            }
            drop(slot);
        });
    }
}

fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    if request.uri().path() != "/metrics" {
        *response.status_mut() = StatusCode::NOT_FOUND;
    } else if ![Method::GET, Method::HEAD].contains(request.method()) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, "GET, HEAD".parse().expect("a valid header value"));
    } else {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, CONTENT_TYPE_VALUE.parse().expect("a valid header value"));
        *response.body_mut() = Full::from(metrics.exposition());
    }
    response
}
