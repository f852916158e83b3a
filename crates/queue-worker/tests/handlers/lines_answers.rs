//! `--lines`: one child for many tasks, and what counts as its answer.

use super::*;

#[test]
fn one_child_answers_task_after_task() {
    let server = Server::start();
    push_many(&server, 300);
    for (number, window) in ["1", "16"].into_iter().enumerate() {
        let script = format!("echo $$ >&2; {}", lines("answer \"$task\""));
        let ended = run(&server, &["--lines", "--window", window], &script).expect(0);
        each_has_its_own_result(&server, 300);
        assert_eq!(said(&ended.stderr, "stderr").len(), 1, "one child for all of them");
        if number == 0 {
            let () = ask(&server, &["FLUSHALL"]);
            push_many(&server, 300);
        }
    }
}

#[test]
fn a_stray_line_is_logged_and_never_an_answer() {
    let server = Server::start();
    push_many(&server, 20);
    let script = format!(
        "echo 'Loading model ...'; {}",
        lines(
            "echo \"begin $task\"; echo '{\"id\":\"x\",\"level\":\"info\"}'; answer \"$task\"; \
             printf '\\n\\n'"
        )
    );
    let ended = run(&server, &["--lines", "--max-attempts", "1"], &script).expect(0);
    each_has_its_own_result(&server, 20);
    let said = said(&ended.stderr, "stdout");
    assert!(said.iter().any(|(_, words)| *words == "Loading model ..."), "{said:?}");
    let ids: Vec<serde_json::Value> =
        results(&server).iter().map(|result| result["id"].clone()).collect();
    let begun: Vec<&(&str, &str)> =
        said.iter().filter(|(_, words)| words.starts_with("begin")).collect();
    assert_eq!(begun.len(), 20);
    assert!(begun.iter().zip(&ids).all(|((task, _), id)| task == id), "each is told with its task");
}

#[test]
fn answers_in_any_order_go_to_their_own_tasks() {
    let server = Server::start();
    push_many(&server, 200);
    let program = "
import json, random, sys, threading, time
def work(line):
    ask = json.loads(line)
    time.sleep(random.random() / 100)
    sys.stdout.write(json.dumps({'id': ask['id'], 'result': ask['task']}) + '\\n')
    sys.stdout.flush()
for line in sys.stdin:
    threading.Thread(target=work, args=(line,)).start()
";
    let ended = python(&server, &["--window", "8"], program).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed")), (200, 0));
    each_has_its_own_result(&server, 200);
    let done: Vec<u64> = results(&server)
        .iter()
        .map(|result| result["task"].as_str().unwrap().trim_start_matches("task ").parse().unwrap())
        .collect();
    assert!(!done.is_sorted(), "some overtook others");
}

#[test]
fn a_result_is_stored_as_the_child_wrote_it_and_a_task_reaches_it_byte_for_byte() {
    let server = Server::start();
    push(&server, &[b"{\"n\": 1234567890123456789}", b"b\nc", b"\x00\xff"]);
    let program = "
import base64, json, sys
for line in sys.stdin:
    ask = json.loads(line)
    raw = base64.b64decode(ask['task_base64']) if 'task_base64' in ask else ask['task'].encode()
    print('{\"id\": \"%s\", \"result\": {\"n\": 1234567890123456789, \"x\": 1.10, \"hex\": \
                   \"%s\"}}' % (ask['id'], raw.hex()), flush=True)
";
    python(&server, &[], program).expect(0);
    let lines: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    let hex = ["7b226e223a20313233343536373839303132333435363738397d", "620a63", "00ff"];
    for (line, hex) in lines.iter().zip(hex) {
        let output = format!(
            r#""output":{{"n": 1234567890123456789, "x": 1.10, "hex": "{hex}"}},"attempt":1"#
        );
        assert!(line.contains(&output), "{line}");
    }
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_child_says_itself_what_is_tried_again_and_what_is_not() {
    let server = Server::start();
    push(&server, &[b"fail", b"hopeless", b"good"]);
    let body = r#"case $task in
        fail) printf '{"id":"%s","error":"no luck"}\n' "$id" ;;
        hopeless) printf '{"id":"%s","dead":"no such customer"}\n' "$id" ;;
        *) answer "$task" ;;
    esac"#;
    let ended = run(&server, &["--lines", "--max-attempts", "2"], &lines(body)).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (1, 1, 2));
    let mut told: Vec<String> = dead(&server)
        .iter()
        .map(|d| format!("{} {} {} {}", d["task"], d["reason"], d["attempts"], d["last_error"]))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [r#""fail" "attempts" 2 "no luck""#, r#""hopeless" "rejected" 1 "no such customer""#]
    );
    assert_eq!(
        ended.stderr.matches("the handler's child is gone").count(),
        0,
        "it was not started again"
    );
}

