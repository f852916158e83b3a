//! Sorting failed requests: what they mean, and whether another attempt is worth it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http::endpoint::ResolveEndpointError;

use super::S3;
use super::credentials::Problem;
use crate::{Action, Error, Location};

/// One failed attempt at a request.
#[derive(Debug)]
pub(super) struct Failure {
    /// What to return if this was the last attempt.
    pub(super) error: Error,
    /// Whether another attempt can succeed.
    pub(super) is_transient: bool,
    /// Whether a connection was made and used, so that the endpoint is the right one.
    pub(super) is_contact: bool,
    /// Whether the service was not reached at all, so that it may still have to start.
    pub(super) is_down: bool,
    /// Whether the server may have carried the request out nevertheless.
    pub(super) is_in_doubt: bool,
    /// The server's error code, or its HTTP status where it sent no code.
    pub(super) code: Option<Box<str>>,
}

impl Failure {
    /// The error, with the number of attempts and the time it took.
    pub(super) fn into_error(self, made: u32, took: Duration) -> Error {
        let mut error = self.error;
        match &mut error {
            Error::Unavailable { attempts, down_for, .. } => (*attempts, *down_for) = (made, took),
            Error::Unreachable { down_for, .. } => *down_for = took,
            // A silent one has told how long it was listened to.
            Error::CredentialsUnavailable { down_for, .. } => *down_for = took.max(*down_for),
            _ => {}
        }
        error
    }

    /// Whether the answer was an error without a word on why: HEAD has no body that could hold one.
    pub(super) fn is_mute(&self) -> bool {
        !self.is_transient && matches!(self.code.as_deref(), Some("400" | "401" | "403"))
    }

    /// What went wrong, without what was tried and the remedy.
    pub(super) fn cause(&self) -> String {
        match &self.error {
            Error::Unavailable { detail, .. } | Error::Unreachable { detail, .. } => detail.clone(),
            Error::CredentialsUnavailable { provider, detail, .. } => {
                format!("{provider} gives no credentials: {detail}")
            }
            error => error.to_string(),
        }
    }

    /// A failure after the answer had begun: the rest of it did not come.
    pub(super) fn of_body(action: Action, at: &Location, detail: String) -> Failure {
        Failure {
            error: unavailable(action, at, detail),
            is_transient: true,
            is_contact: true,
            is_down: false,
            is_in_doubt: false,
            code: None,
        }
    }

    /// An answer that no further attempt would change.
    pub(super) fn of_answer(error: Error) -> Failure {
        Failure {
            error,
            is_transient: false,
            is_contact: true,
            is_down: false,
            is_in_doubt: false,
            code: None,
        }
    }
}

/// Sorts what the SDK returned for a request.
pub(super) fn of_request<E>(
    s3: &S3,
    action: Action,
    at: &Location,
    error: SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    if let SdkError::ServiceError(answer) = &error {
        return of_service(s3, action, at, answer.err(), answer.raw());
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
        return last(s3.wrong_endpoint(cause.to_string()));
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
            if is_tls(&error) {
                last(s3.wrong_endpoint(format!("the TLS handshake failed ({detail}); for a private certificate authority set SSL_CERT_FILE, for a server without TLS write http://")))
            } else if says("invalid HTTP") {
                let detail = "it does not speak HTTP; for a server with TLS write https://";
                last(s3.wrong_endpoint(detail.to_owned()))
            } else if says("(Connect)") || says("connect timeout") {
                let endpoint = s3.endpoint.clone();
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
        code: Some(if code.is_empty() { status.to_string().into() } else { code.into() }),
        ..Failure::of_answer(error)
    };
    let wrong_region = |right: Option<&str>| {
        final_answer(Error::WrongRegion {
            bucket: bucket.to_owned(),
            configured: s3.region.clone(),
            right: right.map(str::to_owned),
        })
    };
    let told_region =
        raw.headers().get("x-amz-bucket-region").filter(|region| *region != s3.region);

    if let Some(failure) = of_redirect(s3, status, code, raw) {
        return failure;
    }
    let is_html =
        raw.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if code.is_empty() && is_html && status < 500 {
        return final_answer(s3.not_s3(&format!("it sends HTML with {detail}")));
    }
    if is_full(code, status) {
        return final_answer(Error::ServerFull { at: at.clone(), detail });
    }
    match (code, status) {
        (
            "SlowDown" | "ServiceUnavailable" | "Throttling" | "ThrottlingException"
            | "RequestLimitExceeded" | "TooManyRequests" | "BandwidthLimitExceeded"
            | "InternalError" | "RequestTimeout" | "OperationAborted"
            | "ConditionalRequestConflict" | "IncompleteBody" | "KMS.ThrottlingException"
            // The name of a new bucket is not known everywhere yet; the answer names a server that does.
            | "TemporaryRedirect",
            _,
        )
        | (_, 307 | 408 | 425 | 429 | 500 | 502..=599)
        // A multipart upload that is gone has to be begun again, by the next run.
        | ("NoSuchUpload", _) => Failure {
            is_transient: code != "NoSuchUpload",
            // Some servers answer 500 after they have done it, and S3 itself a 200 that turns out to be an error, since
            // it has to begin its answer before it has put many parts together.
            is_in_doubt: status >= 500 || status == 200,
            ..final_answer(unavailable(action, at, detail))
        },
        ("AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _) => {
            wrong_region(told_region.or_else(|| region_in(answer.message())))
        }
        ("PermanentRedirect", _) | (_, 301) => wrong_region(told_region),
        (_, 400) if told_region.is_some() => wrong_region(told_region),
        ("NoSuchBucket", _) => final_answer(s3.no_such_bucket(bucket)),
        (
            "SignatureDoesNotMatch" | "InvalidAccessKeyId" | "ExpiredToken" | "ExpiredTokenException" | "InvalidToken"
            | "TokenRefreshRequired" | "RequestTimeTooSkewed" | "NotSignedUp" | "InvalidSecurity",
            _,
        ) => final_answer(Error::CredentialsRefused {
            endpoint: s3.endpoint.clone(),
            detail,
        }),
        ("InvalidObjectState", _) => final_answer(Error::Archived { at: at.clone(), detail }),
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
        // A completed upload in words that the SDK does not know: moto gives them another root, and some
        // servers send blanks before the XML while they put the parts together. It may be done or not.
        ("", 200..=299) if action == Action::Write => Failure {
            is_transient: true,
            is_in_doubt: true,
            ..final_answer(unavailable(action, at, format!("{detail} with a body that cannot be read")))
        },
        // The answer to HEAD has no body that could hold a code.
        ("", _) if status != 501 && action != Action::Inspect => final_answer(s3.not_s3(&detail)),
        _ => final_answer(Error::Refused {
            action,
            at: at.clone(),
            remedy: refused_remedy(answer.message().unwrap_or("")),
            detail,
        }),
    }
}

/// Whether the server says that there is no room, in the words of Ceph (403), MinIO (507 and 400),
/// SeaweedFS, Garage and others. More attempts would find it as full as before.
fn is_full(code: &str, status: u16) -> bool {
    status == 507
        || (400..600).contains(&status)
            && [
                "QuotaExceeded",
                "QuotaExceededException",
                "StorageFull",
                "InsufficientStorage",
                "InsufficientCapacity",
            ]
            .iter()
            .any(|full| code.ends_with(full))
}

/// What to do about a request that lacks what the bucket asks for.
fn refused_remedy(message: &str) -> &'static str {
    if message.contains("Content-MD5") || message.contains("x-amz-checksum") {
        "; the bucket asks for checksums (Object Lock): set --s3-request-checksums when_supported"
    } else if message.contains("Server Side Encryption") {
        "; the object is encrypted with a key of the customer's (SSE-C), which this program does \
         not send"
    } else {
        ""
    }
}

