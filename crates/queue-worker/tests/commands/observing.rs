//! The files for Prometheus, Grafana and KEDA beside the page: what they name is there.

use std::{collections::BTreeSet, io::ErrorKind, process::Command};

use super::{page::*, *};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../k8s/base/queue-page");

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap()
}

/// The names of metrics in a text.
fn metrics_of(text: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_name(c)).filter(|word| word.starts_with("job_worker_")).collect()
}

/// The expressions of the dashboard, with its variable as Grafana replaces it.
fn expressions() -> Vec<String> {
    let dashboard: serde_json::Value = serde_json::from_str(&file("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().replace("$queue", ".+")).collect()
}

#[test]
fn every_metric_that_an_alert_or_the_dashboard_names_is_served() {
    let server = with_a_dead_letter("one\n");
    let page = Page::serve(&server, &[]);
    let metrics = page.get("/metrics").body;
    for name in ["alerts.yaml", "dashboard.json"] {
        let text = file(name);
        let names = metrics_of(&text);
        assert!(names.len() >= 7, "{name}: {names:?}");
        for name in names {
            let help = format!("# HELP {name} ");
            let sample = metrics.lines().any(|line| line.starts_with(&format!("{name}{{")));
            assert!(sample && metrics.contains(&help), "{name}: {metrics}");
        }
    }
}

#[test]
fn promtool_takes_the_alerts_and_every_expression_of_the_dashboard() {
    let folder = tempfile::tempdir().unwrap();
    let rules: String = expressions()
        .iter()
        .enumerate()
        .map(|(number, expression)| {
            let quoted = serde_json::to_string(expression).unwrap();
            format!("      - record: dashboard:{number}\n        expr: {quoted}\n")
        })
        .collect();
    let dashboard = folder.path().join("dashboard.yaml");
    let text = format!("groups:\n  - name: dashboard\n    rules:\n{rules}");
    std::fs::write(&dashboard, text).unwrap();
    for file in [format!("{FOLDER}/alerts.yaml"), dashboard.display().to_string()] {
        match Command::new("promtool").args(["check", "rules", &file]).output() {
            Ok(output) => {
                let said = [output.stdout, output.stderr].concat();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
            }
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && std::env::var_os("REQUIRE_PROMTOOL").is_none() =>
            {
                eprintln!("left out: promtool (Debian's package prometheus) is not installed");
            }
            Err(error) => panic!("promtool cannot be started: {error}"),
        }
    }
}

#[test]
fn the_autoscaler_asks_for_what_is_served_and_cannot_end_a_drain_early() {
    let server = Server::start();
    Worker::feed(&server.url(), &["push", "--queue", "transactions"], b"1\n2\n").expect(0);
    let page = Page::serve(&server, &[]);
    let scaled = file("scaled-job.yaml");
    let value = |name: &str| {
        let line = scaled.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}")).trim().to_owned()
    };
    let path = value("url: http://queue-page");
    assert_eq!(page.json(&path)[value("valueLocation:")], 2);
    assert_eq!(value("strategy:"), "gradual", "the first is that of the rollout");
    // The worker ends when all is drained, and is asked for the queue that is counted.
    assert!(scaled.contains("- --queue=transactions") && scaled.contains("- run"));
    let settings = scaled.lines().filter(|line| !line.starts_with('#'));
    for early in ["--exit-when", "--idle-timeout", "--max-runtime", "activeDeadlineSeconds"] {
        assert!(settings.clone().all(|line| !line.contains(early)), "{early}");
    }
}

#[test]
fn the_pod_monitor_selects_the_page_and_its_port() {
    let (monitor, deployment) = (file("pod-monitor.yaml"), file("deployment.yaml"));
    for label in ["app.kubernetes.io/name: queue-worker", "app.kubernetes.io/component: page"] {
        assert_eq!(monitor.matches(label).count(), 2, "its own and the pod's");
        assert!(deployment.contains(label), "{label}");
    }
    assert!(monitor.contains("port: http") && deployment.contains("- name: http"));
}
