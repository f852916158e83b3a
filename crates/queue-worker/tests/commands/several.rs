//! `run` with several queues.

use super::*;

fn push_to(server: &Server, queue: &str, tasks: &str) {
    Worker::feed(&server.url(), &["push", "--queue", queue], tasks.as_bytes()).expect(0);
}

fn lines(word: &str, tasks: usize) -> String {
    (0..tasks).map(|number| format!("{word} {number}\n")).collect()
}

/// The command of a handler that notes each task in a file, and the tasks noted.
struct Notes(tempfile::TempDir);

impl Notes {
    fn new() -> Notes {
        Notes(tempfile::tempdir().unwrap())
    }

    fn command(&self) -> String {
        format!("echo \"$TASK_QUEUE $(cat)\" >> {}", self.0.path().join("notes").display())
    }

    fn read(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.0.path().join("notes")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_queue_is_taken_from_when_those_before_it_have_nothing_and_all_are_drained_at_the_end() {
    let server = Server::start();
    for (queue, tasks) in [("low", 20), ("high", 20), ("middle", 20)] {
        push_to(&server, queue, &lines("task", tasks));
    }
    let notes = Notes::new();
    let queues = ["run", "--queue", "high", "--queue", "middle", "--queue", "low"];
    let handler = ["--", "sh", "-c", &notes.command()];
    let ended = Worker::run(&server.url(), &[&queues[..], &handler].concat()).expect(0);
    assert_eq!(ended.count("done"), 60);
    let order: Vec<String> =
        notes.read().iter().map(|note| note.split(' ').next().unwrap().to_owned()).collect();
    let expected: Vec<&str> =
        ["high", "middle", "low"].into_iter().flat_map(|queue| [queue; 20]).collect();
    assert_eq!(order, expected);
    for queue in ["high", "middle", "low"] {
        assert_eq!(ask::<u64>(&server, &["LLEN", &format!("{{{queue}}}:results")]), 20);
    }
}

#[test]
fn by_weight_no_queue_waits_for_another_to_be_drained() {
    let server = Server::start();
    push_to(&server, "high", &lines("task", 300));
    push_to(&server, "low", &lines("task", 300));
    let notes = Notes::new();
    let flags = ["run", "--queue", "high=5,low=1", "--max-claim", "1", "--", "sh", "-c"];
    Worker::run(&server.url(), &[&flags[..], &[&notes.command()]].concat()).expect(0);
    let low = notes.read()[..240].iter().filter(|note| note.starts_with("low")).count();
    // 40 are expected of 240; 14 are five standard deviations fewer or more.
    assert!((12..=70).contains(&low), "{low} of the first 240 are of the queue of weight 1");
    assert_eq!(notes.read().len(), 600);
}

#[test]
fn each_queue_has_its_own_dead_letters_and_either_counts_at_the_end() {
    let server = Server::start();
    push_to(&server, "good", &lines("task", 5));
    push_to(&server, "bad", &lines("task", 5));
    let flags = ["run", "--queue", "good", "--queue", "bad", "--max-attempts", "1"];
    let code = ["--dead-exit-code", "65", "--", "sh", "-c", "test $TASK_QUEUE = good"];
    Worker::run(&server.url(), &[&flags[..], &code].concat()).expect(65);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{good}:dead"]), 0);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{bad}:dead"]), 5);
}

#[test]
fn a_handler_that_passes_tasks_from_queue_to_queue_is_waited_for_by_all_workers() {
    const HOPS: usize = 40;
    let server = Server::start();
    push_to(&server, "left", &format!("{HOPS}\n{HOPS}\n"));
    push_to(&server, "right", "");
    let binary = support::process::binary();
    // Each task is pushed to the other queue with one less, before it is done.
    let script = format!(
        "n=$(cat); [ $n = 0 ] && exit; other=left; [ $TASK_QUEUE = left ] && other=right; echo \
         $((n - 1)) | {} push --queue $other",
        binary.display()
    );
    let start = || {
        let queues = ["run", "--queue", "left", "--queue", "right", "--lease", "1s"];
        let handler = ["--", "sh", "-c", &script];
        Worker::start(&server.url(), &[&queues[..], &handler].concat())
    };
    let mut workers: Vec<Worker> = (0..3).map(|_| start()).collect();
    let done = || -> u64 {
        let of = |queue: &str| -> Option<u64> {
            ask(&server, &["HGET", &format!("{{{queue}}}:counts"), "done"])
        };
        of("left").unwrap_or(0) + of("right").unwrap_or(0)
    };
    for worker in workers.iter_mut().take(2) {
        let before = done();
        until("tasks are passed on", || done() > before + 5);
        std::mem::replace(worker, start()).kill();
    }
    for worker in workers {
        worker.end().expect(0);
        // Whoever ends leaves nothing that could come back.
        for queue in ["left", "right"] {
            let empty = ask::<u64>(&server, &["EXISTS", queue, &format!("{{{queue}}}:delayed")]);
            assert_eq!((empty, ask(&server, &["ZCARD", &format!("{{{queue}}}:leases")])), (0, 0));
        }
    }
    assert!(done() >= 2 * (HOPS as u64 + 1), "{}", done());
}

