//! What a month's logs may look like in the folder where they are: wrapped, twice, of other months,
//! or not there.

use system_tests::logs::{Folder, assert_code, assert_error, gzip, line, log, warnings};

const REQUESTS: u32 = 50;

/// January's lines, each made into another one.
fn each(change: impl Fn(&str) -> String) -> String {
    log(3, REQUESTS).lines().map(|line| change(line) + "\n").collect()
}

fn wrapped() -> [(&'static str, String); 9] {
    let json =
        |line: &str| serde_json::to_string(&format!("{line}\n")).expect("text has a JSON form");
    [
        ("CRI lines", each(|line| format!("2024-01-03T00:00:00.123456789Z stdout F {line}"))),
        (
            "JSON records (Docker json-file, collectors)",
            each(|line| {
                format!(
                    "{{\"log\":{},\"stream\":\"stdout\",\"time\":\"2024-01-03T00:00:00Z\"}}",
                    json(line)
                )
            }),
        ),
        (
            "JSON records (Docker json-file, collectors)",
            each(|line| format!("{{\"MESSAGE\":{}}}", json(line))),
        ),
        ("logs --timestamps", each(|line| format!("2024-01-03T00:00:00.123456789Z {line}"))),
        ("syslog lines", each(|line| format!("Jan  3 00:00:00 web1 nginx: {line}"))),
        ("syslog lines", each(|line| format!("<190>Jan  3 00:00:00 web1 nginx[7]: {line}"))),
        (
            "syslog lines",
            each(|line| format!("<190>1 2024-01-03T00:00:00Z web1 nginx 7 - - {line}")),
        ),
        ("docker compose logs", each(|line| format!("web-1  | {line}"))),
        ("kubectl logs --prefix", each(|line| format!("[pod/web-0/nginx] {line}"))),
    ]
}

#[test]
fn what_is_wrapped_around_each_line_is_taken_off_and_told() {
    for (name, text) in wrapped() {
        let folder = Folder::new();
        folder.write("logs/2024/01/a.log", log(3, REQUESTS));
        assert_code(&folder.january(&[]), 0);
        let mut bare = folder.published("out/01");
        for format in [&[][..], &["--format", "combined"]] {
            folder.write("logs/2024/01/a.log", &text);
            let output = folder.january(format);
            assert_code(&output, 0);
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(stderr.contains(&format!("combined in {name}")), "{stderr}");
            let mut wrapped = folder.published("out/01");
            // A gzip file that is empty but for its header says nothing.
            for files in [&mut bare, &mut wrapped] {
                files.remove("unparsed.log.gz");
            }
            assert!(bare == wrapped, "{name}: the same is published as of the bare lines");
        }
    }
}

#[test]
fn json_lines_and_quotes_are_read_inside_a_wrapper() {
    let folder = Folder::new();
    let request = |number: u32| {
        format!(
            "{{\"time_iso8601\":\"2024-01-03T00:00:{:02}Z\",\"remote_addr\":\"192.0.2.1\",\"\
             request\":\"GET /\\u00e4 HTTP/1.1\",\"status\":200,\"body_bytes_sent\":7}}",
            number % 60
        )
    };
    let text: String = (0..REQUESTS)
        .map(|number| format!("2024-01-03T00:00:00Z stdout F {}\n", request(number)))
        .collect();
    folder.write("logs/2024/01/json.log", text);
    let quoted =
        r#"192.0.2.1 - - [03/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 7 "-" "a \"b\" c""#;
    folder.write("logs/2024/01/quoted.log", format!("web-1 | {quoted}\n"));
    assert_code(&folder.january(&[]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(
        (summary["requests"].as_u64(), summary["unparsed"].as_object().map(|all| all.len())),
        (Some(51), Some(0))
    );
    let agents = summary["tables"]["agents"]["top"].to_string();
    assert!(agents.contains(r#"a \"b\" c"#), "{agents}");
}

#[test]
fn a_wrapper_around_lines_of_no_known_format_is_named() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", "2024-01-03T00:00:00Z stdout F hello world\n".repeat(20));
    assert_error(&folder.january(&[]), 65, &["inside the CRI lines", "hello world"]);
}

#[test]
fn lines_of_no_known_format_are_shown_with_the_flag_that_helps() {
    for (line, flag) in [
        ("{\"who\":\"192.0.2.1\"}", "--fields"),
        ("tls 2.0 2024-01-03T00:00:00 net/lb 1", "--format"),
    ] {
        let folder = Folder::new();
        folder.write("logs/2024/01/a.log", format!("{line}\n").repeat(20));
        let output = folder.january(&[]);
        assert_error(&output, 65, &["a.log", flag]);
        let first = line.split('"').next_back().expect("there is a part");
        assert!(String::from_utf8_lossy(&output.stderr).contains(first));
    }
}

#[test]
fn files_that_begin_with_the_same_lines_are_named_whatever_they_are_called() {
    let text = log(3, 200);
    let half = &text[..text.len() / 2];
    let copies: [(&str, Vec<u8>); 4] = [
        ("access.log.gz", gzip(text.as_bytes())),
        ("access (1).log", text.clone().into_bytes()),
        ("access.log-20240301", text.clone().into_bytes()),
        ("access.log.1.gz", [gzip(half.as_bytes()), gzip(&text.as_bytes()[half.len()..])].concat()),
    ];
    for (name, bytes) in copies {
        let folder = Folder::new();
        folder.write("logs/2024/01/access.log", &text);
        folder.write(&format!("logs/2024/01/{name}"), bytes);
        let output = folder.january(&[]);
        assert_code(&output, 0);
        let warnings = warnings(&output);
        let named = |line: &&String| {
            line.contains("\"access.log\"") && line.contains(&format!("\"{name}\""))
        };
        assert_eq!(warnings.iter().filter(named).count(), 1, "{name}: {warnings:?}");
    }
    for backup in ["access.log~", "access.log.bak"] {
        let folder = Folder::new();
        folder.write("logs/2024/01/access.log", &text);
        folder.write(&format!("logs/2024/01/{backup}"), half);
        let output = folder.january(&[]);
        assert_code(&output, 0);
        let warnings = warnings(&output);
        assert!(warnings.len() == 1 && warnings[0].contains(backup), "{backup}: {warnings:?}");
        assert!(warnings[0].contains("are passed over"), "{backup}: {warnings:?}");
    }
    let folder = Folder::new();
    folder.write("logs/2024/01/access.log", &text);
    folder.write("logs/2024/01/access.log.1", log(4, 200));
    assert_eq!(warnings(&folder.january(&[])), Vec::<String>::new());
}

#[test]
fn a_log_with_much_of_other_months_is_told_and_a_day_of_them_is_not() {
    let count = |others: u32| {
        let folder = Folder::new();
        let february: String =
            (0..others).map(|number| line(1, number).replace("/Jan/", "/Feb/")).collect();
        folder.write("logs/2024/01/a.log", log(3, 100) + &february);
        let output = folder.january(&["--input", "logs/2024/01/"]);
        assert_code(&output, 0);
        warnings(&output)
    };
    assert_eq!(count(4), Vec::<String>::new());
    let warnings = count(100);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for text in [
        "other months than 2024-01",
        "2024-02-01T00:00:00Z",
        "\"of_other_months\":100",
        "there is no {month}",
    ] {
        assert!(warnings[0].contains(text), "{text}: {warnings:?}");
    }
}

#[test]
fn what_is_odd_about_the_inputs_name_is_told_where_nothing_is_found() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(3, 10));
    for (input, says) in [
        ("logs/2024/{index}/", "{index} is 0 here, counted from 0, and {month} is 1"),
        ("logs/{year}/{month}/", "{month:02} would be 01"),
        ("logs/%Y/%m/", "write {year} and {month:02}"),
    ] {
        assert_error(&folder.january(&["--input", input]), 66, &["no file matches", says]);
    }
    assert_error(
        &folder.january(&["--input", "logs/{yyyy}/"]),
        64,
        &["{yyyy}", "{month}, {year}, {index}"],
    );
    let other = folder.january(&["--month", "2", "--input", "logs/2024/0{index}/"]);
    assert_error(&other, 65, &["none of the 10 requests", "counted from 0"]);
}

#[test]
fn an_output_that_would_be_read_as_logs_is_refused() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(3, 10));
    for (input, output) in [
        ("logs/", "logs/out"),
        ("logs/**/*", "logs/out"),
        ("logs/**/*.gz", "logs/out"),
        ("logs/2024/{month:02}/", "logs/2024"),
        ("./logs/2024/../", "logs/out"),
    ] {
        let output = folder.january(&["--input", input, "--output", output]);
        assert_error(&output, 64, &["lies inside the input", "a folder of its own"]);
    }
    for (input, output) in [
        ("logs/**/*.log", "logs/out"),
        ("logs/2024/01/", "logs/2024/out"),
        ("logs/2024/01/", "logs2"),
    ] {
        assert_code(&folder.january(&["--input", input, "--output", output]), 0);
    }
}

