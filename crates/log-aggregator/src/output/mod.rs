//! What is published of a month and of a year, and how it is read again.

mod busiest_summary;
mod csv_cell;
mod families;
mod files;
mod known;
mod known_families;
mod month_state;
mod origin_summary;
mod published;
#[cfg(test)]
mod schema;
mod stored_parts;
mod summary;
mod table_summary;
pub(crate) mod version;
mod year;
mod year_state;

pub use busiest_summary::{HostSummary, HostsSummary, PageTimes, PageTimesSummary};
pub(crate) use files::{STATE, UNPARSED, YEAR, month_outputs, year_outputs};
pub(crate) use known_families::prepare_families;
pub use month_state::{MAGIC, MonthState, StateError, VERSION as STATE_VERSION};
pub use origin_summary::{OriginSummary, OriginsSummary};
pub(crate) use published::{
    PublishedMonth, PublishedYear, are_months, check_year, month_folder, part_of_other_year,
    partial_folder, year_of,
};
pub(crate) use summary::hours_of;
pub use summary::{Day, HourVisitorsSummary, Summary, TimesSummary};
pub use table_summary::{KeySummary, TableSummary};
pub use year::{Year, YearSummary};
pub use year_state::{from_bytes as months_of_year, to_bytes as year_state};
