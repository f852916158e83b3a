//! Contents that tell every byte's place.

use bytes::Bytes;

/// `size` bytes drawn from `seed`: no two pieces of it are alike.
pub(crate) fn content(seed: u64, size: usize) -> Bytes {
    let mut bytes = vec![0; size];
    fastrand::Rng::with_seed(seed).fill(&mut bytes);
    bytes.into()
}

/// Compares without printing megabytes.
pub(crate) fn assert_same(got: &[u8], wanted: &[u8], what: &str) {
    assert_eq!(got.len(), wanted.len(), "length of {what}");
    let first_difference = got.iter().zip(wanted).position(|(a, b)| a != b);
    assert_eq!(first_difference, None, "first differing byte of {what}");
}
