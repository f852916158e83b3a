//! The values of a line: what kinds of fields there are, and how each is read. Pure.

pub(in crate::formats) mod client;
pub(in crate::formats) mod clock;
pub(in crate::formats) mod escape;
mod field;
pub(in crate::formats) mod number;
mod proxies;
mod reading;
pub(in crate::formats) mod request;
pub(crate) mod short_search;
pub(in crate::formats) mod spelling;
mod time_unit;
pub(in crate::formats) mod value;
pub(in crate::formats) mod written_time;

pub(in crate::formats) use clock::Time;
pub(in crate::formats) use field::{Field, Length};
pub use proxies::{Proxies, ProxyError};
pub(in crate::formats) use reading::Reading;
pub(in crate::formats) use time_unit::TimeUnit;
