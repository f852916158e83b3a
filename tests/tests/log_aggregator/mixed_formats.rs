//! Files whose lines are of several formats.

use system_tests::logs::{Folder, assert_code, assert_error, line, log, warnings};

/// Lines of each format in a file.
const REQUESTS: u32 = 100;

#[test]
fn each_line_of_a_file_of_several_formats_is_read_by_the_one_that_it_has() {
    let combined = log(3, REQUESTS);
    let common: String = combined
        .lines()
        .map(|line| line.split(" \"-\" \"").next().unwrap_or(line).to_owned() + "\n")
        .collect();
    let alternating: String = combined
        .lines()
        .zip(common.lines())
        .map(|(one, other)| format!("{one}\n{other}\n"))
        .collect();
    for text in [combined.clone() + &common, common.clone() + &combined, alternating] {
        let folder = Folder::new();
        folder.write("logs/2024/01/a.log", text);
        let output = folder.january(&[]);
        assert_code(&output, 0);
        let summary = folder.json("out/01/summary.json");
        assert_eq!(summary["requests"], 2 * u64::from(REQUESTS));
        assert_eq!(summary["unparsed"], serde_json::json!({}));
        let remarks = &summary["remarks"]["the line has another format than its file"];
        assert_eq!(*remarks, u64::from(REQUESTS));
        assert_eq!(warnings(&output).len(), 1, "{:?}", warnings(&output));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("lines of another format than their file"), "{stderr}");
    }
}

#[test]
fn where_no_request_has_an_agent_it_is_said_that_bots_are_not_told_from_people() {
    let combined = log(3, REQUESTS);
    let common = combined.lines().map(|line| line.split(" \"-\" \"").next().unwrap_or(line));
    let common: String = common.map(|line| format!("{line}\n")).collect();
    for (text, is_told) in [(common.clone(), true), (common + &combined, false)] {
        let folder = Folder::new();
        folder.write("logs/2024/01/a.log", text);
        let output = folder.january(&[]);
        assert_code(&output, 0);
        let told =
            warnings(&output).iter().any(|told| told.contains("no request has a user agent"));
        assert_eq!(told, is_told, "{:?}", warnings(&output));
    }
}

#[test]
fn lines_of_several_formats_are_counted_alike_whatever_the_threads() {
    let folder = Folder::new();
    let text: String = (0..60_000)
        .map(|number| {
            let line = line(3, number);
            match number % 7 {
                0 => line.split(" \"-\" \"").next().unwrap_or(&line).to_owned() + "\n",
                1 => line.replace("\"\n", "\" \"10.0.0.1\"\n"),
                2 => "2024/01/03 08:00:00 [error] 7#7: something\n".to_owned(),
                _ => line,
            }
        })
        .collect();
    folder.write("logs/2024/01/a.log", text);
    let mut published = Vec::new();
    for threads in ["1", "3"] {
        assert_code(
            &folder.january(&["--threads", threads, "--max-unparsed", "20%", "--force"]),
            0,
        );
        published.push(folder.published("out/01"));
    }
    assert_eq!(published[0], published[1]);
    let unparsed = &folder.json("out/01/summary.json")["unparsed"];
    assert_eq!(unparsed["a field or what separates it is missing"], 60_000 / 7 + 1);
}

#[test]
fn a_given_format_reads_no_other_one() {
    let combined = log(3, REQUESTS);
    let common: String = combined
        .lines()
        .map(|line| line.split(" \"-\" \"").next().unwrap_or(line).to_owned() + "\n")
        .collect();
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", combined + &common);
    let output = folder.january(&["--format", "combined"]);
    assert_error(&output, 65, &["most of these lines are common", "as --format says"]);
}
