//! When checksums go along with requests and answers.

/// When the SDK's checksums are used.
///
/// Many servers other than AWS refuse them (Ceph, OCI, older MinIO).
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
#[value(rename_all = "snake_case")]
pub enum Checksums {
    /// For every operation that knows them.
    WhenSupported,
    /// Only where the operation demands them.
    WhenRequired,
}
