//! Whether a port that cannot be used speaks TLS where plain Redis was expected, or the other way
//! round.
//!
//! Neither side says so by itself: a plain Redis waits for the end of what it takes for a command,
//! so that a TLS handshake ends by a time-out, and a TLS port resets the connection or closes it.

use std::{sync::Arc, time::Duration};

use redis::ConnectionAddr;
use rustls::{ClientConfig, ClientConnection, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Time for the answer.
const WITHIN: Duration = Duration::from_secs(1);

/// What to write in place of the URL's scheme, if the port speaks the other language; for the end
/// of a message.
pub(super) async fn other_scheme(address: &ConnectionAddr) -> Option<&'static str> {
    match address {
        ConnectionAddr::Tcp(host, port) => {
            let first = first_byte(host, *port, &client_hello()?).await?;
            // A handshake record or an alert.
            matches!(first, 0x16 | 0x15)
                .then_some(" (this port speaks TLS: write rediss:// in place of redis://)")
        }
        ConnectionAddr::TcpTls { host, port, .. } => {
            let first = first_byte(host, *port, b"PING\r\n").await?;
            // +PONG, or an error such as that a password is wanted.
            matches!(first, b'+' | b'-')
                .then_some(" (this port does not speak TLS: write redis:// in place of rediss://)")
        }
        _ => None,
    }
}

async fn first_byte(host: &str, port: u16, question: &[u8]) -> Option<u8> {
    let asked = async {
        let mut stream = TcpStream::connect((host, port)).await.ok()?;
        stream.write_all(question).await.ok()?;
        stream.read_u8().await.ok()
    };
    timeout(WITHIN, asked).await.ok()?
}

/// The first message of a TLS handshake; the connection is given up before any certificate is
/// looked at.
fn client_hello() -> Option<Vec<u8>> {
    let config = ClientConfig::builder()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").ok()?;
    let mut hello = Vec::new();
    ClientConnection::new(Arc::new(config), name).ok()?.write_tls(&mut hello).ok()?;
    Some(hello)
}
