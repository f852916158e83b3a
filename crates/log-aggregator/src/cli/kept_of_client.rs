//! What is kept of a client.

/// What is kept of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeptOfClient {
    /// All of it.
    #[value(alias = "false")]
    Off,
    /// Its network.
    #[value(alias = "true")]
    Network,
    /// A hash by a key.
    Hash,
}
