//! The certificate authorities that https endpoints are checked against.

use std::collections::BTreeSet;
use std::path::Path;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_types::base64;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::Error;

/// Trusts Mozilla's authorities, which the program carries, so that https works in an empty image,
/// and what the machine adds: its own store or `SSL_CERT_FILE` and `SSL_CERT_DIR` instead of it,
/// and `AWS_CA_BUNDLE`.
pub(super) fn tls_context(ca_bundle: Option<&Path>) -> Result<TlsContext, Error> {
    let mut roots: BTreeSet<Vec<u8>> =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|root| root.to_vec()).collect();
    let native = rustls_native_certs::load_native_certs();
    for error in native.errors {
        tracing::warn!(%error, "certificates of this machine could not be read");
    }
    roots.extend(native.certs.iter().map(|root| root.to_vec()));
    if let Some(path) = ca_bundle {
        let unusable = |error: rustls::pki_types::pem::Error| Error::Authorities {
            file: path.to_path_buf(),
            detail: error.to_string(),
        };
        for root in CertificateDer::pem_file_iter(path).map_err(unusable)? {
            roots.insert(root.map_err(unusable)?.to_vec());
        }
    }
    let mut pem = String::new();
    for root in roots {
        // The client panics on a root it cannot use, and machines do have such ones.
        let is_usable = RootCertStore::empty().add(CertificateDer::from(root.as_slice())).is_ok();
        if is_usable {
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            pem.push_str(&base64::encode(&root));
            pem.push_str("\n-----END CERTIFICATE-----\n");
        }
    }
    Ok(context(TrustStore::empty().with_pem_certificate(pem)))
}

/// For plain http: trusts nobody.
pub(super) fn no_tls() -> TlsContext {
    context(TrustStore::empty())
}

fn context(trusted: TrustStore) -> TlsContext {
    TlsContext::builder().with_trust_store(trusted).build().expect("a trust store is all it needs")
}

#[cfg(test)]
mod tests {
    use super::tls_context;

    #[test]
    fn the_carried_authorities_are_all_usable() {
        let carried = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let mut store = rustls::RootCertStore::empty();
        assert!(carried.len() > 100);
        assert_eq!(store.add_parsable_certificates(carried.iter().cloned()), (carried.len(), 0));
        assert!(tls_context(None).is_ok());
    }
}
