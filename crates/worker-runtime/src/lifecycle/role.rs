//! Whether a command is the container's work or only a question about it.

/// What a command is to the container that it runs in; it decides whether the command writes the
/// container's termination message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Work, or a step before or after it: where it is the main process, its end is the
    /// container's.
    Job,
    /// A question beside the work, such as `status`: it writes a termination message only where a
    /// flag asks for one.
    Inquiry,
}
