//! `serve`: the page, by HTTP.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use super::*;

/// A worker that serves, and where.
struct Page {
    worker: Worker,
    address: String,
}

/// What was answered.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

const TOKEN: &str = "0123456789abcdef";

impl Page {
    fn serve(server: &Server, flags: &[&str]) -> Page {
        let flags = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
        let worker = Worker::start(&server.url(), &flags);
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
    fn with_token(server: &Server) -> (Page, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
        (Page::serve(server, &["--token-file", file.to_str().unwrap()]), folder)
    }

    fn ask(&self, request: &str, headers: &str, body: &str) -> Answer {
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

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "", "")
    }

    fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.get(path).body).unwrap()
    }

    /// Logs in: the header that shows it, and what forms bear.
    fn log_in(&self) -> (String, String) {
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
fn with_a_dead_letter(payload: &str) -> Server {
    let server = Server::start();
    Worker::feed(&server.url(), &["push"], payload.as_bytes()).expect(0);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 1);
    server
}

#[test]
fn the_page_shows_every_queue_and_changes_nothing_without_a_token() {
    let server = with_a_dead_letter("<script>alert(1)</script> \"'&\n");
    push(&server, 3);
    Worker::feed(&server.url(), &["push", "--queue", "größe & co"], b"1\n").expect(0);
    let page = Page::serve(&server, &[]);
    let all = page.get("/");
    assert_eq!(all.status, 200);
    assert!(
        all.head.contains("script-src 'self'") && all.head.contains("no-store"),
        "{}",
        all.head
    );
    let shown = all.body;
    assert!(shown.contains("größe &amp; co") && shown.contains("read-only"), "{shown}");
    let one = page.get("/queue?name=gr%C3%B6%C3%9Fe+%26+co");
    assert!(one.status == 200 && one.body.contains("größe &amp; co"), "{}", one.body);
    let one = page.get("/queue?name=q").body;
    assert!(one.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{one}");
    assert!(!one.contains("alert(1)</script>") && !one.contains("/dead/retry"), "{one}");
    for path in ["/pause", "/dead/drop", "/login"] {
        let refused = page.ask(&format!("POST {path}"), "", "name=q&all=yes&token=");
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("--token-file"), "{}", refused.body);
    }
    for path in ["/queue?name=other", "/nothing", "/queue?name="] {
        assert!([400, 404].contains(&page.get(path).status), "{path}");
    }
    let queues = page.json("/api/queues");
    assert_eq!(queues["problem"], serde_json::Value::Null);
    let of = |name: &str| {
        let all = queues["queues"].as_array().unwrap();
        all.iter().find(|queue| queue["queue"] == name).unwrap().clone()
    };
    assert_eq!((&of("q")["pending"], &of("q")["dead"]), (&3.into(), &1.into()));
    assert_eq!(of("größe & co")["pending"], 1);
}

#[test]
fn payloads_can_be_hidden() {
    let server = with_a_dead_letter("card 4111\n");
    let page = Page::serve(&server, &["--hide-payloads"]);
    let id = ask::<Vec<String>>(&server, &["ZRANGE", "{q}:dead", "0", "-1"]).remove(0);
    for path in
        ["/queue?name=q".to_owned(), "/api/dead?name=q".into(), format!("/queue?name=q&id={id}")]
    {
        let shown = page.get(&path);
        assert!(shown.status == 200 && !shown.body.contains("4111"), "{path}: {}", shown.body);
    }
}

