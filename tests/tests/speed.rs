//! The figures on speed in tests/README.md are those of the run that is kept.

use std::path::Path;
use std::process::Command;

#[test]
fn the_readme_shows_the_run_that_is_kept() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let kept = "tests/peers/results";
    let report = Command::new("python3")
        .args(["tests/peers/report.py", kept, "--chart", "peers/results/scale.svg"])
        .current_dir(&repository)
        .output()
        .expect("python3 must be installed");
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
    let computed = String::from_utf8(report.stdout).expect("it is UTF-8");
    let readme =
        std::fs::read_to_string(repository.join("tests/README.md")).expect("there is a README");
    let (_, shown) = readme.split_once("<!-- bench -->\n").expect("the section begins");
    let (shown, _) = shown.split_once("<!-- /bench -->").expect("the section ends");
    assert!(
        shown == computed,
        "run make bench-readme: the README shows\n{shown}\nand the kept run is\n{computed}"
    );
    assert!(repository.join(kept).join("scale.svg").is_file(), "the chart is kept, too");
}

/// The README must not show a quick run.
#[test]
fn the_run_that_is_kept_is_a_full_one() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/results");
    let read = |name: &str| -> serde_json::Value {
        let text = std::fs::read_to_string(kept.join(name)).expect("it is kept");
        serde_json::from_str(&text).expect("it is JSON")
    };
    for part in ["validation.json", "queue.json", "logs.json", "start.json", "scale.json"] {
        let tables = read(part);
        let tables = tables.as_array().expect("tables");
        assert!(!tables.is_empty(), "{part}");
        for table in tables {
            let rows = table["rows"].as_array().expect("rows");
            assert!(rows.len() >= 4, "{part}: {}", table["title"]);
            for row in rows {
                assert_eq!(
                    row["seconds"].as_array().expect("times").len(),
                    table["rounds"],
                    "{part}: {row}"
                );
            }
        }
    }
    assert!(
        read("scale.json")[0]["rows"][4]["amount"].as_f64().expect("MB") > 1900.0,
        "a quick run"
    );
}
