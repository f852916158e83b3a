//! A first line as a LogFormat, and lines that it should read.

use log_aggregator::formats::{Format, Parser};

/// A LogFormat is a format or an error, and its lines are the same the second time.
pub(crate) fn holds(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let Some(Ok(text)) = lines.next().map(std::str::from_utf8) else { return };
    let Ok(format) = Format::described(text) else { return };
    let mut used = Parser::new(&format);
    for line in lines {
        let first = format!("{:?}", used.parse(line));
        assert_eq!(first, format!("{:?}", Parser::new(&format).parse(line)));
        assert_eq!(first, format!("{:?}", used.parse(line)));
    }
}
