//! Inputs as people have them: joined and exported files, other formats, the output of an earlier
//! step, a Job that grew.

mod support;

use support::{Folder, Ran, SCHEMA, TWO_STRINGS, validated};

#[test]
fn rejected_records_are_read_back_by_their_own_dialect() {
    for (file, more) in [
        ("id;name\n1;a;b\n1\n", ["--delimiter", ";", "--quote", "none"].as_slice()),
        ("id,name\n1,a\n2\n", &["--quote", "none"]),
        ("id;name\n1;a;b\n\n", &["--delimiter", ";"]),
    ] {
        let folder = Folder::new();
        folder.write(
            "schema.json",
            TWO_STRINGS.replacen(
                r#""type": "string""#,
                "\"type\": \"string\", \"constraints\": {\"enum\": [\n\"x,y;\",\n\"2\"\n]}",
                1,
            ),
        );
        folder.write("in/a,b;.csv", file);
        let arguments =
            ["validate", "--input", "in/", "--schema", "schema.json", "--output", "out"];
        folder.run(0, 1, &[&arguments, more].concat()).assert_code(0);
        let rejected = folder.read("out/part-00000/rejected.csv");
        let delimiter = if more.contains(&";") { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new();
        reader
            .delimiter(delimiter)
            .quoting(!more.contains(&"none"))
            .flexible(true)
            .has_headers(true);
        let records: Vec<csv::StringRecord> =
            reader.from_reader(rejected.as_bytes()).records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 2, "{rejected}");
        assert_eq!(rejected.lines().count(), 3, "{rejected}");
        for record in records {
            assert!(
                record[3].contains("cell")
                    || record[3].contains("blank-row")
                    || record[3].contains("enum"),
                "{record:?}"
            );
            assert!(record[1].parse::<u64>().is_ok(), "{record:?}");
        }
    }
}

#[test]
fn hidden_names_are_passed_over_and_a_name_with_brackets_is_found() {
    let files: [(&str, &[u8]); 4] = [
        ("a.csv", b"id,name\n1,a\n"),
        ("_SUCCESS", b""),
        (".a.csv.crc", b"crc\0"),
        ("_temporary/0/b.csv", b"id,name\n2,b\n"),
    ];
    let (folder, ran) = validated(&files, &[]);
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,name\n1,a\n");
    assert!(ran.stderr.contains("are passed over"), "{}", ran.stderr);
    let (_, ran) = validated(&files[1..], &[]);
    assert!(ran.assert_code(66).error().contains("begin with _ or ."), "{}", ran.stderr);

    let folder = Folder::new();
    folder.write("c [1].csv", "x\n");
    let exec = |input: &str, output: &str| {
        folder.run(0, 1, &["exec", "--input", input, "--output", output, "--", "cat"])
    };
    for (number, name) in
        ["c [1].csv", "c [[]1].csv", "c*[1].csv", "c [?].csv"].into_iter().enumerate()
    {
        exec(name, &format!("out{number}")).assert_code(0);
        assert_eq!(folder.read(&format!("out{number}/part-00000/output")), "x\n", "{name}");
    }
    folder.write("c 1.csv", "y\n");
    let ran = exec("c [1].csv", "out9");
    assert!(ran.assert_code(64).error().contains("write [[] for a bracket"), "{}", ran.stderr);
}

#[test]
fn two_runs_in_one_folder_are_no_input_and_no_summary() {
    // (the input, what changes between two pods, how it is split)
    for (input, split) in [("in/", "files"), ("in/0.txt", "bytes")] {
        let folder = Folder::new();
        for index in 0..5 {
            folder.write(&format!("in/{index}.txt"), "1\n2\n3\n4\n");
        }
        let pod = |index| {
            let split =
                ["exec", "--input", input, "--split", split, "--output", "done", "--", "cat"];
            folder.run(index, 2, &split).assert_code(0);
        };
        pod(0);
        folder.write(if split == "files" { "in/00.txt" } else { "in/0.txt" }, "1\n2\n3\n4\n5\n6\n");
        pod(1);
        let ran = folder.run(0, 1, &["summarize", "done"]);
        assert!(
            ran.assert_code(65).error().contains("two runs are mixed"),
            "{split}: {}",
            ran.stderr
        );
        for of_them in ["done/", "done/part-*/output"] {
            let ran =
                folder.run(0, 1, &["exec", "--input", of_them, "--output", "out", "--", "cat"]);
            assert!(
                ran.assert_code(65).error().contains("two runs are mixed"),
                "{split}: {}",
                ran.stderr
            );
        }
        pod(0);
        folder.run(0, 1, &["summarize", "done"]).assert_code(0);
        folder
            .run(0, 1, &["exec", "--input", "done/", "--output", "out", "--", "cat"])
            .assert_code(0);
    }
}

