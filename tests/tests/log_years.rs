//! A year and its page are those that the months come to today, and of the year that was asked for.

use system_tests::logs::{Folder, assert_code, assert_error, log, warnings};

/// January with some requests, merged into a year and drawn.
fn year(requests: u32) -> Folder {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(1, requests));
    assert_code(&folder.january(&[]), 0);
    assert_code(&folder.run(&["merge", "out", "--allow-missing", "--report"], &[]), 0);
    folder
}

/// What `report` says of a year that lost its manifest to a month.
const UNVOUCHED: [&str; 3] = ["no _SUCCESS beside out/year.json", "a month was", "merge again"];

fn report(folder: &Folder, more: &[&str]) -> std::process::Output {
    folder.run(&[&["report", "out"], more].concat(), &[])
}

fn page(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path("out/report.html")).expect("it is there")
}

#[test]
fn a_month_that_was_counted_anew_makes_its_year_stale_until_the_next_merge() {
    let folder = year(100);
    let before = page(&folder);
    assert_code(&report(&folder, &[]), 0);
    folder.write("logs/2024/01/a.log", log(1, 777));
    assert_code(&folder.january(&[]), 0);
    assert_error(&report(&folder, &[]), 66, &UNVOUCHED);
    assert_eq!(page(&folder), before, "nothing was drawn");
    // The page that is there is drawn by the merge itself, so that it never shows another year than
    // year.json.
    assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
    assert_eq!(folder.json("out/year.json")["requests"], 777);
    assert_ne!(page(&folder), before);
    assert_code(&report(&folder, &[]), 0);
}

#[test]
fn a_month_that_has_come_since_the_merge_makes_the_year_stale() {
    let folder = year(100);
    folder.write("logs/2024/02/a.log", log(1, 50).replace("/Jan/", "/Feb/"));
    assert_code(&folder.january(&["--month", "2"]), 0);
    assert_error(&report(&folder, &[]), 66, &UNVOUCHED);
}

#[test]
fn a_merge_that_failed_leaves_no_year_that_is_drawn_as_if_it_were_todays() {
    let folder = year(100);
    // The month is counted again and is not good enough, so that its manifest is taken back.
    folder.write("logs/2024/01/a.log", log(1, 60) + &"no request\n".repeat(40));
    assert_code(&folder.january(&[]), 65);
    assert_error(&folder.run(&["merge", "out", "--allow-missing"], &[]), 66, &["month 01"]);
    assert_error(&report(&folder, &[]), 66, &UNVOUCHED);
    let output = report(&folder, &["--as-merged"]);
    assert_code(&output, 0);
    assert!(warnings(&output).iter().any(|line| line.contains("no _SUCCESS any more")));
}

#[test]
fn a_month_that_is_gone_since_the_merge_makes_the_year_stale() {
    let folder = year(100);
    std::fs::remove_dir_all(folder.path("out/01")).expect("it is there");
    assert_error(&report(&folder, &[]), 65, &["month 01 is not finished any more", "merge again"]);
    let output = report(&folder, &["--as-merged"]);
    assert_code(&output, 0);
    assert!(
        warnings(&output).iter().any(|line| line.contains("since then month 01 is not finished")),
        "it is told"
    );
}

#[test]
fn nothing_vouches_for_the_year_from_the_instant_on_in_which_one_of_its_months_is_replaced() {
    let folder = year(100);
    let vouched = || folder.path("out/_SUCCESS").exists();
    // Nothing is replaced, and no month of the year is touched.
    assert_code(&folder.january(&[]), 0);
    assert_code(&folder.january(&["--month", "13"]), 64);
    assert_code(&folder.january(&["--threads", "0"]), 64);
    assert_code(&folder.january(&["--month", "2"]), 66);
    assert!(vouched());
    assert_code(&folder.january(&["--input", "nowhere/"]), 66);
    assert!(!vouched());
    for failing in [&["--force", "--format", "haproxy"][..], &["--only", "host=a"]] {
        assert_code(&folder.january(&[]), 0);
        assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
        assert!(vouched());
        assert_code(&folder.january(failing), 65);
        assert!(!vouched(), "{failing:?}");
    }
    // That of another program stays.
    folder.write("out/_SUCCESS", "");
    assert_code(&folder.january(&["--force"]), 0);
    assert!(vouched());
}

#[test]
fn a_later_part_of_a_month_takes_away_what_vouches_for_the_year_when_it_is_published() {
    let folder = Folder::new();
    let vouched = || folder.path("out/_SUCCESS").exists();
    folder.write("logs/2024/01/a.log", log(1, 100));
    assert_code(&folder.january(&["--partial", "--until", "2024-01-05"]), 0);
    assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
    assert!(vouched());
    assert_code(&folder.january(&["--partial", "--until", "2024-01-06", "--input", "no/"]), 66);
    assert!(vouched(), "the earlier part is still there");
    assert_code(&folder.january(&["--partial", "--until", "2024-01-06"]), 0);
    assert!(!vouched());
    assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
    assert_code(&folder.january(&[]), 0);
    assert!(!vouched(), "the whole month replaces it");
}

