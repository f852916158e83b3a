//! How rows are dealt out over partitions.

use std::ops::Range;

/// The rows of each of `count` partitions, in order and without gaps; their sizes differ by one row
/// at most, the larger ones coming first.
pub fn deal(rows: u64, count: u32) -> impl ExactSizeIterator<Item = Range<u64>> {
    let (size, larger) = (rows / u64::from(count), rows % u64::from(count));
    let start = move |index: u32| u64::from(index) * size + u64::from(index).min(larger);
    (0..count).map(move |index| start(index)..start(index + 1))
}

#[cfg(test)]
mod tests {
    use super::deal;

    #[test]
    fn every_row_is_in_exactly_one_partition_and_sizes_differ_by_one_at_most() {
        for rows in [1, 2, 5, 99, 100, 101, 10_000_000_000] {
            for count in [1, 2, 3, 7, 64, 100, 1000] {
                let mut next = 0;
                for range in deal(rows, count) {
                    assert_eq!(range.start, next);
                    let size = range.end - range.start;
                    assert!(
                        [rows / u64::from(count), rows.div_ceil(u64::from(count))].contains(&size)
                    );
                    next = range.end;
                }
                assert_eq!(next, rows);
                assert_eq!(deal(rows, count).len(), count as usize);
            }
        }
    }

    #[test]
    fn the_larger_partitions_come_first() {
        assert_eq!(deal(8, 3).collect::<Vec<_>>(), [0..3, 3..6, 6..8]);
    }
}
