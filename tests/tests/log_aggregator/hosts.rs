//! What is counted of each page and of each virtual host.

use serde_json::{Value, json};
use system_tests::logs::{Folder, assert_code, assert_error, warnings};

/// Requests to three hosts, with response times.
fn lines(month: &str) -> String {
    let line = |(second, host, path, status, took): (u32, &str, &str, u16, &str)| {
        let client = second % 3;
        format!(
            "{{\"time\":\"2024-{month}-03T10:00:{second:02}Z\",\
             \"remote_addr\":\"192.0.2.{client}\",\"host\":\"{host}\",\
             \"request\":\"GET {path} HTTP/1.1\",\"status\":{status},\
             \"body_bytes_sent\":100,\"request_time\":{took},\"http_user_agent\":\"{}\"}}\n",
            if client == 2 { "Googlebot/2.1" } else { "Mozilla/5.0" }
        )
    };
    [
        (0, "a.example.org", "/", 200, "0.100"),
        (1, "A.example.org", "/", 200, "0.200"),
        (2, "a.example.org", "/x.css", 200, "3.000"),
        (3, "b.example.org", "/", 503, "0.300"),
        (4, "b.example.org", "/api?q=1", 403, "0.010"),
        (5, "c.example.org", "/gone", 404, "0.020"),
    ]
    .map(line)
    .concat()
}

fn near(time: &Value, expected: f64) -> bool {
    (time.as_f64().unwrap() / expected - 1.0).abs() <= 1.0 / 128.0
}

#[test]
fn pages_have_times_and_hosts_have_counts_of_their_own_in_months_and_years() {
    let folder = Folder::new();
    for month in ["01", "02"] {
        folder.write(&format!("logs/2024/{month}/a.log"), lines(month));
    }
    let flags = ["--by-host", "--visitors-by-hour", "--top", "2"];
    assert_code(&folder.january(&flags), 0);
    assert_code(&folder.january(&[&flags[..], &["--month", "2"]].concat()), 0);
    assert_code(&folder.run(&["merge", "out", "--allow-missing", "--top", "2"], &[]), 0);
    for (summary, times) in [("out/01/summary.json", 1), ("out/year.json", 2)] {
        let summary = folder.json(summary);
        let pages = &summary["page_times"];
        assert_eq!((&pages["moved"], &pages["others"]), (&json!(0), &Value::Null));
        let page = |at: usize| {
            let page = &pages["top"][at];
            (page["path"].clone(), page["requests"].as_u64().unwrap())
        };
        // Neither static files nor what was not found.
        assert_eq!((page(0), page(1)), ((json!("/"), 3 * times), (json!("/api"), times)));
        assert!(near(&pages["top"][0]["p50_us"], 200_000.0), "{pages}");
        assert!(near(&pages["top"][0]["p99_us"], 300_000.0), "{pages}");
        let hosts = &summary["hosts"];
        let first = &hosts["top"][0];
        assert_eq!(
            [&first["host"], &first["requests"], &first["bytes"], &first["errors"]],
            [&json!("a.example.org"), &json!(3 * times), &json!(300 * times), &json!(0)]
        );
        assert_eq!(
            [&first["visitors"], &first["people"], &first["bots"], &first["bot_requests"]],
            [&json!(3 * times), &json!(2 * times), &json!(times), &json!(times)]
        );
        assert!(near(&first["p99_us"], 3_000_000.0), "{hosts}");
        let second = &hosts["top"][1];
        assert_eq!(
            [&second["host"], &second["errors"]],
            [&json!("b.example.org"), &json!(2 * times)]
        );
        let others = &hosts["others"];
        assert_eq!([&others["host"], &others["requests"]], [&json!("(others)"), &json!(times)]);
        let errors = |table: &str| summary["tables"][table]["top"][0]["key"].clone();
        assert_eq!(errors("client_errors"), "403 /api");
        assert_eq!(errors("server_errors"), "503 /");
    }
    let csv = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert!(csv("out/01/by_host.csv").ends_with("\n(others),1,100,1,1,0,1,1,20096,20096,20096\n"));
    assert!(csv("out/by_host.csv").starts_with("host,requests,bytes,errors,visitors,people,bots,"));
    assert!(csv("out/page_times.csv").starts_with("path,requests,p50_us,p95_us,p99_us\n/,6,"));
    assert_eq!(csv("out/server_errors.csv"), "status,path,requests,bytes\n503,/,2,200\n");
    assert!(csv("out/01/weekdays.csv").contains("\n3,10,6,2,1,3\n"), "a Wednesday");
}

