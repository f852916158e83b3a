//! Patterns compiled to automata that look at each byte once.

use std::sync::Arc;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, MatchKind, meta};
use regex_syntax::hir::{Hir, Look};

use super::parse::parse;
use super::positions::Positions;

/// The most memory of a pattern's automata, in bytes.
const NFA_LIMIT: usize = 16 << 20;
const DFA_LIMIT: usize = 1 << 20;
const DETERMINIZE_LIMIT: usize = 4 << 20;

/// A compiled pattern. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    automaton: Automata,
    positions: Option<Positions>,
}

#[derive(Clone, Debug)]
enum Automata {
    /// One table, one step a byte.
    Dense { dfa: Arc<dense::DFA<Vec<u32>>>, start: StateID },
    /// For patterns whose table would be too large: a table made as it is used, which may
    /// allocate, in linear time all the same.
    Meta(Arc<meta::Regex>),
}

impl Pattern {
    /// Compiles an XML Schema regular expression; the error says what of it cannot be used.
    pub(crate) fn new(pattern: &str) -> Result<Pattern, String> {
        let hir = parse(pattern)?;
        Ok(Pattern { positions: Positions::new(&hir), automaton: Automata::new(hir)? })
    }

    /// The pattern as a table, if it is of that shape.
    pub(crate) fn positions(&self) -> Option<&Positions> {
        self.positions.as_ref()
    }

    /// Whether the pattern matches the whole of `text`. What is not UTF-8 is never matched.
    #[inline]
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        match &self.automaton {
            Automata::Dense { dfa, start } => {
                let mut state = *start;
                for &byte in text {
                    state = dfa.next_state(state, byte);
                    if dfa.is_special_state(state) && dfa.is_dead_state(state) {
                        return false;
                    }
                }
                dfa.is_match_state(dfa.next_eoi_state(state))
            }
            Automata::Meta(regex) => regex.is_match(text),
        }
    }
}

