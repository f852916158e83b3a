//! A Redis Cluster of three.

use std::{collections::BTreeSet, process::Command};

use super::{
    process::until,
    server::{Server, free_port},
};

fn nodes() -> Vec<Server> {
    loop {
        // A node's bus is at its port + 10000.
        let nodes: Vec<Server> = (0..3)
            .map(|_| {
                Server::start_with(&[
                    "--save",
                    "",
                    "--cluster-enabled",
                    "yes",
                    "--cluster-node-timeout",
                    "2000",
                    "--cluster-port",
                    &free_port().to_string(),
                ])
            })
            .collect();
        let ports: BTreeSet<u16> = nodes.iter().map(Server::port).collect();
        if ports.len() == 3 {
            return nodes;
        }
    }
}

/// Starts three nodes that share the slots.
pub fn start() -> Vec<Server> {
    let nodes = nodes();
    let addresses: Vec<String> =
        nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    let made = Command::new("redis-cli")
        .args(["--cluster", "create"])
        .args(&addresses)
        .args(["--cluster-replicas", "0", "--cluster-yes"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
    until("the cluster is whole", || {
        nodes.iter().all(|node| {
            let info: String =
                redis::cmd("CLUSTER").arg("INFO").query(&mut node.connection()).unwrap();
            info.contains("cluster_state:ok")
        })
    });
    nodes
}

/// Where the worker finds it.
pub fn url(nodes: &[Server]) -> String {
    let addresses: Vec<String> =
        nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    format!("redis+cluster://{}", addresses.join(","))
}

/// As redis-cli --cluster reshard does it.
pub fn move_slot(nodes: &[Server], slot: u16, from: usize, to: usize) {
    let id = |node: usize| {
        redis::cmd("CLUSTER").arg("MYID").query::<String>(&mut nodes[node].connection()).unwrap()
    };
    let setslot = |node: usize, words: &[&str]| {
        let () = redis::cmd("CLUSTER")
            .arg("SETSLOT")
            .arg(slot)
            .arg(words)
            .query(&mut nodes[node].connection())
            .unwrap();
    };
    setslot(to, &["IMPORTING", &id(from)]);
    setslot(from, &["MIGRATING", &id(to)]);
    loop {
        let keys: Vec<String> = redis::cmd("CLUSTER")
            .arg("GETKEYSINSLOT")
            .arg(slot)
            .arg(100)
            .query(&mut nodes[from].connection())
            .unwrap();
        if keys.is_empty() {
            break;
        }
        let () = redis::cmd("MIGRATE")
            .arg("127.0.0.1")
            .arg(nodes[to].port())
            .arg("")
            .arg(0)
            .arg(5000)
            .arg("KEYS")
            .arg(&keys)
            .query(&mut nodes[from].connection())
            .unwrap();
    }
    for node in [to, from] {
        setslot(node, &["NODE", &id(to)]);
    }
}
