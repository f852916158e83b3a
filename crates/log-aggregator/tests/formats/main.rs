//! Each format against lines written by hand, broken ones among them.

mod client;
mod combined;
mod detection;
mod json;
mod samples;
mod servers;
mod users;
mod w3c;

use log_aggregator::formats::{Entry, Format, Line, NAMED, Parser, Remark, detect};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const COMBINED: &str = r#"192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326 "http://example.com/start" "Mozilla/4.08 (Win98; \"I\")""#;

fn with<R>(format: &str, lines: &str, see: impl Fn(&Entry<'_>) -> R) -> R {
    let format = Format::named(format).expect("the format has a name");
    let mut parser = Parser::new(&format);
    let mut last = None;
    for line in lines.lines() {
        if let Line::Entry(entry) =
            parser.parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"))
        {
            last = Some(see(&entry));
        }
    }
    last.expect("there is an entry")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is remarked about a line of a format.
fn remarks(name: &str, line: &str) -> Vec<Remark> {
    with(name, line, |entry| entry.remarks.iter().collect())
}

/// Reads the lines of a log by the format that is found, and gives its name and the last entry's
/// answers.
fn read<T>(log: &str, answers: impl Fn(&Entry<'_>) -> T) -> (String, Vec<T>) {
    let format = detect(log.as_bytes()).unwrap().unwrap();
    let mut parser = Parser::new(&format);
    let mut all = Vec::new();
    for line in log.lines() {
        if let Line::Entry(entry) =
            parser.parse(line.as_bytes()).unwrap_or_else(|why| panic!("{why}: {line}"))
        {
            all.push(answers(&entry));
        }
    }
    (format.name().to_owned(), all)
}

/// Failures are kept beside this file and tried again first. The default looks for a `lib.rs` above
/// the file, which tests of a package do not have.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn no_bytes_make_a_parser_panic(lines in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\"\\[] -:/{}#%\t,.0123456789".to_vec())], 0..200), 1..8)) {
        for (name, _) in NAMED {
            let mut parser = Parser::new(&Format::named(name).unwrap());
            for line in &lines {
                let _ = parser.parse(line);
            }
        }
    }
}
