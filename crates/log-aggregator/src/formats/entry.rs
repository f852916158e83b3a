//! One request, as a line of an access log describes it. Counting sees only this, in any format.

use bumpalo::Bump;

use super::remark::Remarks;

/// One request. The fields borrow from the line, or from the parser's scratch space where an escape
/// had to be undone; they live until the parser reads its next line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When the request was logged: seconds since 1970-01-01T00:00:00 UTC.
    pub time: i64,
    /// The client's address or name, without a port; the first one of a list of addresses.
    pub client: &'a [u8],
    /// The virtual host, where the format has it.
    pub host: Option<&'a [u8]>,
    /// The method of the request line. Empty when the request line is broken (then `target` is the
    /// whole of it).
    pub method: &'a [u8],
    /// The request target, as sent: with its query string, percent-encoding untouched. Empty when
    /// the log has `-`.
    pub target: &'a [u8],
    /// The protocol, such as `HTTP/1.1`. Empty where the log has none (HTTP/0.9, a broken request
    /// line).
    pub protocol: &'a [u8],
    /// The status of the answer, 100 to 999. None where the log has `-`.
    pub status: Option<u16>,
    /// The size of the answer in bytes, 0 where the log has `-`.
    pub bytes: u64,
    /// The referrer. None where the format has none or the log has `-`.
    pub referrer: Option<&'a [u8]>,
    /// The user agent. None where the format has none or the log has `-`.
    pub agent: Option<&'a [u8]>,
    /// How long the request took, in microseconds, where the format has it.
    pub response_time: Option<u64>,
    /// How long the upstream took, in microseconds, where the format has it (the sum over several
    /// upstreams).
    pub upstream_time: Option<u64>,
    /// The number of the client's origin among those that requests are counted with, where origins
    /// are looked up.
    pub origin: u16,
    /// What is odd about its line.
    pub remarks: Remarks,
}

impl Entry<'_> {
    /// The same entry with all of its text in the arena.
    pub(crate) fn copied_to<'a>(&self, arena: &'a Bump) -> Entry<'a> {
        let copy = |text: &[u8]| -> &'a [u8] { arena.alloc_slice_copy(text) };
        Entry {
            client: copy(self.client),
            host: self.host.map(copy),
            method: copy(self.method),
            target: copy(self.target),
            protocol: copy(self.protocol),
            referrer: self.referrer.map(copy),
            agent: self.agent.map(copy),
            time: self.time,
            status: self.status,
            bytes: self.bytes,
            response_time: self.response_time,
            upstream_time: self.upstream_time,
            origin: self.origin,
            remarks: self.remarks,
        }
    }
}