impl Automata {
    fn new(hir: Hir) -> Result<Automata, String> {
        let config = thompson::Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(NFA_LIMIT));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(&hir)
            .map_err(|_| "it is too large once its repetitions are written out".to_owned())?;
        // All matches, not only the leftmost, since it is the one at the end that counts.
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .accelerate(false)
            .dfa_size_limit(Some(DFA_LIMIT))
            .determinize_size_limit(Some(DETERMINIZE_LIMIT));
        let dense = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok();
        if let Some(dfa) = dense
            && let Some(start) = dfa.universal_start_state(Anchored::Yes)
        {
            return Ok(Automata::Dense { dfa: Arc::new(dfa), start });
        }
        let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let config = meta::Config::new()
            .nfa_size_limit(Some(NFA_LIMIT))
            .which_captures(WhichCaptures::Implicit);
        let regex = meta::Builder::new()
            .configure(config)
            .build_from_hir(&whole)
            .map_err(|_| "it is too large once its repetitions are written out".to_owned())?;
        Ok(Automata::Meta(Arc::new(regex)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_dense(pattern: &str) -> bool {
        matches!(Pattern::new(pattern).unwrap().automaton, Automata::Dense { .. })
    }

    fn has_positions(pattern: &str) -> bool {
        Pattern::new(pattern).unwrap().positions().is_some()
    }

    #[test]
    fn whole_values_are_matched() {
        for (pattern, good, bad) in [
            ("^a.*$", &["a", "apple"][..], &["", "orange", "ba", "a\n"][..]),
            ("a|ab", &["a", "ab"], &["abb", "b"]),
            ("^(a|b)c$|d", &["ac", "bc", "d"], &["c", "acd"]),
            (
                "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}",
                &["DE89370400440532013000"],
                &["de89370400440532013000", "DE8937040044"],
            ),
            (
                "TX-[0-9]{10}",
                &["TX-0123456789"],
                &["TX-012345678", "TX-01234567890", "TX_0123456789"],
            ),
            ("[a-z-[aeiou]]+", &["xyz"], &["xaz", "-", ""]),
            ("[^a-z-[A]]", &["B", "-"], &["A", "b"]),
            (r"\i\c*", &["_a-1", "é:b"], &["1a", "-a", ""]),
            (r"\d+", &["12", "٣"], &["a", ""]),
            (r"\w+", &["aé1$"], &["a_b", "a b", "a-b"]),
            (r"[\w.-]+", &["a-b.c"], &["a_b", "a b"]),
            (r"\p{Lu}\P{Lu}", &["Éé"], &["éé", "ÉÉ"]),
            (r"\p{IsBasicLatin}*", &["abc", ""], &["é"]),
            (r"\s\S", &["\ta"], &["\u{a0}a", "aa"]),
            (r"\^\$\.\\\-", &["^$.\\-"], &["^$a\\-"]),
            (r"a{0}b{2,}", &["bb", "bbbb"], &["abb", "b"]),
            (r"(?:ab)+", &["abab"], &["aba", ""]),
            ("", &[""], &["a"]),
            ("[-a]|[a-]", &["-", "a"], &["b"]),
            ("(a*)*b", &["b", "aaab"], &["aaa"]),
            (".{1,3}", &["é€𝄞"], &["", "abcd"]),
        ] {
            let compiled = Pattern::new(pattern).unwrap();
            for text in good {
                assert!(compiled.matches(text.as_bytes()), "{pattern} {text}");
            }
            for text in bad {
                assert!(!compiled.matches(text.as_bytes()), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        for (pattern, named) in [
            ("a(?=b)", "(?"),
            ("(?i)a", "(?"),
            (r"(a)\1", r"\1"),
            (r"\ba", r"\b"),
            ("a^b", "^"),
            ("(^a)", "^"),
            ("a$b", "$"),
            ("a*?", "?"),
            ("*a", "*"),
            ("a{,3}", "{n,m}"),
            ("a{3,2}", "wrong way"),
            ("a{99999}", "10000"),
            ("[z-a]", "z-a"),
            ("[]", "[]"),
            ("[a[b]]", r"\["),
            ("[a", "["),
            ("(a", "("),
            ("a)", ")"),
            ("a]", "]"),
            (r"\p{IsKlingon}", "IsKlingon"),
            (r"\p{Greek}", "Greek"),
            (r"\x41", r"\x"),
            ("a\\", "backslash"),
            (r"(\w{1000}){1000}", "too large"),
        ] {
            let error = Pattern::new(pattern).unwrap_err();
            assert!(error.contains(named), "{pattern}: {error}");
        }
    }

    #[test]
    fn the_common_shape_is_recognised() {
        for pattern in [
            "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}",
            "TX-[0-9]{10}",
            "[a-z]+",
            "(ab){2}c?",
            r"\d{3}",
            "x",
        ] {
            assert!(has_positions(pattern), "{pattern}");
        }
        for pattern in ["a+b", "a|bc", "(ab)+", "a?b?", "é", "[a-z]{70}[0-9]"] {
            assert!(!has_positions(pattern), "{pattern}");
        }
    }

    #[test]
    fn positions_agree_with_the_automaton_far_beyond_their_bits() {
        for pattern in
            ["ab+", "a{62}b+", "a{63}b{1,9}", "a{64}b*", "(ab){31}c{2,}", "[ab]{1,100}", "a{70}"]
        {
            let compiled = Pattern::new(pattern).unwrap();
            for length in 0..120 {
                for b in 0..=length {
                    // All a, or a, then one b, then a; or a up to there and b from there.
                    let texts =
                        [("a", "b", "a"), ("a", "b", "b"), ("a", "c", "c"), ("b", "a", "b")]
                            .map(|(x, y, z)| x.repeat(b) + y + &z.repeat(length - b));
                    for text in texts {
                        let quick = compiled
                            .positions()
                            .is_some_and(|positions| positions.accepts(text.as_bytes()));
                        let ascii_only = compiled.positions().is_some();
                        assert_eq!(
                            quick,
                            ascii_only && compiled.matches(text.as_bytes()),
                            "{pattern} {text}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_pattern_whose_table_would_be_too_large_still_matches() {
        let pattern = r"(.*a.{14}|.*b.{15})\p{L}{3}";
        assert!(!is_dense(pattern));
        let compiled = Pattern::new(pattern).unwrap();
        assert!(compiled.matches("xxa01234567890123äöü".as_bytes()));
        assert!(!compiled.matches("xxa0123456789012äöü".as_bytes()));
        assert!(is_dense("[a-z]+@[a-z]+"));
    }
}
