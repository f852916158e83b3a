//! Sorting failed requests: those that were not sent, not answered, or not understood.

use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http::endpoint::ResolveEndpointError;

use super::answer::of_service;
use super::attempt::{Failure, unavailable};
use crate::s3::cause::{find, innermost, is_tls, messages};
use crate::s3::credentials::Problem;
use crate::s3::endpoint::Endpoint;
use crate::{Action, Error, Location};

/// Sorts what the SDK returned for a request.
pub(in crate::s3) fn of_request<E>(
    server: &Endpoint,
    action: Action,
    at: &Location,
    error: SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if let SdkError::ServiceError(answer) = &error {
        return of_service(server, action, at, answer.err(), answer.raw());
    }
    let transient = |error: Error, is_in_doubt: bool| Failure {
        error,
        is_transient: true,
        is_contact: false,
        is_down: false,
        is_in_doubt,
        code: None,
    };
    let last = |error: Error| Failure { is_contact: false, ..Failure::of_answer(error) };
    if let Some(problem) = find::<Problem>(&error) {
        return of_credentials(problem.clone());
    }
    // The settings lead to no host: nothing was sent, and nothing will be.
    if let Some(cause) = find::<ResolveEndpointError>(&error) {
        return last(server.is_wrong(cause.to_string()));
    }
    match &error {
        SdkError::TimeoutError(_) => {
            let detail = "the server did not answer in time".to_owned();
            transient(unavailable(action, at, detail), true)
        }
        SdkError::DispatchFailure(_) => {
            let texts = messages(&error);
            let says = |part: &str| texts.iter().any(|text| text.contains(part));
            let detail = match says("tunnel error: unsuccessful") {
                true => "the proxy opens no tunnel to it".to_owned(),
                false => innermost(&error),
            };
            if is_tls(&error) {
                last(server.is_wrong(format!(
                    "the TLS handshake failed ({detail}); for a private certificate authority set \
                     SSL_CERT_FILE, for a server without TLS write http://"
                )))
            } else if says("invalid HTTP") {
                let detail = "it does not speak HTTP; for a server with TLS write https://";
                last(server.is_wrong(detail.to_owned()))
            } else if says("proxy authorization required") {
                last(Error::ProxyRefused { endpoint: server.url.clone() })
            } else if says("(Connect)") || says("connect timeout") {
                let endpoint = server.url.clone();
                let error = Error::Unreachable { endpoint, down_for: Duration::ZERO, detail };
                Failure { is_down: true, ..transient(error, false) }
            } else {
                let detail = format!("the connection broke: {detail}");
                Failure { is_contact: true, ..transient(unavailable(action, at, detail), true) }
            }
        }
        SdkError::ResponseError(answer) => {
            let kind = answer.raw().headers().get("content-type").unwrap_or("");
            if kind.starts_with("text/html") {
                Failure::of_answer(server.not_s3("it sends HTML"))
            } else {
                let detail = format!("the answer was cut off or garbled: {}", innermost(&error));
                Failure { is_in_doubt: true, ..Failure::of_body(action, at, detail) }
            }
        }
        _ => last(Error::Refused {
            action,
            at: at.clone(),
            detail: format!("the request could not be built: {}", innermost(&error)),
            remedy: "",
        }),
    }
}

/// Sorts what keeps a request from being signed.
fn of_credentials(problem: Problem) -> Failure {
    let is_waited_for = matches!(problem, Problem::Unavailable { .. });
    let error = match problem {
        Problem::Missing { tried } => Error::MissingCredentials { detail: tried },
        Problem::Setting { detail } => Error::CredentialsSetting { detail },
        Problem::Refused { provider, detail, remedy } => {
            Error::CredentialsWithheld { provider: provider.to_string(), detail, remedy }
        }
        Problem::Unavailable { provider, detail } => Error::CredentialsUnavailable {
            provider: provider.to_string(),
            detail,
            down_for: Duration::ZERO,
        },
        Problem::Silent { provider, waited } => Error::CredentialsUnavailable {
            provider: provider.to_string(),
            detail: "it takes the request and does not answer".to_owned(),
            down_for: waited,
        },
    };
    Failure {
        is_transient: is_waited_for,
        is_contact: false,
        is_down: is_waited_for,
        ..Failure::of_answer(error)
    }
}
