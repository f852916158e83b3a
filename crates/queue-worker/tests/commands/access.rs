//! The Redis users of the guide: what they may do is enough, and no more than they need.

use super::{page::*, *};

/// The lines of the guide that make users, of whom each may use the queue `transactions`.
fn users() -> Vec<String> {
    let guide = include_str!("../../README.md");
    let lines = guide.lines().filter(|line| line.starts_with("ACL SETUSER "));
    lines.map(|line| line.replace("transactions", "q")).collect()
}

fn with_users() -> Server {
    let server = Server::start();
    let made = users();
    assert_eq!(made.len(), 4, "{made:?}");
    for user in made {
        let () = ask(&server, &user.split(' ').collect::<Vec<_>>());
    }
    let () = ask(&server, &["ACL", "SETUSER", "other", "on", ">secret", "~*", "-@all", "+ping"]);
    server
}

fn url(server: &Server, user: &str) -> String {
    server.url().replace("redis://", &format!("redis://{user}:secret@"))
}

#[test]
fn the_users_of_the_guide_may_do_what_their_work_needs() {
    let server = with_users();
    let no_warning = |ended: &Ended| {
        assert!(
            !ended.stderr.contains("WARN") && !ended.stderr.contains("permission"),
            "{}",
            ended.stderr
        );
    };
    let pushed = Worker::feed(&url(&server, "producer"), &["push"], b"1\n2\n3\n").expect(0);
    no_warning(&pushed);
    let again = ["push", "--unique", "--unique-ttl", "1h", "--delay", "1ms", "--push-id", "p"];
    Worker::feed(&url(&server, "producer"), &again, b"4\n").expect(0);
    let worker = url(&server, "worker");
    for flags in [
        &["run", "--max-tasks", "1", "--handler", "simulate=0s"][..],
        &["run", "--max-attempts", "2", "--backoff", "1ms..1ms", "--", "false"],
        &["run", "--results-limit", "5", "--results-ttl", "1h", "--handler", "simulate=0s"],
    ] {
        let ended = Worker::run(&worker, flags).expect(0);
        assert!(!ended.stderr.contains("permission"), "{}", ended.stderr);
    }
    let dead = ask::<u64>(&server, &["ZCARD", "{q}:dead"]);
    assert_eq!(dead, 3);
    for command in [&["status"][..], &["dead", "list"], &["summarize"]] {
        Worker::run(&worker, command).expect(0);
    }
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let page = Page::at(&url(&server, "page"), &["--token-file", token.to_str().unwrap()]);
    assert!(page.get("/queue?name=q").body.contains("Dead letters"));
    assert_eq!(page.json("/backlog/q")["backlog"], 0);
    let (cookie, form_token) = page.log_in();
    let press = |page: &Page, path: &str, more: &str| {
        let form = format!("form_token={form_token}&name=q&{more}");
        page.ask(&format!("POST {path}"), &cookie, &form).status
    };
    assert_eq!(press(&page, "/pause", ""), 503, "a user that only looks");
    let page = Page::at(&url(&server, "operator"), &["--token-file", token.to_str().unwrap()]);
    let (cookie, form_token) = page.log_in();
    let press = |path: &str, more: &str| {
        let form = format!("form_token={form_token}&name=q&{more}");
        page.ask(&format!("POST {path}"), &cookie, &form).status
    };
    assert_eq!([press("/pause", ""), press("/resume", "")], [303; 2]);
    let ids = ask::<Vec<String>>(&server, &["ZRANGE", "{q}:dead", "0", "-1"]);
    assert_eq!(press("/dead/retry", &format!("id={}", ids[0])), 303);
    assert_eq!(press("/dead/drop", "all_before=9000000000000"), 303);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 0);
}

#[test]
fn the_users_of_the_guide_reach_no_other_queue() {
    let server = with_users();
    Worker::feed(&server.url(), &["push", "--queue", "other"], b"1\n").expect(0);
    for user in ["worker", "producer"] {
        let refused = ["push", "--queue", "other"];
        let ended = Worker::feed(&url(&server, user), &refused, b"2\n").expect(77);
        assert!(ended.stderr.contains("may not"), "{}", ended.stderr);
    }
    assert_eq!(ask::<u64>(&server, &["LLEN", "other"]), 1);
}
