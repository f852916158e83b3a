//! Countries and networks of clients, by databases in MaxMind's format.

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::{Value, json};
use system_tests::logs::{Folder, INPUT, assert_code, assert_error};
use system_tests::{S3Server, mmdb};

use crate::support::assert_valid;

/// 2024-05-14.
const BUILT: u32 = 1_715_644_800;

fn country(code: &str, name: &str) -> Value {
    json!({ "country": { "iso_code": code, "names": { "de": "x", "en": name } } })
}

fn countries() -> Vec<u8> {
    let registered = json!({ "registered_country": { "iso_code": "AU" } });
    let networks = [
        ("192.0.2.0/25", country("DE", "Germany")),
        ("192.0.2.128/25", country("FR", "France")),
        ("198.51.100.0/24", country("SE", "Sweden")),
        ("203.0.113.0/24", registered),
        ("2001:db8::/32", country("DE", "Germany")),
    ];
    mmdb("GeoLite2-Country", BUILT, &networks)
}

fn networks() -> Vec<u8> {
    let network = |number: u32, name: &str| {
        let (number_of, name_of) = ("autonomous_system_number", "autonomous_system_organization");
        json!({ number_of: number, name_of: name })
    };
    let networks = [
        ("192.0.2.0/24", network(64_496, "=Example, Ltd")),
        ("198.51.100.0/24", network(64_497, "Another")),
    ];
    mmdb("GeoLite2-ASN", BUILT, &networks)
}

fn line(month: &str, client: &str, agent: &str, status: u16, bytes: u64) -> String {
    format!(
        "{client} - - [10/{month}/2024:10:00:00 +0000] \"GET / HTTP/1.1\" {status} {bytes} \"-\" \
         \"{agent}\"\n"
    )
}

/// A folder with the databases and the logs of two months.
fn folder() -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path("country.mmdb"), countries()).unwrap();
    std::fs::write(folder.path("asn.mmdb"), networks()).unwrap();
    for (number, month) in [("01", "Jan"), ("02", "Feb")] {
        let lines = [
            ("192.0.2.1", "Firefox", 200, 10),
            ("192.0.2.1", "Firefox", 404, 10),
            ("192.0.2.2", "Googlebot", 200, 10),
            ("192.0.2.200", "Firefox", 200, 10),
            ("2001:db8::7", "Firefox", 200, 10),
            ("203.0.113.1", "Firefox", 200, 10),
            ("10.0.0.1", "Firefox", 200, 10),
            ("host.example.org", "Firefox", 200, 10),
        ];
        let lines =
            lines.map(|(client, agent, status, bytes)| line(month, client, agent, status, bytes));
        folder.write(&format!("logs/2024/{number}/a.log"), lines.concat());
    }
    folder
}

fn month(folder: &Folder, month: &str, more: &[&str]) -> Output {
    let arguments = [&["aggregate", "--month", month], more].concat();
    let variables = [("JOB_WORKER_INPUT", INPUT), ("OUTPUT_BUCKET", "out"), ("YEAR", "2024")];
    folder.run(&arguments, &variables)
}

/// Requests, people, bots and errors by code.
fn counts(summary: &Value, of: &str) -> BTreeMap<String, [u64; 4]> {
    let rows = summary[of]["top"].as_array().unwrap();
    let number = |row: &Value, name: &str| row[name].as_u64().unwrap();
    let count =
        |row: &Value| ["requests", "people", "bots", "errors"].map(|name| number(row, name));
    rows.iter().map(|row| (row["code"].as_str().unwrap().to_owned(), count(row))).collect()
}

fn expected(rows: &[(&str, [u64; 4])]) -> BTreeMap<String, [u64; 4]> {
    rows.iter().map(|(code, counts)| ((*code).to_owned(), *counts)).collect()
}

const BOTH: [&str; 2] = ["--geo-database", "country.mmdb,asn.mmdb"];

