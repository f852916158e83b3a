//! TLS in front of a server on the loopback interface, with a certificate authority of its own.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::servers::background::Background;

/// Takes off TLS and passes the bytes on. Its certificate is for `localhost`.
#[derive(Debug)]
pub struct TlsProxy {
    background: Background,
    folder: TempDir,
}

impl TlsProxy {
    /// Starts a proxy in front of the server at `endpoint` (`http://127.0.0.1:PORT`).
    pub fn start(endpoint: &str) -> anyhow::Result<TlsProxy> {
        let server = endpoint.trim_start_matches("http://").to_owned();
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate()?;
        let root = authority.self_signed(&authority_key)?;
        let key = KeyPair::generate()?;
        let issuer = Issuer::new(authority, authority_key);
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &issuer)?;

        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("ca.pem"), root.pem())?;
        let chain = vec![CertificateDer::from(certificate)];
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let background = Background::start(move |connection| {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            async move {
                // A client that does not trust us goes away in the handshake.
                let Ok(mut client) = acceptor.accept(connection).await else { return };
                let Ok(mut server) = TcpStream::connect(server).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        })?;
        Ok(TlsProxy { background, folder })
    }

    /// Where it listens, as `https://localhost:PORT`.
    pub fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.background.address.port())
    }

    /// The PEM file of the authority that signed its certificate.
    pub fn authority(&self) -> std::path::PathBuf {
        let folder: &Path = self.folder.path();
        folder.join("ca.pem")
    }
}