#[test]
fn whoever_knows_the_token_pauses_resumes_retries_and_drops() {
    let server = with_a_dead_letter("one\n");
    let (page, _folder) = Page::with_token(&server);
    let wrong = page.ask("POST /login", "", "token=0123456789abcdeX");
    assert!(wrong.status == 403 && wrong.body.contains("This is not the token"), "{}", wrong.body);
    let (cookie, form_token) = page.log_in();
    let press = |path: &str, fields: &str| {
        let form = format!("form_token={form_token}&name=q&{fields}");
        page.ask(&format!("POST {path}"), &cookie, &form)
    };
    assert_eq!(press("/pause", "").status, 303);
    assert_eq!(ask::<u64>(&server, &["EXISTS", "{q}:paused"]), 1);
    assert!(page.ask("GET /queue?name=q", &cookie, "").body.contains("action=\"/resume\""));
    assert_eq!(press("/resume", "").status, 303);
    assert_eq!(ask::<u64>(&server, &["EXISTS", "{q}:paused"]), 0);
    let id = ask::<Vec<String>>(&server, &["ZRANGE", "{q}:dead", "0", "-1"]).remove(0);
    assert_eq!(press("/dead/retry", "id=no-such").status, 404);
    assert_eq!(press("/dead/retry", "").status, 400, "neither an id nor all");
    assert_eq!(press("/dead/retry", &format!("id={id}")).status, 303);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["one"]);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    assert_eq!(press("/dead/drop", "all=yes").status, 303);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 0);
    let absent = page.ask("POST /pause", &cookie, &format!("form_token={form_token}&name=nope"));
    assert_eq!(absent.status, 404, "{}", absent.body);
    assert_eq!(press("/logout", "").status, 303);
    assert_eq!(press("/pause", "").status, 403, "whoever has kept the cookie is out, too");
}

#[test]
fn a_queue_that_is_not_to_be_shown_is_neither_shown_nor_changed() {
    let server = with_a_dead_letter("secret\n");
    push(&server, 1);
    Worker::feed(&server.url(), &["push", "--queue", "shown"], b"1\n").expect(0);
    let page = Page::serve(&server, &["--queue", "shown"]);
    for path in ["/queue?name=q", "/api/dead?name=q", "/backlog/q"] {
        let answer = page.get(path);
        assert!(answer.status == 404 && !answer.body.contains("secret"), "{path}: {}", answer.body);
    }
    assert_eq!(page.json("/backlog/shown")["backlog"], 1);
}

#[test]
fn a_redis_that_is_away_keeps_nobody_waiting() {
    let mut server = with_a_dead_letter("one\n");
    push(&server, 2);
    let page = Page::serve(&server, &[]);
    assert_eq!(page.json("/backlog/q")["backlog"], 2);
    server.kill();
    let began = Instant::now();
    assert_eq!(page.get("/backlog/q").status, 503);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    let shown = page.get("/queue?name=q");
    assert!(shown.status == 200 && shown.body.contains("These numbers are old"), "{}", shown.body);
    let metrics = page.get("/metrics").body;
    assert!(metrics.contains("job_worker_queue_redis_up{worker=\"queue-worker\"} 0"), "{metrics}");
}

#[test]
fn a_form_of_another_site_presses_no_button() {
    let server = with_a_dead_letter("one\n");
    let (page, _folder) = Page::with_token(&server);
    let (cookie, form_token) = page.log_in();
    let logged_out =
        page.ask("POST /dead/drop", "", &format!("form_token={form_token}&name=q&all=yes"));
    let foreign = page.ask("POST /dead/drop", &cookie, "name=q&all=yes");
    let guessed = page.ask("POST /dead/drop", &cookie, "name=q&all=yes&form_token=0");
    assert_eq!([logged_out.status, foreign.status, guessed.status], [403; 3]);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 1);
}

#[test]
fn a_foreign_name_that_points_to_this_host_is_not_answered() {
    let server = Server::start();
    push(&server, 1);
    let page = Page::serve(&server, &[]);
    for (host, status) in [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("evil.example:8080", 421),
        ("127.0.0.1.evil.example", 421),
    ] {
        let answer = page.ask("GET /api/queues", &format!("Host: {host}\r\n"), "");
        assert_eq!(answer.status, status, "{host}");
    }
}

