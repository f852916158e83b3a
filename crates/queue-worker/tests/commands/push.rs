//! `push`: what becomes a task, and what is refused with its place.

use super::*;

#[test]
fn push_cuts_lines_json_and_csv_into_tasks() {
    let server = Server::start();
    let url = server.url();
    Worker::feed(&url, &["push"], b"\xef\xbb\xbfa\n\nb\xff\r\n \t\r\nlast\r").expect(0);
    Worker::feed(&url, &["push", "--format", "ndjson"], b"{\"n\":1}\n\n[2]\n").expect(0);
    Worker::feed(&url, &["push", "--format", "csv"], b"id,name\n1,\"x \"\"y\"\"\"\n").expect(0);
    let tasks: Vec<Vec<u8>> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    let expected: [&[u8]; 6] =
        [b"a", b"b\xff", b"last", b"{\"n\":1}", b"[2]", b"{\"id\":\"1\",\"name\":\"x \\\"y\\\"\"}"];
    assert_eq!(tasks, expected);
}

#[test]
fn a_text_file_from_windows_is_pushed_without_its_line_ends_and_its_blank_lines_are_counted() {
    let server = Server::start();
    let ended = Worker::feed(&server.url(), &["push"], b"\xef\xbb\xbf1\r\n\r\n2\r\n\r\n").expect(0);
    assert_eq!((ended.count("pushed"), ended.count("blank")), (2, 2));
    assert!(ended.stderr.contains("\"blank\":2"), "{}", ended.stderr);
    let ndjson = Worker::feed(&server.url(), &["push", "--format", "ndjson"], b"{\"n\":1}\r\n\r\n")
        .expect(0);
    assert_eq!((ndjson.count("pushed"), ndjson.count("blank")), (1, 1));
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["1", "2", "{\"n\":1}"]);
    // What PowerShell's > writes.
    let utf_16 = Worker::feed(&server.url(), &["push"], b"\xff\xfe1\0\r\0\n\0").expect(65);
    assert!(utf_16.stderr.contains("iconv -f UTF-16"), "{}", utf_16.stderr);
    // A line of the largest size keeps its place for both bytes of the line end; half a long line
    // of blanks is no line.
    let most = ["push", "--max-task-size", "3"];
    Worker::feed(&server.url(), &most, b"abc\r\nabc").expect(0);
    Worker::feed(&server.url(), &most, b"abcd\r\n").expect(65);
    Worker::feed(&server.url(), &most, b"         x\n").expect(65);
    // Any other producer's bytes stay what they are.
    let () = ask(&server, &["RPUSH", "q", "raw\r"]);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "-3", "-1"]), ["abc", "abc", "raw\r"]);
}

