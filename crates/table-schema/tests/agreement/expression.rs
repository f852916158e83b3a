//! Regular expressions that match whole texts, compiled once.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// The expression that matches whole texts.
fn expression(pattern: &str) -> Regex {
    COMPILED.with_borrow_mut(|compiled| {
        let whole = format!(r"\A(?:{pattern})\z");
        compiled.entry(whole).or_insert_with_key(|whole| Regex::new(whole).unwrap()).clone()
    })
}

pub(crate) fn is(pattern: &str, text: &str) -> bool {
    expression(pattern).is_match(text)
}

/// What the expression captures of a whole text.
pub(crate) fn captures<'a>(pattern: &str, text: &'a str) -> Option<regex::Captures<'a>> {
    expression(pattern).captures(text)
}
