//! `result`: one task's result by its id.

use super::*;

#[test]
fn the_result_of_a_task_is_found_by_the_id_that_its_handler_had() {
    for store in ["list", "stream"] {
        let server = Server::start();
        push(&server, 2_500);
        let echo = "import json, sys\n\
                    for line in sys.stdin:\n    \
                        ask = json.loads(line)\n    \
                        out = {'id': 'another', 'mine': ask['id']}\n    \
                        print(json.dumps({'id': ask['id'], 'result': out}), flush=True)\n";
        let run = ["run", "--results", store, "--window", "64", "--lines", "--"];
        Worker::run(&server.url(), &[&run[..], &["python3", "-c", echo]].concat()).expect(0);
        let newest: Vec<String> = match store {
            "list" => ask(&server, &["LRANGE", "{q}:results", "2200", "2200"]),
            _ => {
                let entries: Vec<(String, Vec<String>)> =
                    ask(&server, &["XREVRANGE", "{q}:results", "+", "-", "COUNT", "1"]);
                vec![entries[0].1[1].clone()]
            }
        };
        let id = serde_json::from_str::<serde_json::Value>(&newest[0]).unwrap()["id"].clone();
        let found = Worker::run(&server.url(), &["result", id.as_str().unwrap()]).expect(0);
        assert_eq!(found.stdout, format!("{}\n", newest[0]));
        let other = Worker::run(&server.url(), &["result", "another"]).expect(66);
        assert!(other.stderr.contains("there is no such task"), "{}", other.stderr);
    }
}

#[test]
fn a_task_without_a_result_is_told_where_it_is() {
    let server = Server::start();
    push(&server, 1);
    let result = |id: &str, says: &str| {
        let ended = Worker::run(&server.url(), &["result", id]).expect(66);
        assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
    };
    let worker =
        Worker::start(&server.url(), &["run", "--grace-period", "1s", "--", "sleep", "60"]);
    until("it is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    let claim: Vec<String> = ask(&server, &["ZRANGE", "{q}:leases", "0", "-1"]);
    result(&format!("{}-0", claim[0]), "it is in hand");
    worker.signal(Signal::TERM);
    worker.end().expect(143);
    let fail = ["run", "--backoff", "1h", "--max-runtime", "1s", "--", "false"];
    Worker::run(&server.url(), &fail).expect(75);
    let delayed: Vec<String> = ask(&server, &["ZRANGE", "{q}:delayed", "0", "-1"]);
    result(&delayed[0], "it waits for attempt 2");
    push(&server, 1);
    let dead = ["run", "--exit-when", "empty", "--", "sh", "-c", "exit 65"];
    Worker::run(&server.url(), &dead).expect(0);
    let dead: Vec<String> = ask(&server, &["ZRANGE", "{q}:dead", "0", "-1"]);
    result(&dead[0], "it is a dead letter");
    let ended = Worker::run(&server.url(), &["result", "x", "--queue", "qq"]).expect(66);
    assert!(ended.stderr.contains("there is no queue qq"), "{}", ended.stderr);
}
