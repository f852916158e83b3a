//! Months merged into a year.

use system_tests::logs::{Folder, INPUT, assert_code, assert_error, log};
use system_tests::tree;

use crate::support::{assert_valid, make_year};

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
    assert_error(
        &folder.run(&["merge", "out"], &[]),
        66,
        &["there is no finished month in out", "where log-aggregator aggregate writes to"],
    );
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
    assert_valid(&folder.json("out/01/summary.json"), "summary-5.schema.json");
    assert_valid(&folder.json("out/year.json"), "year-5.schema.json");
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
    folder.write("logs/2023/02/a.log", log(1, 100).replace("/Jan/2024", "/Feb/2023"));
    assert_code(&folder.january(&["--month", "2", "--year", "2023", "--force"]), 0);
    let of_two_years = merge();
    let says =
        "month 02 has year 2023, and those before it have year 2024 (give each year a folder";
    assert_error(&of_two_years, 65, &[says]);
    assert_code(&folder.january(&["--month", "2", "--force"]), 0);
    assert_code(&merge(), 0);
    let mut state = std::fs::read(folder.path("out/02/state")).expect("it is there");
    state[40] ^= 1;
    folder.write("out/02/state", state);
    assert_error(&merge(), 65, &["out/02/state is not what its _SUCCESS says"]);
}
