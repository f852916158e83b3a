//! How large the parts of a multipart upload are.

/// S3's limit on the number of parts (Amazon S3 User Guide, "Multipart upload limits").
const MOST_PARTS: u32 = 10_000;
/// Parts of the first size. Some servers (Cloudflare R2) want equal parts, so that sizes grow late
/// only.
const EQUAL_PARTS: u32 = 5_000;
/// After those, each part is this fraction of what was uploaded before it. It lets 10,000 parts
/// reach S3's largest object of 5 TiB from parts of 5 MiB: 25,000 MiB * (1 + 1/900)^5000 = 6.1 TiB.
const GROWTH: u64 = 900;
/// S3's limit on the size of a part, in bytes.
const LARGEST_PART: u64 = 5 << 30;

/// The size in bytes of the part after `made` parts that hold `uploaded` bytes together; `None`
/// where no further part is allowed.
pub(super) fn part_size(first: u64, made: u32, uploaded: u64) -> Option<u64> {
    if made >= MOST_PARTS {
        return None;
    }
    if made < EQUAL_PARTS {
        return Some(first);
    }
    let grown = (uploaded / GROWTH).next_multiple_of(1 << 20);
    Some(grown.clamp(first, LARGEST_PART))
}

#[cfg(test)]
mod tests {
    use super::part_size;

    /// All parts of the largest upload that starts with `first` bytes a part.
    fn largest(first: u64) -> (u32, u64) {
        let (mut made, mut uploaded) = (0, 0);
        while let Some(size) = part_size(first, made, uploaded) {
            assert!((first..=5 << 30).contains(&size));
            made += 1;
            uploaded += size;
        }
        (made, uploaded)
    }

    #[test]
    fn ten_thousand_parts_of_any_first_size_hold_the_largest_object() {
        for mib in [5, 8, 64, 1024] {
            let (parts, bytes) = largest(mib << 20);
            assert_eq!(parts, 10_000);
            assert!(bytes >= 5 << 40, "{mib} MiB parts hold {bytes} bytes");
        }
    }

    #[test]
    fn parts_are_equal_up_to_twenty_five_thousand_mib() {
        let first = 5 << 20;
        for made in 0..5_000 {
            assert_eq!(part_size(first, made, u64::from(made) * first), Some(first));
        }
        assert_eq!(part_size(first, 5_000, 5_000 * first), Some(28 << 20));
    }
}