/// Sorts answers that name another place; `None` where that is a matter of the bucket's region,
/// which has codes.
fn of_redirect(s3: &S3, status: u16, code: &str, raw: &HttpResponse) -> Option<Failure> {
    let headers = raw.headers();
    let is_region = headers.get("x-amz-bucket-region").is_some() || code == "PermanentRedirect";
    if !matches!(status, 301 | 302 | 303 | 307 | 308) || is_region {
        return None;
    }
    let place = headers.get("location").unwrap_or("");
    if place.starts_with("https://") && s3.endpoint.starts_with("http://") {
        let error =
            s3.wrong_endpoint(format!("it sends clients on to {place}: write https:// in its URL"));
        return Some(Failure::of_answer(error));
    }
    if status == 307 {
        return None;
    }
    let error = s3.not_s3(&format!("it sends clients on to {place} with HTTP status {status}"));
    Some(Failure::of_answer(error))
}

/// AWS names the right region in: "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
fn region_in(message: Option<&str>) -> Option<&str> {
    let (_, rest) = message?.split_once("expecting '")?;
    let (region, _) = rest.split_once('\'')?;
    Some(region)
}

fn unavailable(action: Action, at: &Location, detail: String) -> Error {
    Error::Unavailable { action, at: at.clone(), attempts: 0, down_for: Duration::ZERO, detail }
}

pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| error.source())
}

pub(super) fn find<'a, E: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

fn messages(error: &(dyn StdError + 'static)) -> Vec<String> {
    causes(error).map(ToString::to_string).collect()
}

/// The text of the first cause: what went wrong, without the layers it came through.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    messages(error).pop().unwrap_or_default()
}

/// Whether the two sides could not agree on TLS, rather than that the connection broke.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    // An io::Error does not tell what it carries as its source, and one may carry another.
    let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>()
        || carried.is_some_and(|inner| is_tls(inner))
        || error.source().is_some_and(is_tls)
}

#[cfg(test)]
mod tests {
    use super::{is_full, region_in};

    #[test]
    fn a_full_server_is_known_by_the_codes_of_several_kinds() {
        for (code, status) in [
            ("QuotaExceeded", 403),
            ("XMinioAdminBucketQuotaExceeded", 400),
            ("XMinioStorageFull", 507),
            ("", 507),
            ("InsufficientStorage", 500),
        ] {
            assert!(is_full(code, status), "{code}");
        }
        for (code, status) in
            [("AccessDenied", 403), ("SlowDown", 503), ("", 403), ("TooManyBuckets", 400)]
        {
            assert!(!is_full(code, status), "{code}");
        }
    }

    #[test]
    fn the_right_region_is_read_from_the_message_of_aws() {
        let message = "The authorization header is malformed; the region 'us-east-1' is wrong; \
                       expecting 'eu-west-1'";
        assert_eq!(region_in(Some(message)), Some("eu-west-1"));
        assert_eq!(region_in(Some("something else")), None);
        assert_eq!(region_in(None), None);
    }
}
