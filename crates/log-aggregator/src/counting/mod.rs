//! What the requests of a month add up to. Pure: entries in, counts out.
//!
//! A [`Month`] counts entries into hours, statuses, [`Tables`] of the most frequent keys, a sketch
//! of each day's [`Visitors`] and sketches of the response [`Times`].

mod batch;
mod batch_counting;
mod bots;
mod calendar;
mod key;
mod month;
mod recent_keys;
mod recent_visitors;
mod sketch_bytes;
mod table;
mod tables;
mod target;
mod times;
mod visitors;

pub(crate) use batch::BATCH;
pub use bots::is_bot;
pub use calendar::{Calendar, Place};
pub use key::{Count, MAX_KEY_BYTES};
pub use month::{Month, Rules, Traffic};
pub use table::Table;
pub use tables::{MAX_BYTES, NAMES, Tables};
pub use target::{is_static, path};
pub use times::{DIGITS, Times};
pub use visitors::{LG_K, STANDARD_ERROR, Visitors};
