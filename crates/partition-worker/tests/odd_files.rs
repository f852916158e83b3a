//! Files as other software writes them: joined files, other line ends, encodings and formats.

mod support;

use support::validated;

#[test]
fn traces_of_joined_files_and_other_line_ends_are_rejected_records() {
    for (file, more, rejected, says) in [
        (
            b"id,name\n1,a\n\xef\xbb\xbf2,b\n".as_slice(),
            [].as_slice(),
            1,
            "byte order mark (\\u{feff}) in the middle",
        ),
        (b"id,name\n1,a\nid,name\n2,b\n", &[], 1, "the header once more"),
        (b"id,name\n1,a\n2,b\n", &["--no-header"], 1, "the header once more"),
        (b"id,name\n1,a\rb\n2,b\n", &[], 1, "a carriage return (CR)"),
        (b"1,a\r2,b\r3,c", &["--no-header"], 1, "a carriage return (CR)"),
        (b"id,name\n1,\"a\rb\"\n2,b\n", &[], 0, ""),
        (b"id,name\n1,\"TV 50\\\" wide\"\n", &[], 1, "a backslash before it is a character"),
    ] {
        let (folder, ran) = validated(&[("a.csv", file)], more);
        ran.assert_code(0);
        assert_eq!(folder.json("out/part-00000/summary.json")["rejected"], rejected, "{file:?}");
        assert!(folder.read("out/part-00000/rejected.csv").contains(says), "{file:?}");
    }
}

#[test]
fn a_cell_that_is_no_utf_8_is_rejected_in_a_column_without_a_field_too() {
    let (folder, ran) = validated(
        &[("a.csv", b"id,name,more\n1,a,x\n2,b,M\xfcller\n")],
        &["--fields-match", "subset"],
    );
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/accepted.csv"), "id,name,more\n1,a,x\n");
    let rejected = std::fs::read(folder.path("out/part-00000/rejected.csv")).unwrap();
    assert!(String::from_utf8_lossy(&rejected).contains("M\\xFCller\"\" is not valid UTF-8"));
}

#[test]
fn other_formats_and_exports_are_refused_by_their_name_with_the_remedy() {
    for (file, more, says) in [
        (b"PK\x03\x04\x14\0\0\0".as_slice(), [].as_slice(), "a zip archive"),
        (b"PAR1\x15\x04\0", &["--no-header"], "a Parquet file"),
        (b"1\0,\0a\0\n\0", &["--no-header"], "iconv -f utf-16"),
        (b"id;name\n1;a\n", &[], "with --delimiter ';' its names are found"),
        (b"sep=,\nid;name\n", &[], "with --delimiter ';' its names are found"),
        (b"Account: 7\n\nid,name\n1,a\n", &[], "the names stand on line 3"),
        (b"id,na\xc2\xadme\n", &[], "na\\\\u{ad}me"),
    ] {
        let (folder, ran) = validated(&[("a.csv", file)], more);
        let error = ran.assert_code(65).error();
        assert!(error.contains(says), "{file:?}: {error}");
        assert!(folder.tree("out").is_empty());
    }
}
