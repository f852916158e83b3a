//! The record of a task that has failed: what `record.lua` writes.
//!
//! `FAILURES CRASHES FIRST_SEEN_MS LAST_SEEN_MS REASON WORKER ERROR_LENGTH\n`, then the last error,
//! then the payload, byte for byte.

/// A task with a past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Times a handler failed on it.
    pub failures: u32,
    /// Times the lease ran out while it was in hand.
    pub crashes: u32,
    /// When it failed first, in ms since 1970 by Redis' TIME.
    pub first_seen_ms: u64,
    /// When it failed last; for a dead letter, when it died.
    pub last_seen_ms: u64,
    /// Why it is dead (`rejected`, `attempts`, `crashes`, `oversize`), `-` while it lives.
    pub reason: String,
    /// The worker that had it last.
    pub worker: String,
    /// The last error, in the handler's words.
    pub error: Vec<u8>,
    /// The task itself.
    pub payload: Vec<u8>,
}

impl Record {
    /// Reads what `record.lua` wrote; `None` when it is not that.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Record> {
        let line_end = memchr::memchr(b'\n', text)?;
        let line = str::from_utf8(&text[..line_end]).ok()?;
        let mut words = line.split(' ');
        let mut record = Record {
            failures: words.next()?.parse().ok()?,
            crashes: words.next()?.parse().ok()?,
            first_seen_ms: words.next()?.parse().ok()?,
            last_seen_ms: words.next()?.parse().ok()?,
            reason: words.next()?.to_owned(),
            worker: words.next()?.to_owned(),
            error: Vec::new(),
            payload: Vec::new(),
        };
        let error_length: usize = words.next()?.parse().ok()?;
        let rest = &text[line_end + 1..];
        let (error, payload) = rest.split_at_checked(error_length)?;
        record.error = error.to_vec();
        record.payload = payload.to_vec();
        words.next().is_none().then_some(record)
    }

    /// The number of the attempt that comes next, from 1.
    #[must_use]
    pub fn next_attempt(&self) -> u32 {
        self.failures + self.crashes + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_error_and_payload_apart() {
        let record =
            Record::parse(b"2 1 1000 2000 attempts w-1 7\nbad\nrow\x00\xffpay\nload").unwrap();
        assert_eq!(
            record,
            Record {
                failures: 2,
                crashes: 1,
                first_seen_ms: 1000,
                last_seen_ms: 2000,
                reason: "attempts".into(),
                worker: "w-1".into(),
                error: b"bad\nrow".to_vec(),
                payload: b"\x00\xffpay\nload".to_vec(),
            }
        );
        assert_eq!(record.next_attempt(), 4);
    }

    #[test]
    fn anything_else_is_no_record() {
        for text in
            [&b""[..], b"x", b"1 2 3 4 - w\n", b"1 2 3 4 - w 9\nshort", b"1 2 3 4 - w 0 more\n"]
        {
            assert_eq!(Record::parse(text), None, "{}", text.escape_ascii());
        }
    }
}
