//! `--exclude` and `--only`: what is left out is told, is part of the settings, and is not mixed up
//! with what was counted otherwise.

use serde_json::json;
use system_tests::logs::{Folder, assert_code, assert_error, log, warnings};

/// Requests of people, of a probe and of two networks, in combined.
const COMBINED: &str = "\
192.0.2.1 - - [03/Jan/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 10 \"-\" \"Mozilla/5.0 (X)\"
192.0.2.1 - - [03/Jan/2024:10:00:01 +0000] \"GET /healthz HTTP/1.1\" 200 2 \"-\" \"kube-probe/1.31\"
10.1.2.3 - - [03/Jan/2024:10:00:02 +0000] \"GET /healthz/live?x=1 HTTP/1.1\" 200 2 \"-\" \"curl/8\"
10.1.2.3 - - [03/Jan/2024:10:00:03 +0000] \"GET /a HTTP/1.1\" 404 10 \"-\" \"Mozilla/5.0 (X)\"
192.0.2.2 - - [03/Jan/2024:10:00:04 +0000] \"POST /a HTTP/1.1\" 503 10 \"-\" \"Mozilla/5.0 (X)\"
192.0.2.2 - - [31/Dec/2023:10:00:00 +0000] \"GET /healthz HTTP/1.1\" 200 2 \"-\" \"curl/8\"
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", COMBINED);
    folder
}

#[test]
fn what_is_left_out_is_counted_by_its_filter_and_nowhere_else() {
    let folder = folder();
    let output = folder.january(&["--exclude", "path=/healthz*", "--exclude", "client=10.0.0.0/8"]);
    assert_code(&output, 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(
        (&summary["requests"], &summary["of_other_months"], &summary["statuses"]),
        (&json!(2), &json!(1), &json!({ "200": 1, "503": 1 }))
    );
    assert_eq!(
        summary["filtered"],
        json!({ "exclude client=10.0.0.0/8": 2, "exclude path=/healthz*": 1 })
    );
    let manifest = folder.json("out/01/_SUCCESS");
    assert_eq!(
        (&manifest["settings"]["filters"], &manifest["counts"]["filtered"]),
        (&json!("exclude client=10.0.0.0/8\nexclude path=/healthz*"), &json!(3))
    );
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("left out by a filter"), "{log}");
    // The same settings are done already, in whatever order; others are not.
    let again = ["--exclude", "client=10.0.0.0/8", "--exclude", "path=/healthz*"];
    assert_code(&folder.january(&again), 0);
    assert_eq!(folder.outcome(), "already-done");
    assert_code(&folder.january(&again[..2]), 0);
    assert_eq!(folder.outcome(), "done");
}

#[test]
fn only_what_holds_for_each_key_is_counted() {
    let folder = folder();
    let variables = [
        ("JOB_WORKER_INPUT", "logs/{year}/{month:02}/"),
        ("OUTPUT_BUCKET", "out"),
        ("YEAR", "2024"),
        ("JOB_WORKER_MONTH", "1"),
        ("JOB_WORKER_ONLY", "status=4xx\nstatus=5xx\nagent=mozilla*\n"),
    ];
    assert_code(&folder.run(&["aggregate"], &variables), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["statuses"], json!({ "404": 1, "503": 1 }));
    assert_eq!(
        summary["filtered"],
        json!({ "only agent=mozilla*": 2, "only status=4xx or status=5xx": 1 })
    );
}

#[test]
fn clients_are_filtered_before_they_are_made_anonymous() {
    let folder = folder();
    let arguments = ["--anonymize-clients", "--exclude", "client=192.0.2.1"];
    assert_code(&folder.january(&arguments), 0);
    assert_eq!(folder.json("out/01/summary.json")["filtered"]["exclude client=192.0.2.1"], 2);
}

#[test]
fn a_wrong_filter_is_64_and_says_what_would_be_one() {
    let folder = folder();
    for (flag, value, says) in [
        ("--exclude", "/healthz", "path=/healthz*"),
        ("--exclude", "url=/x", "the keys are client, path, host, status, agent, method, sender"),
        ("--only", "client=10.0.0.0/40", "a network such as 192.0.2.0/24"),
        ("--only", "status=4", "404, 5xx or 400-499"),
        ("--only", "", "is no KEY=VALUE"),
    ] {
        assert_error(&folder.january(&[flag, value]), 64, &[flag, says]);
    }
}

#[test]
fn a_filter_by_what_the_log_does_not_have_is_65_and_one_that_finds_nothing_is_told() {
    let folder = folder();
    let output = folder.january(&["--exclude", "host=a.example.org"]);
    assert_error(&output, 65, &["asks for the host", "read as combined", "--format"]);
    assert!(!folder.path("out/01/_SUCCESS").exists());
    let output = folder.january(&["--exclude", "path=/heathz*"]);
    assert_code(&output, 0);
    let warned = warnings(&output);
    assert!(warned.iter().any(|warning| warning.contains("exclude path=/heathz*")), "{warned:?}");
    // Hosts that the lines of one file have are none of those of another one.
    let lines: String = log(3, 5).lines().map(|line| format!("a.example.org {line}\n")).collect();
    folder.write("logs/2024/01/b.log", lines);
    let output = folder.january(&["--only", "host=a.example.org"]);
    assert_error(&output, 65, &["asks for the host", "read as combined"]);
    assert_code(&folder.january(&["--exclude", "status=404"]), 0);
}

#[test]
fn filters_that_leave_nothing_are_66_unless_that_was_said() {
    let folder = folder();
    let arguments = ["--only", "path=/nowhere"];
    let says = ["none of the 5 requests of 2024-01", "only path=/nowhere", "--allow-empty"];
    assert_error(&folder.january(&arguments), 66, &says);
    assert_code(&folder.january(&[&arguments[..], &["--allow-empty"]].concat()), 0);
}

#[test]
fn months_with_different_filters_are_merged_only_when_told() {
    let folder = folder();
    assert_code(&folder.january(&["--exclude", "path=/healthz*"]), 0);
    folder.write("logs/2024/02/a.log", COMBINED.replace("/Jan/", "/Feb/"));
    assert_code(&folder.january(&["--month", "2"]), 0);
    let merge = ["merge", "out", "--allow-missing"];
    let says = ["month 02 has", "no filters", "exclude path=/healthz*", "--allow-other-filters"];
    assert_error(&folder.run(&merge, &[]), 65, &says);
    let output = folder.run(&[&merge[..], &["--allow-other-filters", "--report"]].concat(), &[]);
    assert_code(&output, 0);
    assert!(warnings(&output).iter().any(|warning| warning.contains("other filters")));
    let year = folder.json("out/year.json");
    assert_eq!(
        (&year["requests"], &year["filtered"]["exclude path=/healthz*"]),
        (&json!(8), &json!(2))
    );
    let page = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(page.contains("Left out by the filter exclude path=/healthz*: 2."), "{page}");
}
