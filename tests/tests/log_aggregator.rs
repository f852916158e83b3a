//! The log-aggregator as a process: months, years and reports on local folders, and what it says of
//! what is wrong.

use std::path::Path;

use serde_json::Value;
use system_tests::logs::{Folder, INPUT, assert_code, assert_error, gzip, line, log, warnings};
use system_tests::{tree, worker};

#[test]
fn a_month_becomes_a_summary_tables_and_a_state_and_a_second_run_finds_it_done() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(3, 5000));
    folder.write(
        "logs/2024/01/b/c.log.gz",
        [gzip(log(4, 500).as_bytes()), gzip(log(5, 500).as_bytes())].concat(),
    );
    let output = folder.january(&[]);
    assert_code(&output, 0);
    for phase in
        ["[1/4] download", "[2/4] parse: done", "[3/4] aggregate: done", "[4/4] upload: done"]
    {
        assert!(String::from_utf8_lossy(&output.stderr).contains(phase), "{phase}");
    }
    let published = tree(&folder.path("out/01"));
    let names: Vec<&str> = published.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "_SUCCESS",
            "agents.csv",
            "bots.csv",
            "clients.csv",
            "daily.csv",
            "hosts.csv",
            "hourly.csv",
            "methods.csv",
            "not_found.csv",
            "paths.csv",
            "protocols.csv",
            "referrers.csv",
            "state",
            "static_files.csv",
            "statuses.csv",
            "summary.json"
        ]
    );
    let summary = folder.json("out/01/summary.json");
    assert_eq!((&summary["requests"], &summary["statuses"]["404"]), (&6000.into(), &1200.into()));
    assert_eq!(summary["days"][2]["requests"], 5000);
    assert_eq!(folder.outcome(), "done");
    let manifest = folder.json("out/01/_SUCCESS");
    for file in manifest["outputs"].as_array().expect("there are some") {
        let bytes = &published[file["name"].as_str().expect("it has a name")];
        assert_eq!(file["size_bytes"], bytes.len());
    }

    assert_code(&folder.january(&[]), 0);
    assert_eq!(folder.outcome(), "already-done");
    assert!(tree(&folder.path("out/01")) == published);
    folder.write("logs/2024/01/a.log", log(3, 4999));
    assert_code(&folder.january(&[]), 0);
    assert_eq!(
        (folder.outcome().as_str(), &folder.json("out/01/summary.json")["requests"]),
        ("done", &5999.into())
    );
}

#[test]
fn threads_order_and_compression_change_no_byte() {
    let folder = Folder::new();
    let days: Vec<String> = (1..=8).map(|day| log(day, 3000)).collect();
    for (number, day) in days.iter().enumerate() {
        folder.write(&format!("logs/2024/01/{number}.log"), day);
        folder.write(&format!("reversed/2024/01/{}.log", 9 - number), day);
        folder.write(&format!("gzip/2024/01/{number}.gz"), gzip(day.as_bytes()));
        folder.write(
            &format!("zstd/2024/01/{number}.zst"),
            zstd::encode_all(day.as_bytes(), 1).expect("it can be"),
        );
    }
    assert_code(&folder.january(&["--threads", "1"]), 0);
    let expected = folder.published("out/01");
    for (input, threads) in
        [("logs", "4"), ("reversed", "2"), ("gzip", "1"), ("gzip", "3"), ("zstd", "2")]
    {
        let input = format!("{input}/{{year}}/{{month:02}}/");
        assert_code(&folder.january(&["--force", "--threads", threads, "--input", &input]), 0);
        assert!(folder.published("out/01") == expected, "{input} with {threads} threads");
    }
}

#[test]
fn a_large_file_is_cut_in_the_midst_of_lines_and_each_of_them_is_counted_once() {
    let folder = Folder::new();
    let query = format!("?{}&q=", "x".repeat(1000));
    let log: String = (0..70_000).map(|number| line(1, number).replace("?q=", &query)).collect();
    assert!(log.len() > 64 << 20, "a smaller one is not cut");
    folder.write("logs/2024/01/a.log", &log);
    // A compressed file never is.
    folder.write("zstd/2024/01/a.zst", zstd::encode_all(log.as_bytes(), 1).expect("it can be"));
    assert_code(&folder.january(&["--input", "zstd/{year}/{month:02}/"]), 0);
    assert_eq!(folder.json("out/01/summary.json")["requests"], 70_000);
    let whole = folder.published("out/01");
    for threads in ["1", "3"] {
        assert_code(&folder.january(&["--force", "--threads", threads]), 0);
        assert!(folder.published("out/01") == whole, "{threads} threads");
    }
}