/// Fifty requests as JSON, one a minute from 22:00 on of January 31st.
fn json(zone: &str) -> String {
    (0..REQUESTS)
        .map(|minute| {
            format!(
                "{{\"time\":\"2024-01-31 22:{minute:02}:00{zone}\",\"client\":\"192.0.2.1\",\
                 \"host\":\"{}\",\"status\":200,\"bytes\":7}}\n",
                ["a.example.org", "A.Example.org:443"][minute as usize % 2]
            )
        })
        .collect()
}

#[test]
fn times_without_a_zone_are_told_with_the_flag_that_sets_one() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", json(""));
    let output = folder.january(&[]);
    assert_code(&output, 0);
    let told = warnings(&output);
    let told: Vec<&String> = told.iter().filter(|text| text.contains("names no zone")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("--log-time-zone"), "{}", told[0]);
    let bare = folder.json("out/01/summary.json");
    // Clocks three hours behind UTC: all of it is February's.
    assert_error(&folder.january(&["--log-time-zone", "-03:00"]), 65, &["2024-02-01T01:00:00Z"]);
    let output = folder.january(&["--log-time-zone", "+00:00"]);
    assert_code(&output, 0);
    assert!(!warnings(&output).iter().any(|text| text.contains("names no zone")));
    let told = folder.json("out/01/summary.json");
    assert_eq!((&told["days"], &told["hours"]), (&bare["days"], &bare["hours"]));
    // A zone that is there is not another one because of the flag.
    folder.write("logs/2024/01/a.log", json("Z"));
    let output = folder.january(&["--log-time-zone", "-03:00"]);
    assert_code(&output, 0);
    assert_eq!(folder.json("out/01/summary.json")["requests"], u64::from(REQUESTS));
}

