//! Whether a command is a container's work or a question beside it.

/// What a command is to the container that it runs in. It says whose end the termination message
/// tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Work, or a step before or after it: where it is the main process, its end is the
    /// container's.
    Job,
    /// What somebody asks beside the work, such as `status`: it writes no termination message of
    /// its own accord, wherever it runs.
    Inquiry,
}