#[test]
fn tables_beyond_their_limit_come_out_the_same_for_any_number_of_threads() {
    let folder = Folder::new();
    for day in 1..=9 {
        folder.write(&format!("logs/2024/01/{day}.log"), log(day, 2000 + day * 100));
    }
    let run = |threads: &str| {
        assert_code(&folder.january(&["--force", "--exact-keys", "500", "--threads", threads]), 0);
        folder.published("out/01")
    };
    let expected = run("1");
    let paths = &folder.json("out/01/summary.json")["tables"]["paths"];
    assert_eq!(paths["method"], "misra-gries");
    assert!(paths["error"].as_u64() > Some(0));
    for threads in ["2", "3", "8"] {
        assert!(run(threads) == expected, "{threads} threads");
    }
}

#[test]
fn lines_that_are_no_requests_are_counted_and_published_and_too_many_are_exit_65() {
    let folder = Folder::new();
    let broken: String = (0..1100).map(|number| format!("broken {number}\n")).collect();
    folder.write("logs/2024/01/a.log", log(1, 20_000) + &broken);
    let output = folder.january(&[]);
    assert_code(&output, 0);
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"first_in\":\"a.log\""));
    assert_eq!(folder.json("termination.json")["counts"]["unparsed"], 1100);
    let unparsed = std::fs::read(folder.path("out/01/unparsed.log.gz")).expect("it is there");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&unparsed[..]), &mut text)
        .expect("it is gzip");
    assert_eq!(text, broken.split_inclusive('\n').take(1000).collect::<String>());

    let output = folder.january(&["--max-unparsed", "0.05"]);
    assert_code(&output, 65);
    assert_eq!(tree(&folder.path("out/01")).into_keys().collect::<Vec<_>>(), ["unparsed.log.gz"]);
    let message = folder.json("termination.json");
    assert_eq!(message["outcome"], "rejected");
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("1100 of 21100 lines could not be parsed, more than the 5%")
    );
}

#[test]
fn long_lines_are_read_and_endless_ones_are_counted() {
    let folder = Folder::new();
    let long = line(1, 7).replace("/p/", &format!("/p/{}", "x".repeat(100_000)));
    let endless = format!("{}\n", "y".repeat(3 << 20));
    folder.write("logs/2024/01/a.log", log(1, 100) + &long + &endless + &log(2, 100));
    assert_code(&folder.january(&[]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(
        (&summary["requests"], &summary["unparsed"]),
        (&201.into(), &serde_json::json!({"the line is too long": 1}))
    );
}

#[test]
fn what_is_not_this_months_log_is_refused_by_name() {
    let folder = Folder::new();
    assert_error(&folder.january(&[]), 66, &["logs/2024/01/"]);
    folder.write("logs/2024/01/a.log", "");
    folder.write("logs/2024/01/b.log", "\n\r\n");
    assert_error(
        &folder.january(&[]),
        66,
        &["the 2 files of 2024-01 in logs/2024/01/ have no line", "--allow-empty"],
    );
    assert_code(&folder.january(&["--allow-empty"]), 0);
    assert_eq!(folder.json("out/01/summary.json")["requests"], 0);
    folder.write("logs/2024/02/a.log", log(1, 10));
    let february = folder.january(&["--month", "2"]);
    assert_error(
        &february,
        65,
        &["none of the 10 requests in logs/2024/02/ is of 2024-02", "2024-01-01T00:00:00Z"],
    );
    folder.write("logs/2024/01/a.log", "what is this?\nand this?\n");
    assert_error(
        &folder.january(&["--max-unparsed", "1"]),
        65,
        &["the format of a.log cannot be told", "--format"],
    );
    folder.write("logs/2024/01/a.log", &gzip(log(1, 50_000).as_bytes())[..20_000]);
    assert_error(&folder.january(&[]), 65, &["a.log is broken gzip data near byte"]);
    assert!(!folder.path("out/02").exists(), "nothing is published");
}

#[test]
fn wrong_settings_are_exit_64() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(1, 10));
    assert_error(&folder.january(&["--format", "%h %Q"]), 64, &["%h %Q", "neither a name"]);
    assert_error(&folder.january(&["--fields", "klient=x"]), 64, &["klient=x", "roles are client"]);
    assert_error(
        &folder.january(&["--input", "logs/{yaer}/"]),
        64,
        &["unknown field {yaer}: use {month}, {year}, {index}"],
    );
    assert_error(&folder.january(&["--time-zone", "Europe/Berlin"]), 64, &["+02:00"]);
    let arguments = ["aggregate", "--input", INPUT];
    let base = [("YEAR", "2024"), ("OUTPUT_BUCKET", "out")];
    let five = [base[0], base[1], ("JOB_COMPLETION_INDEX", "0"), ("TOTAL_PARTITIONS", "5")];
    assert_error(&folder.run(&arguments, &five), 64, &["a year has 12 months", "5 partitions"]);
    let past = [base[0], base[1], ("JOB_COMPLETION_INDEX", "12")];
    assert_error(&folder.run(&arguments, &past), 66, &["12"]);
    assert_error(&folder.run(&arguments, &base), 64, &["JOB_COMPLETION_INDEX"]);
    assert_code(&folder.run(&arguments, &[base[0], base[1], ("JOB_COMPLETION_INDEX", "0")]), 0);
}

