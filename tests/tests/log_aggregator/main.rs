//! log-aggregator as a process: months, lines, settings, years.

mod anonymous;
mod filters;
mod finish;
mod geo;
mod hosts;
mod lines;
mod mixed_formats;
mod months;
mod overlaps;
mod partial;
mod replaced;
mod settings;
mod support;
mod time_zones;
mod unknown_people;
mod years;
