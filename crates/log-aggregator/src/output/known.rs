//! What a log says of its requests. What it does not say is null in the summaries, and not 0.

use crate::counting::{BySender, Month};

/// What is known of the requests of a month, or of the months of a year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// How many bytes were sent.
    pub sizes: bool,
    /// User agents, so that people and bots are told apart. Of a year, those of all its months.
    pub agents: bool,
    /// Those of some of its months.
    pub some_agents: bool,
    /// Which sites of referrers are one's own.
    pub sites: bool,
}

impl Known {
    pub(super) fn of(month: &Month) -> Known {
        let agents = month.tables.has_agents();
        Known { sizes: month.has_sizes(), agents, some_agents: agents, sites: month.has_sites() }
    }

    /// A number of bytes.
    pub(super) fn size(self, bytes: u64) -> Option<u64> {
        self.sizes.then_some(bytes)
    }

    /// People, and bots.
    pub(super) fn senders(self, visitors: BySender<u64>) -> (Option<u64>, Option<u64>) {
        (self.agents.then_some(visitors.people), self.agents.then_some(visitors.bots))
    }

    /// Requests of bots.
    pub(super) fn of_bots(self, requests: u64) -> Option<u64> {
        self.agents.then_some(requests)
    }

    /// Whether a table says what its name does.
    pub(super) fn has_table(self, name: &str) -> bool {
        match name {
            "agents" | "bots" => self.some_agents,
            "sites" => self.sites,
            "entry_pages" => self.sites && self.some_agents,
            _ => true,
        }
    }
}
