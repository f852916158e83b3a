//! Lets threads count the spans of a month.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::counting::Rules;
use crate::error::Error;

use super::ordered_merge::OrderedMerge;
use super::span::Span;
use super::span_counter::SpanCounter;
use super::span_counts::SpanCounts;

/// Counts all spans, each by one of at most `threads` threads, this one among them. Gives their
/// counts together, and how long adding them up took.
///
/// # Errors
///
/// The first error of any thread. The others then take no more spans.
pub(crate) fn count_spans(
    counter: &SpanCounter<'_>,
    spans: &[Span],
    rules: Rules,
    threads: usize,
) -> Result<(SpanCounts, Duration), Error> {
    let merge = OrderedMerge::new(rules);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
    let work = || {
        while let Some((number, span)) = {
            let number = next.fetch_add(1, Relaxed);
            spans.get(number).map(|span| (number, span))
        } {
            let mut counts = merge.empty();
            match counter.count(span, &mut counts) {
                Ok(()) if merge.add(number, counts) => {}
                Ok(()) => return,
                Err(error) => {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    next.store(spans.len(), Relaxed);
                    return merge.stop();
                }
            }
        }
    };
    std::thread::scope(|scope| -> Result<(), Error> {
        for number in 1..threads.min(spans.len()) {
            std::thread::Builder::new().name(format!("span-{number}")).spawn_scoped(scope, work)?;
        }
        work();
        Ok(())
    })?;
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(merge.into_whole()),
    }
}
