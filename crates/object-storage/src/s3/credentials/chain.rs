//! Where the credentials come from: the providers of the AWS SDK, in the order of its own chain.
//!
//! The SDK's chain is not used as it stands, since it tells neither which provider failed nor
//! whether another attempt is worth it, and since it logs whole answers, which hold secrets. Here
//! every provider is asked by name, its errors are judged in [`problem`], and while it is asked,
//! nothing that the SDK logs is written.

use std::time::{Duration, Instant};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{Region, imds};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use tokio::sync::OnceCell;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::metadata::MetadataWatch;
use super::problem::{Asked, Judged, Problem, Provider, judge};
use crate::s3::http::{behavior, http_client};
use crate::s3::proxy::Proxy;
use crate::{Error, StorageArgs};

/// The part of `--s3-timeout` that the providers of credentials have together.
const SHARE_OF_TIMEOUT: f64 = 0.95;

/// For the environment, which is not asked by requests.
const ASKED_NOBODY: Asked = Asked { metadata_status: None, took: Duration::ZERO };

/// The SDK's providers, asked one after the other until one has credentials or fails.
#[derive(Debug)]
pub(in crate::s3) struct CredentialsChain {
    args: StorageArgs,
    region: Region,
    environment: EnvironmentVariableCredentialsProvider,
    /// Made when they are asked: they need https with all certificates, which keys in the
    /// environment do not.
    others: OnceCell<Others>,
}

#[derive(Debug)]
struct Others {
    profile: ProfileFileCredentialsProvider,
    web_identity: WebIdentityTokenCredentialsProvider,
    container: EcsCredentialsProvider,
    metadata: ImdsCredentialsProvider,
    watch: MetadataWatch,
}

impl CredentialsChain {
    pub(in crate::s3) fn new(args: &StorageArgs, region: &Region) -> CredentialsChain {
        CredentialsChain {
            args: args.clone(),
            region: region.clone(),
            environment: EnvironmentVariableCredentialsProvider::new(),
            others: OnceCell::new(),
        }
    }

    async fn fetch(&self) -> Result<Credentials, Problem> {
        half_a_key(|name| std::env::var(name).unwrap_or_default())?;
        let mut tried = Vec::new();
        let answer =
            self.environment.provide_credentials().with_subscriber(NoSubscriber::default()).await;
        if let Some(found) = settle(Provider::Environment, answer, ASKED_NOBODY, &mut tried)? {
            return Ok(found);
        }
        let others = self.others().await?;
        // All of it is part of the request that waits for the credentials, and ends before that
        // does: the request would blame the S3 server for their silence.
        let began = Instant::now();
        let deadline = began + self.args.timeout.mul_f64(SHARE_OF_TIMEOUT);
        for provider in Provider::AFTER_ENVIRONMENT {
            let answer = others.ask(provider).with_subscriber(NoSubscriber::default());
            let answer = tokio::time::timeout_at(deadline.into(), answer).await;
            let took = began.elapsed();
            let answer = answer.map_err(|_| Problem::Silent { provider, waited: took })?;
            let asked = Asked { metadata_status: others.watch.status(), took };
            if let Some(found) = settle(provider, answer, asked, &mut tried)? {
                return Ok(found);
            }
        }
        Err(Problem::Missing { tried: tried.join(", ") })
    }

    async fn others(&self) -> Result<&Others, Problem> {
        let connect = async || Others::connect(&self.args, &self.region);
        self.others
            .get_or_try_init(connect)
            .await
            .map_err(|error| Problem::Setting { detail: error.to_string() })
    }
}

impl Others {
    fn connect(args: &StorageArgs, region: &Region) -> Result<Others, Error> {
        // AWS' own services are asked over https. What is asked over http is on this machine.
        let proxy = Proxy::of_environment(None)?;
        let config = ProviderConfig::default()
            .with_http_client(http_client(args, None, proxy.as_ref())?)
            .with_region(Some(region.clone()))
            .with_behavior_version(Some(behavior()));
        let watch = MetadataWatch::default();
        // Most machines have no metadata service, and their networks swallow what is sent to its
        // address: that has to be found out within seconds.
        let client = imds::Client::builder()
            .configure(&config)
            .connect_timeout(Duration::from_secs(1))
            .read_timeout(Duration::from_secs(2))
            .max_attempts(3)
            .operation_timeout(Duration::from_secs(12))
            .retry_classifier(watch.classifier())
            .build();
        Ok(Others {
            profile: ProfileFileCredentialsProvider::builder().configure(&config).build(),
            web_identity: WebIdentityTokenCredentialsProvider::builder().configure(&config).build(),
            container: EcsCredentialsProvider::builder().configure(&config).build(),
            metadata: ImdsCredentialsProvider::builder()
                .configure(&config)
                .imds_client(client)
                .build(),
            watch,
        })
    }

    fn ask(&self, provider: Provider) -> future::ProvideCredentials<'_> {
        match provider {
            Provider::Environment | Provider::Profile => self.profile.provide_credentials(),
            Provider::WebIdentity => self.web_identity.provide_credentials(),
            Provider::Container => self.container.provide_credentials(),
            Provider::Metadata => self.metadata.provide_credentials(),
        }
    }
}

