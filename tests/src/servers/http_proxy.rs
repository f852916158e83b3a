//! A proxy as companies put it between their pods and the rest of the world.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::servers::background::Background;

/// Passes on what is addressed to it in full (`GET http://host/path`, for http) and opens tunnels
/// (`CONNECT host:port`, for https), both always to one server, so that a name which only the proxy
/// knows can be asked for.
#[derive(Debug)]
pub struct HttpProxy {
    background: Background,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpProxy {
    /// Starts a proxy before the server at `endpoint` (`http://127.0.0.1:PORT`). With an
    /// `authorization`, whoever does not send it in `Proxy-Authorization` is answered with 407.
    pub fn start(endpoint: &str, authorization: Option<&'static str>) -> anyhow::Result<HttpProxy> {
        let (_, server) = endpoint.split_once("://").unwrap_or(("", endpoint));
        let server = server.replace("localhost", "127.0.0.1");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let background = Background::start(move |client| {
            let (server, log) = (server.clone(), Arc::clone(&log));
            async move {
                // A client or server that goes away ends its connection, and nothing else.
                let _ = serve(client, &server, authorization, &log).await;
            }
        })?;
        Ok(HttpProxy { background, asked })
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.background.url()
    }

    /// The same with a user and a password.
    pub fn url_with(&self, user_and_password: &str) -> String {
        format!("http://{user_and_password}@{}", self.background.address)
    }

    /// The first line of each connection's first request so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(
    client: TcpStream,
    server: &str,
    authorization: Option<&str>,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if client.read_until(b'\n', &mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let first = head.lines().next().unwrap_or_default().to_owned();
    log.lock().unwrap_or_else(PoisonError::into_inner).push(first.clone());
    let sent = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
    });
    if authorization.is_some() && sent != authorization {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\
                      Content-Length: 0\r\nConnection: close\r\n\r\n";
        return client.write_all(answer.as_bytes()).await;
    }
    let mut upstream = TcpStream::connect(server).await?;
    if first.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    } else {
        // A server has to understand the whole address in the first line, too (RFC 9112, 3.2.2).
        upstream.write_all(head.as_bytes()).await?;
    }
    tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}
