//! Settings and inputs that are wrong, and those that change what is counted.

use std::io::Write as _;

use system_tests::logs::{Folder, INPUT, assert_code, assert_error, gzip, log};

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
    for (format, says) in [
        ("nginx", "has none"),
        ("log_format main '$remote_addr", "never closed"),
        ("log_format a '$remote_addr'; log_format b '$status';", "several log_format: a, b"),
        ("LogFormat \"%h\" one\nLogFormat \"%t\" two", "several LogFormat: one, two"),
        ("%h %t\n\"%r\"", "line end at character 6"),
        ("log_format main '$remote_addr $time_local'; # too few", "has no request"),
    ] {
        assert_error(&folder.january(&["--format", format]), 64, &["--format", says]);
    }
    assert_error(&folder.january(&["--fields", "klient=x"]), 64, &["klient=x", "roles are client"]);
    assert_error(
        &folder.january(&["--input", "logs/{yaer}/"]),
        64,
        &["unknown field {yaer}: use {month}, {year}, {index}"],
    );
    assert_error(&folder.january(&["--time-zone", "Berlin"]), 64, &["+02:00"]);
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

#[test]
fn a_file_that_is_to_be_unpacked_first_ends_the_month_also_among_good_ones() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(3, 5000));
    for (name, bytes, says) in [
        ("b.zip", b"PK\x03\x04\x14\0\0\0".as_slice(), ["b.zip", "zip", "unpack"]),
        ("b.bz2", b"BZh91AY&SY\x7b\0\n\x01", ["b.bz2", "broken", "bzip2"]),
        ("b.xz", b"\xfd7zXZ\0\0\x04\n\n", ["b.xz", "broken", "xz"]),
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
fn logs_in_bzip2_and_xz_are_counted_and_a_cut_one_is_an_error() {
    let folder = Folder::new();
    let text = log(3, 5000);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(text.as_bytes()).unwrap();
    let bzip2 = bzip2.finish().unwrap();
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    xz.write_all(text.as_bytes()).unwrap();
    let xz = xz.finish().unwrap();
    for (name, bytes) in [("a.log.bz2", &bzip2), ("a.log.xz", &xz)] {
        folder.write(&format!("logs/2024/01/{name}"), bytes);
        assert_code(&folder.january(&["--force"]), 0);
        assert_eq!(folder.json("out/01/summary.json")["requests"], 5000, "{name}");
        folder.write(&format!("logs/2024/01/{name}"), &bytes[..bytes.len() - 20]);
        assert_error(&folder.january(&["--force"]), 65, &[name, "broken"]);
        std::fs::remove_file(folder.path(&format!("logs/2024/01/{name}"))).expect("it is there");
    }
}

#[test]
fn a_format_is_taken_as_it_stands_in_the_configuration_of_nginx() {
    let folder = Folder::new();
    let main = "# as the package has it\nhttp {\n  log_format  main  '$remote_addr - $remote_user \
                [$time_local] \"$request\" ' # who\n    '$status $body_bytes_sent \
                \"$http_referer\" '\n    '\"$http_user_agent\" \"$http_x_forwarded_for\"'; # \
                what\n}";
    let lines: String = log(1, 30).lines().map(|line| format!("{line} \"-\"\n")).collect();
    folder.write("logs/2024/01/a.log", lines);
    for format in [main, "main", "nginx-main", "MAIN"] {
        assert_code(&folder.january(&["--format", format, "--force"]), 0);
        assert_eq!(folder.json("out/01/summary.json")["requests"], 30, "{format}");
    }
    // The lines are JSON, and the names in them are the administrator's.
    let json = "log_format j escape=json '{'\n  '\"wann\":\"$time_iso8601\",'\n  \
                '\"wer\":\"$remote_addr\",\"was\":\"$request\",\"wie\":$status,'\n  \
                '\"womit\":\"$http_user_agent\",\"dauer\":$request_time'\n'}';";
    let line = [
        r#"{"wann":"2024-01-03T08:00:00+01:00","wer":"192.0.2.7","was":"GET /a\"b HTTP/1.1","#,
        r#""wie":200,"womit":"x\u001b\\y","dauer":0.250}"#,
    ]
    .concat();
    folder.write("logs/2024/01/a.log", format!("{line}\n").repeat(20));
    assert_code(&folder.january(&["--format", json]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["tables"]["paths"]["top"][0]["key"], "/a\"b");
    assert_eq!(summary["tables"]["agents"]["top"][0]["key"], "x\u{1b}\\y");
    assert_eq!(summary["response_times"]["requests"], 20);
}

#[test]
fn a_time_that_is_not_read_is_named_with_its_value() {
    let folder = Folder::new();
    let line = |time: &str| {
        format!(
            "{{\"when\":\"x\",\"timestamp\":\"{time}\",\"client\":\"192.0.2.1\",\"method\":\"GET\",\
             \"path\":\"/a\",\"status\":200}}\n"
        )
    };
    folder.write("logs/2024/01/a.log", line("01/02/2024 8:00").repeat(20));
    for flags in [&[][..], &["--format", "json"]] {
        let output = folder.january(flags);
        assert_code(&output, 65);
        let stderr = String::from_utf8_lossy(&output.stderr).replace("\\\"", "'");
        for says in ["the field 'timestamp', is '01/02/2024 8:00'", "--fields time=NAME"] {
            assert!(stderr.contains(says), "{says}: {stderr}");
        }
    }
    // As Logback, Python and Go write them.
    for time in ["2024-01-02 08:00:00,123", "2024-01-02 08:00:00.123 +0200", "2024/01/02 08:00:00"]
    {
        folder.write("logs/2024/01/a.log", line(time).repeat(20));
        assert_code(&folder.january(&[]), 0);
        assert_eq!(folder.json("out/01/summary.json")["days"][1]["requests"], 20, "{time}");
    }
}

#[test]
fn clients_are_anonymous_before_anything_is_stored() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(1, 400) + &"192.0.2.77 is no request\n".repeat(3));
    assert_code(&folder.january(&[]), 0);
    let requests = folder.json("out/01/summary.json")["requests"].clone();
    let output = folder.january(&["--anonymize-clients"]);
    assert_code(&output, 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["requests"], requests);
    assert_eq!(summary["tables"]["clients"]["top"][0]["key"], "192.0.2.0");
    assert_eq!(summary["tables"]["clients"]["keys"], 1);
    // Thirteen agents of one network.
    assert_eq!(summary["visitors"], 13);
    let files = folder.published("out/01");
    assert!(!files.contains_key("unparsed.log.gz"));
    for (name, bytes) in files {
        let bytes = if name == "state" {
            let frame = bytes.windows(4).position(|window| window == b"\x28\xb5\x2f\xfd");
            let frame = frame.expect("a state is a zstd frame");
            zstd::decode_all(&bytes[frame..]).expect("a state is a zstd frame")
        } else {
            bytes
        };
        assert!(!bytes.windows(9).any(|window| window == b"192.0.2.7"), "{name}");
    }
}

#[test]
fn trusted_proxies_are_networks() {
    let folder = Folder::new();
    let forwarded = |line: &str| line.replace("\"\n", "\" \"203.0.113.66, 198.51.100.9\"\n");
    folder.write("logs/2024/01/a.log", forwarded(&log(1, 50)));
    assert_code(&folder.january(&["--trusted-proxies", "192.0.2.0/24,private"]), 0);
    let clients = folder.json("out/01/summary.json")["tables"]["clients"]["top"].clone();
    assert_eq!((&clients[0]["key"], &clients[0]["requests"]), (&"198.51.100.9".into(), &50.into()));
    let output = folder.january(&["--trusted-proxies", "192.0.2.0/33"]);
    assert_error(&output, 64, &["--trusted-proxies", "192.0.2.0/33", "private"]);
}
