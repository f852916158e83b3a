//! What Redis may refuse, lack or want: told in words, with what to do.

use std::io::{BufRead as _, BufReader, Write as _};

use super::*;

#[test]
fn what_redis_refuses_is_told_with_its_remedy() {
    let server = Server::start();
    let closed = Server::start_with(&["--save", "", "--requirepass", "right"]);
    let () = ask(&server, &["SET", "q", "a string"]);
    let () = ask(&server, &["ACL", "SETUSER", "lame", "on", ">pw", "~*", "+@all", "-zadd"]);
    let lame = server.url().replace("redis://", "redis://lame:pw@");
    let wrong = closed.url().replace("redis://", "redis://default:wrong-secret@");
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    for (url, flags, code, said) in [
        (server.url(), &[][..], 64, "NAME must be a list"),
        (lame, &["--queue", "other"], 77, "grant it with ACL SETUSER lame "),
        (closed.url(), &[], 77, "wants a password: set REDIS_PASSWORD"),
        (wrong, &[], 77, "refuses the user default with this password"),
        (nobody, &["--redis-down-timeout", "200ms"], 69, "was not usable for 0."),
        ("http://x".to_owned(), &[], 64, "the scheme \"http\" is unknown"),
        (server.url(), &["--queue", "a{b"], 64, "braces that do not make one hash tag"),
    ] {
        if flags.contains(&"other") {
            let () = ask(&server, &["RPUSH", "other", "task"]);
        }
        let ended = Worker::run(&url, &[&AT_ONCE[..], flags].concat()).expect(code);
        assert!(ended.stderr.replace("\\\"", "\"").contains(said), "{said}: {}", ended.stderr);
        assert!(!ended.stderr.contains("wrong-secret"), "{}", ended.stderr);
        assert_eq!(ended.summary["exit_code"], code);
    }
}

#[test]
fn a_redis_that_may_evict_tasks_is_refused() {
    let server = Server::start_with(&[
        "--save",
        "",
        "--maxmemory",
        "100mb",
        "--maxmemory-policy",
        "allkeys-lru",
    ]);
    let refused = at_once(&server, &[]).expect(64);
    assert!(refused.stderr.contains("maxmemory-policy allkeys-lru"), "{}", refused.stderr);
    let () = ask(&server, &["RPUSH", "q", "task"]);
    at_once(&server, &["--allow-eviction"]).expect(0);
}

#[test]
fn a_password_may_stand_in_a_file_and_redis_at_a_socket() {
    let server = Server::start_with(&["--save", "", "--requirepass", "right"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "right\n").unwrap();
    let socket = format!("unix://{}", server.socket().display());
    let from_file = ["push", "--redis-password-file", file.to_str().unwrap()];
    Worker::feed(&server.url(), &from_file, b"task\n").expect(0);
    for url in [server.url(), socket] {
        Worker::run(
            &url,
            &[&AT_ONCE[..], &["--redis-password-file", file.to_str().unwrap()]].concat(),
        )
        .expect(0);
    }
}

#[test]
fn a_user_without_a_password_logs_in_by_name_and_has_its_own_keys_alone() {
    let server = Server::start();
    let () = ask(&server, &["ACL", "SETUSER", "team", "on", "nopass", "~q", "~{q}:*", "+@all"]);
    push(&server, 1);
    let () = ask(&server, &["RPUSH", "other", "task"]);
    let at = |user: &str| server.url().replace("redis://", &format!("redis://{user}@"));
    for (url, flags) in [(at("team"), &[][..]), (server.url(), &["--redis-user", "team"][..])] {
        let whoami = [&AT_ONCE[..], flags].concat();
        assert_eq!(Worker::run(&url, &whoami).expect(0).count("queue_dead"), 0);
        let foreign = [&whoami[..], &["--queue", "other"]].concat();
        let refused = Worker::run(&url, &foreign).expect(77);
        assert!(refused.stderr.contains("the redis user team may not do"), "{}", refused.stderr);
    }
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 0, "its own task is done");
    assert_eq!(ask::<u64>(&server, &["LLEN", "other"]), 1);
    let unknown = Worker::run(&at("nobody"), &AT_ONCE).expect(77);
    assert!(unknown.stderr.contains("refuses the user nobody"), "{}", unknown.stderr);
}

