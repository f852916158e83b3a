//! Pushes the metrics to a Pushgateway when the work has ended.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

use crate::metrics::push_group::PushGroup;
use crate::metrics::text_format::CONTENT_TYPE_VALUE;

/// The longest time for a push, the look-up of the name included. It is below the difference of
/// the usual grace periods, 25 s and 30 s.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(3);

/// How much of a refusal is read, in bytes.
const REFUSAL_LIMIT: usize = 1024;

/// A Prometheus Pushgateway: `http://host[:port][/path]`. A path may name a group itself
/// (`/metrics/job/nightly`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushGateway {
    authority: String,
    path: String,
}

impl FromStr for PushGateway {
    type Err = String;

    fn from_str(text: &str) -> Result<PushGateway, String> {
        let uri: Uri = text.parse().map_err(|error| format!("it is not a URL ({error})"))?;
        let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err("only http is spoken to a Pushgateway; give its address inside of \
                            the cluster"
                    .to_owned());
            }
            _ => return Err("give it as http://host:port".to_owned()),
        }
        if authority.contains('@') {
            return Err(
                "a user and password are not supported; give it as http://host:port".to_owned()
            );
        }
        if uri.query().is_some() {
            return Err("it must have no query; give it as http://host:port".to_owned());
        }
        Ok(PushGateway {
            authority: authority.to_owned(),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for PushGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

/// Why the metrics could not be pushed. Never a reason for the work to fail.
#[derive(Debug, Error)]
pub(crate) enum PushError {
    #[error("cannot connect to {authority}")]
    Connect { authority: String, source: std::io::Error },
    #[error("the exchange with the Pushgateway broke off")]
    Exchange(#[from] hyper::Error),
    #[error("the Pushgateway answered {status} to PUT {path}: {body}")]
    Refused { status: StatusCode, path: String, body: String },
    #[error("the Pushgateway did not answer within {} s", TIME_LIMIT.as_secs())]
    TimedOut,
}

impl PushGateway {
    /// Replaces the group's metrics by these, once, within [`TIME_LIMIT`].
    pub(crate) async fn push(
        &self,
        group: PushGroup<'_>,
        metrics: String,
    ) -> Result<(), PushError> {
        let path = group.path(&self.path);
        tokio::time::timeout(TIME_LIMIT, self.put(path, metrics))
            .await
            .unwrap_or(Err(PushError::TimedOut))
    }

    async fn put(&self, path: String, metrics: String) -> Result<(), PushError> {
        let port = if self.authority.rsplit(']').next().unwrap_or_default().contains(':') {
            ""
        } else {
            ":80"
        };
        let stream = TcpStream::connect(format!("{}{port}", self.authority))
            .await
            .map_err(|source| PushError::Connect { authority: self.authority.clone(), source })?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let request = Request::put(&path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, CONTENT_TYPE_VALUE)
            .body(Full::new(Bytes::from(metrics)))
            .expect("the path comes from a valid URL");
        let response = sender.send_request(request).await?;
        let status = response.status();
        let result = if status.is_success() {
            Ok(())
        } else {
            let body = Limited::new(response.into_body(), REFUSAL_LIMIT).collect().await;
            let body = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).trim().to_owned());
            Err(PushError::Refused {
                status,
                path,
                body: body.unwrap_or_else(|_| "(a long text)".to_owned()),
            })
        };
        connection.abort();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(text: &str) -> PushGateway {
        text.parse().unwrap()
    }

    #[test]
    fn what_cannot_be_reached_is_refused_with_the_remedy() {
        for (text, remedy) in [
            ("https://push:9091", "give its address inside of the cluster"),
            ("push:9091", "give it as http://host:port"),
            ("ftp://push", "give it as http://host:port"),
            ("http://u:p@push", "give it as http://host:port"),
            ("http://push/?a=b", "give it as http://host:port"),
            ("http://", "it is not a URL"),
        ] {
            let error = text.parse::<PushGateway>().unwrap_err();
            assert!(error.contains(remedy), "{text}: {error}");
        }
    }

    #[test]
    fn it_is_shown_as_it_was_given() {
        for text in ["http://push:9091", "http://[::1]:9091/metrics/job/nightly"] {
            assert_eq!(gateway(text).to_string(), text);
        }
    }
}