#[test]
fn an_unfinished_partition_is_no_input_by_its_name_either() {
    let folder = Folder::new();
    folder.write("in/0.txt", "a1\n");
    folder
        .run(0, 1, &["exec", "--input", "in/{index}.txt", "--output", "done", "--", "cat"])
        .assert_code(0);
    folder.write("done/part-00000/left-over", "no data\n");
    let read = |input: &str, output: &str| {
        folder.run(0, 1, &["exec", "--input", input, "--output", output, "--", "cat"])
    };
    read("done/part-{index:05}/output", "out1").assert_code(0);
    assert_eq!(folder.read("out1/part-00000/output"), "a1\n");
    read("done/part-00000/left-over", "out2").assert_code(66);
    std::fs::remove_file(folder.path("done/part-00000/_SUCCESS")).unwrap();
    for input in ["done/part-{index:05}/output", "done/part-00000/output"] {
        let ran = read(input, "out3");
        assert!(ran.assert_code(65).error().contains("is not finished"), "{}", ran.stderr);
    }
    // A folder that is only called so is none of a worker's.
    folder.write("others/part-00000/data.csv", "b\n");
    read("others/part-{index:05}/data.csv", "out4").assert_code(0);
}

#[test]
fn a_link_to_nowhere_is_input_that_is_not_there() {
    let folder = Folder::new();
    folder.write("in/a.txt", "a\n");
    std::os::unix::fs::symlink("../volume/b.txt", folder.path("in/b.txt")).unwrap();
    let read =
        |input: &str| folder.run(0, 1, &["exec", "--input", input, "--output", "out", "--", "cat"]);
    for input in ["in/", "in/*.txt"] {
        let ran = read(input);
        assert!(ran.assert_code(66).error().contains("in/b.txt"), "{}", ran.stderr);
    }
    read("in/a*.txt").assert_code(0);
    folder.write("volume/b.txt", "b\n");
    read("in/").assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "a\nb\n");
}

#[test]
fn the_output_of_an_earlier_step_is_read_by_its_manifests() {
    let folder = Folder::new();
    folder.write("in/0.txt", "a1\n");
    folder.write("in/1.txt", "b1\n");
    let first = |index| {
        folder.run(
            index,
            2,
            &["exec", "--input", "in/{index}.txt", "--output", "done", "--", "cat"],
        )
    };
    let second = |input: &str| {
        folder.run(0, 1, &["exec", "--input", input, "--output", "out", "--force", "--", "cat"])
    };
    first(0).assert_code(0);
    let ran = second("done/");
    assert!(ran.assert_code(65).error().contains("1 of 2 partitions"), "{}", ran.stderr);
    first(1).assert_code(0);
    folder.write("done/part-00001/left-over", "no data\n");
    folder.run(0, 1, &["summarize", "done"]).assert_code(0);
    for input in ["done/", "done/part-*/*", "done/*/output"] {
        second(input).assert_code(0);
        assert_eq!(folder.read("out/part-00000/output"), "a1\nb1\n", "{input}");
    }
    // Only the summary of `summarize` matches, which is none of the data.
    second("done/*").assert_code(66);
    second("done/summary*").assert_code(0);
    for input in ["done/part-00001/*", "done/part-00001/", "./done/part-0000[1]/o*"] {
        second(input).assert_code(0);
        assert_eq!(folder.read("out/part-00000/output"), "b1\n", "{input}");
    }
    std::fs::remove_file(folder.path("done/part-00001/_SUCCESS")).unwrap();
    for input in ["done/", "done/part-*/output"] {
        let ran = second(input);
        assert!(
            ran.assert_code(65).error().contains("part-00001/ has no _SUCCESS"),
            "{}",
            ran.stderr
        );
    }
    second("done/part-00000/*").assert_code(0);
}

