//! The bytes of a HyperLogLog sketch, made independent of the order in which it was filled.
//!
//! `datasketches` writes Apache DataSketches' own form, in which equal sketches may differ: coupons
//! stand in the order in which they came, and the estimate that profits from the order of a stream
//! (HIP) is stored. States must be equal when their counts are, so both are taken out here. The
//! crate shows neither coupons nor registers in any other way; this file is the only one that knows
//! where they stand in its bytes, and a test fails where the crate's form changes.
//!
//! Source of the form: `PreambleUtil` of the `hll` package of
//! <https://github.com/apache/datasketches-java>.

/// Bytes of the preamble that are alike in all modes: the preamble's length in words of four bytes,
/// the version of the form, the family of sketches, lg of the registers, lg of the coupons' room,
/// flags, the number of coupons of a list, and the mode.
const LENGTH: usize = 0;
const FORM_VERSION: usize = 1;
const FAMILY: usize = 2;
const FLAGS: usize = 5;
const MODE: usize = 7;

/// The form that is known, and the family that HyperLogLog is.
const KNOWN_VERSION: u8 = 1;
const HLL: u8 = 7;

/// Flag of a sketch whose HIP estimate is not to be used.
const OUT_OF_ORDER: u8 = 16;

/// Where the HIP estimate stands in a sketch that has registers.
const HIP: std::ops::Range<usize> = 8..16;

/// How a sketch keeps what it has seen: a few coupons in a list, more of them in a set, or
/// registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    List,
    Set,
    Registers,
}

impl Mode {
    /// The mode of a sketch of this form; `None` where the form is another one.
    fn of(bytes: &[u8]) -> Option<Mode> {
        let preamble = bytes.first_chunk::<8>()?;
        if (preamble[FORM_VERSION], preamble[FAMILY]) != (KNOWN_VERSION, HLL) {
            return None;
        }
        let mode = match preamble[MODE] & 3 {
            0 => Mode::List,
            1 => Mode::Set,
            2 => Mode::Registers,
            _ => return None,
        };
        (usize::from(preamble[LENGTH]) * 4 == mode.preamble()).then_some(mode)
    }

    /// Bytes before the coupons or the registers.
    fn preamble(self) -> usize {
        match self {
            Mode::List => 8,
            Mode::Set => 12,
            Mode::Registers => 40,
        }
    }
}

/// The same sketch in bytes that depend only on what it has seen.
///
/// # Panics
///
/// If `bytes` are not a compact sketch of the known form: `datasketches` wrote them, and writing
/// another form than it reads here is a bug that no test may let pass.
pub(super) fn in_order(mut bytes: Vec<u8>) -> Vec<u8> {
    let mode = Mode::of(&bytes).expect("datasketches writes the form that is known here");
    match mode {
        // Coupons are words of four bytes, and their order says nothing.
        Mode::List | Mode::Set => {
            bytes[mode.preamble()..].as_chunks_mut::<4>().0.sort_unstable();
        }
        Mode::Registers => {
            bytes[FLAGS] |= OUT_OF_ORDER;
            bytes[HIP].fill(0);
        }
    }
    bytes
}

/// Whether the registers of a sketch, if it has some, hold what registers can: the crate reads any
/// byte, and shifts by it later.
pub(super) fn is_sound(bytes: &[u8]) -> bool {
    /// The most zeros before a one that are counted, and the one.
    const MOST: u8 = 63;
    match Mode::of(bytes) {
        Some(Mode::Registers) => {
            bytes[Mode::Registers.preamble().min(bytes.len())..].iter().all(|one| *one <= MOST)
        }
        mode => mode.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use datasketches::hll::{Coupon, HllSketch, HllType};

    use super::*;

    fn sketch(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
        let mut sketch = HllSketch::new(14, HllType::Hll8).unwrap();
        for number in numbers {
            sketch.update_with_coupon(Coupon::from_value(number));
        }
        sketch.serialize()
    }

    #[test]
    fn datasketches_writes_the_form_that_is_known_here() {
        for (numbers, mode, length) in [
            (0, Mode::List, 8),
            (5, Mode::List, 8 + 5 * 4),
            (100, Mode::Set, 12 + 100 * 4),
            (100_000, Mode::Registers, 40 + (1 << 14)),
        ] {
            let bytes = sketch(0..numbers);
            assert_eq!((Mode::of(&bytes), bytes.len()), (Some(mode), length), "{numbers} numbers");
            let is_ordered = bytes[FLAGS] & OUT_OF_ORDER == 0;
            assert!(is_ordered, "a sketch of one stream has the HIP estimate");
            if mode == Mode::Registers {
                let hip = f64::from_le_bytes(bytes[HIP].try_into().unwrap());
                assert!((hip / numbers as f64 - 1.0).abs() < 0.05, "{hip} of {numbers}");
            }
        }
    }

    #[test]
    fn equal_sketches_have_equal_bytes_in_whatever_order_they_were_filled() {
        for numbers in [5, 100, 100_000] {
            let (up, down) = (sketch(0..numbers), sketch((0..numbers).rev()));
            assert!(up != down, "the crate's own bytes depend on the order: {numbers}");
            assert!(in_order(up.clone()) == in_order(down), "{numbers}");
            let read = HllSketch::deserialize(&in_order(up.clone())).unwrap();
            let written = HllSketch::deserialize(&up).unwrap();
            assert_eq!(read.composite_estimate(), written.composite_estimate(), "{numbers}");
        }
    }

    #[test]
    fn a_register_that_no_sketch_can_have_is_noticed() {
        for numbers in [5, 100, 100_000] {
            let mut bytes = sketch(0..numbers);
            assert!(is_sound(&bytes), "{numbers}");
            *bytes.last_mut().unwrap() = 64;
            assert_eq!(is_sound(&bytes), numbers < 100_000, "coupons are words: {numbers}");
        }
        assert!(!is_sound(b""));
    }

    #[test]
    fn another_form_is_no_mode() {
        let bytes = sketch(0..5);
        for (at, value) in [(LENGTH, 3), (FORM_VERSION, 2), (FAMILY, 8), (MODE, 3)] {
            let mut other = bytes.clone();
            other[at] = value;
            assert_eq!(Mode::of(&other), None, "byte {at}");
        }
        assert_eq!(Mode::of(&bytes[..7]), None);
    }
}
