//! A cache of where keys are that were counted lately.
//!
//! A log has the same few agents, referrers and pages again and again. A few bytes of such a text
//! are enough to find its key, since the whole text is then compared with the key's: it takes
//! neither a hash of the whole text nor the buckets of a table.
//!
//! Measured on combined lines: without it a whole run takes 10.7 % more instructions.

/// Places that are remembered; a power of two.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 13;

/// Bits of a position. A table's keys are fewer: their memory is limited.
const POSITION_BITS: u32 = 24;

/// Positions of keys by a glance at their texts. A position may be out of date, so the key that
/// stands there must be compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecentKeys {
    /// For each place a position, and above it bits of the glance, which show for most other keys
    /// that the position is not theirs. Empty until the first key is remembered: many tables never
    /// need it.
    places: Box<[u32]>,
}

impl RecentKeys {
    /// Where the key of this glance may be.
    #[inline]
    pub(crate) fn position(&self, glance: Glance) -> Option<usize> {
        let place = *self.places.get(glance.place())?;
        ((place ^ glance.0) >> POSITION_BITS == 0)
            .then_some((place & ((1 << POSITION_BITS) - 1)) as usize)
    }

    /// Remembers where the key of this glance is.
    #[inline]
    pub(crate) fn remember(&mut self, glance: Glance, position: usize) {
        if self.places.is_empty() {
            self.places = vec![0; PLACES].into();
        }
        if position < 1 << POSITION_BITS {
            self.places[glance.place()] =
                glance.0 >> POSITION_BITS << POSITION_BITS | position as u32;
        }
    }
}

/// A cheap hash of a few bytes of a text. Equal texts have equal glances; other texts may have the
/// same one now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glance(u32);

impl Glance {
    /// Looks at all bytes of a short text, and of others at the first sixteen, the last
    /// twenty-four, where the versions of browsers differ, and eight in the middle.
    #[inline]
    pub(crate) fn of(text: &[u8]) -> Glance {
        // Odd numbers without a pattern: each word changes the highest bits of the sum, and only
        // these are used.
        const FACTORS: [u64; 4] = [
            0x9e37_79b9_7f4a_7c15,
            0xc2b2_ae3d_27d4_eb4f,
            0x1656_67b1_9e37_79f9,
            0x85eb_ca77_c2b2_ae63,
        ];
        let times = |word: u64, factor: usize| word.wrapping_mul(FACTORS[factor]);
        let length = text.len() as u64;
        let mut sum = match (text.first_chunk(), text.last_chunk()) {
            // Eight bytes are one word: as two they would be multiplied by the sum of two odd
            // numbers, which is even, and its highest bits would be lost.
            (Some(first), Some(last)) if text.len() > 8 => {
                times(word(first), 0).wrapping_add(times(word(last) ^ length, 1))
            }
            _ => times(short(text), 0).wrapping_add(times(length, 1)),
        };
        // Words that have bytes in common are not put together before they are multiplied: these
        // bytes could cancel each other out. And two words that are the same one count
        // once, for the reason that holds for eight bytes.
        if text.len() > 16 {
            sum = sum.wrapping_add(times(word_at(text, 8), 2));
            if text.len() != 24 {
                sum = sum.wrapping_add(times(word_at(text, text.len() - 16), 3));
            }
        }
        if text.len() > 32 {
            let (middle, third_last) =
                (word_at(text, text.len() / 2 - 4), word_at(text, text.len() - 24));
            sum = sum
                .rotate_left(32)
                .wrapping_add(times(middle, 0))
                .wrapping_add(times(third_last, 1));
        }
        Glance((sum >> 32) as u32)
    }

    /// Its place. It is made of other bits than those that are kept there.
    #[inline]
    fn place(self) -> usize {
        (self.0 >> (POSITION_BITS - PLACE_BITS)) as usize % PLACES
    }
}

/// Up to eight bytes as a number. Of two texts that are equally long, only equal ones have the
/// same.
#[inline]
fn short(text: &[u8]) -> u64 {
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ if text.is_empty() => 0,
        _ => {
            u64::from(text[0])
                | u64::from(text[text.len() / 2]) << 8
                | u64::from(text[text.len() - 1]) << 16
        }
    }
}

#[inline]
fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes)
}

/// Eight bytes of a text; 0 where there are fewer.
#[inline]
fn word_at(text: &[u8], at: usize) -> u64 {
    text.get(at..).and_then(<[u8]>::first_chunk).map_or(0, word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_remembered_is_found_until_something_else_is_there() {
        let mut recent = RecentKeys::default();
        let (one, other) = (Glance(0x1234_5678), Glance(0x9934_5678));
        recent.remember(one, 7);
        assert_eq!((recent.position(one), recent.position(other)), (Some(7), None));
        recent.remember(other, 8);
        assert_eq!((recent.position(one), recent.position(other)), (None, Some(8)));
        // A position that has no room here is not taken for another one.
        recent.remember(one, 1 << POSITION_BITS);
        assert_eq!(recent.position(one), None);
    }

    proptest! {
        #[test]
        fn texts_of_up_to_thirty_two_bytes_that_differ_in_a_byte_have_other_glances(
            text in prop::collection::vec(any::<u8>(), 1..=32),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut other = text.clone();
            other[at.index(text.len())] = byte;
            // By the 32 bits of a glance they are one by chance once in billions.
            prop_assert_eq!(Glance::of(&text) == Glance::of(&other), text == other);
            prop_assert_eq!(Glance::of(&text), Glance::of(&text.clone()));
        }
    }

    #[test]
    fn texts_that_were_once_taken_for_each_other_are_told_apart() {
        // Texts of eight bytes whose last bytes differ by a multiple of 64; and a text of zeros
        // with one byte that is not zero.
        let last = |byte: u8| [b"GET /ab".as_slice(), &[byte]].concat();
        for (one, other) in [(0, 64), (1, 65), (b'0', b'p'), (0, 128), (63, 191), (b'a', 0xa1)] {
            assert_ne!(Glance::of(&last(one)), Glance::of(&last(other)), "{one} {other}");
        }
        for at in 0..20 {
            let mut text = [0; 20];
            text[at] = 1;
            assert_ne!(Glance::of(&[0; 20]), Glance::of(&text), "byte {at}");
        }
    }

    #[test]
    fn every_pair_of_values_of_one_byte_is_told_apart() {
        // All lengths whose bytes are all looked at.
        for (length, at) in (1..=32).flat_map(|length| (0..length).map(move |at| (length, at))) {
            let glances: std::collections::BTreeSet<u32> = (0..=255_u8)
                .map(|byte| {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    Glance::of(&text).0
                })
                .collect();
            assert_eq!(glances.len(), 256, "byte {at} of {length}");
        }
    }

    #[test]
    fn browsers_that_differ_in_their_version_have_other_glances() {
        let agent = |version: u32| {
            let agent = format!(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/{version}.0.0.0 Safari/537.36"
            );
            Glance::of(agent.as_bytes())
        };
        assert!((100..200).all(|version| agent(version) != agent(version + 1)));
    }
}
