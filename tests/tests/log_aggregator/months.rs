//! A month of logs: the same result whatever the threads, the order and the compression.

use system_tests::logs::{Folder, assert_code, gzip, line, log};
use system_tests::tree;

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
            "browsers.csv",
            "client_errors.csv",
            "clients.csv",
            "daily.csv",
            "hosts.csv",
            "hourly.csv",
            "methods.csv",
            "not_found.csv",
            "paths.csv",
            "protocols.csv",
            "referrers.csv",
            "server_errors.csv",
            "state",
            "static_files.csv",
            "statuses.csv",
            "summary.json",
            "systems.csv",
            "weekdays.csv"
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