#[test]
fn the_backlog_is_what_waits_what_is_due_and_what_is_in_hand() {
    let server = Server::start();
    let page = Page::serve(&server, &[]);
    let backlog = |path: &str| page.json(path)["backlog"].as_u64().unwrap();
    assert_eq!(page.json("/backlog/q")["exists"], false);
    assert_eq!(backlog("/backlog/q"), 0);
    push(&server, 3);
    Worker::feed(&server.url(), &["push", "--delay", "1h"], b"later\n").expect(0);
    assert_eq!(backlog("/backlog/q"), 3, "a task for later needs no worker yet");
    let () = ask(&server, &["ZADD", "{q}:delayed", "1", "due since long"]);
    assert_eq!(backlog("/backlog/q"), 4);
    let holder = Worker::start(&server.url(), &["run", "--max-claim", "1", "--", "sleep", "60"]);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    assert_eq!(backlog("/backlog/q"), 4, "what is in hand is counted");
    holder.kill();
    Worker::feed(&server.url(), &["push", "--queue", "a b"], b"1\n").expect(0);
    assert_eq!(backlog("/backlog/a%20b"), 1);
}

#[test]
fn the_metrics_have_every_queue_and_forget_one_that_is_gone() {
    let server = with_a_dead_letter("one\n");
    push(&server, 2);
    let mut page = Page::serve(&server, &[]);
    let metrics = page.get("/metrics");
    assert!(metrics.head.contains("text/plain; version=0.0.4"), "{}", metrics.head);
    for line in [
        "job_worker_queue_tasks{worker=\"queue-worker\",queue=\"q\",state=\"pending\"} 2",
        "job_worker_queue_tasks{worker=\"queue-worker\",queue=\"q\",state=\"dead\"} 1",
        "job_worker_queue_pushed_total{worker=\"queue-worker\",queue=\"q\"} 3",
        "job_worker_queue_redis_up{worker=\"queue-worker\"} 1",
    ] {
        assert!(metrics.body.lines().any(|found| found == line), "{line}: {}", metrics.body);
    }
    let () = ask(&server, &["FLUSHALL"]);
    until("the queue is gone", || !page.get("/metrics").body.contains("queue=\"q\""));
    page.worker.signal(Signal::TERM);
    until("it ends when it is asked to", || !page.worker.is_running());
    page.worker.end().expect(0);
}

#[test]
fn an_open_page_asks_redis_at_most_twice_a_second() {
    let server = Server::start();
    push(&server, 1);
    let page = Page::serve(&server, &["--queue", "q"]);
    let calls = || -> u64 {
        let info: String = ask(&server, &["INFO", "commandstats"]);
        let of = |name: &str| -> u64 {
            let line = info.lines().find(|line| line.starts_with(&format!("cmdstat_{name}:")));
            line.map_or(0, |line| line.split(['=', ',']).nth(1).unwrap().parse().unwrap())
        };
        of("evalsha") + of("scan")
    };
    let (before, began) = (calls(), Instant::now());
    while began.elapsed().as_millis() < 3000 {
        page.get("/queue?name=q");
        page.get("/metrics");
    }
    let most = 2 * began.elapsed().as_secs() + 3;
    assert!(calls() - before <= most, "{} calls", calls() - before);
}

#[test]
fn what_cannot_be_served_is_told_with_the_remedy() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short");
    std::fs::write(&short, "secret\n").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (flags, code, said) in [
        (&["--token-file", short.to_str().unwrap()][..], 64, "16 or more"),
        (&["--token-file", "/no/such/token"], 64, "cannot read the token"),
        (&["--listen", &taken], 64, "choose another with --listen"),
        (&["--listen", "localhost"], 64, "give an IP address and a port"),
        (&["--queue", "{a}:dead"], 64, "is a key of the queue"),
    ] {
        let ended = Worker::run(&server.url(), &[&["serve"], flags].concat()).expect(code);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
}

#[test]
fn every_metric_that_an_alert_names_is_served() {
    let server = with_a_dead_letter("one\n");
    let page = Page::serve(&server, &[]);
    let metrics = page.get("/metrics").body;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../k8s/base/queue-page/alerts.yaml");
    let alerts = std::fs::read_to_string(file).unwrap();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names: std::collections::BTreeSet<&str> =
        alerts.split(|c| !is_name(c)).filter(|word| word.starts_with("job_worker_")).collect();
    assert!(names.len() >= 7, "{names:?}");
    for name in names {
        let help = format!("# HELP {name} ");
        let sample = metrics.lines().any(|line| line.starts_with(&format!("{name}{{")));
        assert!(sample && metrics.contains(&help), "{name}: {metrics}");
    }
}
