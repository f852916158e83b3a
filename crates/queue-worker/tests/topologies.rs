//! A cluster of three and a primary that sentinels name, from the same redis-server.

mod support;

use std::{collections::BTreeSet, process::Command};

use support::{
    cluster,
    process::{Worker, until},
    sentinel::Sentinel,
    server::{Server, free_port},
};

const AT_ONCE: [&str; 3] = ["run", "--handler", "simulate=0s"];

fn tasks() -> String {
    (0..3_000).map(|n| format!("task {n}\n")).collect()
}

#[test]
fn a_cluster_is_drained_also_while_its_slot_moves() {
    let nodes = cluster::start();
    let url = cluster::url(&nodes);
    Worker::feed(&url, &["push"], tasks().as_bytes()).expect(0);
    let some = Worker::run(&url, &[&AT_ONCE[..], &["--max-tasks", "1000"]].concat()).expect(0);
    assert_eq!(some.count("done"), 1_000);
    // One node alone says where the slot is, and that is told with its remedy.
    let slot: u16 =
        redis::cmd("CLUSTER").arg(&["KEYSLOT", "q"]).query(&mut nodes[0].connection()).unwrap();
    let other = nodes
        .iter()
        .position(|node| redis::cmd("LLEN").arg("q").query::<u64>(&mut node.connection()).is_err());
    let other = other.expect("two of three nodes do not have the slot");
    let wrong = Worker::run(&nodes[other].url(), &AT_ONCE).expect(64);
    assert!(wrong.stderr.contains("redis+cluster://"), "{}", wrong.stderr);
    // The slot moves in mid-run.
    let worker = Worker::start(&url, &["run", "--handler", "simulate=1ms", "--claim-time", "10ms"]);
    let owner = (0..3).find(|n| {
        *n != other && redis::cmd("LLEN").arg("q").query::<u64>(&mut nodes[*n].connection()).is_ok()
    });
    let owner = owner.unwrap();
    let results = |node: usize| {
        redis::cmd("LLEN").arg("{q}:results").query::<u64>(&mut nodes[node].connection())
    };
    until("some results", || results(owner).unwrap_or(0) >= 1_200);
    cluster::move_slot(&nodes, slot, owner, other);
    let ended = worker.end().expect(0);
    assert_eq!(ended.count("done"), 2_000);
    assert_eq!(results(other).unwrap(), 3_000);
}

#[test]
fn several_queues_of_a_cluster_are_drained_whatever_their_slots() {
    let nodes = cluster::start();
    let url = cluster::url(&nodes);
    // Three names whose slots are on different nodes.
    for queue in ["high", "low", "jobs{eu}"] {
        let push = ["push", "--queue", queue];
        Worker::feed(&url, &push, tasks().as_bytes()).expect(0);
    }
    let queues = ["--queue", "high", "--queue", "low", "--queue", "jobs{eu}"];
    let ended = Worker::run(&url, &[&AT_ONCE[..], &queues].concat()).expect(0);
    assert_eq!(ended.count("done"), 9_000);
    let weighted = ["--queue", "high=3,low=2,jobs{eu}=1"];
    Worker::run(&url, &[&AT_ONCE[..], &weighted].concat()).expect(0);
}

#[test]
fn a_failover_in_mid_run_is_followed() {
    let mut primary = Server::start();
    let port = primary.port().to_string();
    let replica = Server::start_with(&["--save", "", "--replicaof", "127.0.0.1", &port]);
    let sentinel = Sentinel::start(primary.port());
    let url = sentinel.url();
    Worker::feed(&url, &["push"], tasks().as_bytes()).expect(0);
    sentinel.await_replica(&replica);
    let worker = Worker::start(
        &url,
        &["run", "--handler", "simulate=1ms", "--claim-time", "10ms", "--lease", "2s"],
    );
    let results = |server: &Server| {
        redis::cmd("LLEN").arg("{q}:results").query::<u64>(&mut server.connection()).unwrap()
    };
    until("some results at the replica", || results(&replica) >= 200);
    primary.kill();
    until("the sentinel names the replica", || sentinel.master() == Some(replica.port()));
    let ended = worker.end().expect(0);
    assert!(ended.stderr.contains("redis answers again"), "{}", ended.stderr);
    // Replication lags: what was settled last on the old primary may have been done twice, and is
    // there once.
    let lines: Vec<String> = redis::cmd("LRANGE")
        .arg(&["{q}:results", "0", "-1"])
        .query(&mut replica.connection())
        .unwrap();
    let done: BTreeSet<String> = lines
        .iter()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["task"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!((done.len(), lines.len()), (3_000, 3_000));
}

#[test]
fn tls_is_checked_against_the_given_authority() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for name in ["ours", "theirs"] {
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
            ])
            .args([
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                &path(&format!("{name}.key")),
            ])
            .args([
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-out",
                &path(&format!("{name}.pem")),
            ])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let port = free_port();
    let server = Server::start_with(&[
        "--save",
        "",
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path("ours.pem"),
        "--tls-key-file",
        &path("ours.key"),
        "--tls-ca-cert-file",
        &path("ours.pem"),
        "--tls-auth-clients",
        "no",
    ]);
    let url = format!("rediss://localhost:{port}");
    Worker::feed(&url, &["push", "--tls-ca", &path("ours.pem")], b"a\nb\n").expect(0);
    let ended =
        Worker::run(&url, &[&AT_ONCE[..], &["--tls-ca", &path("ours.pem")]].concat()).expect(0);
    assert_eq!(ended.count("done"), 2);
    for flags in [&["--tls-ca", &path("theirs.pem")][..], &[]] {
        let more = [flags, &["--redis-down-timeout", "300ms"]].concat();
        let refused = Worker::run(&url, &[&AT_ONCE[..], &more].concat()).expect(69);
        assert!(refused.stderr.contains("certificate"), "{}", refused.stderr);
    }
    let soon = ["status", "--redis-connect-timeout", "300ms", "--redis-down-timeout", "100ms"];
    let plain = Worker::run(&format!("redis://localhost:{port}"), &soon).expect(69);
    let tls = Worker::run(&server.url().replace("redis://", "rediss://"), &soon).expect(69);
    for (ended, said) in [
        (plain, "this port speaks TLS: write rediss://"),
        (tls, "this port does not speak TLS: write redis://"),
    ] {
        assert_eq!(
            ended.stderr.matches(said).count(),
            2,
            "in the warning and in the error: {}",
            ended.stderr
        );
    }
    let nobody = Worker::run(&format!("redis://localhost:{}", free_port()), &soon).expect(69);
    assert!(!nobody.stderr.contains("TLS"), "{}", nobody.stderr);
}