#[test]
fn a_year_that_nothing_vouches_for_is_not_drawn() {
    let folder = year(100);
    let good = std::fs::read(folder.path("out/year.json")).expect("it is there");
    folder.write("out/year.json", "{}");
    assert_error(
        &report(&folder, &[]),
        65,
        &["out/year.json is not what its _SUCCESS says", "merge again"],
    );
    folder.write("out/year.json", good);
    std::fs::remove_file(folder.path("out/_SUCCESS")).expect("it is there");
    assert_error(&report(&folder, &[]), 66, &["no _SUCCESS beside out/year.json", "merge again"]);
}

#[test]
fn another_year_than_that_of_the_months_is_neither_merged_nor_drawn() {
    let folder = year(100);
    let of_2023 = [("YEAR", "2023"), ("OUTPUT_BUCKET", "out")];
    for arguments in [&["merge", "--allow-missing"][..], &["report"]] {
        assert_error(&folder.run(arguments, &of_2023), 64, &["2023", "2024", "out"]);
        let of_2024 = [("YEAR", "2024"), ("OUTPUT_BUCKET", "out")];
        assert_code(&folder.run(arguments, &of_2024), 0);
    }
}

#[test]
fn a_folder_without_any_month_is_told_as_such_where_months_may_be_missing() {
    let folder = Folder::new();
    folder.write("out/readme.txt", "");
    let output = folder.run(&["merge", "out", "--allow-missing"], &[]);
    assert_error(&output, 66, &["there is no finished month in out", "aggregate"]);
    // One finished month is enough for a merge with --allow-missing.
    folder.write("logs/2024/01/a.log", log(1, 10));
    assert_code(&folder.january(&[]), 0);
    assert_error(&folder.run(&["merge", "out"], &[]), 66, &["02, 03", "--allow-missing"]);
    assert_code(&folder.run(&["merge", "out", "--allow-missing"], &[]), 0);
}

#[test]
fn a_month_that_cannot_be_counted_is_not_that_of_an_earlier_run() {
    let folder = year(100);
    std::fs::remove_file(folder.path("logs/2024/01/a.log")).expect("it is there");
    assert_code(&folder.january(&[]), 66);
    assert!(!folder.path("out/01/_SUCCESS").exists());
    assert!(folder.path("out/01/summary.json").exists(), "what is published stays");
    assert_error(
        &folder.run(&["merge", "out", "--allow-missing"], &[]),
        66,
        &["no finished month in out"],
    );
    assert_error(&report(&folder, &[]), 66, &UNVOUCHED);
}

/// Requests of January of a year, merged.
fn merged(folder: &Folder, year: u32, more: &[&str]) {
    let lines = log(1, year - 1900).replace("/2024:", &format!("/{year}:"));
    folder.write(&format!("logs/{year}/01/a.log"), lines);
    let (year, output) = (year.to_string(), format!("analytics/{year}/"));
    let aggregate = ["aggregate", "--month", "1", "--input", "logs/{year}/{month:02}/"];
    let variables = [("YEAR", year.as_str()), ("OUTPUT_BUCKET", output.as_str())];
    assert_code(&folder.run(&[&aggregate[..], more].concat(), &variables), 0);
    assert_code(&folder.run(&["merge", "--allow-missing"], &variables), 0);
}

#[test]
fn the_last_year_is_drawn_beside_this_one_where_both_are_there() {
    let folder = Folder::new();
    let page = || std::fs::read_to_string(folder.path("analytics/2024/report.html")).unwrap();
    let draw = |more: &[&str]| folder.run(&[&["report", "analytics/2024/"], more].concat(), &[]);
    merged(&folder, 2024, &[]);
    assert_code(&draw(&[]), 0);
    assert!(!page().contains("2024 and 2023"));
    assert_error(&draw(&["--last-year", "analytics/2023/"]), 66, &["analytics/2023/year.json"]);
    merged(&folder, 2023, &[]);
    assert_code(&draw(&[]), 0);
    assert!(page().contains("2024 and 2023"), "found beside it");
    assert_error(&draw(&["--last-year", "analytics/2024/"]), 65, &["it is the year 2024"]);
    // A year that was counted otherwise is not compared.
    merged(&folder, 2023, &["--exclude", "status=404"]);
    let output = draw(&[]);
    assert_code(&output, 0);
    assert!(!page().contains("2024 and 2023"));
    assert!(warnings(&output).iter().any(|warning| warning.contains("other filters")));
    let told = draw(&["--last-year", "analytics/2023/"]);
    assert_error(&told, 65, &["analytics/2023/year.json", "other filters"]);
}