#[test]
fn kills_of_workers_with_several_queues_cost_no_task_and_double_no_result() {
    let server = Server::start();
    for queue in ["high", "low"] {
        push_to(&server, queue, &lines("task", 3000));
    }
    let flags = ["run", "--queue", "high=2,low=1", "--handler", "simulate=1ms", "--lease", "500ms"];
    let start = || Worker::start(&server.url(), &[&flags[..], &["--max-crashes", "99"]].concat());
    let mut workers: Vec<Worker> = (0..3).map(|_| start()).collect();
    let results = |queue: &str| ask::<u64>(&server, &["LLEN", &format!("{{{queue}}}:results")]);
    let mut last = 0;
    for kill in 0..15 {
        until("more results", || results("high") + results("low") >= (last + 100).min(6000));
        last = results("high") + results("low");
        std::mem::replace(&mut workers[kill % 3], start()).kill();
    }
    for worker in workers {
        worker.end().expect(0);
    }
    for queue in ["high", "low"] {
        let key = format!("{{{queue}}}:results");
        let results: Vec<String> = ask(&server, &["LRANGE", &key, "0", "-1"]);
        let tasks: std::collections::BTreeSet<String> = results
            .iter()
            .map(|result| serde_json::from_str::<serde_json::Value>(result).unwrap())
            .map(|result| result["task"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((results.len(), tasks.len()), (3000, 3000), "{queue}");
    }
}

#[test]
fn a_queue_of_several_that_is_not_there_is_told_when_the_others_are_drained() {
    let server = Server::start();
    push_to(&server, "high", &lines("task", 3));
    let flags = ["run", "--queue", "high", "--queue", "lwo", "--wait-for-queue", "1s"];
    let ended = Worker::run(&server.url(), &[&flags[..], &["--handler", "simulate=0s"]].concat());
    let ended = ended.expect(66);
    assert!(ended.stderr.contains("there is no queue lwo"), "{}", ended.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "{high}:results"]), 3, "what is there is done");
}

#[test]
fn a_paused_queue_of_several_holds_up_no_other_and_is_not_drained() {
    let server = Server::start();
    for queue in ["high", "low"] {
        push_to(&server, queue, &lines("task", 3));
    }
    Worker::run(&server.url(), &["pause", "--queue", "high"]).expect(0);
    let flags = ["run", "--queue", "high", "--queue", "low", "--handler", "simulate=0s"];
    let worker = Worker::start(&server.url(), &flags);
    until("the other queue is done", || ask::<u64>(&server, &["LLEN", "{low}:results"]) == 3);
    assert_eq!(ask::<u64>(&server, &["LLEN", "high"]), 3);
    Worker::run(&server.url(), &["resume", "--queue", "high"]).expect(0);
    worker.end().expect(0);
    assert_eq!(ask::<u64>(&server, &["LLEN", "{high}:results"]), 3);
}

#[test]
fn queues_that_cannot_be_taken_from_together_are_told_with_the_remedy() {
    let server = Server::start();
    for (flags, said) in [
        (&["--queue", "a", "--queue", "a"][..], "is there twice"),
        (&["--queue", "a=5", "--queue", "b"], "write NAME=WEIGHT for all"),
        (&["--queue", "a=0,b=1"], "from 1 to 1000"),
        (&["--queue", "a", "--queue", "{a}:dead"], "is a key of the queue"),
    ] {
        let ended =
            Worker::run(&server.url(), &[&["run", "--handler", "simulate=0s"], flags].concat());
        assert!(ended.expect(64).stderr.contains(said), "{said}");
    }
}

#[test]
fn a_lines_child_is_told_which_of_several_queues_a_task_is_of() {
    let server = Server::start();
    push_to(&server, "high", "1\n");
    push_to(&server, "low", "1\n");
    let flags = ["run", "--queue", "high", "--queue", "low", "--lines", "--"];
    let answer = r#"s/.*"id":\("[^"]*"\).*"queue":\("[^"]*"\).*/{"id":\1,"result":\2}/"#;
    let handler = ["sed", "-u", answer];
    Worker::run(&server.url(), &[&flags[..], &handler].concat()).expect(0);
    for queue in ["high", "low"] {
        let results =
            ask::<Vec<String>>(&server, &["LRANGE", &format!("{{{queue}}}:results"), "0", "-1"]);
        assert!(results[0].contains(&format!("\"output\":\"{queue}\"")), "{results:?}");
    }
}
