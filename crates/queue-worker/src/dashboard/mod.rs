//! The page about the queues of a Redis: what it shows, and how. Pure: it is given what was seen
//! and writes HTML.

mod figures;
mod page;
mod rates;

pub use figures::{DeadLetter, Look, Reader};
pub use page::{login, overview, problem, queue, queue_address};
pub use rates::Rates;

/// The style sheet of all pages.
pub const STYLE: &str = include_str!("style.css");
/// Keeps the numbers of an open page fresh.
pub const SCRIPT: &str = include_str!("live.js");
