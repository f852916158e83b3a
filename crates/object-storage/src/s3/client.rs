//! Building the S3 client from settings, environment and AWS profile.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, imds};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::{DEFAULT_REGION, roots};
use crate::{Error, StorageArgs};

/// The longest wait for the whole credential chain; most of it is for instance metadata that is not there.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) endpoint: String,
    pub(super) is_own_endpoint: bool,
    pub(super) region: String,
}

pub(super) async fn connect(args: &StorageArgs) -> Result<Connection, Error> {
    let endpoint = args.own_endpoint();
    if let Some(url) = endpoint {
        check_endpoint(url)?;
    }
    let http_client = http_client(endpoint)?;
    let behavior = BehaviorVersion::v2026_01_12();
    let region = region(args).await;
    let timeouts =
        TimeoutConfig::builder().connect_timeout(args.connect_timeout).operation_attempt_timeout(args.timeout).build();
    let credentials = credentials(args, &http_client, &region, behavior).await;

    let mut loader = aws_config::defaults(behavior)
        .http_client(http_client)
        .region(region.clone())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
        // Its one byte a second over a window gives false alarms when many streams share a slow link.
        // The reader has its own limit on the silence between two chunks, after which it resumes.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .credentials_provider(credentials);
    if let Some(url) = args.aws_endpoint.as_deref().filter(|url| !url.is_empty()) {
        loader = loader.endpoint_url(url);
    }
    let shared = loader.load().await;
    let endpoint = endpoint.or_else(|| shared.endpoint_url());
    let is_own_endpoint = endpoint.is_some();

    let mut config =
        aws_sdk_s3::config::Builder::from(&shared).force_path_style(args.path_style.unwrap_or(is_own_endpoint));
    if let Some(url) = endpoint {
        config = config.endpoint_url(url);
    }
    if is_own_endpoint {
        // Ceph, OCI, older MinIO and others refuse the trailing checksums that AWS takes.
        config = config
            .request_checksum_calculation(
                shared.request_checksum_calculation().unwrap_or(RequestChecksumCalculation::WhenRequired),
            )
            .response_checksum_validation(
                shared.response_checksum_validation().unwrap_or(ResponseChecksumValidation::WhenRequired),
            );
    }
    Ok(Connection {
        client: Client::from_conf(config.build()),
        endpoint: endpoint.map_or_else(|| format!("AWS S3 in {region}"), str::to_owned),
        is_own_endpoint,
        region: region.to_string(),
    })
}

fn check_endpoint(url: &str) -> Result<(), Error> {
    let wrong = |detail: &str| Error::WrongEndpoint { endpoint: url.to_owned(), detail: detail.to_owned() };
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))
        .ok_or_else(|| wrong("it does not begin with http:// or https://"))?;
    let host = rest.split('/').next().unwrap_or(rest);
    if host.contains('@') {
        // The URL is not repeated: it may hold a password.
        return Err(Error::WrongEndpoint {
            endpoint: "with user and password in its URL".to_owned(),
            detail: "keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned(),
        });
    }
    let has_blank = url.contains(|c: char| c.is_whitespace() || c.is_control());
    if host.is_empty() || host.starts_with(':') || has_blank {
        return Err(wrong("it has no host name"));
    }
    Ok(())
}

/// Over plain http no certificates are loaded.
fn http_client(endpoint: Option<&str>) -> Result<SharedHttpClient, Error> {
    if endpoint.is_some_and(|url| url.starts_with("http://")) && !needs_https_for_credentials() {
        return Ok(Builder::new().build_http());
    }
    let ca_bundle = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(roots::tls_context(ca_bundle.as_deref())?)
        .build_https())
}

/// Web identities and assumed roles are turned into keys by STS, over https.
fn needs_https_for_credentials() -> bool {
    std::env::var_os("AWS_ACCESS_KEY_ID").is_none()
}

async fn region(args: &StorageArgs) -> Region {
    if let Some(region) = args.own_region() {
        return Region::new(region.to_owned());
    }
    // Instance metadata is not asked: it is slow where it is missing, and a wrong region is told anyway.
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .region()
        .await
        .unwrap_or(Region::from_static(DEFAULT_REGION))
}

async fn credentials(
    args: &StorageArgs,
    http_client: &SharedHttpClient,
    region: &Region,
    behavior: BehaviorVersion,
) -> SharedCredentialsProvider {
    if let Some(keys) = &args.keys {
        let name = "given by the program";
        return SharedCredentialsProvider::new(Credentials::new(
            &keys.access_key_id,
            &keys.secret_access_key,
            None,
            None,
            name,
        ));
    }
    let config = ProviderConfig::default()
        .with_http_client(http_client.clone())
        .with_region(Some(region.clone()))
        .with_behavior_version(Some(behavior));
    let metadata = imds::Client::builder()
        .configure(&config)
        .connect_timeout(Duration::from_secs(1))
        .read_timeout(Duration::from_secs(2))
        .max_attempts(2)
        .operation_timeout(Duration::from_secs(5))
        .build();
    let chain =
        DefaultCredentialsChain::builder().configure(config).region(region.clone()).imds_client(metadata).build().await;
    SharedCredentialsProvider::new(chain)
}

#[cfg(test)]
mod tests {
    use super::{check_endpoint, roots};

    #[test]
    fn an_endpoint_is_a_url_with_a_host_and_without_keys() {
        for url in ["http://minio:9000", "https://s3.example.com/", "http://[::1]:9000"] {
            assert!(check_endpoint(url).is_ok(), "{url}");
        }
        for url in ["minio:9000", "http://", "http:///b", "http://:9000", "https://a b", "s3://b"] {
            assert!(check_endpoint(url).is_err(), "{url}");
        }
        let refused = check_endpoint("http://user:hush@minio").expect_err("keys in it");
        assert!(!refused.to_string().contains("hush"));
    }

    #[test]
    fn the_carried_authorities_are_all_usable() {
        let carried = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let mut store = rustls::RootCertStore::empty();
        assert!(carried.len() > 100);
        assert_eq!(store.add_parsable_certificates(carried.iter().cloned()), (carried.len(), 0));
        assert!(roots::tls_context(None).is_ok());
    }
}
