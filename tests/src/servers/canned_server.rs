//! A server that answers as a test tells it to: for what a sound S3 server never does.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Response;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use crate::servers::background::Background;
use crate::servers::trickle::{Trickle, TrickleBody};

/// What a client has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// GET, PUT, ...
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    /// The value of a header field; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_str())
    }

    /// Whether it may only be carried out where nothing is there yet.
    pub fn is_conditional(&self) -> bool {
        self.header("if-none-match") == Some("*")
    }
}

/// What the client gets.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, without `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body; to HEAD only its length is sent.
    pub body: Bytes,
    /// How the body comes instead, where it comes slowly.
    pub trickle: Option<Trickle>,
}

impl Answer {
    /// An answer with nothing in it.
    pub fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Bytes::new(), trickle: None }
    }

    /// An error as S3 writes it.
    pub fn error(status: u16, code: &str, message: &str) -> Answer {
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Answer::with_body(status, "application/xml", body)
    }

    /// A body of the given type.
    pub fn with_body(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
        Answer {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            trickle: None,
        }
    }

    /// XML that comes slowly.
    pub fn trickling(trickle: Trickle) -> Answer {
        Answer { trickle: Some(trickle), ..Answer::with_body(200, "application/xml", Bytes::new()) }
    }

    /// The answer with a further header field.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers every request by a function, and keeps what it was asked.
#[derive(Debug)]
pub struct CannedServer {
    background: Background,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl CannedServer {
    /// Starts a server; `answer` gets each request and how many came before it.
    pub fn start(
        answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> anyhow::Result<CannedServer> {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&requests), Arc::new(answer));
        let background = Background::start(move |connection| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let serve = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
                    let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                    async move {
                        let request = taken_in(request).await?;
                        let before = {
                            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                            kept.push(request.clone());
                            kept.len() - 1
                        };
                        Ok::<_, hyper::Error>(written(answer(&request, before)))
                    }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(connection), serve)
                    .await;
            }
        })?;
        Ok(CannedServer { background, requests })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        self.background.url()
    }

    /// All requests so far, in the order they came.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn taken_in(request: hyper::Request<hyper::body::Incoming>) -> Result<Request, hyper::Error> {
    let (head, body) = request.into_parts();
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Ok(Request {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers,
        body: body.collect().await?.to_bytes(),
    })
}

fn written(answer: Answer) -> Response<http_body_util::combinators::BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(match answer.trickle {
        None => Full::new(answer.body).boxed(),
        Some(trickle) => TrickleBody::new(trickle).boxed(),
    });
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).expect("a test gives a valid status");
    for (name, value) in answer.headers {
        let value = value.parse().expect("a test gives a valid header value");
        response.headers_mut().insert(name, value);
    }
    response
}
