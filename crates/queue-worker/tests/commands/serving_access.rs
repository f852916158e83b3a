//! `serve`: who may see and do what.

use super::{page::*, *};

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
    assert_eq!(press("/dead/retry", "").status, 400, "neither an id nor a moment");
    assert_eq!(press("/dead/retry", &format!("id={id}")).status, 303);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["one"]);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    let dead_before = |page: &str| page.split("all_before\" value=\"").nth(1).unwrap().to_owned();
    until("the page shows the death", || {
        page.ask("GET /queue?name=q", &cookie, "").body.contains("all_before")
    });
    let shown = dead_before(&page.ask("GET /queue?name=q", &cookie, "").body);
    let all = format!("all_before={}", shown.split('"').next().unwrap());
    assert_eq!(press("/dead/drop", &all).status, 303);
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
fn a_form_of_another_site_presses_no_button() {
    let server = with_a_dead_letter("one\n");
    let (page, _folder) = Page::with_token(&server);
    let (cookie, form_token) = page.log_in();
    let logged_out = page.ask(
        "POST /dead/drop",
        "",
        &format!("form_token={form_token}&name=q&all_before=9000000000000"),
    );
    let foreign = page.ask("POST /dead/drop", &cookie, "name=q&all_before=9000000000000");
    let guessed =
        page.ask("POST /dead/drop", &cookie, "name=q&all_before=9000000000000&form_token=0");
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
fn all_are_those_that_the_page_showed_and_not_what_died_since() {
    let server = Server::start();
    let die = |payload: &str| {
        Worker::feed(&server.url(), &["push"], payload.as_bytes()).expect(0);
        Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    };
    die("before\n");
    let (page, _folder) = Page::with_token(&server);
    let (cookie, form_token) = page.log_in();
    let shown = page.ask("GET /queue?name=q", &cookie, "").body;
    let moment = shown.split("all_before\" value=\"").nth(1).unwrap();
    let moment = moment.split('"').next().unwrap();
    die("after\n");
    for (path, left) in [("/dead/retry", "before"), ("/dead/drop", "before")] {
        let form = format!("form_token={form_token}&name=q&all_before={moment}");
        assert_eq!(page.ask(&format!("POST {path}"), &cookie, &form).status, 303);
        assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), [left]);
        assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 1, "that of the task after");
    }
}

#[test]
fn a_path_says_which_methods_it_answers_to() {
    let server = Server::start();
    push(&server, 1);
    let page = Page::serve(&server, &[]);
    for (request, status, allow) in [
        ("POST /", 405, "GET, HEAD"),
        ("DELETE /queue?name=q", 405, "GET, HEAD"),
        ("POST /backlog/q", 405, "GET, HEAD"),
        ("GET /pause", 405, "POST"),
        ("PUT /login", 405, "GET, HEAD, POST"),
        ("OPTIONS /api/dead?name=q", 405, "GET, HEAD"),
        ("POST /nothing", 404, ""),
        ("GET /dead", 404, ""),
        ("HEAD /api/queues", 200, ""),
    ] {
        let answer = page.ask(request, "", "");
        assert_eq!(answer.status, status, "{request}: {}", answer.body);
        let head = answer.head.to_ascii_lowercase();
        let said = head.lines().find_map(|line| line.strip_prefix("allow: "));
        assert_eq!(said.unwrap_or_default(), allow.to_ascii_lowercase(), "{request}");
    }
}

#[test]
fn a_page_of_all_addresses_is_not_read_under_a_name_that_others_can_own() {
    let server = Server::start();
    push(&server, 1);
    let port = free_port();
    let flags = ["serve", "--listen", &format!(":{port}"), "--allowed-hosts", "queues.example"];
    let worker = Worker::start(&server.url(), &flags);
    until("the page is served", || worker.stderr().contains("the page is served"));
    let page = Page { worker, address: format!("127.0.0.1:{port}") };
    for (host, path, status) in [
        ("queue-page:8080", "/api/queues", 200),
        ("10.0.0.7", "/api/queues", 200),
        ("queues.example:443", "/", 200),
        ("evil.example", "/", 421),
        ("evil.example", "/api/dead?name=q", 421),
        // Numbers, for programs that ask under any name.
        ("queue-page.jobs", "/metrics", 200),
        ("queue-page.jobs", "/backlog/q", 200),
        ("queue-page.jobs", "/healthz", 200),
    ] {
        let answer = page.ask(&format!("GET {path}"), &format!("Host: {host}\r\n"), "");
        assert_eq!(answer.status, status, "{path} of {host}");
    }
}

#[test]
fn wrong_tokens_take_their_time_and_are_tried_a_few_at_once() {
    let server = Server::start();
    push(&server, 1);
    let (page, _folder) = Page::with_token(&server);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..10)
            .map(|_| {
                scope.spawn(|| {
                    let began = Instant::now();
                    let status = page.ask("POST /login", "", "token=wrong").status;
                    assert!(status == 429 || began.elapsed().as_millis() >= 1000);
                    status
                })
            })
            .collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect()
    });
    let of = |status: u16| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(of(403) + of(429), 10, "{statuses:?}");
    assert!(of(403) >= 4 && of(429) >= 1, "{statuses:?}");
    page.log_in();
}
