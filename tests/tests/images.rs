//! The images in Docker: what is in them, how they end, and every Job of the lab in them. `make
//! test-images` builds them and runs this.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use system_tests::binary;
use system_tests::kubernetes::{Lab, Runtime};
use tempfile::TempDir;

const WORKERS: [&str; 4] = ["partition-worker", "queue-worker", "log-aggregator", "sample-data"];

fn tag() -> String {
    std::env::var("TAG").expect("TAG is that of the images: make test-images sets it")
}

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).output().expect("docker is there")
}

#[track_caller]
fn succeed(arguments: &[&str]) -> String {
    let output = docker(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text").trim().to_owned()
}

/// Arguments of `docker run` for a worker as the manifests restrict it, with a folder at /work.
fn restricted<'a>(name: &'a str, folder: &'a str, image: &'a str) -> Vec<&'a str> {
    let mut arguments =
        vec!["run", "--name", name, "--read-only", "--cap-drop", "ALL", "--network", "none"];
    arguments.extend([
        "--security-opt",
        "no-new-privileges",
        "--memory",
        "64m",
        "--memory-swap",
        "64m",
        "--cpus",
        "0.5",
    ]);
    arguments.extend(["--volume", folder, image]);
    arguments
}

struct Container(String);

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", &self.0]);
    }
}

/// A folder that the images' user can write to.
fn folder() -> (TempDir, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("there is a place for it");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777))
        .expect("it is ours");
    let volume = format!("{}:/work", folder.path().display());
    (folder, volume)
}

fn unique(name: &str) -> String {
    format!("{name}-{}-{}", std::process::id(), fastrand::u32(..))
}

#[test]
#[ignore = "needs Docker and the images: make test-images"]
fn an_image_is_a_worker_and_nothing_else() {
    for worker in WORKERS {
        let image = format!("job-workers/{worker}:{}", tag());
        let config: Value = serde_json::from_str(&succeed(&["inspect", &image])).unwrap();
        let config = &config[0]["Config"];
        assert_eq!(config["User"], "65532:65532", "{worker}");
        assert_eq!(config["Entrypoint"], serde_json::json!([format!("/{worker}")]), "{worker}");
        for label in ["title", "description", "version", "revision", "licenses"] {
            let value = config["Labels"][format!("org.opencontainers.image.{label}")]
                .as_str()
                .unwrap_or_default();
            assert!(!value.is_empty() && value != "unknown", "{worker}: {label}");
        }
        let container = Container(unique(worker));
        succeed(&["create", "--name", &container.0, &image]);
        let archive = docker(&["export", &container.0]).stdout;
        let mut tar = Command::new("tar")
            .args(["-t"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = tar.stdin.take().unwrap();
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut pipe, &archive));
        let names = tar.wait_with_output().unwrap().stdout;
        writer.join().unwrap().unwrap();
        let names = String::from_utf8(names).unwrap();
        // What Docker puts into every container.
        let of_docker = [".dockerenv", "dev/", "etc/", "proc/", "sys/"];
        let files: Vec<&str> = names
            .lines()
            .filter(|name| !of_docker.iter().any(|start| name.starts_with(start)))
            .collect();
        let expected: &[&str] =
            if worker == "sample-data" { &["data/", worker] } else { &[worker] };
        assert_eq!(files, expected, "{worker}");
    }
}

#[test]
#[ignore = "needs Docker and the images: make test-images"]
fn a_worker_needs_no_root_no_network_and_little_memory() {
    let (folder, volume) = folder();
    let run = |worker: &str, arguments: &[&str]| {
        let image = format!("job-workers/{worker}:{}", tag());
        let container = Container(unique(worker));
        let output = docker(&[&restricted(&container.0, &volume, &image)[..], arguments].concat());
        assert!(
            output.status.success(),
            "{worker} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    // Far more than the memory that it may take.
    run(
        "sample-data",
        &["transactions", "--rows", "1000000", "--partitions", "1", "--output", "/work/in"],
    );
    let validate = [
        "validate",
        "--input",
        "/work/in/data_{index}.csv",
        "--schema",
        "/work/in/transactions.schema.json",
        "--output",
        "/work/out",
    ];
    run(
        "partition-worker",
        &[&validate[..], &["--index", "0", "--total-partitions", "1"]].concat(),
    );
    run(
        "sample-data",
        &[
            "access-logs",
            "--month",
            "2",
            "--lines",
            "500000",
            "--compress",
            "none",
            "--output",
            "/work/logs",
        ],
    );
    run(
        "log-aggregator",
        &[
            "aggregate",
            "--input",
            "/work/logs/{year}/{month:02}/",
            "--year",
            "2024",
            "--month",
            "2",
            "--output",
            "/work/analytics",
        ],
    );
    let rows = |path: &str, key: &str| {
        let summary: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join(path)).unwrap()).unwrap();
        summary[key].as_u64().unwrap()
    };
    assert_eq!(rows("out/part-00000/summary.json", "rows"), 1_000_000);
    assert_eq!(
        rows("analytics/02/summary.json", "requests"),
        rows("logs/2024/truth-02.json", "requests")
    );
}

/// The crates whose source the binary of an image speaks of, in the places of its panics, as
/// NAME-VERSION.
fn crates_in(binary: &[u8]) -> BTreeSet<String> {
    let place =
        Regex::new(r"([A-Za-z0-9_-]+-[0-9]+\.[0-9]+\.[0-9]+(?:\+[a-z0-9.]+)?)/src/").unwrap();
    let text = String::from_utf8_lossy(binary);
    place.captures_iter(&text).map(|found| found[1].to_owned()).collect()
}

