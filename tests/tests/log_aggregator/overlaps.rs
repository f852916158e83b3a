//! Lines that are in two files, or twice in one, are counted twice and told; links are no copies.

use system_tests::logs::{Folder, assert_code, line, warnings};

/// Requests of the third of January, a quarter of a minute apart.
fn requests(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| line(3, number * 15)).collect()
}

/// What was warned of copies in a month of these files.
fn warned(files: &[(&str, String)]) -> (Folder, Vec<String>) {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(&format!("logs/2024/01/{name}"), text);
    }
    let output = folder.january(&[]);
    assert_code(&output, 0);
    let told = warnings(&output)
        .into_iter()
        .filter(|line| ["counted twice", "read once"].iter().any(|words| line.contains(words)));
    (folder, told.collect())
}

#[test]
fn files_that_overlap_are_told_although_they_begin_differently() {
    let same = "\"one\":\"access.log.1\",\"other\":\"copy.log\"";
    for (one, other, expected) in [
        (requests(0..900), requests(17..900), 1),
        (requests(40..900), requests(0..900), 1),
        // The log went on after it was copied, and the copy lacks its beginning.
        (requests(0..3000), requests(800..1200), 1),
        (requests(0..900), requests(700..1700), 1),
        // Logs that follow each other have nothing in common.
        (requests(0..900), requests(900..1800), 0),
    ] {
        let files = [("access.log.1", one), ("copy.log", other)];
        let (_, told) = warned(&files);
        assert_eq!(told.len(), expected, "{told:?}");
        assert!(told.iter().all(|line| line.contains(same) && line.contains("for some time")));
    }
}

#[test]
fn a_file_that_has_its_lines_twice_is_told() {
    let (folder, told) = warned(&[("a.log", requests(0..300) + &requests(0..300))]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("a.log") && told[0].contains("the same lines twice"), "{told:?}");
    assert_eq!(folder.json("out/01/summary.json")["requests"], 600);
}

#[test]
fn many_requests_that_are_alike_are_no_overlap() {
    // A load test: one client, few paths, many requests in the same seconds, at two servers.
    let log = |server: u32| -> String {
        let line = |number: u32| {
            let (second, path) = (number / 40 % 60, (number * 7 + server) % 3);
            format!(
                "192.0.2.1 - - [03/Jan/2024:10:{:02}:{second:02} +0000] \"GET /{path} HTTP/1.1\" \
                 200 7 \"-\" \"curl\"\n",
                number / 2400
            )
        };
        (server * 6..9000).map(line).collect()
    };
    let (_, told) = warned(&[("a.log", log(0)), ("b.log", log(1))]);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_link_to_a_file_that_is_read_is_not_read_again() {
    let folder = Folder::new();
    folder.write("logs/2024/01/access.log", requests(0..300));
    folder.write("elsewhere/other.log", requests(300..400));
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, folder.path(&format!("logs/2024/01/{name}"))).unwrap();
    };
    // The name of a link may come before that of its file.
    link("access.log", "a-link.log");
    link("../../../elsewhere/other.log", "b.log");
    link("access.log", "z-link.log");
    let output = folder.january(&[]);
    assert_code(&output, 0);
    assert_eq!(folder.json("out/01/summary.json")["requests"], 400);
    let told = warnings(&output);
    for name in ["a-link.log", "z-link.log"] {
        let says = format!("\"file\":\"access.log\",\"link\":\"{name}\"");
        assert!(told.iter().any(|line| line.contains(&says)), "{told:?}");
    }
    assert!(!told.iter().any(|line| line.contains("counted twice")), "{told:?}");
}
