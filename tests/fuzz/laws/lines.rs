//! Any bytes as a line of any named format.

use log_aggregator::formats::{Format, NAMED, Parser};

/// What a line is does not depend on the lines before it, and JSON that counts is JSON (but for
/// bytes that are not UTF-8, which servers write).
pub(crate) fn holds(data: &[u8]) {
    for (name, _) in NAMED.into_iter().filter(|(name, _)| *name != "w3c") {
        let format = Format::named(name).expect("it is one of the names");
        let mut used = Parser::new(&format);
        let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
        for line in lines.iter().rev().chain(&lines) {
            let again = used.parse(line);
            let mut fresh = Parser::new(&format);
            assert_eq!(again, fresh.parse(line), "{name}: {:?}", String::from_utf8_lossy(line));
            if name == "json" && matches!(again, Ok(log_aggregator::formats::Line::Entry(_))) {
                let line = String::from_utf8_lossy(line);
                serde_json::from_str::<serde::de::IgnoredAny>(&line).expect("what counts is JSON");
            }
        }
    }
}
