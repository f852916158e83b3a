//! The HTTP client, for S3 and for those who give the credentials.

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::roots;
use crate::{Error, StorageArgs};

/// Over plain http, no certificates are loaded: that takes milliseconds.
pub(super) fn http_client(
    args: &StorageArgs,
    endpoint: Option<&str>,
) -> Result<SharedHttpClient, Error> {
    let is_plain = endpoint.is_some_and(|url| url.starts_with("http://"));
    let tls = if is_plain { roots::no_tls() } else { roots::tls_context(args.own_ca_bundle())? };
    Ok(Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https())
}

/// Pinned: a newer SDK must not change what the workers do.
pub(super) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}