#[test]
fn a_given_format_a_time_zone_and_queries_are_regarded() {
    let folder = Folder::new();
    folder.write(
        "logs/2024/01/a.log",
        "GET /a?b=c from 192.0.2.1 at 31/Jan/2024:23:30:00 +0000 took 1500\nGET /a?b=d from \
         192.0.2.1 at 31/Dec/2023:23:30:00 +0000 took 500\n",
    );
    let format = "%m %U%q from %h at %{%d/%b/%Y:%H:%M:%S %z}t took %D";
    let output = folder.january(&["--format", format]);
    // What strftime would write cannot be read back by a LogFormat's own means.
    assert_error(&output, 64, &["%{%d/%b"]);
    let json = |time: &str, took: u32, query: &str| {
        format!(
            "{{\"who\":\"192.0.2.1\",\"time\":\"{time}\",\"request\":\"GET /a?{query} \
             HTTP/1.1\",\"status\":200,\"took\":{took}}}\n"
        )
    };
    let lines = json("2024-01-31T23:30:00Z", 15, "b=c") + &json("2023-12-31T23:30:00Z", 5, "b=d");
    folder.write("logs/2024/01/a.log", lines);
    let fields = ["--fields", "client=who,response-time-ms=took", "--keep-query"];
    assert_code(&folder.january(&[&fields[..], &["--time-zone", "+01:00"]].concat()), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(
        (&summary["requests"], &summary["of_other_months"], &summary["time_zone"]),
        (&1.into(), &1.into(), &"+01:00".into())
    );
    assert_eq!(summary["days"][0]["requests"], 1);
    assert_eq!(summary["tables"]["paths"]["top"][0]["key"], "/a?b=d");
    assert_eq!(summary["response_times"]["max_us"].as_u64().map(|micros| micros / 100), Some(50));
}

/// Checks a document against the JSON Schema that is kept of it.
#[track_caller]
fn assert_valid(document: &Value, schema: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/log-aggregator/schema").join(schema);
    let schema =
        serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut more = document.clone();
    more["surprise"] = 1.into();
    assert!(!validator.is_valid(&more), "a field that nobody knows is noticed");
}

fn make_year(folder: &Path, format: &str) {
    let arguments = [
        "access-logs",
        "--year",
        "2024",
        "--lines",
        "3000",
        "--objects",
        "2",
        "--format",
        format,
        "--output",
        "logs",
    ];
    assert_code(&worker("sample-data", folder, &arguments, &[]).output().expect("it starts"), 0);
}

#[test]
fn what_the_log_does_not_have_is_unknown_and_not_nothing() {
    let folder = Folder::new();
    let columns = "date time cs-method cs-uri-stem c-ip cs(User-Agent) sc-status time-taken";
    let iis = |columns: &str| {
        format!("#Software: Microsoft Internet Information Services 10.0\n#Fields: {columns}\n")
    };
    let line = "2024-01-12 08:00:01 GET /a 192.0.2.10 Mozilla/5.0 200 15";
    folder.write("logs/2024/01/u_ex.log", iis(columns) + &format!("{line}\n").repeat(3));
    let output = folder.january(&[]);
    assert_code(&output, 0);
    assert!(
        warnings(&output)
            .iter()
            .any(|line| line.contains("the size of the answer is not in the log"))
    );
    let summary = folder.json("out/01/summary.json");
    assert_valid(&summary, "summary-2.schema.json");
    for bytes in [
        &summary["bytes"],
        &summary["days"][11]["bytes"],
        &summary["tables"]["paths"]["top"][0]["bytes"],
    ] {
        assert_eq!(bytes, &Value::Null);
    }
    assert_eq!(
        summary["remarks"],
        serde_json::json!({"the size of the answer is not in the log": 3})
    );
    assert_eq!(summary["response_times"]["max_us"].as_u64().map(|micros| micros / 100), Some(150));
    let csv = |name: &str| {
        std::fs::read_to_string(folder.path(&format!("out/01/{name}"))).expect("it is there")
    };
    assert_eq!(csv("paths.csv"), "path,requests,bytes\n/a,3,\n");
    assert!(
        csv("daily.csv").contains("2024-01-12,3,,0,1\n")
            && csv("hourly.csv").contains("2024-01-12,8,3,,0\n")
    );
    assert!(folder.json("termination.json")["counts"].get("bytes").is_none());
    let output = folder.run(&["merge", "out", "--allow-missing", "--report"], &[]);
    assert_code(&output, 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("unknown"));
    let page = std::fs::read_to_string(folder.path("out/report.html")).expect("it is there");
    assert!(
        !page.contains("Sent by month")
            && page.contains("the size of the answer is not in the log: 3")
    );
    assert_eq!(folder.json("out/year.json")["bytes"], Value::Null);

    // Where some requests have a size, they are summed, and it is told how many have none.
    let more = iis(&format!("{columns} sc-bytes")) + &format!("{line} 1405\n");
    folder.write("logs/2024/01/u_ex2.log", more);
    assert_code(&folder.january(&[]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!((&summary["bytes"], &summary["requests"]), (&1405.into(), &4.into()));
    assert_eq!(summary["remarks"]["the size of the answer is not in the log"], 3);
}

#[test]
fn what_stands_behind_a_combined_line_is_no_time_and_is_told_once() {
    let folder = Folder::new();
    let with_sizes = log(3, 300).replace("\"\n", "\" 512 1290\n");
    folder.write("logs/2024/01/a.log", with_sizes);
    let output = folder.january(&[]);
    assert_code(&output, 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["requests"], 300);
    assert!(summary.get("response_times").is_none() && summary.get("upstream_times").is_none());
    let told = warnings(&output);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("goes on behind the fields that are read")
            && told[0].contains("\"lines\":300"),
        "{told:?}"
    );
    // Whoever knows that they are times says so.
    folder.write("logs/2024/01/a.log", log(3, 300).replace("\"\n", "\" 0.250 0.100\n"));
    assert_code(&folder.january(&["--format", "combined-time"]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(
        (&summary["response_times"]["requests"], &summary["upstream_times"]["requests"]),
        (&300.into(), &300.into())
    );
}

#[test]
fn nul_bytes_and_a_byte_order_mark_are_nobody() {
    let folder = Folder::new();
    let one = line(5, 1);
    for (number, nuls) in [1, 300, 70_000, 3 << 20].into_iter().enumerate() {
        let text = [
            vec![0; nuls],
            one.repeat(20).into_bytes(),
            vec![0; 7],
            one.clone().into_bytes(),
            vec![0; 9],
        ]
        .concat();
        folder.write(&format!("logs/2024/01/{number}.log"), text);
    }
    folder.write("logs/2024/01/marked.log", format!("\u{feff}{}", one.repeat(16)));
    let output = folder.january(&[]);
    assert_code(&output, 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(
        (&summary["requests"], &summary["visitors"], &summary["tables"]["clients"]["keys"]),
        (&100.into(), &1.into(), &1.into())
    );
    assert_eq!(summary["unparsed"], serde_json::json!({}));
    assert_eq!(summary["remarks"]["there is a byte order mark before the line"], 1);
    assert!(
        summary["remarks"]["there are NUL bytes around the line"].as_u64() >= Some(8),
        "{}",
        summary["remarks"]
    );
    assert!(warnings(&output).iter().any(|line| line.contains("NUL bytes")));
}

#[test]
fn a_file_that_is_to_be_unpacked_first_ends_the_month_also_among_good_ones() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(3, 5000));
    for (name, bytes, says) in [
        ("b.bz2", b"BZh91AY&SY\x7b\0\n\x01".as_slice(), ["b.bz2", "bzip2", "unpack"]),
        ("b.xz", b"\xfd7zXZ\0\0\x04\n\n", ["b.xz", "xz", "unpack"]),
        ("b.txt", b"\xff\xfe1\x009\x002\0.\0\n\0", ["b.txt", "UTF-16", "iconv"]),
    ] {
        folder.write(&format!("logs/2024/01/{name}"), bytes);
        for more in [&[][..], &["--format", "combined"]] {
            assert_error(&folder.january(more), 65, &says);
        }
        std::fs::remove_file(folder.path(&format!("logs/2024/01/{name}"))).expect("it is there");
    }
    assert!(!folder.path("out/01").exists());
}

#[test]
fn twelve_months_merge_into_a_year_and_a_report() {
    let folder = Folder::new();
    make_year(&folder.path(""), "combined-time");
    let month = |index: usize| {
        let index = index.to_string();
        let variables =
            [("YEAR", "2024"), ("OUTPUT_BUCKET", "out"), ("JOB_COMPLETION_INDEX", index.as_str())];
        assert_code(&folder.run(&["aggregate", "--input", INPUT], &variables), 0);
    };
    assert_error(&folder.run(&["merge", "out"], &[]), 66, &["month 01, 02"]);
    (0..12).filter(|index| *index != 6).for_each(month);
    assert_error(
        &folder.run(&["merge", "out"], &[]),
        66,
        &["no _SUCCESS of month 07 in out", "--allow-missing"],
    );
    assert_error(&folder.run(&["report", "out"], &[]), 66, &["out/year.json", "merge first"]);
    let output = folder.run(&["merge", "out", "--allow-missing"], &[]);
    assert_code(&output, 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("missing: 07"));
    assert_eq!(folder.json("out/year.json")["missing"], serde_json::json!([7]));

    month(6);
    let output = folder.run(&["merge"], &[("OUTPUT_BUCKET", "out")]);
    assert_code(&output, 0);
    assert_valid(&folder.json("out/01/summary.json"), "summary-2.schema.json");
    assert_valid(&folder.json("out/year.json"), "year-2.schema.json");
    let (year, mut sums) = (folder.json("out/year.json"), [0_u64; 3]);
    for number in 1..=12 {
        let truth = folder.json(&format!("logs/2024/truth-{number:02}.json"));
        for (sum, name) in sums.iter_mut().zip(["requests", "bytes", "of_other_months"]) {
            *sum += truth[name].as_u64().unwrap_or_default();
        }
    }
    assert_eq!(year["requests"].as_u64(), Some(sums[0]));
    assert_eq!(year["bytes"].as_u64(), Some(sums[1]));
    assert_eq!(year["months"].as_array().map(Vec::len), Some(12));
    let first = tree(&folder.path("out"));
    assert_code(&folder.run(&["merge", "out", "--report"], &[]), 0);
    let mut second = tree(&folder.path("out"));
    let page =
        String::from_utf8(second.remove("report.html").expect("it is there")).expect("it is text");
    assert!(first == second, "a second merge gives the same bytes");
    assert!(page.contains("All twelve months") && page.contains("</html>"));
    assert_code(&folder.run(&["report", "out"], &[]), 0);
    assert_eq!(std::fs::read_to_string(folder.path("out/report.html")).expect("it is there"), page);
}

#[test]
fn months_that_do_not_belong_together_or_were_changed_are_not_merged() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(1, 100));
    folder.write("logs/2024/02/a.log", log(1, 100).replace("/Jan/", "/Feb/"));
    assert_code(&folder.january(&[]), 0);
    assert_code(&folder.january(&["--month", "2", "--keep-query"]), 0);
    let merge = || folder.run(&["merge", "out", "--allow-missing"], &[]);
    assert_error(&merge(), 65, &["month 02", "with queries", "without queries"]);
    assert_code(&folder.january(&["--month", "2"]), 0);
    assert_code(&merge(), 0);
    let mut state = std::fs::read(folder.path("out/02/state")).expect("it is there");
    state[40] ^= 1;
    folder.write("out/02/state", state);
    assert_error(&merge(), 65, &["out/02/state is not what its _SUCCESS says"]);
}