#[test]
fn output_inside_the_input_is_refused_by_whatever_name() {
    let folder = Folder::new();
    folder.write("in/a.txt", "a\n");
    std::os::unix::fs::symlink("in", folder.path("link")).unwrap();
    for (input, output) in [
        ("in/", "in/"),
        ("in/", "in/out"),
        ("in/", "./in/new/deep"),
        ("in/", "in/../in/out"),
        ("in/", "link/out"),
        ("link/", "in/out"),
        ("in/**/*", "in/out"),
        ("./*/*/*", "in"),
    ] {
        let ran = folder.run(0, 1, &["exec", "--input", input, "--output", output, "--", "cat"]);
        let error = ran.assert_code(64).error();
        assert!(error.contains("lies inside the input"), "{input} {output}: {error}");
        assert_eq!(folder.tree("in").len(), 1);
    }
    folder
        .run(0, 1, &["exec", "--input", "in/*.txt", "--output", "in/out", "--", "cat"])
        .assert_code(0);
    folder
        .run(0, 1, &["exec", "--input", "in/*.txt", "--output", "out", "--", "cat"])
        .assert_code(0);
    let ran =
        folder.run(0, 1, &["exec", "--input", "out/part-00000/", "--output", "out", "--", "cat"]);
    assert!(ran.assert_code(64).error().contains("lies inside the input"), "{}", ran.stderr);
}

#[test]
fn a_file_that_bears_its_index_needs_no_number_of_partitions() {
    let folder = Folder::new();
    for index in 0..4 {
        folder.write(&format!("in/{index}.txt"), format!("{index}\n"));
    }
    let arguments = ["exec", "--input", "in/{index}.txt", "--output", "out", "--", "cat"];
    let run = |index: u32, total: Option<u32>| {
        let mut worker = folder.bare_worker(&arguments);
        worker.env("JOB_COMPLETION_INDEX", index.to_string());
        worker.envs(total.map(|total| ("TOTAL_PARTITIONS", total.to_string())));
        Ran::of(worker.output().unwrap())
    };
    run(0, None).assert_code(0);
    run(2, None).assert_code(0);
    let ran = folder.run(0, 1, &["summarize", "out"]);
    assert!(
        ran.assert_code(65).error().contains("1 of 3 partitions are missing: 1"),
        "{}",
        ran.stderr
    );
    // The Job was scaled up, and its pods keep the number that they were made with.
    for index in [0, 1, 2, 3] {
        run(index, Some(2)).assert_code(0);
    }
    folder.run(0, 1, &["summarize", "out"]).assert_code(0);
    assert_eq!(folder.json("out/summary.json")["partitions"], 4);
    run(9, Some(2)).assert_code(66);
    // Where the number says which share it is, an index past it ends alone.
    let mut worker =
        folder.bare_worker(&["exec", "--input", "in/", "--output", "all", "--", "cat"]);
    let ran = Ran::of(
        worker.env("JOB_COMPLETION_INDEX", "2").env("TOTAL_PARTITIONS", "2").output().unwrap(),
    );
    ran.assert_code(66);
}

