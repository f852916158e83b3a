//! Sorting error answers: by the server's code, or by its HTTP status where it sent none.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::ProvideErrorMetadata;

use super::attempt::{Failure, unavailable};
use crate::s3::endpoint::Endpoint;
use crate::{Action, Error, Location};

/// Sorts an error answer by the server's code, or by its HTTP status where it sent none (to HEAD).
pub(super) fn of_service(
    server: &Endpoint,
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
            configured: server.region.clone(),
            right: right.map(str::to_owned),
        })
    };
    let told_region =
        raw.headers().get("x-amz-bucket-region").filter(|region| *region != server.region);

    if let Some(failure) = of_redirect(server, status, code, raw) {
        return failure;
    }
    let is_html =
        raw.headers().get("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if status == 407 {
        return final_answer(Error::ProxyRefused { endpoint: server.url.clone() });
    }
    if code.is_empty() && is_html && status < 500 {
        return final_answer(server.not_s3(&format!("it sends HTML with {detail}")));
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
            // The name of a new bucket is not known everywhere yet; the answer names a server that
            // does.
            | "TemporaryRedirect",
            _,
        )
        | (_, 307 | 408 | 425 | 429 | 500 | 502..=599) => Failure {
            is_transient: true,
            // Some servers answer 500 after they have done it, and S3 itself a 200 that turns out
            // to be an error, since it has to begin its answer before it has put many parts
            // together.
            is_in_doubt: status >= 500 || status == 200,
            ..final_answer(unavailable(action, at, detail))
        },
        ("AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _) => {
            wrong_region(told_region.or_else(|| region_in(answer.message())))
        }
        ("PermanentRedirect", _) | (_, 301) => wrong_region(told_region),
        (_, 400) if told_region.is_some() => wrong_region(told_region),
        // It has to be begun again, by the next run.
        ("NoSuchUpload", _) => Failure {
            is_in_doubt: status == 200,
            ..final_answer(Error::UploadGone { at: at.clone(), detail })
        },
        ("NoSuchBucket", _) => final_answer(server.no_such_bucket(bucket)),
        (
            "SignatureDoesNotMatch" | "InvalidAccessKeyId" | "ExpiredToken"
            | "ExpiredTokenException" | "InvalidToken" | "TokenRefreshRequired"
            | "RequestTimeTooSkewed" | "NotSignedUp" | "InvalidSecurity",
            _,
        ) => final_answer(Error::CredentialsRefused {
            endpoint: server.url.clone(),
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
                final_answer(server.no_such_bucket(bucket))
            }
            _ => final_answer(Error::NotFound { at: at.clone() }),
        },
        (_, 412) => final_answer(match action {
            Action::Write => Error::AlreadyExists { at: at.clone() },
            _ => Error::Changed { at: at.clone() },
        }),
        // The object is shorter than the entry said.
        ("InvalidRange", _) | (_, 416) => final_answer(Error::Changed { at: at.clone() }),
        // A completed upload in words that the SDK does not know: moto gives them another root, and
        // some servers send blanks before the XML while they put the parts together. It may be done
        // or not.
        ("", 200..=299) if action == Action::Write => Failure {
            is_transient: true,
            is_in_doubt: true,
            ..final_answer({
                let detail = format!("{detail} with a body that cannot be read");
                unavailable(action, at, detail)
            })
        },
        // The answer to HEAD has no body that could hold a code.
        ("", _) if status != 501 && action != Action::Inspect => {
            final_answer(server.not_s3(&detail))
        }
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
        "; the object is encrypted with a key of the customer's (SSE-C): give the key by \
         --s3-sse-customer-key-file"
    } else {
        ""
    }
}

/// Sorts answers that name another place; `None` where that is a matter of the bucket's region,
/// which has codes.
fn of_redirect(server: &Endpoint, status: u16, code: &str, raw: &HttpResponse) -> Option<Failure> {
    let headers = raw.headers();
    let is_region = headers.get("x-amz-bucket-region").is_some() || code == "PermanentRedirect";
    if !matches!(status, 301 | 302 | 303 | 307 | 308) || is_region {
        return None;
    }
    let place = headers.get("location").unwrap_or("");
    if place.starts_with("https://") && server.url.starts_with("http://") {
        let error =
            server.is_wrong(format!("it sends clients on to {place}: write https:// in its URL"));
        return Some(Failure::of_answer(error));
    }
    if status == 307 {
        return None;
    }
    let error = server.not_s3(&format!("it sends clients on to {place} with HTTP status {status}"));
    Some(Failure::of_answer(error))
}

/// AWS names the right region in: "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
fn region_in(message: Option<&str>) -> Option<&str> {
    let (_, rest) = message?.split_once("expecting '")?;
    let (region, _) = rest.split_once('\'')?;
    Some(region)
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