#[test]
fn requests_and_visitors_are_counted_by_country_and_network() {
    let folder = folder();
    assert_code(&month(&folder, "1", &BOTH), 0);
    let summary = folder.json("out/01/summary.json");
    assert_valid(&summary, "summary-5.schema.json");
    let unknown = ("unknown", [3, 3, 0, 0]);
    let germany = ("DE", [4, 2, 1, 1]);
    assert_eq!(counts(&summary, "countries"), expected(&[germany, ("FR", [1, 1, 0, 0]), unknown]));
    assert_eq!(
        counts(&summary, "networks"),
        expected(&[("AS64496", [4, 2, 1, 1]), ("unknown", [4, 4, 0, 0])])
    );
    assert_eq!(summary["countries"]["requests"], 8);
    let database = summary["countries"]["database"].as_str().unwrap();
    assert!(database.starts_with("GeoLite2-Country of 2024-05-14 ("), "{database}");
    let published = folder.published("out/01");
    let text = |name: &str| String::from_utf8(published[name].clone()).unwrap();
    assert!(text("countries.csv").contains("\nDE,Germany,4,40,1,3,2,1,1\n"), "{published:?}");
    // A name that a spreadsheet would run.
    assert!(text("networks.csv").contains("'=Example, Ltd"), "{}", text("networks.csv"));
    // The threads change no byte, and without a database nothing is said of origins.
    assert_code(&month(&folder, "1", &[&BOTH[..], &["--threads", "2", "--force"]].concat()), 0);
    assert!(folder.published("out/01") == published);
    assert_code(&month(&folder, "1", &[]), 0);
    let summary = folder.json("out/01/summary.json");
    assert!(summary.get("countries").is_none() && summary.get("networks").is_none());
}

#[test]
fn origins_are_those_of_the_client_behind_proxies_before_it_is_made_anonymous() {
    let folder = folder();
    let behind = |client: &str| {
        line("Jan", "10.0.0.9", "Firefox", 200, 1).trim_end().to_owned()
            + &format!(" \"{client}, 10.1.1.1\"\n")
    };
    // The network of both is the same, and in the database it is in Germany.
    folder.write("logs/2024/01/a.log", behind("192.0.2.1") + &behind("192.0.2.200"));
    for anonymous in ["--anonymize-clients=off", "--anonymize-clients=network"] {
        let trusted = ["--trusted-proxies", "private", anonymous];
        assert_code(&month(&folder, "1", &[&BOTH[..], &trusted].concat()), 0);
        let summary = folder.json("out/01/summary.json");
        let rows = expected(&[("DE", [1, 1, 0, 0]), ("FR", [1, 1, 0, 0])]);
        assert_eq!(counts(&summary, "countries"), rows, "{anonymous}");
    }
}

#[test]
fn another_database_is_other_work_and_months_of_two_merge_only_when_told() {
    let folder = folder();
    let merge = |more: &[&str]| {
        let arguments = [&["merge", "--allow-missing", "--report"], more].concat();
        folder.run(&arguments, &[("OUTPUT_BUCKET", "out")])
    };
    for number in ["1", "2"] {
        assert_code(&month(&folder, number, &BOTH), 0);
    }
    assert_code(&month(&folder, "1", &BOTH), 0);
    assert_eq!(folder.outcome(), "already-done");
    assert_code(&merge(&[]), 0);
    let year = folder.json("out/year.json");
    assert_valid(&year, "year-5.schema.json");
    assert_eq!(counts(&year, "countries")["DE"], [8, 4, 2, 2]);
    let page = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(page.contains("Countries") && page.contains("Germany") && page.contains("AS64496"));

    // The same kind, built a day later.
    let later = [("192.0.2.0/24", country("DE", "Deutschland"))];
    let later = mmdb("GeoLite2-Country", BUILT + 86_400, &later);
    std::fs::write(folder.path("country.mmdb"), later).unwrap();
    assert_code(&month(&folder, "2", &BOTH), 0);
    assert_eq!(folder.outcome(), "done");
    assert_eq!(counts(&folder.json("out/02/summary.json"), "countries")["DE"][0], 4);
    let says = ["month 02", "2024-05-15", "2024-05-14", "--allow-other-geo-databases"];
    assert_error(&merge(&[]), 65, &says);
    assert_code(&merge(&["--allow-other-geo-databases"]), 0);
    let year = folder.json("out/year.json");
    let germany = &year["countries"]["top"][0];
    assert_eq!((&germany["requests"], &germany["name"]), (&8.into(), &"Deutschland".into()));
    let databases = year["countries"]["database"].as_str().unwrap();
    assert!(databases.contains("2024-05-14") && databases.contains("2024-05-15"), "{databases}");

    // A month that was not looked up at all.
    assert_code(&month(&folder, "2", &[]), 0);
    assert_error(&merge(&[]), 65, &["no countries", "--allow-other-geo-databases"]);
    assert_code(&merge(&["--allow-other-geo-databases"]), 0);
    let year = folder.json("out/year.json");
    assert_eq!((&year["requests"], &year["countries"]["requests"]), (&16.into(), &8.into()));
}

