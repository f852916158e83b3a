//! What an earlier run has published is replaced by what is later, and by nothing else.

use std::process::Output;

use system_tests::logs::{Folder, assert_code, assert_error, log, warnings};
use system_tests::tree;

const PART: [&str; 3] = ["--partial", "--until", "2024-01-03"];

/// Requests of the first four days of January, of 2024 and of 2023.
fn folder() -> Folder {
    let folder = Folder::new();
    for day in 1..=4 {
        let lines = log(day, 100 * day);
        folder.write(&format!("logs/2023/01/{day}.log"), lines.replace("/2024:", "/2023:"));
        folder.write(&format!("logs/2024/01/{day}.log"), lines);
    }
    folder
}

fn of_2023(folder: &Folder, more: &[&str]) -> Output {
    folder.january(&[&["--year", "2023"], more].concat())
}

fn until(folder: &Folder, until: &str, more: &[&str]) -> Output {
    folder.january(&[&["--partial", "--until", until], more].concat())
}

#[test]
fn a_month_of_another_year_is_not_replaced_unless_that_is_asked_for() {
    let folder = folder();
    assert_code(&of_2023(&folder, &[]), 0);
    let before = tree(&folder.path("out"));
    let says = ["out/01 is of the year 2023", "2024-01 would replace it", "analytics/2024/"];
    assert_error(&folder.january(&[]), 64, &says);
    assert_error(&folder.january(&PART), 64, &says);
    // A run that would fail later, and take the manifest away for that, does not come so far.
    assert_error(&folder.january(&["--input", "nothing/"]), 64, &says);
    assert!(tree(&folder.path("out")) == before, "nothing was touched");
    let output = folder.january(&["--force"]);
    assert_code(&output, 0);
    assert!(warnings(&output).iter().any(|line| line.contains("another year is replaced")));
    assert_eq!(folder.json("out/01/summary.json")["year"], 2024);
}

#[test]
fn a_part_of_another_year_is_neither_replaced_nor_left_out_of_a_year() {
    let folder = folder();
    assert_code(&folder.january(&PART), 0);
    let part = tree(&folder.path("out/01-partial"));
    let says = ["out/01-partial is of the year 2024", "2023-01", "--force"];
    assert_error(&of_2023(&folder, &[]), 64, &says);
    assert_error(&of_2023(&folder, &["--partial", "--until", "2023-01-03"]), 64, &says);
    assert!(tree(&folder.path("out/01-partial")) == part);
    // Earlier versions published both.
    assert_code(&of_2023(&folder, &["--force"]), 0);
    assert!(tree(&folder.path("out/01-partial")).is_empty());
    part.iter().for_each(|(name, bytes)| folder.write(&format!("out/01-partial/{name}"), bytes));
    assert_error(
        &folder.run(&["merge", "out", "--allow-missing"], &[]),
        65,
        &["01 is of the year 2023", "01-partial of 2024", "a folder of its own"],
    );
    // By force, the part takes the place of another year's month.
    assert_code(&folder.january(&[&PART[..], &["--force"]].concat()), 0);
    assert!(tree(&folder.path("out/01")).is_empty());
    assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
    assert_eq!(folder.json("out/year.json")["requests"], 300);
}

#[test]
fn a_later_part_is_not_replaced_by_an_earlier_one_unless_that_is_asked_for() {
    let folder = folder();
    assert_code(&until(&folder, "2024-01-04", &[]), 0);
    let later = tree(&folder.path("out"));
    let says = ["has the month up to 2024-01-04", "less of it, up to 2024-01-03", "--force"];
    for more in [&[][..], &["--keep-query"], &["--input", "nothing/"]] {
        assert_error(&until(&folder, "2024-01-03", more), 64, &says);
    }
    assert!(tree(&folder.path("out")) == later);
    assert_code(&until(&folder, "2024-01-03", &["--force"]), 0);
    assert_eq!(folder.json("out/01-partial/summary.json")["requests"], 300);
}

#[test]
fn an_earlier_part_stays_until_the_later_one_takes_its_place() {
    let folder = folder();
    let merged = || {
        assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
        folder.json("out/year.json")["requests"].clone()
    };
    assert_code(&until(&folder, "2024-01-03", &[]), 0);
    // Tonight's run fails: the part is still what it says that it is.
    assert_code(&until(&folder, "2024-01-04", &["--input", "nothing/"]), 66);
    assert_eq!(merged(), 300);
    folder.write("logs/2024/01/5.log", "PK\x03\x04\x14\0\0\0".repeat(10));
    assert_error(&until(&folder, "2024-01-04", &[]), 65, &["5.log"]);
    assert_eq!(merged(), 300);
    std::fs::remove_file(folder.path("logs/2024/01/5.log")).unwrap();
    // One that was counted otherwise is other work.
    assert_code(&until(&folder, "2024-01-04", &["--keep-query", "--input", "nothing/"]), 66);
    assert!(!folder.path("out/01-partial/_SUCCESS").exists());
    assert_code(&until(&folder, "2024-01-04", &[]), 0);
    assert_eq!(merged(), 600);
}

#[test]
fn a_time_that_the_clock_shows_twice_or_never_is_told() {
    let folder = Folder::new();
    let line = "192.0.2.1 - - [26/Oct/2023:12:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"a\"\n";
    folder.write("logs/2023/10/a.log", line);
    folder.write("logs/2024/03/a.log", line.replace("26/Oct/2023", "26/Mar/2024"));
    for (year, month, time, says) in [
        ("2023", "10", "2023-10-29T02:30", "not_as\":\"2023-10-29T02:30:00+02:00"),
        ("2024", "3", "2024-03-31T02:30", "taken_as\":\"2024-03-31T03:30:00+02:00"),
        ("2024", "3", "2024-03-31T04:30", ""),
    ] {
        let zone = ["--time-zone", "Europe/Berlin", "--year", year, "--month", month];
        let output = until(&folder, time, &zone);
        assert_code(&output, 0);
        let told: Vec<String> =
            warnings(&output).into_iter().filter(|line| line.contains("--until")).collect();
        assert_eq!(told.len(), usize::from(!says.is_empty()), "{told:?}");
        assert!(told.iter().all(|line| line.contains(says)), "{told:?}");
    }
    // By its offset it is the other one.
    let berlin = ["--time-zone", "Europe/Berlin", "--year", "2023", "--month", "10", "--force"];
    let output = until(&folder, "2023-10-29T02:30:00+02:00", &berlin);
    assert_code(&output, 0);
    assert!(!warnings(&output).iter().any(|line| line.contains("--until")));
    let summary = folder.json("out/10-partial/summary.json");
    assert_eq!(summary["until"], "2023-10-29T02:30:00+02:00");
}
