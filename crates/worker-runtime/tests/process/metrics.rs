//! Metrics while the process runs, and their push at its end.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;

use crate::child::worker;

/// One request over a connection of its own; the answer's first line and body.
fn ask(address: &str, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// Takes one request on a connection: its first line and body.
fn take(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let length = lines
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    (lines[0].clone(), String::from_utf8(body).unwrap())
}

/// What promtool says of an exposition, where it is installed; CI has it and says so by
/// REQUIRE_PROMTOOL.
#[track_caller]
fn assert_promtool_passes(metrics: &str) {
    let check = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut check = match check {
        Ok(check) => check,
        Err(error)
            if error.kind() == ErrorKind::NotFound
                && std::env::var_os("REQUIRE_PROMTOOL").is_none() =>
        {
            return eprintln!("left out: promtool (Debian's package prometheus) is not installed");
        }
        Err(error) => panic!("promtool cannot be started: {error}"),
    };
    check.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.is_empty(), "{said}{metrics}");
}

/// The metrics without the two that differ from run to run, which must be there.
fn settled(metrics: &str) -> Vec<String> {
    let changing = |line: &&str| {
        ["job_worker_run_duration_seconds{", "job_worker_run_end_timestamp_seconds{"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    assert_eq!(metrics.lines().filter(changing).count(), 2, "{metrics}");
    metrics
        .lines()
        .filter(|line| !changing(line) && !line.starts_with("# HELP"))
        .map(str::to_owned)
        .collect()
}

const COUNT: [&str; 5] = ["count", "--index", "3", "--total-partitions", "5"];

#[test]
fn the_endpoint_tells_progress_while_the_work_goes_on() {
    let mut running = worker(&["--metrics-addr", "127.0.0.1:0", "work", "stop"]).start();
    let address = running.line("metrics are served")["address"].as_str().unwrap().to_owned();
    running.line("working");
    let (status, body) = ask(&address, "GET /metrics");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(
        body,
        "# HELP job_worker_build_info Which version of the worker this is.\n# TYPE \
         job_worker_build_info \
         gauge\njob_worker_build_info{worker=\"example-worker\",version=\"1.2.3\"} 1\n# HELP \
         job_worker_progress_tasks_total How much is done, in tasks.\n# TYPE \
         job_worker_progress_tasks_total \
         counter\njob_worker_progress_tasks_total{worker=\"example-worker\"} 3\n"
    );
    assert_promtool_passes(&body);
    assert_eq!(ask(&address, "GET /").0, "HTTP/1.1 404 Not Found");
    assert_eq!(ask(&address, "DELETE /metrics").0, "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(ask(&address, "HEAD /metrics"), ("HTTP/1.1 200 OK".to_owned(), String::new()));
    running.signal(Signal::TERM);
    assert_eq!(running.end().code, Some(143));
}

#[test]
fn an_address_in_use_is_a_wrong_configuration() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = worker(&["work", "stop"]).env("JOB_WORKER_METRICS_ADDR", &address).run();
    assert_eq!((ended.code, ended.messages()), (Some(64), vec!["failed"]));
    let error = ended.told.unwrap()["error"].as_str().unwrap().to_owned();
    let expected = format!(
        "cannot serve metrics on {address}; give a free address of this host to --metrics-addr: "
    );
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn the_end_is_pushed_to_the_index_s_own_group() {
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gateway.local_addr().unwrap());
    let running = worker(&COUNT).env("JOB_WORKER_PUSH_GATEWAY", &url).start();
    let (request, metrics) = accept_push(&gateway);
    let ended = running.end();
    assert_eq!((ended.code, ended.messages().last()), (Some(0), Some(&"done")));
    assert_eq!(request, "PUT /metrics/job/example-worker/run/pod-x/index/3 HTTP/1.1");
    assert_promtool_passes(&metrics);
    assert_eq!(
        settled(&metrics),
        [
            "# TYPE job_worker_batches_total counter",
            "job_worker_batches_total{worker=\"example-worker\"} 1",
            "# TYPE job_worker_build_info gauge",
            "job_worker_build_info{worker=\"example-worker\",version=\"1.2.3\"} 1",
            "# TYPE job_worker_progress_rows_total counter",
            "job_worker_progress_rows_total{worker=\"example-worker\"} 10",
            "# TYPE job_worker_progress_target_rows gauge",
            "job_worker_progress_target_rows{worker=\"example-worker\"} 10.0",
            "# TYPE job_worker_run_exit_code gauge",
            "job_worker_run_exit_code{worker=\"example-worker\"} 0.0",
            "# TYPE job_worker_run_duration_seconds gauge",
            "# TYPE job_worker_run_end_timestamp_seconds gauge",
            "# TYPE job_worker_run_rejected gauge",
            "job_worker_run_rejected{worker=\"example-worker\"} 0.0",
            "# TYPE job_worker_run_rows gauge",
            "job_worker_run_rows{worker=\"example-worker\"} 10.0",
        ]
    );
    for name in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name} has no help in {metrics}");
    }
}

/// Takes one push and answers it.
fn accept_push(gateway: &TcpListener) -> (String, String) {
    let (mut stream, _) = gateway.accept().unwrap();
    let pushed = take(&stream);
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    pushed
}

