//! Why a line is not an entry.

/// Why a line is not an entry: the field that is wrong, or what should have stood there. The texts
/// are the keys of `unparsed` in a month's summary and in its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Unparsed {
    /// The line has more than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES).
    #[error("the line is too long")]
    TooLong,
    /// The text that the format has between two fields is not there.
    #[error("a field or what separates it is missing")]
    Shape,
    /// There is more on the line than the format has.
    #[error("the line goes on after its last field")]
    Surplus,
    /// A time that cannot be read.
    #[error("the time is wrong")]
    Time,
    /// The line names no client.
    #[error("the client is missing")]
    Client,
    /// A status that is not a number from 100 to 999.
    #[error("the status is wrong")]
    Status,
    /// A size that is not a number.
    #[error("the size is wrong")]
    Bytes,
    /// A duration that is not a number.
    #[error("the response time is wrong")]
    Duration,
    /// A line that is not JSON, or lacks a field that must be there.
    #[error("the line is not the JSON of a request")]
    Json,
    /// The line says what a server did of itself. It is well formed, so this is how layouts tell
    /// parsers, and no parser gives it to others.
    #[error("the line is not about a request")]
    NoRequest,
    /// The format of the line's file is unknown.
    #[error("the format of the file is unknown")]
    Format,
}

impl Unparsed {
    /// All that lines are counted by.
    pub const ALL: [Unparsed; 10] = [
        Unparsed::TooLong,
        Unparsed::Shape,
        Unparsed::Surplus,
        Unparsed::Time,
        Unparsed::Client,
        Unparsed::Status,
        Unparsed::Bytes,
        Unparsed::Duration,
        Unparsed::Json,
        Unparsed::Format,
    ];
}
