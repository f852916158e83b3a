//! `serve`: what the page shows.

use super::{page::*, *};

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
fn the_backlog_is_what_waits_what_is_due_and_what_is_in_hand() {
    let server = Server::start();
    let page = Page::serve(&server, &[]);
    let backlog = |path: &str| page.json(path)["backlog"].as_u64().unwrap();
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
fn a_mistyped_queue_is_no_queue_without_work_and_one_that_was_named_is() {
    let server = Server::start();
    push(&server, 3);
    let page = Page::serve(&server, &[]);
    for path in ["/backlog/Q", "/backlog/", "/api/dead?name=Q"] {
        let answer = page.get(path);
        assert!(answer.status == 404 && answer.body.contains("problem"), "{path}: {}", answer.body);
    }
    assert_eq!(page.json("/backlog/q")["backlog"], 3);
    assert_eq!(page.json("/api/dead?name=q")["total"], 0);
    let page = Page::serve(&server, &["--queue", "q,tonight"]);
    assert_eq!(page.json("/backlog/tonight")["backlog"], 0);
    assert_eq!(page.json("/backlog/tonight")["exists"], false);
    assert_eq!(page.get("/backlog/Q").status, 404);
}

#[test]
fn dead_letters_as_json_come_in_pages_and_say_that_they_are_excerpts() {
    let server = Server::start();
    let tasks: String = (0..7).map(|n| format!("{n} {}\n", "long ".repeat(100))).collect();
    Worker::feed(&server.url(), &["push"], tasks.as_bytes()).expect(0);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    let page = Page::serve(&server, &[]);
    let mut ids = std::collections::BTreeSet::new();
    for (query, count) in [("", 7), ("&limit=3", 3), ("&offset=3&limit=3", 3), ("&offset=6", 1)] {
        let answer = page.json(&format!("/api/dead?name=q{query}"));
        assert_eq!(answer["total"], 7, "{query}");
        let dead = answer["dead"].as_array().unwrap();
        assert_eq!(dead.len(), count, "{query}");
        assert!(
            dead[0]["task_excerpt"].as_str().unwrap().ends_with("... (502 bytes)"),
            "{}",
            dead[0]
        );
        assert_eq!(dead[0]["task_size_bytes"], 502);
        if !query.is_empty() {
            ids.extend(dead.iter().map(|letter| letter["id"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(ids.len(), 7);
    for query in ["&offset=-1", "&limit=many"] {
        assert_eq!(page.get(&format!("/api/dead?name=q{query}")).status, 400, "{query}");
    }
}
