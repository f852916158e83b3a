//! Files that end without a line end behind their last record: they may have been cut off.

mod support;

use serde_json::Value;
use support::{Folder, Ran};

/// The warnings that a run has logged.
fn warnings(ran: &Ran) -> Vec<Value> {
    let lines = ran.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["level"] == "WARN").collect()
}

/// The file and the line of the warning that the last record has no line end.
#[track_caller]
fn place(ran: &Ran) -> (String, u64) {
    let warnings = warnings(ran);
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    let warning = &warnings[0];
    assert!(warning["message"].as_str().unwrap().contains("cut off"), "{warning}");
    (warning["file"].as_str().unwrap().to_owned(), warning["line"].as_u64().unwrap())
}

#[test]
fn a_last_record_that_may_be_cut_off_is_accepted_warned_of_and_counted() {
    let folder = Folder::with_input("id,amount\na,10.00\nb,25");
    let ran = folder.validate(0, 1, &[]);
    assert_eq!(place(ran.assert_code(0)), ("data_0.csv".to_owned(), 3));
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\na,10.00\nb,25\n");
    for counts in [
        &folder.json("out/part-00000/summary.json"),
        &folder.json("out/part-00000/_SUCCESS")["counts"],
    ] {
        assert_eq!((&counts["rows"], &counts["no_final_newline"]), (&2.into(), &1.into()));
    }
    assert_eq!(folder.termination()["counts"]["no_final_newline"], 1);
    folder.run(0, 1, &["summarize", "out"]).assert_code(0);
    assert_eq!(folder.json("out/summary.json")["no_final_newline"], 1);
}

#[test]
fn of_a_file_that_is_cut_between_cr_and_lf_only_lf_is_added() {
    let file = "id,amount\r\na,x\r\nb,2\r";
    let folder = Folder::with_input(file);
    place(folder.validate(0, 1, &[]).assert_code(0));
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,amount\r\nb,2\r\n");
    for flags in [&[][..], &["--header"]] {
        let arguments =
            [&["exec", "--input", "in/data_{index}.csv", "--output", "given"], flags].concat();
        folder.run(0, 1, &[&arguments[..], &["--", "cat"]].concat()).assert_code(0);
        assert_eq!(folder.read("given/part-00000/output"), format!("{file}\n"), "{flags:?}");
    }
}

#[test]
fn a_program_without_a_header_is_given_the_last_line_with_a_warning() {
    let folder = Folder::with_input("a,10.00\nb,25");
    let arguments = ["exec", "--input", "in/data_{index}.csv", "--output", "given", "--", "cat"];
    let ran = folder.run(0, 1, &arguments);
    let warnings = warnings(ran.assert_code(0));
    assert_eq!(warnings.len(), 1, "{}", ran.stderr);
    assert_eq!(warnings[0]["file"], "data_0.csv");
    assert!(warnings[0]["message"].as_str().unwrap().contains("has no line end"));
    // Bytes that are no text are given as they are.
    let folder = Folder::with_input("PNG\0\x01");
    let ran = folder.run(0, 1, &arguments);
    assert!(self::warnings(ran.assert_code(0)).is_empty(), "{}", ran.stderr);
}

#[test]
fn a_line_end_of_any_kind_costs_no_warning() {
    for file in
        ["id,amount\na,1\n", "id,amount\r\na,1\r\n", "id,amount\n", "id,amount\n\"a\",\"1\"\n"]
    {
        let folder = Folder::with_input(file);
        let ran = folder.validate(0, 1, &["--require-final-newline"]);
        ran.assert_code(0);
        assert_eq!(warnings(&ran), [Value::Null; 0], "{file:?}");
        assert!(folder.json("out/part-00000/summary.json").get("no_final_newline").is_none());
    }
}

