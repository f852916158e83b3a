//! Any bytes as what a state holds.

use log_aggregator::output::{MAGIC, MonthState, STATE_VERSION};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes are a state or an error, with a checksum that is right as with one that is wrong; what was
/// read can be written.
pub(crate) fn holds(data: &[u8]) {
    assert!(MonthState::from_bytes(data).is_err() || data.starts_with(&MAGIC));
    let body = zstd::bulk::compress(data, 1).expect("memory can be compressed");
    let header =
        [&MAGIC[..], &STATE_VERSION.to_le_bytes(), &xxh3_64(&body).to_le_bytes(), &body].concat();
    if let Ok(state) = MonthState::from_bytes(&header) {
        let written = state.to_bytes();
        let read = MonthState::from_bytes(&written).expect("what was written reads back");
        assert!(written == read.to_bytes(), "a state is written as it was read");
    }
}
