//! Building the S3 client from settings, environment and AWS profile.

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation,
    SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::service_config::ServiceConfigKey;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::credentials::CredentialsChain;
use super::endpoint::{DEFAULT_REGION, Endpoint};
use super::endpoint_url;
use super::http::{behavior, http_client};
use super::object_headers::ObjectHeaders;
use super::proxy::Proxy;
use crate::{Checksums, Error, StorageArgs};

pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
}

pub(super) async fn connect(args: &StorageArgs) -> Result<Connection, Error> {
    let own = args.own_endpoint().map(endpoint_url::normalised).transpose()?;
    let headers = ObjectHeaders::new(&args.objects)?;
    let region = region(args).await?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(args.connect_timeout)
        .operation_attempt_timeout(args.timeout)
        .build();

    let mut loader = aws_config::defaults(behavior())
        .region(region.clone())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
        // The chain limits each of its providers and says which one was silent; this limit would
        // not say.
        .identity_cache(IdentityCache::lazy().load_timeout(10 * args.timeout).build())
        // Its one byte a second over a window gives false alarms when many streams share a slow
        // link. The reader has its own limit on the silence between two chunks, after which it
        // resumes.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    loader = match args.no_sign_request {
        true => loader.no_credentials(),
        false => loader.credentials_provider(credentials(args, &region)),
    };
    if let Some(url) = args.own_aws_endpoint() {
        loader = loader.endpoint_url(url);
    }
    // Its warnings about missing files are left out: the credentials name the setting as well.
    let shared = loader.load().with_subscriber(NoSubscriber::default()).await;
    let endpoint = match own {
        Some(url) => Some(url),
        None => {
            endpoint_of_profile(&shared).map(|url| endpoint_url::normalised(&url)).transpose()?
        }
    };
    let is_own_endpoint = endpoint.is_some();
    if let Some(url) = &endpoint {
        endpoint_url::check_variants(url, shared.use_fips(), shared.use_dual_stack())?;
    }
    let proxy = Proxy::of_environment(endpoint.as_deref())?;

    let mut config = aws_sdk_s3::config::Builder::from(&shared)
        .http_client(http_client(args, endpoint.as_deref(), proxy.as_ref())?)
        .interceptor(headers)
        .force_path_style(args.path_style.unwrap_or(is_own_endpoint));
    if let Some(url) = &endpoint {
        config = config.endpoint_url(url);
    }
    // If nothing is set here, the SDK takes `when_supported`, or what the AWS profile says.
    let unless_given = is_own_endpoint.then_some(Checksums::WhenRequired);
    if let Some(when) = args.request_checksums.or(unless_given) {
        config = config.request_checksum_calculation(match when {
            Checksums::WhenSupported => RequestChecksumCalculation::WhenSupported,
            Checksums::WhenRequired => RequestChecksumCalculation::WhenRequired,
        });
    }
    if let Some(when) = args.response_checksums.or(unless_given) {
        config = config.response_checksum_validation(match when {
            Checksums::WhenSupported => ResponseChecksumValidation::WhenSupported,
            Checksums::WhenRequired => ResponseChecksumValidation::WhenRequired,
        });
    }
    let server = match (args.own_endpoint(), endpoint) {
        (Some(url), _) => url.to_owned(),
        (None, Some(url)) => url,
        (None, None) => format!("AWS S3 in {region}"),
    };
    Ok(Connection {
        client: Client::from_conf(config.build()),
        endpoint: Endpoint {
            url: match proxy {
                Some(proxy) => format!("{server} through {proxy}"),
                None => server,
            },
            is_own: is_own_endpoint,
            region: region.to_string(),
        },
    })
}

/// The endpoint that the AWS profile names, for S3 alone in its `[services]` section, or for all
/// services.
fn endpoint_of_profile(shared: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_s3 = key.ok().and_then(|key| shared.service_config()?.load_config(key));
    of_s3.or_else(|| shared.endpoint_url().map(str::to_owned)).filter(|url| !url.is_empty())
}

async fn region(args: &StorageArgs) -> Result<Region, Error> {
    if let Some(region) = args.own_region() {
        return checked_region(Region::new(region.to_owned()), "AWS_REGION or --s3-region");
    }
    // Instance metadata is not asked: it is slow where it is missing, and a wrong region is told
    // anyway. AWS_REGION is the flag's own variable. An empty variable counts as not set.
    if let Some(region) = args.own_default_region() {
        return checked_region(Region::new(region.to_owned()), "AWS_DEFAULT_REGION");
    }
    match ProfileFileRegionProvider::new().region().with_subscriber(NoSubscriber::default()).await {
        Some(region) => checked_region(region, "the AWS profile"),
        None => Ok(Region::from_static(DEFAULT_REGION)),
    }
}

/// The region is part of every signature: what no header can carry would make the SDK panic.
fn checked_region(region: Region, setting: &'static str) -> Result<Region, Error> {
    let is_name =
        region.as_ref().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    match is_name {
        true => Ok(region),
        false => Err(Error::RegionName { region: region.to_string(), setting }),
    }
}

fn credentials(args: &StorageArgs, region: &Region) -> SharedCredentialsProvider {
    if let Some(keys) = &args.keys {
        let (id, secret) = (&keys.access_key_id, &keys.secret_access_key);
        return SharedCredentialsProvider::new(Credentials::new(
            id,
            secret,
            None,
            None,
            "given by the program",
        ));
    }
    SharedCredentialsProvider::new(CredentialsChain::new(args, region))
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::checked_region;

    #[test]
    fn a_region_with_a_line_end_is_refused_by_the_name_of_its_setting() {
        let region =
            |name: &'static str| checked_region(Region::from_static(name), "AWS_DEFAULT_REGION");
        assert!(region("eu-west-1").is_ok() && region("RegionOne").is_ok());
        for name in ["us-east-1\n", " us-east-1", "eu-west-1,us-east-1", "us-east-1\u{a0}", "a/b"] {
            let error = region(name).expect_err("no region").to_string();
            assert!(
                error.starts_with(&format!("AWS_DEFAULT_REGION is {name:?}, which is no region")),
                "{error}"
            );
        }
    }
}
