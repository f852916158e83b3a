//! The common shape of patterns as one table.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Positions that have a bit of their own. The last bit is for all further ones.
const BITS: usize = 64;

/// Bytes that are looked at in one step.
const EIGHT: usize = 8;

/// A pattern in which every position has its own class, such as `[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}`:
/// single characters in a row, of which only the last may be repeated a varying number of times.
///
/// Only the ASCII members of the classes count here, so this says yes only where the pattern
/// matches, but not always.
#[derive(Clone, Debug)]
pub(crate) struct Positions {
    /// For each byte the positions at which it may stand, as bits.
    table: Box<[u64; 256]>,
    least: usize,
    most: usize,
}

/// A class of ASCII characters and how often it stands.
struct Run {
    class: u128,
    least: usize,
    most: Option<usize>,
}

impl Positions {
    /// `None` where the pattern is of another shape.
    pub(super) fn new(hir: &Hir) -> Option<Positions> {
        let mut runs = Vec::new();
        flatten(hir, &mut runs)?;
        let varying = runs.iter().position(|run| run.most != Some(run.least));
        if varying.is_some_and(|at| at + 1 != runs.len()) {
            return None;
        }
        let least: usize = runs.iter().map(|run| run.least).sum();
        let most = runs.last().map_or(Some(0), |run| run.most.map(|most| least - run.least + most));
        // The bits behind the last position are those of the run that ends the pattern.
        let mut classes: Vec<u128> = Vec::new();
        for run in &runs {
            let count = run.most.unwrap_or(BITS).min(BITS + 1);
            classes.extend(std::iter::repeat_n(run.class, count));
        }
        let shared = classes.get(BITS - 1..).unwrap_or(&[]);
        if shared.iter().any(|class| *class != shared[0]) {
            return None;
        }
        let mut table = Box::new([0_u64; 256]);
        for (at, class) in classes.iter().take(BITS).enumerate() {
            for byte in 0..128 {
                table[byte] |= u64::from((class >> byte & 1) as u8) << at;
            }
        }
        Some(Positions { table, least, most: most.unwrap_or(usize::MAX) })
    }

    /// Leaves only texts of these lengths.
    pub(crate) fn limit(&mut self, least: usize, most: usize) {
        self.least = self.least.max(least);
        self.most = self.most.min(most);
    }

    #[inline]
    pub(crate) fn accepts(&self, text: &[u8]) -> bool {
        let length = text.len();
        if length < self.least || length > self.most {
            return false;
        }
        match text.last_chunk::<EIGHT>() {
            // Eight bytes a step, and the last eight once more if they do not fill a step: texts of
            // almost one length take the same steps, which the processor then foresees.
            Some(last) if length < BITS => {
                let mut good = self.of_eight(last) >> (length - EIGHT);
                for (step, bytes) in text.as_chunks().0.iter().enumerate() {
                    good &= self.of_eight(bytes) >> (step * EIGHT);
                }
                good & 1 != 0
            }
            _ => self.accepts_each(text),
        }
    }

    /// The positions at which these eight bytes may begin, as bits.
    #[inline]
    fn of_eight(&self, bytes: &[u8; EIGHT]) -> u64 {
        let at = |place: usize| self.table[usize::from(bytes[place])] >> place;
        ((at(0) & at(1)) & (at(2) & at(3))) & ((at(4) & at(5)) & (at(6) & at(7)))
    }

    fn accepts_each(&self, text: &[u8]) -> bool {
        let (head, tail) = text.split_at(text.len().min(BITS - 1));
        let mut good = true;
        let mut bit = 1_u64;
        // No way out in the middle: bytes do not wait for each other.
        for &byte in head {
            good &= self.table[usize::from(byte)] & bit != 0;
            bit <<= 1;
        }
        for &byte in tail {
            good &= self.table[usize::from(byte)] >> (BITS - 1) != 0;
        }
        good
    }
}

fn flatten(hir: &Hir, runs: &mut Vec<Run>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            for &byte in &literal.0 {
                byte.is_ascii().then_some(())?;
                runs.push(Run { class: 1 << byte, least: 1, most: Some(1) });
            }
        }
        HirKind::Class(class) => runs.push(Run { class: ascii(class), least: 1, most: Some(1) }),
        HirKind::Concat(parts) => {
            for part in parts {
                flatten(part, runs)?;
            }
        }
        HirKind::Repetition(repetition) => {
            let mut inner = Vec::new();
            flatten(&repetition.sub, &mut inner)?;
            let fixed = repetition.max == Some(repetition.min);
            match inner.as_slice() {
                [Run { class, least: 1, most: Some(1) }] => runs.push(Run {
                    class: *class,
                    least: repetition.min as usize,
                    most: repetition.max.map(|max| max as usize),
                }),
                _ if fixed && repetition.min as usize <= BITS => {
                    for _ in 0..repetition.min {
                        flatten(&repetition.sub, runs)?;
                    }
                }
                _ => return None,
            }
        }
        HirKind::Look(_) | HirKind::Capture(_) | HirKind::Alternation(_) => return None,
    }
    // Nothing longer could have a bit for each of its positions.
    (runs.len() <= BITS * 2).then_some(())
}

/// The ASCII members of a class, as bits.
fn ascii(class: &Class) -> u128 {
    let mut bits = 0;
    let mut add = |start: u32, end: u32| {
        for c in start..=end.min(127) {
            bits |= 1 << c;
        }
    };
    match class {
        Class::Unicode(class) => {
            class.iter().for_each(|range| add(range.start().into(), range.end().into()))
        }
        Class::Bytes(class) => {
            class.iter().for_each(|range| add(range.start().into(), range.end().into()))
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::pattern::Pattern;

    proptest! {
        #[test]
        fn eight_bytes_a_step_say_what_each_byte_says(text in "[A-Z]{0,3}[0-9]{0,70}[a-z\u{e9}]{0,1}") {
            for pattern in ["[A-Z]{2}[0-9]{5,30}", "[A-Z0-9]{9}", "[A-Z][0-9]*", "[A-Z]{3}[0-9]{61,}"] {
                let pattern = Pattern::new(pattern).unwrap();
                let positions = pattern.positions().expect("the shape is right");
                let fits = (positions.least..=positions.most).contains(&text.len());
                prop_assert_eq!(positions.accepts(text.as_bytes()), fits && positions.accepts_each(text.as_bytes()));
                prop_assert_eq!(positions.accepts(text.as_bytes()), pattern.matches(text.as_bytes()));
            }
        }
    }
}
