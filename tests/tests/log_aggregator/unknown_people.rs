//! Where the log has no user agents, people and bots are unknown, and not 0.

use serde_json::{Value, json};
use system_tests::logs::{Folder, assert_code, log};

use crate::support::assert_valid;

/// The log without referrers and agents.
fn common(log: &str) -> String {
    log.lines()
        .map(|line| line.split(" \"-\" \"").next().unwrap_or(line).to_owned() + "\n")
        .collect()
}

fn text(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path(name)).expect("it is there")
}

/// January without agents, and February with them, merged.
fn year(february: bool) -> Folder {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", common(&log(1, 400)));
    let flags = ["--visitors-by-hour", "--by-host"];
    assert_code(&folder.january(&flags), 0);
    if february {
        folder.write("logs/2024/02/a.log", log(1, 400).replace("/Jan/", "/Feb/"));
        assert_code(&folder.january(&[&flags[..], &["--month", "2"]].concat()), 0);
    }
    folder
}

fn merge(folder: &Folder) -> String {
    let output = folder.run(&["merge", "out", "--allow-missing", "--report"], &[]);
    assert_code(&output, 0);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const UNKNOWN: [&str; 3] = ["people", "bots", "bot_requests"];

fn is_unknown(object: &Value) -> bool {
    UNKNOWN.iter().all(|name| object.get(name).is_some_and(Value::is_null))
}

#[test]
fn a_month_without_agents_has_visitors_and_neither_people_nor_bots() {
    let folder = year(false);
    let counts = folder.json("termination.json")["counts"].clone();
    assert_eq!((&counts["visitors"], counts.get("people")), (&json!(199), None));
    let summary = folder.json("out/01/summary.json");
    assert_valid(&summary, "summary-5.schema.json");
    assert_eq!((&summary["requests"], &summary["visitors"]), (&json!(400), &json!(199)));
    for object in [&summary, &summary["days"][0], &summary["hosts"]["top"][0]] {
        assert!(is_unknown(object), "{object}");
    }
    let hours = &summary["hour_visitors"];
    assert_eq!((&hours["people"], &hours["bots"]), (&json!(null), &json!(null)));
    assert_eq!(hours["visitors"][0][0], 199);
    for table in ["agents", "bots", "entry_pages"] {
        assert_eq!(summary["tables"].get(table), None, "{table}");
        assert!(!folder.path(&format!("out/01/{table}.csv")).exists());
    }
    let daily = text(&folder, "out/01/daily.csv");
    assert!(daily.starts_with("date,requests,bytes,errors,visitors,people,bots,bot_requests\n"));
    assert!(daily.contains("\n2024-01-01,400,79800,80,199,,,\n"), "{daily}");
    assert!(text(&folder, "out/01/weekdays.csv").contains("\n1,0,400,,,199\n"));
    assert!(text(&folder, "out/01/hourly.csv").contains("\n2024-01-01,0,400,79800,80,\n"));
    let told = merge(&folder);
    assert_eq!(told.matches("unknown").count(), 4, "{told}");
    assert!(is_unknown(&folder.json("out/year.json")));
    let page = text(&folder, "out/report.html");
    for (says, is_there) in [
        ("<dt>Visitors</dt><dd>199</dd>", true),
        ("which the log of some month does not have", true),
        ("people or bots", true),
        ("Visitors by weekday and hour", true),
        ("Visitors: people", false),
        ("People by weekday", false),
    ] {
        assert_eq!(page.contains(says), is_there, "{says}");
    }
}

#[test]
fn a_year_with_such_a_month_says_so_and_has_what_its_other_months_know() {
    let folder = year(true);
    merge(&folder);
    let year = folder.json("out/year.json");
    assert_valid(&year, "year-5.schema.json");
    assert!(is_unknown(&year) && is_unknown(&year["months"][0]));
    assert!(is_unknown(&year["hosts"]["top"][0]));
    let february = &year["months"][1];
    assert_eq!(february["visitors"], february["people"]);
    assert_eq!(year["visitors"].as_u64(), february["visitors"].as_u64().map(|two| two + 199));
    let agents = &year["tables"]["agents"]["top"];
    assert!(agents[0]["key"].as_str().is_some_and(|agent| agent.starts_with("Mozilla")));
    let monthly = text(&folder, "out/monthly.csv");
    assert!(monthly.contains("\n2024-01,400,79800,80,199,0,0,,,,31,,0\n"), "{monthly}");
}

#[test]
fn a_month_without_requests_has_no_people_and_knows_it() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", "");
    assert_code(&folder.january(&["--allow-empty"]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!((&summary["people"], &summary["bots"]), (&json!(0), &json!(0)));
}
