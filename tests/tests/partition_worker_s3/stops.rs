//! A request to stop while a transfer stands still: the server is there, and sends and takes
//! nothing more.

use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use system_tests::{Answer, CannedServer, Request, Trickle, worker};

use crate::variables;

const INPUT: &str = "id,amount\na,1\nb,2\n";

const LOG: &str = "10.0.0.1 - - [02/Jan/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n";

/// What the server stops at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stalls {
    /// In the middle of an object that is read.
    Reading,
    /// Behind an object or a part of one that is written.
    Writing,
    /// At its answer to a look at an object.
    Looking,
}

/// An answer that begins and never ends.
fn endless(beginning: &'static str) -> Answer {
    Answer::trickling(Trickle {
        beginning: Bytes::from_static(beginning.as_bytes()),
        blanks: 0,
        every: Duration::from_secs(1),
        rest: None,
    })
}

/// Whether the request is one that the server stops at.
fn is_stalled(request: &Request, stalls: Stalls) -> bool {
    let is_input = request.target.starts_with("/in/") && !request.target.contains("list-type");
    match stalls {
        Stalls::Reading => request.method == "GET" && is_input,
        Stalls::Writing => request.method == "PUT",
        Stalls::Looking => request.method == "POST",
    }
}

fn answer(request: &Request, stalls: Stalls) -> Answer {
    let object = |body: &'static str| {
        let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
        let (from, to) = match range.and_then(|range| range.split_once('-')) {
            Some((from, to)) => (from.parse().unwrap_or(0), to.parse().unwrap_or(0)),
            None => (0, body.len() - 1),
        };
        let status = if range.is_some() { 206 } else { 200 };
        Answer::with_body(status, "text/plain", &body[from..=to])
            .header("content-range", format!("bytes {from}-{to}/{}", body.len()))
            .header("etag", "\"5d41402abc4b2a76b9719d911017c592\"")
            .header("last-modified", "Mon, 01 Jan 2024 00:00:00 GMT")
    };
    let body = if request.target.contains(".log") { LOG } else { INPUT };
    if is_stalled(request, stalls) {
        let begun = endless(if stalls == Stalls::Reading { &INPUT[..5] } else { "" });
        return begun.header("etag", "\"5d41402abc4b2a76b9719d911017c592\"");
    }
    match request.method.as_str() {
        "GET" if request.target.contains("list-type") && request.target.contains("/in") => {
            let size = LOG.len();
            let listing = format!(
                "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>\
                 <Contents><Key>1/a.log</Key><Size>{size}</Size>\
                 <ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag>\
                 <LastModified>2024-01-01T00:00:00.000Z</LastModified></Contents>\
                 </ListBucketResult>"
            );
            Answer::with_body(200, "application/xml", listing)
        }
        "HEAD" | "GET" if request.target.starts_with("/in/") => object(body),
        // The bucket itself.
        "HEAD" if request.target.trim_end_matches('/') == "/out" => Answer::empty(200),
        "POST" => Answer::with_body(
            200,
            "application/xml",
            "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><UploadId>u</UploadId>\
             </InitiateMultipartUploadResult>",
        ),
        // An abort gets no answer either.
        "DELETE" if request.target.contains("uploadId") => endless(""),
        "DELETE" => Answer::empty(204),
        _ => Answer::error(404, "NoSuchKey", "there is none"),
    }
}

#[test]
fn a_transfer_that_stands_still_does_not_hold_up_a_stop() -> anyhow::Result<()> {
    let exec = ["exec", "--input", "s3://in/{index}.csv", "--output", "s3://out/", "--", "cat"];
    let large = [
        "exec",
        "--input",
        "s3://in/{index}.csv",
        "--output",
        "s3://out/",
        "--",
        "sh",
        "-c",
        "cat; head -c 40000000 /dev/zero",
    ];
    let aggregate = [
        "aggregate",
        "--year",
        "2024",
        "--month",
        "1",
        "--input",
        "s3://in/1/",
        "--output",
        "s3://out/",
    ];
    let validate = [
        "validate",
        "--input",
        "s3://in/{index}.csv",
        "--schema",
        "schema.json",
        "--output",
        "s3://out/",
    ];
    for (name, arguments, stalls) in [
        ("partition-worker", validate.as_slice(), Stalls::Reading),
        ("partition-worker", &validate, Stalls::Writing),
        ("partition-worker", &exec, Stalls::Reading),
        ("partition-worker", &exec, Stalls::Writing),
        ("partition-worker", &large, Stalls::Writing),
        ("partition-worker", &large, Stalls::Looking),
        ("log-aggregator", &aggregate, Stalls::Reading),
        ("log-aggregator", &aggregate, Stalls::Writing),
    ] {
        let server = CannedServer::start(move |request, _| answer(request, stalls))?;
        let folder = tempfile::tempdir()?;
        std::fs::write(
            folder.path().join("schema.json"),
            r#"{"fields": [{"name": "id"}, {"name": "amount", "type": "number"}]}"#,
        )?;
        let more = [
            ("JOB_COMPLETION_INDEX", "0".to_owned()),
            ("TOTAL_PARTITIONS", "1".to_owned()),
            // The worker's own patience with a silent server is no help here.
            ("JOB_WORKER_S3_TIMEOUT", "10m".to_owned()),
            ("JOB_WORKER_S3_PART_MIB", "5".to_owned()),
        ];
        let variables = variables(&server.endpoint(), &more);
        let mut command = worker(name, folder.path(), arguments, &variables);
        let mut running = command.env("PATH", "/usr/bin:/bin").stderr(Stdio::piped()).spawn()?;
        while !server.requests().iter().any(|request| is_stalled(request, stalls)) {
            if let Some(ended) = running.try_wait()? {
                let mut log = String::new();
                running.stderr.take().expect("it is piped").read_to_string(&mut log)?;
                anyhow::bail!("{name} {stalls:?}: it has ended, {ended}: {log}");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        kill_process(Pid::from_child(&running), Signal::TERM)?;
        let mut log = String::new();
        running.stderr.take().expect("it is piped").read_to_string(&mut log)?;
        assert_eq!(running.wait()?.code(), Some(143), "{name} {stalls:?}: {log}");
        // Not the end of the grace period, which is 25 s.
        assert!(!log.contains("the grace period is over"), "{name} {stalls:?}: {log}");
    }
    Ok(())
}