#[test]
fn people_come_in_from_other_sites_than_ones_own() {
    let folder = Folder::new();
    let line = |(path, status, referrer, agent): &(&str, u16, &str, &str)| {
        format!(
            "192.0.2.1 - - [03/Jan/2024:10:00:00 +0000] \"GET {path} HTTP/1.1\" {status} 10 \
             \"{referrer}\" \"{agent}\"\n"
        )
    };
    let person = "Mozilla/5.0";
    let lines: String = [
        ("/a?x=1", 200, "https://www.Search.example/?q=1", person),
        ("/a", 200, "https://search.example/", person),
        ("/x.css", 200, "https://search.example/", person),
        ("/gone", 404, "https://search.example/", person),
        ("/a", 200, "https://search.example/", "Googlebot/2.1"),
        ("/b", 200, "https://www.example.org/a", person),
        ("/b", 200, "https://shop.example.org/", person),
        ("/b", 200, "-", person),
    ]
    .iter()
    .map(line)
    .collect();
    folder.write("logs/2024/01/a.log", &lines);
    assert_code(&folder.january(&["--own-site", "example.org"]), 0);
    let tops = || {
        let tables = &folder.json("out/01/summary.json")["tables"];
        ["sites", "entry_pages"].map(|table| {
            let top = tables[table]["top"].as_array().cloned().unwrap_or_default();
            top.iter().map(|row| (row["key"].clone(), row["requests"].clone())).collect::<Vec<_>>()
        })
    };
    let search = json!("search.example");
    assert_eq!(tops(), [vec![(search, json!(5))], vec![(json!("search.example /a"), json!(2))]]);
    let csv = std::fs::read_to_string(folder.path("out/01/entry_pages.csv")).unwrap();
    assert_eq!(csv, "site,path,requests,bytes\nsearch.example,/a,2,20\n");
    // Without hosts in the log and without a setting nobody can tell which sites are one's own.
    assert_code(&folder.january(&[]), 0);
    assert!(folder.json("out/01/summary.json")["tables"].get("sites").is_none());
    assert!(!folder.path("out/01/sites.csv").exists());
    let wrong = folder.january(&["--own-site", "https://example.org/"]);
    assert_error(&wrong, 64, &["--own-site", "write names such as example.org"]);
    // The virtual host of each request is one's own.
    let with_hosts: String =
        lines.lines().map(|line| format!("shop.example.org {line}\n")).collect();
    folder.write("logs/2024/01/a.log", with_hosts);
    assert_code(&folder.january(&[]), 0);
    let [sites, _] = tops();
    assert_eq!(
        sites.iter().map(|(site, _)| site).collect::<Vec<_>>(),
        [&json!("search.example"), &json!("example.org")]
    );
}

#[test]
fn hosts_are_counted_only_when_told_and_are_no_secret_where_there_are_none() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", system_tests::logs::log(3, 20));
    assert_code(&folder.january(&[]), 0);
    assert!(folder.json("out/01/summary.json").get("hosts").is_none());
    assert!(!folder.path("out/01/by_host.csv").exists());
    let weekdays = std::fs::read_to_string(folder.path("out/01/weekdays.csv")).unwrap();
    assert!(weekdays.contains("\n3,0,20,,,\n"), "unknown is not 0: {weekdays}");
    folder.write("logs/2024/02/a.log", lines("02"));
    assert_code(&folder.january(&["--month", "2", "--by-host"]), 0);
    let merge = folder.run(&["merge", "out", "--allow-missing"], &[]);
    assert_error(&merge, 65, &["month 02", "with --by-host"]);
    let output = folder.january(&["--by-host"]);
    assert_code(&output, 0);
    let warned = warnings(&output);
    assert!(warned.iter().any(|warning| warning.contains("--by-host")), "{warned:?}");
    assert_eq!(folder.json("out/01/summary.json")["hosts"]["top"][0]["host"], "-");
    assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
}
