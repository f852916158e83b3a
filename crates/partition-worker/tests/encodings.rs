//! Files in other encodings than UTF-8: outputs are UTF-8, places are those of the file, and what
//! is not of the encoding is rejected and never replaced.

mod support;

use proptest::prelude::*;
use support::Folder;

const STRINGS: &str =
    r#"{"fields": [{"name": "id", "type": "string"}, {"name": "name", "type": "string"}]}"#;

fn folder(file: impl AsRef<[u8]>) -> Folder {
    let folder = Folder::with_input(file);
    folder.write("schema.json", STRINGS);
    folder
}

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units.flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// What `validate` makes of one file: its accepted and its rejected records.
fn validated(file: &[u8], more: &[&str]) -> (String, String) {
    let folder = folder(file);
    folder.validate(0, 1, more).assert_code(0);
    (folder.read("out/part-00000/accepted.csv"), folder.read("out/part-00000/rejected.csv"))
}

#[test]
fn a_file_in_another_encoding_becomes_utf8() {
    let expected = "id,name\n1,M\u{fc}ller \u{20ac}\n2,Smith\n";
    let file = b"id,name\n1,M\xfcller \x80\n2,Smith\n";
    assert_eq!(validated(file, &["--encoding", "windows-1252"]).0, expected);
    for is_big in [false, true] {
        let marked = utf16(&format!("\u{feff}{expected}"), is_big);
        let bare = utf16(expected, is_big);
        let name = if is_big { "utf-16be" } else { "utf-16le" };
        for said in ["auto", "utf-16", name] {
            assert_eq!(validated(&marked, &["--encoding", said]).0, expected, "{said}");
            assert_eq!(validated(&bare, &["--encoding", said]).0, expected, "{said}");
        }
    }
    let marked = format!("\u{feff}{expected}");
    for said in ["utf-8", "auto"] {
        assert_eq!(validated(marked.as_bytes(), &["--encoding", said]).0, expected);
        assert_eq!(validated(expected.as_bytes(), &["--encoding", said]).0, expected);
    }
    let japanese = b"id,name\n1,\x93\xfa\x96\x7b\n";
    assert_eq!(
        validated(japanese, &["--encoding", "shift_jis"]).0,
        "id,name\n1,\u{65e5}\u{672c}\n"
    );
}

#[test]
fn a_compressed_file_is_decoded_behind_its_compression() {
    let file = zstd::encode_all(&b"id,name\n1,M\xfcller\n"[..], 1).unwrap();
    assert_eq!(validated(&file, &["--encoding", "latin1"]).0, "id,name\n1,M\u{fc}ller\n");
}

#[test]
fn a_byte_that_is_not_of_the_encoding_rejects_its_record_with_its_place() {
    let file = b"id,name\n\xfc1,a\n2,M\x81ller\n3,b\n4\n";
    let (accepted, rejected) = validated(file, &["--encoding", "windows-1252"]);
    assert_eq!(accepted, "id,name\n\u{fc}1,a\n3,b\n");
    let lines: Vec<&str> = rejected.lines().collect();
    assert_eq!(
        lines[1],
        "data_0.csv,3,13,source-error: the byte 0x81 at offset 16: not windows-1252,2,M\\x81ller"
    );
    assert!(lines[2].starts_with("data_0.csv,5,26,"), "{rejected}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_unit_of_utf16_that_is_half_a_character_rejects_its_record() {
    let mut file = utf16("id,name\n1,a\n2,", false);
    file.extend_from_slice(b"\x3d\xd8\n\0");
    file.extend(utf16("3,b\n", false));
    let (accepted, rejected) = validated(&file, &["--encoding", "utf-16le"]);
    assert_eq!(accepted, "id,name\n1,a\n3,b\n");
    let row = "data_0.csv,3,24,source-error: the bytes 0x3d 0xd8 at offset 28: not utf-16le,2,";
    assert!(rejected.lines().nth(1).unwrap().starts_with(row), "{rejected}");
}

#[test]
fn what_cannot_be_told_or_contradicts_is_an_error_with_the_remedy() {
    let latin1 = b"id,name\n1,M\xfcller\n".as_slice();
    let utf16le = utf16("\u{feff}id,name\n", false);
    for (file, more, code, says) in [
        (latin1, vec!["--encoding", "auto"], 65, "give it by its name"),
        (&utf16le, vec!["--encoding", "windows-1252"], 65, "mark of utf-16le"),
        (&utf16le, vec!["--encoding", "utf-8"], 65, "--encoding utf-16"),
        (latin1, vec!["--encoding", "utf-16"], 65, "byte order cannot be told"),
        (b"id,n\x81me\n", vec!["--encoding", "windows-1252"], 65, "0x81 at offset 4"),
        (b"PK\x03\x04", vec!["--encoding", "windows-1252"], 65, "not CSV"),
        (latin1, vec!["--encoding", "utf-7"], 64, "is no encoding that can be read"),
        (latin1, vec!["--encoding", "latin1", "--split", "bytes"], 64, "one file per partition"),
    ] {
        let folder = folder(file);
        let ran = folder.validate(0, 1, &more);
        ran.assert_code(code);
        assert!(ran.stderr.contains(says), "{more:?}: {}", ran.stderr);
        assert!(folder.tree("out").is_empty());
    }
}

#[test]
fn another_encoding_is_another_result_and_utf8_by_its_name_is_the_same() {
    let folder = folder(b"id,name\n1,M\xc3\xbcller\n");
    folder.validate(0, 1, &[]).assert_code(0);
    folder.validate(0, 1, &["--encoding", "UTF8"]).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
    folder.validate(0, 1, &["--encoding", "latin1"]).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "done");
    folder.validate(0, 1, &["--encoding", "iso-8859-1"]).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
}

