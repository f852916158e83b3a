//! Results added up: what each worker did, and why tasks were rejected or died. Does no I/O.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

/// Distinct reasons that are told apart; a field's name can be anything a task says.
const MOST_REASONS: usize = 10_000;

/// How many tasks ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Counts {
    /// All of them.
    pub(super) tasks: u64,
    /// With a result that is no verdict.
    pub(super) done: u64,
    /// Rows that fit their schema.
    pub(super) accepted: u64,
    /// Rows that do not.
    pub(super) rejected: u64,
    /// Dead letters.
    pub(super) dead: u64,
    /// Time in which results came about, waiting not counted. Dead letters have none.
    pub(super) busy_seconds: f64,
}

impl Add for Counts {
    type Output = Counts;

    fn add(self, more: Counts) -> Counts {
        Counts {
            tasks: self.tasks + more.tasks,
            done: self.done + more.done,
            accepted: self.accepted + more.accepted,
            rejected: self.rejected + more.rejected,
            dead: self.dead + more.dead,
            busy_seconds: self.busy_seconds + more.busy_seconds,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Counts) {
        *self = *self + more;
    }
}

/// Why a task was rejected or died.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Reason {
    /// Such as `constraint-error`, or `dead: attempts`.
    pub(super) reason: String,
    /// The field of a row, if it is about one.
    pub(super) field: Option<String>,
}

/// A result as [`crate::handlers::result_line`] writes it, as far as it is added up.
#[derive(Deserialize)]
struct ResultLine<'a> {
    outcome: &'a str,
    #[serde(borrow, default)]
    reasons: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    worker: Cow<'a, str>,
    elapsed_ms: f64,
}

/// The sum so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    workers: BTreeMap<String, Counts>,
    reasons: BTreeMap<Reason, u64>,
    unreadable: u64,
}

impl Totals {
    /// Adds a result. Answers whether it is that of a rejected row.
    pub(super) fn result(&mut self, line: &[u8]) -> bool {
        let Ok(line) = serde_json::from_slice::<ResultLine<'_>>(line) else {
            self.unreadable += 1;
            return false;
        };
        let mut one =
            Counts { tasks: 1, busy_seconds: line.elapsed_ms / 1000.0, ..Counts::default() };
        match line.outcome {
            "accepted" => one.accepted = 1,
            "rejected" => one.rejected = 1,
            _ => one.done = 1,
        }
        self.worker(&line.worker, one);
        for reason in &line.reasons {
            self.reason(reason_of(reason));
        }
        one.rejected == 1
    }

    /// Adds a dead letter.
    pub(super) fn dead_letter(&mut self, worker: &str, reason: &str) {
        self.worker(worker, Counts { tasks: 1, dead: 1, ..Counts::default() });
        self.reason(Reason { reason: format!("dead: {reason}"), field: None });
    }

    fn worker(&mut self, name: &str, one: Counts) {
        match self.workers.get_mut(name) {
            Some(counts) => *counts += one,
            None => drop(self.workers.insert(name.to_owned(), one)),
        }
    }

    fn reason(&mut self, reason: Reason) {
        let known = self.reasons.len() < MOST_REASONS || self.reasons.contains_key(&reason);
        let reason =
            if known { reason } else { Reason { reason: "others".to_owned(), field: None } };
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// Each worker's counts, by its name.
    pub(super) fn workers(&self) -> impl Iterator<Item = (&str, Counts)> {
        self.workers.iter().map(|(name, counts)| (name.as_str(), *counts))
    }

    /// All workers' counts.
    #[must_use]
    pub(super) fn all(&self) -> Counts {
        self.workers.values().fold(Counts::default(), |sum, counts| sum + *counts)
    }

    /// The most frequent reasons, at most so many. A task can have several.
    #[must_use]
    pub(super) fn top_reasons(&self, most: usize) -> Vec<(&Reason, u64)> {
        let mut all: Vec<(&Reason, u64)> =
            self.reasons.iter().map(|(reason, count)| (reason, *count)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.cmp(b)));
        all.truncate(most);
        all
    }

    /// What lay among the results and was none.
    #[must_use]
    pub(super) fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

/// `KIND in field "NAME": words`, or `KIND: words`.
fn reason_of(text: &str) -> Reason {
    let (kind, field) = match text.split_once(" in field \"") {
        Some((kind, rest)) if !kind.contains(':') => {
            (kind, Some(rest.split_once("\":").map_or(rest, |(name, _)| name).to_owned()))
        }
        _ => (text.split_once(':').map_or(text, |(kind, _)| kind), None),
    };
    Reason { reason: kind.to_owned(), field }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::handlers::{Output, result_line};

    fn line(output: &Output, worker: &str) -> Vec<u8> {
        result_line(b"task", "c-0", output, 1, worker, Duration::from_millis(250))
    }

    #[test]
    fn results_and_dead_letters_add_up_by_worker() {
        let mut totals = Totals::default();
        assert!(!totals.result(&line(&Output::Accepted(Vec::new()), "a")));
        assert!(totals.result(&line(&Output::Rejected(vec!["x-error: y".to_owned()]), "b")));
        assert!(!totals.result(&line(&Output::Bytes(b"\xff".to_vec()), "a")));
        totals.dead_letter("c", "attempts");
        assert!(!totals.result(b"not a result"));
        let workers: Vec<_> = totals.workers().collect();
        let one = Counts { tasks: 1, busy_seconds: 0.25, ..Counts::default() };
        assert_eq!(
            workers,
            [
                (
                    "a",
                    Counts {
                        tasks: 2,
                        accepted: 1,
                        done: 1,
                        busy_seconds: 0.5,
                        ..Counts::default()
                    }
                ),
                ("b", Counts { rejected: 1, ..one }),
                ("c", Counts { dead: 1, busy_seconds: 0.0, ..one }),
            ]
        );
        let all = totals.all();
        assert_eq!((all.tasks, all.done, all.accepted, all.rejected, all.dead), (4, 1, 1, 1, 1));
        assert_eq!(totals.unreadable(), 1);
    }

    #[test]
    fn reasons_are_counted_by_kind_and_field_the_most_frequent_first() {
        let mut totals = Totals::default();
        let amount =
            r#"type-error in field "amount": "a: in field \"b\":" is not a number"#.to_owned();
        let whole = r#"blank-row: nothing in field "x": here"#.to_owned();
        totals.result(&line(&Output::Rejected(vec![amount.clone(), whole]), "a"));
        totals.result(&line(&Output::Rejected(vec![amount]), "a"));
        totals.dead_letter("a", "crashes");
        let top: Vec<_> = totals
            .top_reasons(10)
            .into_iter()
            .map(|(r, n)| (r.reason.as_str(), r.field.as_deref(), n))
            .collect();
        assert_eq!(
            top,
            [("type-error", Some("amount"), 2), ("blank-row", None, 1), ("dead: crashes", None, 1)]
        );
        assert_eq!(totals.top_reasons(1).len(), 1);
    }

    #[test]
    fn reasons_without_end_do_not_take_memory_without_end() {
        let mut totals = Totals::default();
        for n in 0..MOST_REASONS + 500 {
            totals.result(&line(
                &Output::Rejected(vec![format!("extra-cell in field \"{n}\": x")]),
                "a",
            ));
        }
        assert_eq!(totals.reasons.len(), MOST_REASONS + 1);
        assert_eq!(totals.top_reasons(1)[0].1, 500);
    }
}