/// The warnings of a run, without its other lines.
fn warnings(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter(|line| line.contains(r#""level":"WARN""#)).collect()
}

#[test]
fn a_copy_beside_its_original_is_told_with_both_names() {
    for (other, bytes, by) in [
        (
            "a.csv.gz",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbLI\xcc\xe5\x02\0\x8d\x9c".as_slice(),
            "by their names",
        ),
        ("a (1).csv", b"id,name\n2,b\n", "by their names"),
        ("a copy.csv", b"id,name\n1,a\n", "the same bytes"),
        ("z.csv", b"id,name\n1,a\n", "the same bytes"),
    ] {
        let folder = Folder::new();
        folder.write("in/a.csv", "id,name\n1,a\n");
        folder.write("in/b.csv", "id,name\n3,c\n");
        folder.write(&format!("in/{other}"), bytes);
        // By its own share each of the pods that read one of the two tells it.
        let told: Vec<usize> = (0..3)
            .map(|index| {
                let arguments = ["exec", "--input", "in/", "--output", "out", "--", "true"];
                let ran = folder.run(index, 3, &arguments);
                let told = warnings(&ran).into_iter().filter(|line| {
                    line.contains("seem to have the same contents")
                        && line.contains(other)
                        && line.contains(by)
                });
                told.count()
            })
            .collect();
        assert_eq!(told.iter().sum::<usize>(), 2, "{other}: {told:?}");
    }
    // Days without a record have the same header, and nothing is counted twice.
    let header = b"id,name\n".as_slice();
    let (_, ran) =
        validated(&[("a.csv", header), ("b.csv", header), ("c.csv", b"id,name\n1,a\n")], &[]);
    assert_eq!(warnings(ran.assert_code(0)), [""; 0]);
}

#[test]
fn backups_of_editors_are_passed_over_and_told_unless_they_are_named() {
    let good = b"id,name\n1,a\n".as_slice();
    for backup in ["a.csv~", "a.csv.bak", "#a.csv#", "a.csv.orig", "a.csv.swp"] {
        let (folder, ran) = validated(&[("a.csv", good), (backup, b"id,name\n2,b\n")], &[]);
        let told = warnings(ran.assert_code(0));
        assert!(
            told.len() == 1 && told[0].contains(backup) && told[0].contains("passed over"),
            "{told:?}"
        );
        assert_eq!(folder.json("out/part-00000/summary.json")["rows"], 1, "{backup}");
    }
    let (folder, ran) = validated(&[("a.csv.bak", good)], &[]);
    assert!(ran.assert_code(66).error().contains("end as backups do"), "{}", ran.stderr);
    for (pattern, code) in [("in/*.bak", 0), ("in/a*", 66)] {
        let arguments =
            ["validate", "--schema", "schema.json", "--output", "out", "--input", pattern];
        folder.run(0, 1, &arguments).assert_code(code);
    }
}

#[test]
fn a_folder_of_several_kinds_of_files_is_refused_with_the_pattern_that_is_meant() {
    let folder = Folder::new();
    folder.write("schema.json", TWO_STRINGS);
    for name in ["a.csv", "b.CSV", "c.csv.gz", "schema.json", "README.txt"] {
        folder.write(&format!("in/{name}"), "id,name\n1,a\n");
    }
    let exec = |input, code| {
        folder
            .run(0, 1, &["exec", "--input", input, "--output", "out", "--", "cat"])
            .assert_code(code)
            .stderr
            .clone()
    };
    let said = exec("in/", 64);
    assert!(
        said.contains("3 *.csv (a.csv)")
            && said.contains("'in/*.csv'")
            && said.contains("schema.json"),
        "{said}"
    );
    exec("in", 64);
    exec("in/*.csv", 0);
    exec("in/*", 0);
    let validate = ["validate", "--input", "in/", "--schema", "schema.json", "--output", "checked"];
    assert!(folder.run(0, 1, &validate).assert_code(64).error().contains("'in/*.csv'"));
}

#[test]
fn a_folder_of_each_index_is_all_its_own() {
    for input in ["in/{index}/", "in/{index}/*.csv", "in/{index}/**/*.csv"] {
        let folder = Folder::new();
        folder.write("schema.json", SCHEMA);
        for (name, rows) in [("1/a.csv", "a,1"), ("1/b.csv", "b,2"), ("10/c.csv", "c,3")] {
            folder.write(&format!("in/{name}"), format!("id,amount\n{rows}\n"));
        }
        let start = ["validate", "--input", input, "--schema", "schema.json", "--output"];
        let accepted = |index: u32| {
            folder.run(index, 11, &[&start[..], &["out"]].concat()).assert_code(0);
            folder.read(&format!("out/part-{index:05}/accepted.csv"))
        };
        assert_eq!(accepted(1), "id,amount\na,1\nb,2\n", "{input}");
        assert_eq!(accepted(10), "id,amount\nc,3\n", "{input}");
        folder.run(2, 11, &[&start[..], &["out"]].concat()).assert_code(66);
        // Of a folder by itself, a pattern of one level takes no files of folders in it.
        let ran = folder.run(0, 11, &[&start[..], &["in/0/out"]].concat());
        let code = if input == "in/{index}/*.csv" { 66 } else { 64 };
        assert_eq!(ran.assert_code(code).error().contains("lies inside the input"), code == 64);
    }
}