#[test]
fn a_quote_that_makes_one_task_of_many_rows_is_an_error_that_names_its_line() {
    let server = Server::start();
    let csv = ["push", "--format", "csv"];
    for (rows, says) in [
        ("id,note\n1,ok\n2,\"5 inch\n3,ok\n4,ok\n", "opens a cell on line 3 is never closed"),
        ("id,name,n\n1,\"5 inch,2\n2,abc,3\n3,\"6 inch,4\n", "opened on line 2: a quote"),
        ("id,name\n2,\"abc\"def\n", "text follows the quote"),
        ("\u{feff}\"id\",name\n1,\"a", "opens a cell on line 2"),
    ] {
        let ended = Worker::feed(&server.url(), &csv, rows.as_bytes()).expect(65);
        assert!(ended.stderr.contains(says), "{rows}: {}", ended.stderr);
        // What stands before may be pushed, as before any other error; nothing of the broken row.
        let pushed = ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]);
        assert!(pushed.iter().all(|task| task == r#"{"id":"1","note":"ok"}"#), "{pushed:?}");
        let () = ask(&server, &["DEL", "q"]);
    }
    let utf_16 = Worker::feed(&server.url(), &csv, b"\xff\xfei\0d\0\n\0").expect(65);
    assert!(utf_16.stderr.contains("iconv -f UTF-16"), "{}", utf_16.stderr);
    Worker::feed(&server.url(), &csv, b"\xef\xbb\xbf\"id\",n\n1,5\" pipe\n2,\"a \"\"b\"\"\nc\"\n")
        .expect(0);
    let tasks = ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]);
    assert_eq!(tasks, [r#"{"id":"1","n":"5\" pipe"}"#, r#"{"id":"2","n":"a \"b\"\nc"}"#]);
}

#[test]
fn bytes_that_are_not_utf_8_are_no_json_and_as_lines_are_pushed_with_a_warning() {
    let server = Server::start();
    let (url, input) = (server.url(), b"\"ok\"\n\"M\xfcller\"\n\"caf\xe9\"\n");
    let refused = Worker::feed(&url, &["push", "--format", "ndjson"], input).expect(65);
    assert!(refused.stderr.contains("stdin, line 2: not UTF-8 ("), "{}", refused.stderr);
    assert!(refused.stderr.contains("iconv -f WINDOWS-1252"), "{}", refused.stderr);
    let by_key =
        Worker::feed(&url, &["push", "--unique-by", "id"], b"{\"id\":\"\xe9\"}\n").expect(65);
    assert!(by_key.stderr.contains("stdin, line 1: not UTF-8"), "{}", by_key.stderr);
    let () = ask(&server, &["DEL", "q"]);
    let pushed = Worker::feed(&url, &["push"], input).expect(0);
    assert_eq!((pushed.count("pushed"), pushed.count("not_utf8")), (3, 2));
    let warning = pushed.stderr.lines().find(|line| line.contains("are not UTF-8")).unwrap();
    for said in ["WARN", "\"tasks\":2", "\"first\":\"stdin, line 2\"", "task_base64"] {
        assert!(warning.contains(said), "{said}: {warning}");
    }
    // What each kind of handler is given.
    let show = "import json, sys\n\
                for line in sys.stdin:\n    \
                    ask = json.loads(line)\n    \
                    said = ask.get('task', ask.get('task_base64'))\n    \
                    print(json.dumps({'id': ask['id'], 'result': said}), flush=True)\n";
    Worker::run(&url, &["run", "--max-tasks", "2", "--", "cat"]).expect(0);
    Worker::run(&url, &["run", "--lines", "--", "python3", "-c", show]).expect(0);
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    assert!(results[1].contains(r#""output_base64":"Ik38bGxlciI=""#), "{}", results[1]);
    assert!(results[2].contains(r#""output":"ImNhZuki""#), "{}", results[2]);
    let text = Worker::feed(&url, &["push"], "é\n".as_bytes()).expect(0);
    assert!(!text.stderr.contains("are not UTF-8"), "{}", text.stderr);
}

#[test]
fn a_push_that_did_not_come_to_its_end_says_what_another_try_would_do_with_its_tasks() {
    let server = Server::start();
    for (flags, says) in [
        (&[][..], "pushes them again, unless it has a --push-id"),
        (&["--unique"], "is tried again skips them"),
        (&["--unique-by", "id"], "is tried again skips them"),
        (&["--unique-by", "id", "--unique-ttl", "1h"], "within --unique-ttl skips them"),
    ] {
        let () = ask(&server, &["FLUSHALL"]);
        let push = [&["push", "--format", "ndjson"], flags].concat();
        let ended = Worker::feed(&server.url(), &push, b"{\"id\":1}\n{\"id\":2}\n{\n").expect(65);
        assert!(
            ended.stderr.contains("2 tasks were pushed before; a push that"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
        let again = Worker::feed(&server.url(), &push, b"{\"id\":1}\n{\"id\":2}\n").expect(0);
        assert_eq!(again.count("pushed"), if flags.is_empty() { 2 } else { 0 }, "as it was said");
    }
}

#[test]
fn a_key_of_another_queue_is_no_queue() {
    let server = Server::start();
    push(&server, 1);
    at_once(&server, &[]).expect(0);
    for command in ["push", "status", "run"] {
        let more: &[&str] = if command == "run" { &["--handler", "simulate=0s"] } else { &[] };
        let arguments = [&[command, "--queue", "{q}:results"], more].concat();
        let refused = Worker::feed(&server.url(), &arguments, b"task\n").expect(64);
        assert!(refused.stderr.contains("is a key of the queue \\\"q\\\""), "{}", refused.stderr);
    }
    assert_eq!(ask::<u64>(&server, &["LLEN", "{q}:results"]), 1);
}

#[test]
fn push_refuses_what_is_no_task_and_says_where() {
    let server = Server::start();
    let ended = Worker::feed(&server.url(), &["push", "--format", "ndjson"], b"1\n{\n").expect(65);
    assert!(ended.stderr.contains("stdin, line 2: not JSON"), "{}", ended.stderr);
    let ended =
        Worker::feed(&server.url(), &["push", "--max-task-size", "3"], b"abc\nabcd\n").expect(65);
    assert!(
        ended.stderr.contains("stdin, line 2: longer than --max-task-size (3 bytes)"),
        "{}",
        ended.stderr
    );
    let ended = Worker::run(&server.url(), &["push", "no-such-file"]).expect(66);
    assert!(ended.stderr.contains("cannot read no-such-file"), "{}", ended.stderr);
}

#[test]
fn push_unique_knows_what_was_pushed_before() {
    let server = Server::start();
    let by = ["push", "--format", "ndjson", "--unique-by", "id"];
    let first =
        Worker::feed(&server.url(), &by, b"{\"id\":1}\n{\"id\":1,\"again\":true}\n{\"id\":2}\n")
            .expect(0);
    assert_eq!((first.count("pushed"), first.count("skipped")), (2, 1));
    at_once(&server, &[]).expect(0);
    let second = Worker::feed(&server.url(), &by, b"{\"id\":2}\n{\"id\":3}\n").expect(0);
    assert_eq!((second.count("pushed"), second.count("skipped")), (1, 1), "also after it was done");
}

#[test]
fn a_slow_producers_tasks_are_in_the_queue_while_it_thinks() {
    let server = Server::start();
    let (read, mut write) = std::io::pipe().unwrap();
    let worker = Worker::start_with(&server.url(), &["push"], read.into());
    std::io::Write::write_all(&mut write, b"one\ntwo\nthr").unwrap();
    until("both are there", || ask::<u64>(&server, &["LLEN", "q"]) == 2);
    std::io::Write::write_all(&mut write, b"ee\nfour\nha").unwrap();
    until("all that are whole are there", || ask::<u64>(&server, &["LLEN", "q"]) == 4);
    // At a stop, what was read is pushed at once, though the producer goes on; half a line is no
    // task.
    std::io::Write::write_all(&mut write, b"lf\nlast\nx").unwrap();
    let began = Instant::now();
    worker.signal(Signal::TERM);
    let ended = worker.end().expect(143);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert_eq!(ended.count("pushed"), 6);
    assert!(
        ended.summary["error"]
            .as_str()
            .unwrap()
            .contains("6 tasks are pushed; a push that is tried again")
    );
    let tasks: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    assert_eq!(tasks, ["one", "two", "three", "four", "half", "last"]);
}

#[test]
fn the_queue_has_the_order_of_the_input() {
    let server = Server::start();
    push(&server, 50_000);
    let tasks: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    assert!(tasks.iter().enumerate().all(|(n, task)| *task == format!("task {n}")));
}

#[test]
fn large_numbers_are_unique_by_all_of_their_digits() {
    let server = Server::start();
    let lines = b"{\"id\":20180814033130818988}\n{\"id\":20180814033130818989}\n\
                  {\"id\": 20180814033130818989}\n";
    let pushed =
        Worker::feed(&server.url(), &["push", "--format", "ndjson", "--unique-by", "id"], lines)
            .expect(0);
    assert_eq!((pushed.count("pushed"), pushed.count("skipped")), (2, 1));
}

#[test]
fn a_csv_that_makes_no_good_tasks_is_refused_with_its_remedy() {
    let server = Server::start();
    let csv = |input: &[u8], more: &[&str], code| {
        Worker::feed(&server.url(), &[&["push", "--format", "csv"], more].concat(), input)
            .expect(code)
    };
    for (input, said) in [
        (&b"id,id\n1,2\n"[..], "is there twice"),
        (b"id;name\n1;a\n", "say --delimiter"),
        (b"id,name\n1\n", "1 cells, where the header has 2"),
        (b"id,name\n1,M\xfcller\n", "iconv"),
    ] {
        let refused = csv(input, &[], 65);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    csv(b"\xef\xbb\xbfid;name\r\n1;a\r\n", &["--delimiter", ";"], 0);
    csv(b"", &[], 0);
    assert_eq!(
        ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]),
        ["{\"id\":\"1\",\"name\":\"a\"}"]
    );
    let json = ["push", "--format", "ndjson"];
    Worker::feed(&server.url(), &json, b"\xef\xbb\xbf{\"a\":1}\n").expect(0);
    let pretty = Worker::feed(&server.url(), &json, b"{\n \"a\": 1\n}\n").expect(65);
    assert!(pretty.stderr.contains("as jq -c writes it"), "{}", pretty.stderr);
}

#[test]
fn the_header_of_a_second_csv_is_no_task_and_that_is_told() {
    let server = Server::start();
    let csv = ["push", "--format", "csv"];
    let both = b"\xef\xbb\xbfid,name\n1,a\n,\n\xef\xbb\xbfid,name\n2,b\nid,name\n";
    let ended = Worker::feed(&server.url(), &csv, both).expect(0);
    assert_eq!(
        (ended.count("pushed"), ended.count("headers"), ended.count("blank")),
        (2, 2, 1),
        "{}",
        ended.stderr
    );
    let warning = ended.stderr.lines().find(|line| line.contains("header once more")).unwrap();
    assert!(warning.contains("stdin, record 4"), "{warning}");
    let tasks = ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]);
    assert_eq!(tasks, [r#"{"id":"1","name":"a"}"#, r#"{"id":"2","name":"b"}"#]);
    let other = Worker::feed(&server.url(), &csv, b"id,name\nname,id\na,1\n").expect(65);
    assert!(other.stderr.contains("the header in another order"), "{}", other.stderr);
}

#[test]
fn a_header_that_is_pushed_as_a_line_is_told() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let file = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, "id,name\n1,a\n").unwrap();
        path.to_str().unwrap().to_owned()
    };
    let said = "looks like the header of a CSV file";
    let [csv, one, two] = ["a.csv", "one", "two"].map(file);
    let alone = Worker::run(&server.url(), &["push", &csv]).expect(0);
    assert!(alone.stderr.contains(said), "{}", alone.stderr);
    let unknown = Worker::run(&server.url(), &["push", &one]).expect(0);
    assert!(!unknown.stderr.contains(said), "{}", unknown.stderr);
    let twice = Worker::run(&server.url(), &["push", &one, &two]).expect(0);
    assert!(twice.stderr.contains(said), "{}", twice.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 8, "told, and pushed as it is");
}

#[test]
fn lines_that_end_with_a_cr_alone_are_refused_and_a_cr_inside_one_is_told() {
    let server = Server::start();
    let refused = Worker::feed(&server.url(), &["push"], b"a\rb\rc\r").expect(65);
    assert!(refused.stderr.contains("tr '\\\\r' '\\\\n' < FILE"), "{}", refused.stderr);
    let long = Worker::feed(&server.url(), &["push", "--max-task-size", "3"], b"a\rb\rc\rd\r");
    assert!(long.expect(65).stderr.contains("end with CR alone"));
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 0);
    let told = Worker::feed(&server.url(), &["push"], b"a\rb\nlast\r").expect(0);
    assert!(told.stderr.contains("have a CR inside them"), "{}", told.stderr);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["a\rb", "last"]);
}

#[test]
fn a_file_that_may_have_been_cut_off_is_told_with_its_last_task() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (lines, whole) = (file("a.txt", "1\n2\n{\"id\":"), file("b.txt", "1\r\n2\r\n"));
    let (csv, ended) = (file("a.csv", "id,amount\n1,10.50\n2,10"), file("b.csv", "id\n1\n"));
    for (flags, first) in [
        (&[&*lines][..], Some("a.txt, line 3")),
        (&[&*whole], None),
        (&[&*whole, &*lines, &*whole], Some("a.txt, line 3")),
        (&["--format", "csv", &*csv], Some("a.csv, record 3")),
        (&["--format", "csv", &*ended], None),
    ] {
        let pushed = Worker::run(&server.url(), &[&["push"], flags].concat()).expect(0);
        let told = pushed.stderr.contains("no line end behind its last task");
        assert_eq!(told, first.is_some(), "{flags:?}: {}", pushed.stderr);
        assert!(pushed.stderr.contains(first.unwrap_or("")), "{flags:?}: {}", pushed.stderr);
        let counted = pushed.summary["counts"]["no_final_newline"].as_u64();
        assert_eq!(counted, first.map(|_| 1), "{flags:?}");
    }
    // One task that somebody has typed.
    let typed = Worker::feed(&server.url(), &["push"], b"task").expect(0);
    assert!(!typed.stderr.contains("no line end"), "{}", typed.stderr);
}