#[test]
fn a_database_of_another_kind_or_maker_is_told_or_read() {
    let folder = folder();
    let lite = json!({
        "asn": "AS64499", "as_name": "Third", "country": "Iceland", "country_code": "IS",
        "continent": "Europe",
    });
    let city = json!({
        "city": { "names": { "en": "Reykjavik" } },
        "country": { "iso_code": "IS", "names": { "en": "Iceland" } },
        "location": { "accuracy_radius": 20 },
        "subdivisions": [{ "iso_code": "1" }],
    });
    let enterprise = json!({
        "country": { "iso_code": "IS" },
        "traits": {
            "autonomous_system_number": 64_499, "autonomous_system_organization": "Third",
            "is_anonymous": true,
        },
    });
    for (kind, record, knows_networks) in [
        ("ipinfo generic_lite_free.mmdb", lite, true),
        ("DBIP-City-Lite (compat=City)", city, false),
        ("GeoIP2-Enterprise", enterprise, true),
    ] {
        let database = mmdb(kind, BUILT, &[("192.0.2.0/24", record)]);
        std::fs::write(folder.path("other.mmdb"), database).unwrap();
        assert_code(&month(&folder, "1", &["--geo-database", "other.mmdb"]), 0);
        let summary = folder.json("out/01/summary.json");
        assert_eq!(counts(&summary, "countries")["IS"][0], 4, "{kind}");
        let networks = summary.get("networks").map(|_| counts(&summary, "networks")["AS64499"][0]);
        assert_eq!(networks, knows_networks.then_some(4), "{kind}");
    }
    let anonymous = json!({ "is_anonymous": true, "is_hosting_provider": true });
    let anonymous = mmdb("GeoIP2-Anonymous-IP", BUILT, &[("192.0.2.0/24", anonymous)]);
    let whole = countries();
    for (bytes, says) in [
        (anonymous, ["GeoIP2-Anonymous-IP", "GeoLite2-Country.mmdb"]),
        (b"network,geoname_id\n".to_vec(), ["no database in MaxMind's format", ".mmdb"]),
        (b"\x1f\x8b\x08\0".to_vec(), ["no database in MaxMind's format", "unpack"]),
        (Vec::new(), ["no database in MaxMind's format", "other.mmdb"]),
        (whole[..whole.len() / 2].to_vec(), ["no database in MaxMind's format", "other.mmdb"]),
        ([&whole[100..]].concat(), ["damaged", "other.mmdb"]),
    ] {
        std::fs::write(folder.path("other.mmdb"), bytes).unwrap();
        assert_error(&month(&folder, "1", &["--geo-database", "other.mmdb"]), 64, &says);
    }
    let twice = ["--geo-database", "country.mmdb", "--geo-database", "country.mmdb"];
    assert_error(&month(&folder, "1", &twice), 64, &["countries", "so has country.mmdb"]);
    assert_error(&month(&folder, "1", &["--geo-database", "none.mmdb"]), 66, &["none.mmdb"]);
    assert_error(&month(&folder, "1", &["--geo-database", "logs/"]), 64, &["folder", ".mmdb"]);
    // An empty variable of a manifest is no database.
    assert_code(&month(&folder, "1", &["--geo-database", ""]), 0);
}

#[test]
fn a_database_is_read_from_a_bucket_as_logs_are() {
    let folder = folder();
    let server = S3Server::start(&["geo"]).unwrap();
    std::fs::write(server.folder().join("geo/country.mmdb"), countries()).unwrap();
    let mut variables = S3Server::environment(&server.endpoint());
    variables.push(("YEAR", "2024".to_owned()));
    let arguments = [
        "aggregate",
        "--month",
        "1",
        "--input",
        INPUT,
        "--output",
        "out",
        "--geo-database",
        "s3://geo/country.mmdb",
    ];
    let output = system_tests::worker("log-aggregator", &folder.path(""), &arguments, &variables)
        .output()
        .unwrap();
    assert_code(&output, 0);
    assert_eq!(counts(&folder.json("out/01/summary.json"), "countries")["DE"], [4, 2, 1, 1]);
}