#[test]
fn the_line_is_that_of_the_files_end_whatever_stands_before_it() {
    for (file, line, more) in [
        ("id,amount", 1, &[][..]),
        ("id,amount\n\"a\n\",1\n\"b\n\n\",2", 6, &[]),
        ("id,amount\r\na,1\r", 2, &[]),
        (
            "# made by hand\nid|amount\na|1\n# between\nb|2",
            5,
            &["--comment-char", "#", "--delimiter", "|"],
        ),
        ("id;amount\ra;1\rb;2", 3, &["--line-terminator", "\\r", "--delimiter", ";"]),
        ("sep=;\nid;amount\na;1", 3, &[]),
    ] {
        let folder = Folder::with_input(file);
        folder.write(
            "schema.json",
            r#"{"fields": [{"name": "id"}, {"name": "amount", "type": "number"}]}"#,
        );
        let ran = folder.validate(0, 1, more);
        assert_eq!(place(ran.assert_code(0)).1, line, "{file:?}");
        let ran = folder.validate(0, 1, &[more, &["--require-final-newline"]].concat());
        let error = ran.assert_code(65).error();
        assert!(error.contains(&format!("data_0.csv, line {line}: ")), "{error}");
        assert!(folder.tree("out").keys().all(|name| !name.contains("_SUCCESS")), "{file:?}");
    }
}

#[test]
fn comments_and_records_that_are_known_to_be_broken_may_end_a_file_without_a_line_end() {
    let folder = Folder::with_input("id,amount\na,1\n# the end");
    let ran = folder.validate(0, 1, &["--comment-char", "#", "--require-final-newline"]);
    ran.assert_code(0);
    assert_eq!(warnings(&ran), [Value::Null; 0]);
}

#[test]
fn a_rejected_record_says_that_the_file_ends_there_and_others_do_not() {
    let folder = Folder::with_input("id,amount\nx\na,1\nb");
    folder.validate(0, 1, &[]).assert_code(0);
    let rejected = folder.read("out/part-00000/rejected.csv");
    let rows: Vec<&str> = rejected.lines().skip(1).collect();
    assert_eq!(rows.len(), 2);
    assert!(!rows[0].contains("without a line end"), "{rejected}");
    assert!(
        rows[1].contains("(the file ends here without a line end: was it cut off?)"),
        "{rejected}"
    );
}

#[test]
fn of_a_file_that_is_cut_into_ranges_the_end_is_told_once() {
    let mut file = "id,amount\n".to_owned();
    for row in 0..40 {
        file.push_str(&format!("r{row},{row}\n"));
    }
    file.push_str("last,123456789");
    for partitions in [1, 2, 7, 50] {
        let folder = Folder::with_input(&file);
        folder.write(
            "schema.json",
            r#"{"fields": [{"name": "id"}, {"name": "amount", "type": "number"}]}"#,
        );
        let arguments = [
            "validate",
            "--split",
            "bytes",
            "--input",
            "in/data_0.csv",
            "--schema",
            "schema.json",
            "--output",
            "out",
        ];
        let mut told = 0;
        for index in 0..partitions {
            let ran = folder.run(index, partitions, &arguments);
            told += warnings(ran.assert_code(0))
                .iter()
                .filter(|warning| warning.to_string().contains("cut off"))
                .count();
        }
        folder.run(0, partitions, &["summarize", "out"]).assert_code(0);
        let sum = folder.json("out/summary.json");
        assert_eq!(
            (told, &sum["no_final_newline"], &sum["rows"]),
            (1, &1.into(), &41.into()),
            "{partitions}"
        );
    }
}

#[test]
fn a_finished_partition_is_looked_at_again_when_line_ends_are_required() {
    let folder = Folder::with_input("id,amount\na,1");
    folder.validate(0, 1, &[]).assert_code(0);
    folder.validate(0, 1, &["--require-final-newline"]).assert_code(65);
    let exec = |more: &[&str]| {
        let arguments = ["exec", "--input", "in/data_{index}.csv", "--output", "done"];
        folder.run(0, 1, &[&arguments, more, &["--", "cat"]].concat())
    };
    assert_eq!(warnings(exec(&[]).assert_code(0)).len(), 1);
    assert_eq!(folder.read("done/part-00000/output"), "id,amount\na,1\n");
    assert_eq!(place(exec(&["--header"]).assert_code(0)).1, 2);
    for more in [&["--require-final-newline"][..], &["--header", "--require-final-newline"]] {
        let ran = exec(more);
        let error = ran.assert_code(65).error();
        assert!(error.contains("data_0.csv"), "{error}");
    }
}