#[test]
fn a_host_is_one_row_in_whatever_case_it_is_written() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", json("Z"));
    assert_code(&folder.january(&[]), 0);
    let hosts = &folder.json("out/01/summary.json")["tables"]["hosts"]["top"];
    assert_eq!(hosts.as_array().map(Vec::len), Some(1), "{hosts}");
    assert_eq!(
        (&hosts[0]["key"], &hosts[0]["requests"]),
        (&"a.example.org".into(), &u64::from(REQUESTS).into())
    );
}

#[test]
fn a_line_that_the_container_runtime_cut_is_one_request() {
    let folder = Folder::new();
    let lines: String = (0..REQUESTS)
        .map(|number| {
            let line = line(3, number);
            let (start, end) = line.trim_end().split_at(60);
            let cri = |tag: &str, text: &str| format!("2024-01-03T00:00:00Z stdout {tag} {text}\n");
            let warning = "2024-01-03T00:00:00Z stderr P a warn\n";
            cri("P", start) + warning + &cri("F", end)
        })
        .collect();
    let warning_ends = "2024-01-03T00:00:00Z stderr F ing\n";
    folder.write("logs/2024/01/a.log", lines + warning_ends);
    assert_code(&folder.january(&[]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["requests"], u64::from(REQUESTS));
    assert_eq!(
        summary["unparsed"],
        serde_json::json!({"a field or what separates it is missing": 1})
    );
}

#[test]
fn a_format_may_be_given_as_it_stands_in_nginx_configuration() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(3, REQUESTS));
    let format = "log_format main '$remote_addr - $remote_user [$time_local] \"$request\" '\n    \
                  '$status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"';";
    assert_code(&folder.january(&["--format", format]), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["requests"], u64::from(REQUESTS));
}

#[test]
fn lines_that_docker_cut_into_pieces_count_once() {
    let folder = Folder::new();
    let record = |text: &str| {
        let text = serde_json::to_string(text).expect("text has a JSON form");
        format!("{{\"log\":{text},\"stream\":\"stdout\",\"time\":\"2024-01-03T00:00:00Z\"}}\n")
    };
    let long = format!("/{}", "x".repeat(40_000));
    let text: String = (0..REQUESTS)
        .map(|number| {
            let line = line(3, number).replace("/p/", &format!("{long}/p/"));
            let mut rest = line.as_str();
            let mut records = String::new();
            while rest.len() > 16 << 10 {
                records += &record(&rest[..16 << 10]);
                // The pieces of a line may have a line of the other stream between them.
                records += &record("a warning\n").replace("stdout", "stderr");
                rest = &rest[16 << 10..];
            }
            records + &record(rest)
        })
        .collect();
    folder.write("logs/2024/01/a.log", text);
    let output = folder.january(&[
        "--format",
        "combined",
        "--max-unparsed",
        "1",
        "--max-unparsed-per-file",
        "1",
    ]);
    assert_code(&output, 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!(summary["requests"], REQUESTS);
    assert_eq!(
        summary["unparsed"],
        serde_json::json!({"a field or what separates it is missing": 2 * REQUESTS})
    );
}