#[test]
fn a_duplicate_in_another_encoding_names_the_line_of_the_first() {
    let folder = Folder::with_input(utf16("id,amount\nb,1\na,2\nb,3\n", false));
    folder.validate(0, 1, &["--encoding", "utf-16le"]).assert_code(0);
    let rejected = folder.read("out/part-00000/rejected.csv");
    assert!(rejected.contains("data_0.csv,4,36,") && rejected.contains("first on line 2"));
}

#[test]
fn a_program_is_given_utf8_and_bytes_that_are_none_are_an_error() {
    for header in [&[][..], &["--header"]] {
        let folder = folder(b"id,name\r\n1,M\xfcller");
        let run = |more: &[&str], program: &[&str]| {
            let start = ["exec", "--input", "in/", "--output", "out", "--encoding", "cp1252"];
            folder.run(0, 1, &[&start, header, more, &["--"], program].concat())
        };
        run(&[], &["cat"]).assert_code(0);
        let output = folder.read("out/part-00000/output");
        let line_end = if header.is_empty() { "\n" } else { "\r\n" };
        assert_eq!(output, format!("id,name\r\n1,M\u{fc}ller{line_end}"));
        folder.write("in/data_0.csv", b"id,name\n1,M\x81ller\n");
        let ran = run(&[], &["cat"]);
        assert!(ran.assert_code(65).error().contains("0x81 at offset 11"), "{}", ran.stderr);
        run(&["--split", "bytes"], &["cat"]).assert_code(64);
        assert!(folder.tree("out").keys().all(|name| !name.ends_with("_SUCCESS")));
    }
}

/// Second cells: good ones, broken quotes, a cell too many, and control characters.
const NAMES: &str = "[a-c\u{e9}\u{fc}]{0,4}|\"[a\u{e9},\n]{0,3}\"|\u{81}|x,y|\"open|\u{fc}\u{9d}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_record_of_a_decoded_file_is_in_exactly_one_output_with_its_place(
        rows in prop::collection::vec(
            ("[a-c]{0,3}", NAMES), 0..30,
        ),
        name in prop::sample::select(vec!["windows-1252", "utf-16le", "utf-16be"]),
        crlf in any::<bool>(), last in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let lines: Vec<String> = rows.iter().map(|(id, name)| format!("{id},{name}")).collect();
        let mut text = format!("id,name{end}{}", lines.join(end));
        if last {
            text.push_str(end);
        }
        // In windows-1252 the control characters are bytes that are not of it.
        let one_byte = name == "windows-1252";
        let file: Vec<u8> = if one_byte {
            text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
        } else {
            utf16(&text, name == "utf-16be")
        };
        // The same file as UTF-8, where the numbers stand in the place of such bytes.
        let shown = if one_byte {
            text.replace('\u{81}', "\\x81").replace('\u{9d}', "\\x9d")
        } else {
            text.clone()
        };
        let (accepted, rejected) = validated(&file, &["--encoding", name]);
        let (plain_accepted, plain_rejected) = validated(shown.as_bytes(), &[]);
        let lines_of = |accepted: &str, rejected: &str| {
            accepted.matches('\n').count() + rejected.matches('\n').count()
        };
        prop_assert_eq!(lines_of(&accepted, &rejected), lines_of(&plain_accepted, &plain_rejected));
        prop_assert!(!accepted.contains("\\x"), "{}", accepted);
        // Each place is that of the file: there the record begins.
        let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(rejected.as_bytes());
        for row in rows.records() {
            let row = row.unwrap();
            let offset: usize = row[2].parse().unwrap();
            let line: usize = row[1].parse().unwrap();
            let before = if one_byte {
                text.chars().take(offset).collect::<String>()
            } else {
                let units: Vec<u16> = text.encode_utf16().take(offset / 2).collect();
                String::from_utf16(&units).unwrap()
            };
            prop_assert!(before.ends_with('\n'));
            prop_assert_eq!(before.matches('\n').count() + 1, line);
        }
        if !shown.contains("\\x") {
            prop_assert_eq!(accepted, plain_accepted);
        }
    }
}
