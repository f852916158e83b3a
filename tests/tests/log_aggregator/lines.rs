//! Lines that are odd: no requests, too long, of other formats, with NUL bytes.

use serde_json::Value;
use system_tests::logs::{Folder, assert_code, line, log, warnings};
use system_tests::tree;

use crate::support::assert_valid;

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
    assert_valid(&summary, "summary-5.schema.json");
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
        csv("daily.csv").contains("2024-01-12,3,,0,1,1,0,0\n")
            && csv("hourly.csv").contains("2024-01-12,8,3,,0,0\n")
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
fn what_clients_write_is_no_formula_and_no_control_character_in_a_table() {
    let folder = Folder::new();
    let agents =
        ["=HYPERLINK(\\\"x\\\")", "@SUM(1+1)", "\\x1b[31mred", "a;=1+1", "-", "Mozilla/5.0"];
    let text: String = agents
        .iter()
        .map(|agent| {
            format!(
                "192.0.2.1 - - [03/Jan/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 7 \"{agent}\" \
                 \"Mozilla/5.0\"\n"
            )
        })
        .collect();
    folder.write("logs/2024/01/a.log", text);
    assert_code(&folder.january(&[]), 0);
    let csv = std::fs::read_to_string(folder.path("out/01/referrers.csv")).expect("it is there");
    let mut rows: Vec<&str> = csv.lines().skip(1).collect();
    rows.sort_unstable();
    let expected = [
        "\"'=HYPERLINK(\"\"x\"\")\",1,7",
        "\"a;=1+1\",1,7",
        "'@SUM(1+1),1,7",
        "Mozilla/5.0,1,7",
        "\\x1b[31mred,1,7",
    ];
    assert_eq!(rows, expected);
    // Programs read what was sent.
    let summary = folder.json("out/01/summary.json").to_string();
    assert!(summary.contains("\"@SUM(1+1)\"") && summary.contains("\\u001b[31mred"), "{summary}");
}

#[test]
fn a_file_that_is_no_access_log_is_exit_65_however_small_it_is() {
    let folder = Folder::new();
    folder.write("logs/2024/01/access.log", log(1, 2000));
    // It begins as an access log does, so its format is found.
    folder.write("logs/2024/01/error.log", log(2, 1) + &"2024/01/02 [error] x\n".repeat(99));
    let output = folder.january(&["--format", "combined"]);
    let says =
        ["99 of the 100 lines of error.log", "--max-unparsed-per-file", "files like that: 1"];
    for text in says {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(text), "{text}: {stderr}");
    }
    assert_code(&output, 65);
    assert_eq!(tree(&folder.path("out/01")).into_keys().collect::<Vec<_>>(), ["unparsed.log.gz"]);
    // A file without a known format is one of them.
    folder.write("logs/2024/01/error.log", "2024/01/02 [error] x\n".repeat(99));
    assert_code(&folder.january(&[]), 65);
    assert_code(&folder.january(&["--max-unparsed-per-file", "100%"]), 0);
    assert_eq!(folder.json("out/01/summary.json")["requests"], 2000);
    // A few lines may be the remarks of a program that rotates logs.
    folder.write("logs/2024/01/error.log", "2024/01/02 [error] x\n".repeat(9));
    assert_code(&folder.january(&[]), 0);
    // The parts of a file that is cut count together.
    let large = log(3, 1000).repeat(600);
    folder.write("logs/2024/01/access.log", &large);
    folder.write("logs/2024/01/error.log", log(2, 600) + &"2024/01/02 [error] x\n".repeat(1200));
    let output = folder.january(&["--format", "combined"]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("1200 of the 1800 lines of error.log")
    );
    assert_code(&output, 65);
}
