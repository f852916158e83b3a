//! Which values of unique fields a partition has seen.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// The values seen, a set per unique constraint. It holds their 128-bit hashes (16 bytes a value, up to 40 while a set
/// grows) and not the values.
#[derive(Default)]
pub struct Unique {
    seen: Vec<HashSet<u128, BuildHasherDefault<AlreadyHashed>>>,
}

impl Unique {
    /// Sets for `constraints` constraints.
    pub fn new(constraints: usize) -> Self {
        let mut seen = Vec::new();
        seen.resize_with(constraints, HashSet::default);
        Unique { seen }
    }

    /// Notes a value; `false` where it was there before.
    pub fn insert(&mut self, constraint: usize, hash: u128) -> bool {
        self.seen[constraint].insert(hash)
    }
}

/// Takes the low half of a hash that is one already.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // u128 hashes itself by `write_u128`; this is what any other type would do.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_new_once_in_each_constraint() {
        let mut unique = Unique::new(2);
        assert!(unique.insert(0, 7));
        assert!(unique.insert(1, 7));
        assert!(unique.insert(0, 7 << 64));
        assert!(!unique.insert(0, 7));
        assert!(!unique.insert(1, 7));
    }
}
