//! Serves the metrics over HTTP.

use std::net::SocketAddr;

use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::http::{self, ListenAddr};
use crate::metrics::registry::Metrics;

/// Listens, and answers scrapes for as long as the current runtime lives. Returns the address,
/// whose port is the one the system chose where 0 was asked for.
pub(crate) async fn serve(address: ListenAddr, metrics: Metrics) -> std::io::Result<SocketAddr> {
    http::serve(address, move |request| {
        let answer = answer(&request, &metrics);
        async move { answer }
    })
    .await
}

fn answer(request: &Request<Bytes>, metrics: &Metrics) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    if request.uri().path() != "/metrics" {
        *response.status_mut() = StatusCode::NOT_FOUND;
    } else if ![Method::GET, Method::HEAD].contains(request.method()) {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    } else {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(Metrics::CONTENT_TYPE));
        *response.body_mut() = Bytes::from(metrics.exposition());
    }
    response
}
