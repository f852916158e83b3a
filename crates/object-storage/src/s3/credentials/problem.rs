//! What the errors of the credential providers mean: nothing there, refused, or not to be had for
//! now.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;

use crate::s3::cause::{causes, find, innermost};

/// Where credentials can come from, in the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::s3) enum Provider {
    Environment,
    Profile,
    WebIdentity,
    Container,
    Metadata,
}

impl Provider {
    /// Those that need files or requests.
    pub(super) const AFTER_ENVIRONMENT: [Provider; 4] =
        [Provider::Profile, Provider::WebIdentity, Provider::Container, Provider::Metadata];

    /// Its name among others.
    pub(super) fn short(self) -> &'static str {
        match self {
            Provider::Environment => "environment",
            Provider::Profile => "AWS profile",
            Provider::WebIdentity => "web identity",
            Provider::Container => "container",
            Provider::Metadata => "instance metadata",
        }
    }

    /// What to look at when it refuses.
    fn remedy(self) -> &'static str {
        match self {
            Provider::Environment => "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            Provider::Profile => "check AWS_PROFILE, its role_arn and the role's trust policy",
            Provider::WebIdentity => {
                "check AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE, the role's trust policy and the \
                 service account"
            }
            Provider::Container => {
                "check the service account's Pod Identity association (EKS) or the task's role \
                 (ECS), AWS_CONTAINER_CREDENTIALS_FULL_URI and \
                 AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
            }
            Provider::Metadata => {
                "give the pod's service account a role (EKS: IAM roles for service accounts or Pod \
                 Identity), or allow pods to use the instance's metadata (enabled, hop limit of 2, \
                 a role)"
            }
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provider::Environment => "the environment",
            Provider::Profile => "the AWS profile",
            Provider::WebIdentity => "STS for the web identity",
            Provider::Container => {
                "the container credentials service (EKS Pod Identity agent or ECS agent)"
            }
            Provider::Metadata => "the instance metadata service (IMDS)",
        })
    }
}

/// Why there are no credentials. It is shown, so it never holds an answer that was to bring some.
#[derive(Clone, Debug, thiserror::Error)]
pub(in crate::s3) enum Problem {
    /// No provider has any.
    #[error("no provider has credentials: {tried}")]
    Missing { tried: String },
    /// A setting is wrong; no retry helps.
    #[error("{detail}")]
    Setting { detail: String },
    /// The provider does not give them to this identity; no retry helps.
    #[error("{provider} refused: {detail}")]
    Refused { provider: Provider, detail: String, remedy: &'static str },
    /// The provider is not reached, or fails.
    #[error("{provider} could not give credentials: {detail}")]
    Unavailable { provider: Provider, detail: String },
    /// The provider takes the request and does not answer.
    #[error("{provider} did not answer within {:.1} s", waited.as_secs_f64())]
    Silent { provider: Provider, waited: Duration },
}

/// What an error of one provider means for the search.
#[derive(Debug)]
pub(super) enum Judged {
    /// This provider is not set up here: ask the next one.
    NotThere(String),
    /// It is set up and failed: look no further, as other credentials may be those of somebody
    /// else.
    Failed(Problem),
}

/// What is known of the requests besides their error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The last HTTP status of the instance metadata service.
    pub(super) metadata_status: Option<u16>,
    /// How long it all took.
    pub(super) took: Duration,
}

/// Judges an error.
pub(super) fn judge(provider: Provider, error: &CredentialsError, asked: Asked) -> Judged {
    let said = line(&innermost(error));
    let setting = |detail: String| {
        Judged::Failed(Problem::Setting { detail: format!("{provider}: {detail}") })
    };
    match error {
        // Named by AWS_PROFILE or as another's source_profile, and not there: nobody wants other
        // keys instead.
        CredentialsError::CredentialsNotLoaded(_)
            if provider == Provider::Profile && said.contains("was not defined") =>
        {
            setting(format!(
                "{said}; check AWS_PROFILE, AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE"
            ))
        }
        CredentialsError::CredentialsNotLoaded(_) if provider == Provider::Metadata => {
            match find_connector(error) {
                None => Judged::NotThere(said),
                Some(cause) if is_connect(cause) => {
                    Judged::NotThere("not on this machine".to_owned())
                }
                Some(cause) => Judged::Failed(of_connection(provider, cause, asked)),
            }
        }
        CredentialsError::CredentialsNotLoaded(_) if error.source().is_none() => {
            Judged::NotThere("none".to_owned())
        }
        CredentialsError::CredentialsNotLoaded(_) => Judged::NotThere(said),
        CredentialsError::ProviderTimedOut(timeout) => {
            Judged::Failed(Problem::Silent { provider, waited: timeout.timeout_duration() })
        }
        CredentialsError::InvalidConfiguration(_) if provider == Provider::Metadata => {
            Judged::Failed(refused(provider, said))
        }
        CredentialsError::InvalidConfiguration(_) if said.contains("cargo feature") => setting(
            "it takes its credentials from single sign-on, a login or a credential_process, which \
             this program does not know; use keys, role_arn with source_profile, or \
             web_identity_token_file"
                .to_owned(),
        ),
        CredentialsError::InvalidConfiguration(_) if said.contains("header value") => setting(
            "the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or \
             AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line end or another character that no \
             header can carry"
                .to_owned(),
        ),
        CredentialsError::InvalidConfiguration(_) => setting(said),
        _ => Judged::Failed(of_failure(provider, error, asked, said)),
    }
}

