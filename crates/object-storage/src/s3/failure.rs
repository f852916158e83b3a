//! Sorting failed requests: what they mean, and whether another attempt is worth it.

use std::error::Error as StdError;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::S3;
use crate::{Action, Error, Location};

/// One failed attempt at a request.
#[derive(Debug)]
pub(super) struct Failure {
    /// What to return if this was the last attempt.
    pub(super) error: Error,
    /// Whether another attempt can succeed.
    pub(super) is_transient: bool,
    /// Whether it came from the server, so that the server was reached.
    pub(super) is_answer: bool,
    /// Whether the server may have carried the request out nevertheless.
    pub(super) is_in_doubt: bool,
    /// The server's error code, or its HTTP status where it sent no code.
    pub(super) code: Option<String>,
}

impl Failure {
    /// The error, with the number of attempts it took.
    pub(super) fn into_error(self, made: u32) -> Error {
        let mut error = self.error;
        if let Error::Unavailable { attempts, .. } | Error::Unreachable { attempts, .. } = &mut error {
            *attempts = made;
        }
        error
    }

    /// A failure after the answer had begun: the rest of it did not come.
    pub(super) fn of_body(action: Action, at: &Location, detail: String) -> Failure {
        Failure {
            error: unavailable(action, at, detail),
            is_transient: true,
            is_answer: true,
            is_in_doubt: false,
            code: None,
        }
    }

    /// An answer that no further attempt would change.
    pub(super) fn of_answer(error: Error) -> Failure {
        Failure { error, is_transient: false, is_answer: true, is_in_doubt: false, code: None }
    }
}

/// Sorts what the SDK returned for a request.
pub(super) fn of_request<E>(s3: &S3, action: Action, at: &Location, error: SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if let SdkError::ServiceError(answer) = &error {
        return of_service(s3, action, at, answer.err(), answer.raw());
    }
    let transient = |error: Error, is_in_doubt: bool| Failure {
        error,
        is_transient: true,
        is_answer: false,
        is_in_doubt,
        code: None,
    };
    let last = |error: Error| Failure { is_answer: false, ..Failure::of_answer(error) };
    if let Some(cause) = find::<CredentialsError>(&error) {
        return match cause {
            CredentialsError::CredentialsNotLoaded(_) => last(Error::MissingCredentials {
                detail:
                    "neither the environment nor an AWS profile, a web identity, container or instance metadata has any"
                        .to_owned(),
            }),
            CredentialsError::InvalidConfiguration(_) => last(Error::MissingCredentials { detail: innermost(cause) }),
            _ => transient(
                unavailable(action, at, format!("the credentials could not be fetched: {}", innermost(cause))),
                false,
            ),
        };
    }
    match &error {
        SdkError::TimeoutError(_) => {
            let detail = "the server did not answer in time".to_owned();
            transient(unavailable(action, at, detail), true)
        }
        SdkError::DispatchFailure(_) => {
            let texts = messages(&error);
            let says = |part: &str| texts.iter().any(|text| text.contains(part));
            let detail = innermost(&error);
            if says("TLS handshake failed") && !is_io(&error) {
                last(Error::WrongEndpoint {
                    endpoint: s3.endpoint.clone(),
                    detail: format!(
                        "the TLS handshake failed ({detail}); for a private certificate authority set SSL_CERT_FILE, for a server without TLS write http://"
                    ),
                })
            } else if says("(Connect)") || says("connect timeout") {
                let error = Error::Unreachable { endpoint: s3.endpoint.clone(), attempts: 0, detail };
                transient(error, false)
            } else {
                let detail = format!("the connection broke: {detail}");
                transient(unavailable(action, at, detail), true)
            }
        }
        SdkError::ResponseError(answer) => {
            let kind = answer.raw().headers().get("content-type").unwrap_or("");
            if kind.starts_with("text/html") {
                Failure::of_answer(s3.not_s3("it sends HTML"))
            } else {
                let detail = format!("the answer was cut off or garbled: {}", innermost(&error));
                Failure { is_in_doubt: true, ..Failure::of_body(action, at, detail) }
            }
        }
        _ => last(Error::Refused {
            action,
            at: at.clone(),
            detail: format!("the request could not be built: {}", innermost(&error)),
        }),
    }
}