#[test]
fn an_answer_to_a_task_that_the_child_does_not_have_starts_it_again() {
    let server = Server::start();
    push(&server, &[b"twice", b"a", b"stranger", b"b"]);
    // Both lines in one write, so that neither is there without the other.
    let body = r#"case $task in
        twice) printf '{"id":"%s","result":"twice"}\n{"id":"%s","result":"a"}\n' "$id" "$id" ;;
        stranger) printf '{"id":7,"result":"b"}\n' ;;
        *) answer "$task" ;;
    esac"#;
    let ended = run(&server, &["--lines", "--max-attempts", "2"], &lines(body)).expect(0);
    each_has_its_own_result(&server, 3);
    assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (3, 1, 1));
    let dead = dead(&server);
    assert_eq!(dead[0]["task"], "stranger");
    let error = dead[0]["last_error"].as_str().unwrap();
    assert!(
        error.starts_with("the handler's child answered a task that it does not have (\"7\""),
        "{error}"
    );
}

#[test]
fn an_answer_that_is_no_json_fails_its_task_at_once() {
    let server = Server::start();
    push(&server, &[b"nan", b"dict", b"good"]);
    let program = "
import json, sys
for line in sys.stdin:
    ask = json.loads(line)
    answer = {'id': ask['id'], 'result': float('nan') if ask['task'] == 'nan' else ask['task']}
    print(answer if ask['task'] == 'dict' else json.dumps(answer), flush=True)
";
    let ended = python(&server, &["--max-attempts", "1"], program).expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (1, 2));
    for dead in dead(&server) {
        let error = dead["last_error"].as_str().unwrap();
        assert!(error.starts_with("the handler's answer is not JSON: "), "{error}");
    }
}

#[test]
fn a_child_that_answers_too_much_fails_its_task() {
    let server = Server::start();
    push(&server, &[b"long", b"flood", b"good"]);
    let body = r#"case $task in
        long) answer "$(head -c 20000 /dev/zero | tr '\0' x)" ;;
        flood) exec tr '\0' x < /dev/zero ;;
        *) answer "$task" ;;
    esac"#;
    let ended =
        run(&server, &["--lines", "--max-output", "10000", "--max-attempts", "1"], &lines(body))
            .expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (1, 2));
    let mut told: Vec<String> =
        dead(&server).iter().map(|d| format!("{} {}", d["task"], d["last_error"])).collect();
    told.sort();
    let flood = r#""flood" "the handler's child wrote a line that is too long for --max-output (10000 bytes): "#;
    assert!(told[0].starts_with(flood), "{}", told[0]);
    assert!(told[0].ends_with(" bytes of it have come, without its end; killed\""), "{}", told[0]);
    assert_eq!(told[1], r#""long" "the result has 20002 bytes, more than --max-output (10000)""#);
    // The log has the beginning of what was too long, and its length.
    let cut: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("xxx")).collect();
    assert_eq!(cut.len(), 1, "{}", ended.stderr.len());
    assert!(cut[0].contains("x ... (a line of ") && cut[0].len() < 2_000, "{}", cut[0]);
}

#[test]
fn a_slow_task_of_a_child_holds_up_neither_the_results_before_it_nor_the_tasks_behind_it() {
    let server = Server::start();
    push_many(&server, 200);
    push(&server, &[b"slow"]);
    let more: Vec<String> = (200..250).map(|n| format!("task {n}")).collect();
    push(&server, &more.iter().map(|task| task.as_bytes()).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let go_on = folder.path().join("go on");
    let body = format!(
        "[ \"$task\" = slow ] && until [ -e '{}' ]; do sleep 0.02; done; answer \"$task\"",
        go_on.display()
    );
    let script = lines(&body);
    let arguments = ["run", "--lines", "--", "sh", "-c", &script];
    let workers =
        [Worker::start(&server.url(), &arguments), Worker::start(&server.url(), &arguments)];
    until("all the others have their results", || {
        ask::<u64>(&server, &["LLEN", "{q}:results"]) == 250
    });
    std::fs::write(&go_on, "").unwrap();
    for worker in workers {
        worker.end().expect(0);
    }
    each_has_its_own_result(&server, 251);
}
