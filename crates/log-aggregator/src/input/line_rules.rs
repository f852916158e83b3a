//! How the lines of a month are read and prepared before they are counted.

use crate::filters::Filters;
use crate::formats::{Entry, Format, Others, Proxies, Remark};
use crate::geo::Databases;

use super::anonymous::Anonymizer;

/// What the settings say of every line.
pub(crate) struct LineRules<'a> {
    /// Seconds that the clocks of the servers are ahead of UTC, for times that name no zone.
    /// `None` where no setting says it: such times are taken as UTC, with a remark.
    pub log_offset: Option<i32>,
    /// Whether times are those of the clock that wrote each of them.
    pub as_logged: bool,
    /// How JSON lines are read, in whatever file they are found.
    pub json: &'a Format,
    /// By which formats lines are read that have not that of their file.
    pub others: &'a Others,
    /// Who is believed about clients.
    pub proxies: &'a Proxies,
    /// What is counted in the place of clients.
    pub anonymizer: &'a Anonymizer,
    /// Which requests are counted.
    pub filters: &'a Filters,
    /// By what countries and networks are looked up.
    pub databases: &'a Databases,
}

impl LineRules<'_> {
    /// Whether requests are changed, or some are left out, before they are counted.
    pub(super) fn prepares(&self) -> bool {
        !self.anonymizer.is_off() || !self.filters.is_empty() || !self.databases.is_empty()
    }

    /// Corrects the time of a request whose log names no zone, where a setting says the zone.
    #[inline]
    pub(super) fn place_in_zone(&self, entry: &mut Entry<'_>) {
        if let Some(offset) = self.log_offset
            && entry.remarks.has(Remark::NoZone)
        {
            entry.time -= i64::from(offset);
            entry.remarks.remove(Remark::NoZone);
        }
    }
}
