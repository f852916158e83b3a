//! What `exec` gives to its program: lines, or records below one header.

mod support;

use support::{Folder, files};

#[test]
fn a_header_is_given_once_however_many_files_or_ranges_there_are() {
    let folder = Folder::with_input("id\na\n");
    folder.write("in/data_1.csv", "id\nb\n");
    folder
        .run(0, 1, &["exec", "--input", "in/", "--output", "out", "--header", "--", "cat"])
        .assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "id\na\nb\n");

    let lines: String = (0..50).map(|line| format!("line {line}\n")).collect();
    folder.write("one.csv", format!("header\n{lines}"));
    for partitions in [1, 3, 7, 64] {
        let mut together = String::new();
        for index in 0..partitions {
            let output = format!("out{partitions}");
            let arguments = [
                "exec", "--input", "one.csv", "--output", &output, "--split", "bytes", "--header",
                "--", "cat",
            ];
            folder.run(index, partitions, &arguments).assert_code(0);
            let part = folder.read(&format!("{output}/part-{index:05}/output"));
            together
                .push_str(part.strip_prefix("header\n").expect("every partition has the header"));
        }
        assert_eq!(together, lines);
    }
}

#[test]
fn without_a_header_byte_ranges_cover_every_line_once() {
    let lines: String =
        (0..50).map(|line| format!("line {line}\n")).collect::<String>() + "no line end";
    let folder = Folder::with_input("");
    folder.write("one.txt", &lines);
    for partitions in [1, 2, 5, 64] {
        let mut together = String::new();
        for index in 0..partitions {
            let output = format!("out{partitions}");
            let arguments = [
                "exec", "--input", "one.txt", "--output", &output, "--split", "bytes", "--", "cat",
            ];
            folder.run(index, partitions, &arguments).assert_code(0);
            together.push_str(&folder.read(&format!("{output}/part-{index:05}/output")));
        }
        assert_eq!(together, format!("{lines}\n"), "the last line is given a line end");
    }
}

/// What `cat` gets of `in/` as one partition.
fn given(folder: &Folder, more: &[&str]) -> Result<String, String> {
    let mut arguments = vec!["exec", "--input", "in/", "--output", "out", "--force"];
    arguments.extend(more);
    arguments.extend(["--", "cat"]);
    let ran = folder.run(0, 1, &arguments);
    match ran.code {
        Some(0) => Ok(folder.read("out/part-00000/output")),
        code => Err(format!("{code:?} {}", ran.error())),
    }
}

#[test]
fn the_last_record_of_every_file_ends_with_a_line_end() {
    let header = ["--header"].as_slice();
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, b"id,n\r\nB,2").unwrap();
        encoder.finish().unwrap()
    };
    for (inputs, more, expected) in [
        (
            vec![("a", b"id\n1".as_slice()), ("b", b"id\n2"), ("c", b"id\n3\n")],
            header,
            "id\n1\n2\n3\n",
        ),
        (vec![("a", b"id,n\nA,1"), ("b", &gzip)], header, "id,n\nA,1\nB,2\r\n"),
        (vec![("a", b"id"), ("b", b"id\n2")], header, "id\n2\n"),
        (vec![("a", b"id\n"), ("b", b"id")], header, "id\n"),
        (vec![("a", b"1"), ("b", b""), ("c", b"2")], &[], "1\n2\n"),
        (vec![("a", b"1\n"), ("b", b"2\n")], &[], "1\n2\n"),
        // Bytes that are no text are given as they are.
        (vec![("a", b"\x7fELF\0\x01")], &[], "\x7fELF\0\x01"),
    ] {
        assert_eq!(given(&files(&inputs), more).as_deref(), Ok(expected), "{inputs:?}");
    }
}

#[test]
fn whether_a_last_line_is_given_a_line_end_does_not_depend_on_where_the_file_is_cut() {
    for (file, end) in [
        // The NUL is not among the first bytes of the file, and is among those of its last range.
        ([b"1234567\n".repeat(1500).as_slice(), b"a\0b"].concat(), "a\0b\n"),
        ([b"\0\n".as_slice(), &b"1234567\n".repeat(1500), b"ab"].concat(), "\nab"),
    ] {
        let folder = files(&[("a", &file)]);
        for partitions in [1, 2, 7] {
            let output = format!("out{partitions}");
            let mut together = Vec::new();
            for index in 0..partitions {
                let arguments =
                    ["exec", "--input", "in/a", "--split", "bytes", "--output", &output, "--"];
                folder.run(index, partitions, &[&arguments[..], &["cat"]].concat()).assert_code(0);
                let part = folder.path(&format!("{output}/part-{index:05}/output"));
                together.extend(std::fs::read(part).unwrap());
            }
            assert!(together.starts_with(&file), "{partitions} partitions");
            assert!(together.ends_with(end.as_bytes()), "{partitions} partitions");
            assert!(together.len() <= file.len() + 1, "{partitions} partitions");
        }
    }
}

