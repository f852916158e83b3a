//! The HTTP client, for S3 and for those who give the credentials.

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};

use super::proxy::Proxy;
use super::roots;
use crate::{Error, StorageArgs};

/// Over plain http, no certificates are loaded: that takes milliseconds.
pub(super) fn http_client(
    args: &StorageArgs,
    endpoint: Option<&str>,
    proxy: Option<&Proxy>,
) -> Result<SharedHttpClient, Error> {
    let is_plain =
        endpoint.is_some_and(|url| url.starts_with("http://")) && !proxy.is_some_and(Proxy::is_tls);
    let tls = if is_plain { roots::no_tls() } else { roots::tls_context(args.own_ca_bundle())? };
    let proxy = match proxy {
        Some(proxy) => proxy.config()?,
        None => ProxyConfig::disabled(),
    };
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone())
            .proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    }))
}

/// Pinned: a newer SDK must not change what the workers do.
pub(super) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}