#[test]
fn a_redis_that_never_answers_is_a_time_out() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let flags = [
        "--redis-connect-timeout",
        "200ms",
        "--redis-timeout",
        "200ms",
        "--redis-down-timeout",
        "1s",
    ];
    let ended = Worker::run(&url, &[&AT_ONCE[..], &flags].concat()).expect(69);
    assert!(ended.stderr.contains("timed out"), "{}", ended.stderr);
}

#[test]
fn what_a_server_does_not_have_is_told_by_its_name_before_anything_is_taken() {
    for command in ["LTRIM", "ZADD", "TIME", "HINCRBY", "EVALSHA", "EVAL"] {
        let server = Server::start_with(&["--save", "", "--rename-command", command, ""]);
        let () = ask(&server, &["RPUSH", "q", "task"]);
        let ended = at_once(&server, &[]).expect(64);
        assert!(
            ended.stderr.contains(&format!("does not have {command}, which the queue needs")),
            "{}",
            ended.stderr
        );
        assert_eq!(ask::<Vec<String>>(&server, &["KEYS", "*"]), ["q"], "without {command}");
        let pushed = Worker::feed(&server.url(), &["push", "--queue", "p"], b"1\n");
        assert!([Some(0), Some(64)].contains(&pushed.code), "without {command}: {}", pushed.stderr);
    }
    let server = Server::start_with(&["--save", "", "--rename-command", "INFO", ""]);
    push(&server, 1);
    let ended = at_once(&server, &[]).expect(0);
    assert!(ended.stderr.contains("this redis has no INFO"), "{}", ended.stderr);
    let ended = Worker::run(&format!("{}/99", server.url()), &AT_ONCE).expect(64);
    assert!(ended.stderr.contains("there is no such database"), "{}", ended.stderr);
}

#[test]
fn an_empty_password_is_none_and_a_refused_one_is_told_in_redis_words() {
    let server = Server::start();
    push(&server, 1);
    at_once(&server, &["--redis-password", "", "--redis-user", ""]).expect(0);
    let ended = at_once(&server, &["--redis-password", "some-secret"]).expect(77);
    assert!(ended.stderr.contains("without any password configured"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("some-secret"), "{}", ended.stderr);
}

#[test]
fn a_connection_that_was_closed_while_it_was_idle_is_no_alarm() {
    let server = Server::start_with(&["--save", "", "--timeout", "1"]);
    push(&server, 1);
    let ended =
        Worker::run(&server.url(), &["run", "--lease", "60s", "--", "sleep", "3"]).expect(0);
    assert!(!ended.stderr.contains("redis is not usable"), "{}", ended.stderr);
}

/// A server that knows no scripts: it answers each with `refusal`, and anything else with OK.
fn stand_in(refusal: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
                let mut next = move || lines.next()?.ok();
                // An array of as many bulk strings, each behind its length.
                while let Some(count) = next() {
                    let count: usize = count[1..].parse().unwrap();
                    let words: Vec<String> =
                        (0..2 * count).map_while(|_| next()).skip(1).step_by(2).collect();
                    let answer = match words[0].as_str() {
                        "EVAL" | "EVALSHA" => format!("-{refusal}\r\n"),
                        _ => "+OK\r\n".to_owned(),
                    };
                    if client.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

#[test]
fn a_foreign_server_that_refuses_scripts_is_told_in_its_own_words_with_the_remedy() {
    for (refusal, code, said) in [
        (
            "ERR Error running script: @user_script:9: script tried accessing undeclared key",
            64,
            "allow-undeclared-keys",
        ),
        ("ERR max request size exceeded. Limit: 1048576 bytes", 64, "lower --max-claim"),
        ("DENIED Redis is running in protected mode", 64, "set requirepass"),
        ("ERR unknown command 'EVALSHA', with args beginning with:", 64, "does not have EVALSHA"),
        ("ERR upstream failure", 69, "upstream failure"),
    ] {
        let flags = ["--redis-down-timeout", "1s"];
        let ended = Worker::run(&stand_in(refusal), &[&AT_ONCE[..], &flags].concat()).expect(code);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}