#[test]
fn the_header_is_a_record_and_every_file_has_the_same() {
    for (inputs, more, expected) in [
        // A line break inside quotes does not end it.
        (
            vec![("a", b"\"a\nb\",c\n1,2\n".as_slice()), ("b", b"\"a\nb\",c\n3,4\n")],
            vec![],
            "\"a\nb\",c\n1,2\n3,4\n",
        ),
        (
            vec![("a", b"'a\nb';c\n1;2\n"), ("b", b"'a\nb';c\n3;4")],
            vec!["--delimiter", ";", "--quote", "'"],
            "'a\nb';c\n1;2\n3;4\n",
        ),
        // Quoted or not, with a byte order mark or without: the names are the same.
        (
            vec![("a", b"\xef\xbb\xbfid,n\n1,x\n"), ("b", b"\xef\xbb\xbf\"id\",n\r\n2,y\r\n")],
            vec![],
            "id,n\n1,x\n2,y\r\n",
        ),
    ] {
        let more = [vec!["--header"], more].concat();
        assert_eq!(given(&files(&inputs), &more).as_deref(), Ok(expected), "{inputs:?}");
    }
    for (inputs, code, says) in [
        (
            vec![("a", b"account,amount\nA1,10\n".as_slice()), ("b", b"amount,account\n20,B2\n")],
            65,
            "header of b differs from that of a",
        ),
        (vec![("a", b"a,b\n1,2\n"), ("b", b"1,2\n")], 65, "header of b differs from that of a"),
        (vec![("a", b""), ("b", b"id\n1\n")], 65, "a is empty: it has no header line"),
        (vec![("a", b"id\n1\n"), ("b", b"\xef\xbb\xbf")], 65, "b is empty: it has no header line"),
        (vec![("a", b"\xff\xfei\0d\0\n\0")], 65, "a is not UTF-8: a UTF-16 byte order mark"),
    ] {
        let error = given(&files(&inputs), &["--header"]).unwrap_err();
        assert!(
            error.starts_with(&format!("Some({code})")) && error.contains(says),
            "{inputs:?}: {error}"
        );
    }
}

#[test]
fn a_header_in_another_encoding_goes_to_the_program_that_asks_for_it() {
    let folder = files(&[("a", b"caf\xe9\n1\n"), ("b", b"caf\xe9\n2\n")]);
    let arguments = [
        "exec", "--input", "in/", "--output", "out", "--header", "--", "iconv", "-f", "latin1",
        "-t", "utf-8",
    ];
    folder.run(0, 1, &arguments).assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "café\n1\n2\n");
}

#[test]
fn a_quote_that_stays_open_does_not_swallow_the_next_file() {
    let inputs: [(&str, &[u8]); 2] = [("a", b"id,name\n1,x\n2,\"open\n"), ("b", b"id,name\n3,c\n")];
    let error = given(&files(&inputs), &["--header"]).unwrap_err();
    assert!(error.contains("a, line 3, byte 12: a quote is opened and not closed"), "{error}");
    let taken = given(&files(&inputs), &["--header", "--quote", "none"]);
    assert_eq!(taken.as_deref(), Ok("id,name\n1,x\n2,\"open\n3,c\n"));
}

#[test]
fn byte_ranges_with_a_header_never_cut_a_record() {
    let folder = Folder::new();
    folder.write("in.csv", "id,name\n1,a\n2,\"b\nc\"\n3,d\n");
    for partitions in [1, 2, 3] {
        let mut refused = 0;
        for index in 0..partitions {
            let arguments = [
                "exec", "--input", "in.csv", "--output", "out", "--split", "bytes", "--header",
                "--", "cat",
            ];
            let ran = folder.run(index, partitions, &arguments);
            refused += u32::from(
                ran.code == Some(65) && ran.error().contains("line breaks inside quotes"),
            );
        }
        assert!(refused > 0, "{partitions}");
    }
}