fn of_failure(provider: Provider, error: &CredentialsError, asked: Asked, said: String) -> Problem {
    if let Some(error) = find::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>(error) {
        return of_sts(provider, error, asked);
    }
    if let Some(error) = find::<SdkError<AssumeRoleError, HttpResponse>>(error) {
        return of_sts(provider, error, asked);
    }
    if let Some(cause) = find_connector(error) {
        return of_connection(provider, cause, asked);
    }
    let status = match provider {
        Provider::Metadata => asked.metadata_status,
        // "Non-success status from HTTP credential provider: StatusCode(404)"
        _ => said
            .rsplit_once("StatusCode(")
            .and_then(|(_, rest)| rest.trim_end_matches(')').parse().ok()),
    };
    match status {
        Some(status @ (400..=428 | 430..=499)) => {
            refused(provider, format!("HTTP status {status}"))
        }
        Some(status) if status >= 429 => {
            Problem::Unavailable { provider, detail: format!("HTTP status {status}") }
        }
        _ if find::<io::Error>(error).is_some() => {
            refused(provider, format!("its token file cannot be read: {said}"))
        }
        _ if said.starts_with("failed to load credentials [") => refused(provider, said),
        // Its credential_source has none.
        _ if provider == Provider::Profile => refused(provider, said),
        // What came could not be read. It is not shown: it may hold half of a secret.
        _ => Problem::Unavailable {
            provider,
            detail: "its answer is cut off or lacks a field".to_owned(),
        },
    }
}

fn of_sts<E>(provider: Provider, error: &SdkError<E, HttpResponse>, asked: Asked) -> Problem
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let SdkError::ServiceError(answer) = error else {
        return match find_connector(error) {
            Some(cause) => of_connection(provider, cause, asked),
            None if matches!(error, SdkError::ConstructionFailure(_)) => {
                Problem::Setting { detail: format!("{provider}: {}", line(&innermost(error))) }
            }
            None => Problem::Unavailable {
                provider,
                detail: "its answer is cut off or garbled".to_owned(),
            },
        };
    };
    let status = answer.raw().status().as_u16();
    let told = answer.err();
    let code = told.code().unwrap_or("");
    let detail = match told.message() {
        Some(message) if !message.is_empty() => line(&format!("{code}: {message}")),
        _ => line(&format!("{code} HTTP status {status}")),
    };
    let is_busy = matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "IDPCommunicationError"
            | "IDPCommunicationErrorException"
            | "ServiceUnavailable"
            | "InternalFailure"
    );
    if is_busy || status >= 500 || status == 429 {
        return Problem::Unavailable { provider, detail };
    }
    if code.is_empty() {
        return Problem::Refused {
            provider,
            detail,
            remedy: "what answers there is no STS: AWS_ENDPOINT_URL is taken for STS, too, and \
                     the S3 server gets the token; name the S3 server by AWS_ENDPOINT_URL_S3 \
                     instead, or STS by AWS_ENDPOINT_URL_STS",
        };
    }
    refused(provider, detail)
}

fn refused(provider: Provider, detail: String) -> Problem {
    Problem::Refused { provider, detail, remedy: provider.remedy() }
}

/// A request that got no answer, again after the SDK's own attempts.
fn of_connection(provider: Provider, cause: &(dyn StdError + 'static), asked: Asked) -> Problem {
    // It took the connection; what follows is silence.
    if find::<ConnectorError>(cause).is_some_and(ConnectorError::is_timeout) && !is_connect(cause) {
        return Problem::Silent { provider, waited: asked.took };
    }
    Problem::Unavailable { provider, detail: line(&innermost(cause)) }
}

/// The error of a request that got no answer, where there was one.
fn find_connector<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    causes(error).find(|cause| cause.is::<ConnectorError>())
}

/// Whether no connection could be made at all.
pub(in crate::s3) fn is_connect(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| {
        let text = cause.to_string();
        text.contains("(Connect)") || text.contains("connect timeout")
    })
}

/// On one line, whatever a server says.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
