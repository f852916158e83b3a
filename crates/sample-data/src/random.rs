//! The random words of one row, or of one line of a log.
//!
//! Row `n` owns the sixteen 32-bit words at word position `16 n` of a ChaCha8 key stream whose key
//! holds the seed, so that any row can be made without those before it, on any machine. ChaCha:
//! <https://cr.yp.to/chacha.html>.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The number of words a row owns: one ChaCha block.
const WORDS_PER_ROW: usize = 16;

/// What each word of a transaction decides. Two decisions never share a word, so that they are
/// independent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Word {
    IsBad,
    Damage,
    DamageVariant,
    Moment,
    Country,
    /// Two words, the next one included.
    AccountHead,
    /// Two words, the next one included.
    AccountTail = 7,
    Merchant = 9,
    Currency,
    AmountSize,
    Amount,
    Status,
    Reference,
    ReferenceNumber,
}

impl From<Word> for usize {
    fn from(word: Word) -> usize {
        word as usize
    }
}

/// The words of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words([u32; WORDS_PER_ROW]);

impl Words {
    /// A number in `0..bound`, by multiplication, whose bias of at most `bound / 2^32` is of no
    /// account here.
    pub(crate) fn below(&self, word: impl Into<usize>, bound: u32) -> u32 {
        ((u64::from(self.0[word.into()]) * u64::from(bound)) >> 32) as u32
    }

    /// A number in `0..bound` from the word and the one after it.
    pub(crate) fn below_wide(&self, word: impl Into<usize>, bound: u64) -> u64 {
        let first = word.into();
        let wide = u64::from(self.0[first]) << 32 | u64::from(self.0[first + 1]);
        ((u128::from(wide) * u128::from(bound)) >> 64) as u64
    }

    /// One of `choices`, all as likely.
    pub(crate) fn choose<T: Copy>(&self, word: impl Into<usize>, choices: &[T]) -> T {
        choices[self.below(word, choices.len() as u32) as usize]
    }

    /// One of `choices` by weight, the weights being parts of 1,000. The last one takes what is
    /// left.
    pub(crate) fn weigh<T: Copy>(&self, word: impl Into<usize>, choices: &[(u32, T)]) -> T {
        by_weight(self.below(word, 1000), choices)
    }
}

/// The choice that `drawn`, in 0..1,000, falls on.
pub(crate) fn by_weight<T: Copy>(drawn: u32, choices: &[(u32, T)]) -> T {
    let mut left = drawn;
    for &(weight, choice) in choices {
        if left < weight {
            return choice;
        }
        left -= weight;
    }
    choices[choices.len() - 1].1
}

/// The rows' words, from any row on.
#[derive(Clone, Debug)]
pub(crate) struct RowWords(ChaCha8Rng);

impl RowWords {
    /// The stream of `domain` and `seed`, standing at row `first`. Another domain is another,
    /// unrelated stream.
    pub(crate) fn starting_at(domain: [u8; 16], seed: u64, first: u64) -> RowWords {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..24].copy_from_slice(&domain);
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_word_pos(u128::from(first) * WORDS_PER_ROW as u128);
        RowWords(stream)
    }

    /// The words of the next row.
    pub(crate) fn next_row(&mut self) -> Words {
        Words(std::array::from_fn(|_| self.0.next_u32()))
    }
}

#[cfg(test)]
mod tests {
    use super::{RowWords, Word};

    const DOMAIN: [u8; 16] = *b"a test's domain.";

    #[test]
    fn a_row_has_the_same_words_wherever_the_stream_starts() {
        let mut from_the_first = RowWords::starting_at(DOMAIN, 7, 0);
        for row in 0..40 {
            let words = from_the_first.next_row();
            assert_eq!(RowWords::starting_at(DOMAIN, 7, row).next_row(), words, "row {row}");
        }
    }

    #[test]
    fn seeds_and_domains_give_unrelated_words() {
        let words = RowWords::starting_at(DOMAIN, 7, 0).next_row();
        assert_ne!(RowWords::starting_at(DOMAIN, 8, 0).next_row(), words);
        assert_ne!(RowWords::starting_at(*b"another domain..", 7, 0).next_row(), words);
    }

    #[test]
    fn every_word_decides_one_thing() {
        assert_eq!(Word::AccountHead as usize, 5);
        assert_eq!(Word::ReferenceNumber as usize, super::WORDS_PER_ROW - 1);
    }
}