/// Sorts an error answer by the server's code, or by its HTTP status where it sent none (to HEAD).
fn of_service(
    s3: &S3,
    action: Action,
    at: &Location,
    answer: &impl ProvideErrorMetadata,
    raw: &HttpResponse,
) -> Failure {
    let status = raw.status().as_u16();
    // The SDK names a 404 to HEAD "NotFound" by itself.
    let code = answer.code().unwrap_or("");
    let detail = match (code, answer.message().filter(|text| !text.is_empty())) {
        ("", _) => format!("HTTP status {status}"),
        (code, None) => format!("{code}, HTTP status {status}"),
        (code, Some(message)) => format!("{code}: {message}"),
    };
    let bucket = match at {
        Location::S3 { bucket, .. } => bucket.as_str(),
        Location::Local(_) => "",
    };
    let final_answer = |error: Error| Failure {
        code: Some(if code.is_empty() { status.to_string() } else { code.to_owned() }),
        ..Failure::of_answer(error)
    };
    let wrong_region = |right: Option<&str>| {
        final_answer(Error::WrongRegion {
            bucket: bucket.to_owned(),
            configured: s3.region.clone(),
            right: right.map(str::to_owned),
        })
    };
    let told_region = raw.headers().get("x-amz-bucket-region").filter(|region| *region != s3.region);

    match (code, status) {
        (
            "SlowDown" | "ServiceUnavailable" | "Throttling" | "ThrottlingException"
            | "RequestLimitExceeded" | "TooManyRequests" | "BandwidthLimitExceeded"
            | "InternalError" | "RequestTimeout" | "OperationAborted"
            | "ConditionalRequestConflict",
            _,
        )
        | (_, 408 | 425 | 429 | 500 | 502..=599)
        // A multipart upload that is gone has to be begun again, by the next run.
        | ("NoSuchUpload", _) => Failure {
            is_transient: code != "NoSuchUpload",
            // Some servers answer 500 after they have done it.
            is_in_doubt: status >= 500,
            ..final_answer(unavailable(action, at, detail))
        },
        ("AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _) => {
            wrong_region(told_region.or_else(|| region_in(answer.message())))
        }
        ("PermanentRedirect" | "TemporaryRedirect", _) | (_, 301 | 307) => wrong_region(told_region),
        (_, 400) if told_region.is_some() => wrong_region(told_region),
        ("NoSuchBucket", _) => final_answer(s3.no_such_bucket(bucket)),
        (
            "SignatureDoesNotMatch" | "InvalidAccessKeyId" | "ExpiredToken" | "InvalidToken"
            | "TokenRefreshRequired" | "RequestTimeTooSkewed" | "NotSignedUp" | "InvalidSecurity",
            _,
        ) => final_answer(Error::CredentialsRefused {
            endpoint: s3.endpoint.clone(),
            detail,
        }),
        (_, 401 | 403) => final_answer(Error::Denied {
            action,
            at: at.clone(),
            detail,
        }),
        (_, 404) => match action {
            Action::List | Action::Write | Action::Make if code != "NotFound" => {
                final_answer(s3.no_such_bucket(bucket))
            }
            _ => final_answer(Error::NotFound { at: at.clone() }),
        },
        (_, 412) => final_answer(match action {
            Action::Write => Error::AlreadyExists { at: at.clone() },
            _ => Error::Changed { at: at.clone() },
        }),
        // The object is shorter than the entry said.
        ("InvalidRange", _) | (_, 416) => final_answer(Error::Changed { at: at.clone() }),
        ("", _) if status != 501 => final_answer(s3.not_s3(&detail)),
        _ => final_answer(Error::Refused {
            action,
            at: at.clone(),
            detail,
        }),
    }
}

/// AWS names the right region in: "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
fn region_in(message: Option<&str>) -> Option<&str> {
    let (_, rest) = message?.split_once("expecting '")?;
    let (region, _) = rest.split_once('\'')?;
    Some(region)
}

fn unavailable(action: Action, at: &Location, detail: String) -> Error {
    Error::Unavailable { action, at: at.clone(), attempts: 0, detail }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| error.source())
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

fn messages(error: &(dyn StdError + 'static)) -> Vec<String> {
    causes(error).map(ToString::to_string).collect()
}

/// The text of the first cause: what went wrong, without the layers it came through.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    messages(error).pop().unwrap_or_default()
}

/// Whether the connection broke, rather than that the two sides did not agree.
fn is_io(error: &(dyn StdError + 'static)) -> bool {
    find::<io::Error>(error).is_some_and(|error| error.kind() != io::ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::region_in;

    #[test]
    fn the_right_region_is_read_from_the_message_of_aws() {
        let message = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
        assert_eq!(region_in(Some(message)), Some("eu-west-1"));
        assert_eq!(region_in(Some("something else")), None);
        assert_eq!(region_in(None), None);
    }
}