#[test]
fn five_pods_of_two_jobs_push_to_ten_groups() {
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gateway.local_addr().unwrap());
    let mut groups = std::collections::BTreeSet::new();
    for job in ["monday", "tuesday"] {
        for end in ["2bcdf", "4bcdf", "5bcdf", "6bcdf", "7bcdf"] {
            let pod = format!("{job}-{end}");
            let running = worker(&["end", "already-done"])
                .env("JOB_WORKER_PUSH_GATEWAY", &url)
                .env("POD_NAME", &pod)
                .start();
            let (request, _) = accept_push(&gateway);
            assert_eq!(
                request,
                format!("PUT /metrics/job/example-worker/run/{job}/pod/{pod} HTTP/1.1")
            );
            groups.insert(request);
            assert_eq!(running.end().code, Some(0));
        }
    }
    assert_eq!(groups.len(), 10);
    let running =
        worker(&COUNT).env("JOB_WORKER_PUSH_GATEWAY", &url).env("JOB_NAME", "this night/1").start();
    assert_eq!(
        accept_push(&gateway).0,
        "PUT /metrics/job/example-worker/run/this%20night_1/index/3 HTTP/1.1"
    );
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn a_handler_s_helper_and_an_inquiry_neither_push_nor_serve_what_is_their_pod_s() {
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gateway.local_addr().unwrap());
    // The port is taken, as it is by the pod's main process.
    let address = gateway.local_addr().unwrap().to_string();
    let ended = worker(&["look"])
        .env("JOB_WORKER_PUSH_GATEWAY", &url)
        .env("JOB_WORKER_METRICS_ADDR", &address)
        .run();
    assert_eq!((ended.code, ended.messages()), (Some(0), vec!["started", "done"]));
    let mut main = worker(&[&["start", "--"], &COUNT[..]].concat())
        .env("JOB_WORKER_PUSH_GATEWAY", &url)
        .env("JOB_WORKER_METRICS_ADDR", ":0")
        .start();
    main.line("metrics are served");
    assert_eq!(main.line("the other one has ended")["code"], 0);
    main.signal(Signal::TERM);
    // The first push that comes is the main process' own.
    assert!(
        accept_push(&gateway)
            .1
            .contains("job_worker_run_exit_code{worker=\"example-worker\"} 143.0")
    );
    assert_eq!(main.end().code, Some(143));
}

#[test]
fn a_port_alone_serves_on_all_addresses() {
    let mut running = worker(&["--metrics-addr", ":0", "work", "stop"]).start();
    let address = running.line("metrics are served")["address"].as_str().unwrap().to_owned();
    let port = address.rsplit_once(':').unwrap().1;
    assert_eq!(ask(&format!("127.0.0.1:{port}"), "GET /metrics").0, "HTTP/1.1 200 OK");
    running.signal(Signal::TERM);
    assert_eq!(running.end().code, Some(143));
}

#[test]
fn a_push_that_is_refused_is_logged_and_changes_nothing() {
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics/job/nightly", gateway.local_addr().unwrap());
    let running = worker(&["--push-gateway", &url, "fail", "74"]).start();
    let (mut stream, _) = gateway.accept().unwrap();
    let (request, metrics) = take(&stream);
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nno thanks").unwrap();
    let ended = running.end();
    assert_eq!(request, "PUT /metrics/job/nightly/run/pod-x/pod/pod-x HTTP/1.1");
    assert!(
        metrics.contains("job_worker_run_exit_code{worker=\"example-worker\"} 74.0\n"),
        "{metrics}"
    );
    assert_eq!(ended.code, Some(74));
    assert_eq!(
        ended.last(),
        json!({
            "level": "WARN", "worker": "example-worker", "index": null, "pod": "pod-x", "target": "worker_runtime::lifecycle::start",
            "message": "the metrics are not pushed; the work itself is not affected", "gateway": url, "causes": [],
            "error": "the Pushgateway answered 400 Bad Request to PUT /metrics/job/nightly/run/pod-x/pod/pod-x: no thanks",
        })
    );
}

#[test]
fn a_pushgateway_that_is_not_there_or_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    // The port of tcpmux: refused, and never given to another test's listener.
    let gone = SocketAddr::from(([127, 0, 0, 1], 1));
    for (address, error) in [
        (silent.local_addr().unwrap(), "the Pushgateway did not answer within 3 s".to_owned()),
        (gone, format!("cannot connect to {gone}: Connection refused (os error 111)")),
    ] {
        let ended =
            worker(&COUNT).env("JOB_WORKER_PUSH_GATEWAY", &format!("http://{address}")).run();
        assert_eq!((ended.code, &ended.last()["error"]), (Some(0), &json!(error)));
        assert_eq!(ended.told.unwrap()["outcome"], "done");
    }
}

#[test]
fn a_signal_breaks_off_the_push() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let running = worker(&COUNT).env("JOB_WORKER_PUSH_GATEWAY", &url).start();
    let (stream, _) = silent.accept().unwrap();
    take(&stream);
    running.signal(Signal::TERM);
    let ended = running.end();
    assert_eq!(
        (ended.code, ended.messages().last()),
        (Some(0), Some(&"the push of the metrics is broken off"))
    );
}
