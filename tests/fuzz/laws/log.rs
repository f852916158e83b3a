//! Any bytes as a log: its format is found, every line is counted once, and the counts survive
//! being stored.

use log_aggregator::counting::Calendar;
use log_aggregator::counting::{Month, OwnSites, Rules};
use log_aggregator::formats::{Line, Parser, detect};
use log_aggregator::output::MonthState;

/// Every line is of this month, of another one, unparsed or nothing; merging parts gives the whole;
/// a state reads back.
pub(crate) fn holds(data: &[u8]) {
    let Ok(Some(format)) = detect(data) else { return };
    let calendar = Calendar::new(2024, 2, 3600).expect("it is a month");
    let empty = Month::new(Rules {
        calendar,
        keep_query: false,
        exact_keys: 100_000,
        by_host: false,
        by_hour: false,
        origins: Default::default(),
        own_sites: OwnSites::default(),
    });
    let (mut whole, mut parts) = (empty.clone(), [empty.clone(), empty.clone()]);
    let mut parser = Parser::new(&format);
    let mut counted = 0;
    for (number, line) in data.split(|byte| *byte == b'\n').enumerate() {
        match parser.parse(line) {
            Ok(Line::Entry(entry)) => {
                whole.add(&entry);
                parts[number % 2].add(&entry);
            }
            Ok(Line::Nothing) => continue,
            Err(why) => {
                whole.add_unparsed(why);
                parts[number % 2].add_unparsed(why);
            }
        }
        counted += 1;
    }
    assert_eq!(whole.lines(), counted);
    let [mut merged, part] = parts;
    merged.merge(&part);
    let bytes = |counts| MonthState { year: 2024, month: 2, counts }.to_bytes();
    let written = bytes(whole);
    assert!(written == bytes(merged), "parts merge to the whole");
    let read = MonthState::from_bytes(&written).expect("what was written reads back");
    assert!(written == read.to_bytes(), "a state is written as it was read");
}
