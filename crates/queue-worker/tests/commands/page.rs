//! The page that `serve` serves, asked by HTTP.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use super::*;

/// A worker that serves, and where.
pub(super) struct Page {
    pub(super) worker: Worker,
    pub(super) address: String,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

pub(super) const TOKEN: &str = "0123456789abcdef";

impl Page {
    pub(super) fn serve(server: &Server, flags: &[&str]) -> Page {
        Page::at(&server.url(), flags)
    }

    /// One of the Redis at this address.
    pub(super) fn at(url: &str, flags: &[&str]) -> Page {
        let flags = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
        let worker = Worker::start(url, &flags);
        let mut address = None;
        until("the page is served", || {
            let log = worker.stderr();
            let line = log.lines().find(|line| line.contains("the page is served"));
            let line = line.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            address = line.map(|line| line["address"].as_str().unwrap().to_owned());
            address.is_some()
        });
        Page { worker, address: address.unwrap() }
    }

    /// One that has a token.
    pub(super) fn with_token(server: &Server) -> (Page, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
        (Page::serve(server, &["--token-file", file.to_str().unwrap()]), folder)
    }

    pub(super) fn ask(&self, request: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = if headers.contains("Host:") { "" } else { "Host: localhost\r\n" };
        let length = body.len();
        let sent = format!(
            "{request} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: \
             {length}\r\n\r\n{body}"
        );
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "", "")
    }

    pub(super) fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.get(path).body).unwrap()
    }

    /// Logs in: the header that shows it, and what forms bear.
    pub(super) fn log_in(&self) -> (String, String) {
        let answer = self.ask("POST /login", "", &format!("token={TOKEN}"));
        assert_eq!(answer.status, 303, "{}", answer.body);
        let cookie = answer.head.split("queue_worker=").nth(1).unwrap().split(';').next().unwrap();
        let header = format!("Cookie: queue_worker={cookie}\r\n");
        let page = self.ask("GET /", &header, "").body;
        let form_token = page.split("name=\"form_token\" value=\"").nth(1).unwrap();
        (header, form_token.split('"').next().unwrap().to_owned())
    }
}

/// A queue with a task that was given up.
pub(super) fn with_a_dead_letter(payload: &str) -> Server {
    let server = Server::start();
    Worker::feed(&server.url(), &["push"], payload.as_bytes()).expect(0);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 1);
    server
}