impl ProvideCredentials for CredentialsChain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let fetched = async { self.fetch().await.map_err(CredentialsError::provider_error) };
        future::ProvideCredentials::new(fetched)
    }
}

/// The credentials of an answer, if they can be used; notes in `tried` why the provider has none.
fn settle(
    provider: Provider,
    answer: provider::Result,
    asked: Asked,
    tried: &mut Vec<String>,
) -> Result<Option<Credentials>, Problem> {
    let error = match answer {
        Ok(credentials) => {
            check(&credentials, provider)?;
            tracing::debug!(%provider, "credentials were found");
            return Ok(Some(credentials));
        }
        Err(error) => error,
    };
    match judge(provider, &error, asked) {
        Judged::NotThere(why) => {
            let profile = std::env::var("AWS_PROFILE").unwrap_or_default();
            let why = match provider {
                // The SDK does not tell a profile without keys from one that no file has.
                Provider::Profile if !profile.is_empty() => {
                    format!("AWS_PROFILE is {profile:?}, which is not defined or holds none")
                }
                _ => why,
            };
            tried.push(format!("{} ({why})", provider.short()));
            Ok(None)
        }
        Judged::Failed(problem) => Err(problem),
    }
}

/// One half of a key in the environment is a slip of the manifest, not a wish to look elsewhere for
/// both.
fn half_a_key(variable: impl Fn(&str) -> String) -> Result<(), Problem> {
    let is_set = |name: &str| !variable(name).trim().is_empty();
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let (set, missing) = match (is_set(id), is_set(secret) || is_set("SECRET_ACCESS_KEY")) {
        (true, false) => (id, secret),
        (false, true) => (secret, id),
        _ => return Ok(()),
    };
    Err(Problem::Setting {
        detail: format!("{set} is set, but {missing} is not set or empty; set both, or neither"),
    })
}

/// That nothing in them breaks a request: key id and token become parts of its header.
fn check(credentials: &Credentials, provider: Provider) -> Result<(), Problem> {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    // AWS' own secrets are such words, too; other servers let people choose theirs.
    let is_line = |text: &str| text.trim() == text && !text.contains(char::is_control);
    let parts = [
        ("AWS_ACCESS_KEY_ID", "access key id", is_word(credentials.access_key_id())),
        ("AWS_SECRET_ACCESS_KEY", "secret access key", is_line(credentials.secret_access_key())),
        ("AWS_SESSION_TOKEN", "session token", credentials.session_token().is_none_or(is_word)),
    ];
    let Some((variable, name, _)) = parts.into_iter().find(|(.., is_sound)| !is_sound) else {
        return Ok(());
    };
    let what = match provider {
        Provider::Environment => variable.to_owned(),
        _ => format!("the {name} of {provider}"),
    };
    Err(Problem::Setting {
        detail: format!(
            "{what} holds a line end, a blank or another character that no key has; a Secret that \
             was made with `echo KEY | base64` ends with a line end: use `echo -n` or `kubectl \
             create secret --from-literal`"
        ),
    })
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;

    use super::{Problem, Provider, check, half_a_key};

    fn refused(result: Result<(), Problem>) -> String {
        match result.expect_err("refused") {
            Problem::Setting { detail } => detail,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_would_break_a_request_is_refused_by_the_name_of_its_variable() {
        let keys = |id: &str, secret: &str, token: Option<&str>| {
            Credentials::new(id, secret, token.map(str::to_owned), None, "test")
        };
        assert!(check(&keys("AKID", "ab/cd+ef=", Some("a/b+c=")), Provider::Environment).is_ok());
        assert!(check(&keys("minio", "a pass phrase, grün", None), Provider::Environment).is_ok());
        for (keys, variable) in [
            (keys("AKID\n", "s", None), "AWS_ACCESS_KEY_ID"),
            (keys("\nAKID", "s", None), "AWS_ACCESS_KEY_ID"),
            (keys("AKID\u{a0}", "s", None), "AWS_ACCESS_KEY_ID"),
            (keys("AKID", "s\r\n", None), "AWS_SECRET_ACCESS_KEY"),
            (keys("AKID", "s\0s", None), "AWS_SECRET_ACCESS_KEY"),
            (keys("AKID", "s", Some("to\nken")), "AWS_SESSION_TOKEN"),
        ] {
            let detail = refused(check(&keys, Provider::Environment));
            assert!(detail.starts_with(variable), "{detail}");
        }
        let detail = refused(check(&keys("AKID\n", "hush", None), Provider::Container));
        assert!(
            detail.starts_with("the access key id of the container credentials service"),
            "{detail}"
        );
    }

    #[test]
    fn one_half_of_a_key_is_told() {
        let with = |set: &'static [&'static str]| {
            half_a_key(
                move |name| if set.contains(&name) { "x".to_owned() } else { " ".to_owned() },
            )
        };
        assert!(with(&[]).is_ok());
        assert!(with(&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]).is_ok());
        assert!(with(&["AWS_ACCESS_KEY_ID", "SECRET_ACCESS_KEY"]).is_ok());
        let detail = refused(with(&["AWS_ACCESS_KEY_ID"]));
        assert!(
            detail.starts_with("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not set"),
            "{detail}"
        );
        let detail = refused(with(&["AWS_SECRET_ACCESS_KEY"]));
        assert!(
            detail.starts_with("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not set"),
            "{detail}"
        );
    }
}
