//! What the requests of a month add up to. Pure: entries in, counts out.
//!
//! A [`Month`] counts entries into hours, statuses, [`Tables`] of the most frequent keys, a sketch
//! of each day's [`Visitors`] and sketches of the response [`Times`].

mod batch;
mod batch_counting;
mod bots;
mod busiest;
mod by_sender;
mod calendar;
mod hosts;
mod key;
mod month;
mod origins;
mod part;
mod recent_keys;
mod recent_visitors;
mod rules;
mod site;
mod sketch_bytes;
mod table;
mod tables;
mod target;
mod time_sketch;
mod times;
mod traffic;
mod visitors;
mod week_visitors;
mod zone;

pub(crate) use batch::BATCH;
pub use bots::is_bot;
pub use busiest::Busiest;
pub use by_sender::BySender;
pub use calendar::{Calendar, Place};
pub use hosts::{HostCounts, Hosts};
pub use key::{Count, MAX_KEY_BYTES};
pub use month::Month;
pub use origins::{Label, Origin, OriginCounts, OriginSources, Origins};
pub use part::Part;
pub use rules::Rules;
pub use site::OwnSites;
pub use table::Table;
pub use tables::{MAX_BYTES, NAMES, Tables};
pub use target::{is_static, path};
pub use time_sketch::{TIME_SKETCH_ERROR, TimeSketch};
pub use times::{DIGITS, Times};
pub use traffic::Traffic;
pub use visitors::{LG_K, STANDARD_ERROR, Visitors};
pub use week_visitors::{HOUR_STANDARD_ERROR, HourVisitors, WeekVisitors};
pub use zone::{Zone, ZoneError, offset};