#[test]
#[ignore = "needs the images: make test-images"]
fn what_an_image_is_made_of_is_what_its_binary_is_made_of() {
    let folder = binary("sample-data").parent().unwrap().join("../images");
    for (worker, has, has_not) in [
        ("partition-worker", ["aws-sdk-s3", "table-schema"], "redis"),
        ("queue-worker", ["redis", "table-schema"], "aws-sdk-s3"),
        ("log-aggregator", ["aws-sdk-s3", "datasketches"], "redis"),
        ("sample-data", ["aws-sdk-s3", "rand_chacha"], "redis"),
    ] {
        let program = std::fs::read(folder.join(worker)).unwrap();
        let bill: Value = serde_json::from_slice(
            &std::fs::read(folder.join(format!("{worker}.cdx.json"))).unwrap(),
        )
        .unwrap();
        let linked: BTreeSet<String> = bill["components"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|component| component["scope"] == "required")
            .map(|component| {
                format!(
                    "{}-{}",
                    component["name"].as_str().unwrap(),
                    component["version"].as_str().unwrap()
                )
            })
            .collect();
        let names = |name: &str| {
            linked
                .iter()
                .any(|linked| linked.rsplit_once('-').is_some_and(|(found, _)| found == name))
        };
        assert!(has.iter().all(|name| names(name)) && !names(has_not), "{worker}: {linked:?}");
        let spoken_of = crates_in(&program);
        assert!(spoken_of.len() > 10, "{worker}: {spoken_of:?}");
        let missing: Vec<&String> = spoken_of.difference(&linked).collect();
        assert!(missing.is_empty(), "{worker}: {missing:?} are in it, and nobody says so");
        // It is that of this very binary.
        let image = format!("job-workers/{worker}:{}", tag());
        let container = Container(unique("bill"));
        succeed(&["create", "--name", &container.0, &image]);
        let copy = tempfile::tempdir().unwrap();
        let to = copy.path().join(worker);
        succeed(&["cp", &format!("{}:/{worker}", container.0), &to.display().to_string()]);
        let sum = Command::new("sha256sum").arg(&to).output().unwrap().stdout;
        let sum = String::from_utf8(sum).unwrap();
        assert_eq!(
            bill["metadata"]["component"]["hashes"][0]["content"].as_str(),
            sum.split(' ').next(),
            "{worker}"
        );
    }
}

#[test]
#[ignore = "needs Docker and the images: make test-images"]
fn docker_stop_ends_a_worker_within_its_grace_period() {
    let (folder, volume) = folder();
    let image = format!("job-workers/partition-worker:{}", tag());
    let container = Container(unique("stopped"));
    let mut arguments = restricted(&container.0, &volume, &image);
    arguments.insert(1, "--detach");
    let message = [
        "--termination-message",
        "/work/message.json",
        "--progress-interval",
        "100ms",
        "--log-format",
        "json",
    ];
    let simulate = ["simulate", "--index", "0", "--total-partitions", "1", "--phases", "work=300s"];
    succeed(&[&arguments[..], &simulate, &message].concat());
    let began = Instant::now();
    while !String::from_utf8_lossy(&docker(&["logs", &container.0]).stderr).contains("\"done\"") {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    let began = Instant::now();
    succeed(&["stop", "--time", "20", &container.0]);
    assert!(began.elapsed() < Duration::from_secs(20), "it did not wait to be killed");
    assert_eq!(succeed(&["inspect", "--format", "{{.State.ExitCode}}", &container.0]), "143");
    let message: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("message.json")).unwrap())
            .unwrap();
    assert_eq!((&message["outcome"], &message["exit_code"]), (&"stopped".into(), &143.into()));
}

#[test]
#[ignore = "needs Docker and the images: make test-images"]
fn the_jobs_of_the_lab_do_their_work_in_their_images() -> anyhow::Result<()> {
    let (network, label) = ("host".to_owned(), "job-workers.test=lab".to_owned());
    Lab::start_in(Runtime::Docker { tag: tag(), network, label, user: None })?.assert_all()
}

#[test]
#[ignore = "needs Docker, the images and stand-ins for Redis and S3: make test-images"]
fn compose_ends_with_the_results_of_all_workers() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let project = unique("jobworkers").replace('-', "");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let run = |program: &str, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .current_dir(&repository)
            .envs([("COMPOSE_PROJECT_NAME", project.as_str()), ("S3_PORT", &port), ("TAG", &tag())])
            .envs([
                ("REDIS_IMAGE", "job-workers/redis:standin"),
                ("S3_IMAGE", "job-workers/s3:standin"),
            ])
            .output()
            .expect("it starts")
    };
    let up = run("make", &["up"]);
    let again = run("make", &["up-indexed"]);
    let down = run("make", &["down"]);
    let text = |output: &Output| {
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    assert!(up.status.success(), "{}", text(&up));
    assert!(again.status.success(), "{}", text(&again));
    assert!(down.status.success(), "{}", text(&down));
    let up = text(&up);
    let total = |section: &str| {
        let section = up
            .split("== ")
            .find(|part| part.starts_with(section))
            .unwrap_or_else(|| panic!("no {section} in {up}"));
        section
            .lines()
            .find(|line| {
                line.trim_start().starts_with("total") || line.trim_start().starts_with("2024 ")
            })
            .unwrap_or_default()
            .to_owned()
    };
    assert!(total("queue").contains("10,000"), "{up}");
    assert!(total("partitions").contains("10,000"), "{up}");
    assert!(total("year").contains("239,"), "{up}");
    assert_eq!(text(&again).matches("already").count(), 5, "{}", text(&again));
}
