//! log-aggregator as a process: months, lines, settings, years.

mod anonymous;
mod filters;
mod finish;
mod geo;
mod hosts;
mod lines;
mod mixed_formats;
mod months;
mod partial;
mod settings;
mod support;
mod time_zones;
mod years;
