//! Moments as people read them.

use std::time::{Duration, SystemTime};

/// A time in seconds since 1970 as RFC 3339 has it, to the second.
pub(crate) fn utc(seconds: i64) -> String {
    // Years before 1970 are said to be 1970: no server logged anything then.
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0).min(253_402_300_799));
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since).to_string()
}
