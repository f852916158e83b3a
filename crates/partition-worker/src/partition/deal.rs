//! How input is dealt out over the partitions: whole files by size, or byte ranges of one file.

use std::ops::Range;

/// Deals files out over `count` partitions by size and answers which partition each file (given by
/// its size, in the listing's order) belongs to.
///
/// The rule is longest processing time first (Graham, 1969): the largest file goes to the partition
/// with the fewest bytes so far. It depends on nothing but the sizes and their order, so every pod
/// comes to the same answer on its own.
pub(crate) fn by_size(sizes: &[u64], count: u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&file| (std::cmp::Reverse(sizes[file]), file));
    let mut loads: std::collections::BinaryHeap<_> =
        (0..count).map(|index| std::cmp::Reverse((0u64, 0u64, index))).collect();
    let mut owner = vec![0; sizes.len()];
    for file in order {
        let Some(std::cmp::Reverse((bytes, files, index))) = loads.pop() else { break };
        owner[file] = index;
        // The number of files breaks ties, so that empty files are spread too.
        loads.push(std::cmp::Reverse((bytes + sizes[file], files + 1, index)));
    }
    owner
}

/// The bytes of partition `index` of `count` in a file of `size` bytes: the ranges of all
/// partitions are adjacent, cover the file, and differ by at most one byte in length.
pub(crate) fn byte_range(size: u64, index: u32, count: u32) -> Range<u64> {
    let cut = |index: u32| (u128::from(size) * u128::from(index) / u128::from(count)) as u64;
    cut(index)..cut(index + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_largest_files_go_first_to_the_least_loaded() {
        assert_eq!(by_size(&[10, 40, 20, 30], 2), [0, 0, 1, 1]);
        assert_eq!(by_size(&[0, 0, 0], 3), [0, 1, 2]);
        assert_eq!(by_size(&[], 3), [0u32; 0]);
    }

    proptest! {
        #[test]
        fn every_file_has_one_owner_and_no_partition_is_far_above_the_mean(
            sizes in prop::collection::vec(0u64..1000, 0..60), count in 1u32..20,
        ) {
            let owners = by_size(&sizes, count);
            prop_assert_eq!(owners.len(), sizes.len());
            let mut loads = vec![0; count as usize];
            for (owner, size) in owners.iter().zip(&sizes) {
                prop_assert!(*owner < count);
                loads[*owner as usize] += size;
            }
            // List scheduling never exceeds the mean by more than one file.
            let largest = sizes.iter().max().copied().unwrap_or(0);
            let mean = sizes.iter().sum::<u64>() / u64::from(count);
            prop_assert!(loads.iter().all(|load| *load <= mean + largest + 1));
        }

        #[test]
        fn byte_ranges_are_adjacent_and_cover_the_file(size in any::<u64>(), count in 1u32..70) {
            let mut end = 0;
            for index in 0..count {
                let range = byte_range(size, index, count);
                prop_assert_eq!(range.start, end);
                prop_assert!((range.end - range.start).abs_diff(size / u64::from(count)) <= 1);
                end = range.end;
            }
            prop_assert_eq!(end, size);
        }
    }
}
