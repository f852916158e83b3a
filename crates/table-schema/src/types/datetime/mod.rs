//! Dates, times, years and their like: points on one time line, however they are written.

mod any;
mod calendar;
mod instant;
mod iso;
mod rank;
mod strptime;
mod write;

pub(crate) use any::any_form;
pub(crate) use calendar::{SECONDS_A_DAY, civil_of, days_from_civil};
pub(crate) use instant::Instant;
pub(crate) use iso::{date, datetime, iso_time, time, year, year_month};
pub(crate) use rank::{Rank, date_rank, datetime_rank, written};
pub(crate) use strptime::Strptime;
pub(crate) use write::Moment;
