//! The tables of most frequent keys.

use crate::batch::{BATCH, Batch};
use crate::bots::is_bot;
use crate::entry::Entry;
use crate::key::{Count, cut};
use crate::seen::Sender;
use crate::tally::Tally;
use crate::target::{is_static, path};

/// Bytes that all tables of a part of the log may take together, about. Beyond it the largest one goes over to its sketch before
/// it has its limit of keys: memory must not depend on what the log holds.
pub const MAX_BYTES: usize = 16 << 20;

/// After how many requests, or keys, the tables' size is looked at.
const LOOK_EVERY: u32 = 256;

/// Names of the tables, in the order of [`Tables::named`].
pub const NAMES: [&str; 10] =
    ["methods", "protocols", "hosts", "paths", "not_found", "static_files", "clients", "referrers", "agents", "bots"];

const METHODS: usize = 0;
const PROTOCOLS: usize = 1;
const HOSTS: usize = 2;
const PATHS: usize = 3;
const NOT_FOUND: usize = 4;
const STATIC_FILES: usize = 5;
const CLIENTS: usize = 6;
const REFERRERS: usize = 7;
const AGENTS: usize = 8;
const BOTS: usize = 9;

/// Tables of the most frequent keys: `paths` are those that are neither static files nor answered by 404, `agents` those of people
/// and `bots` those of programs.
#[derive(Clone, Debug)]
pub struct Tables {
    tallies: [Tally; NAMES.len()],
    until_look: u32,
}

impl Tables {
    /// Empty tables that are exact up to `limit` distinct keys each.
    pub fn new(limit: usize) -> Tables {
        Tables { tallies: std::array::from_fn(|_| Tally::new(limit)), until_look: LOOK_EVERY }
    }

    /// The table of this name, one of [`NAMES`].
    pub fn get(&self, name: &str) -> Option<&Tally> {
        NAMES.iter().position(|known| *known == name).map(|at| &self.tallies[at])
    }

    /// All tables with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Tally)> {
        NAMES.into_iter().zip(&self.tallies)
    }

    /// The tables to be filled from what was stored.
    pub(crate) fn tallies_mut(&mut self) -> &mut [Tally] {
        &mut self.tallies
    }

    /// Counts requests, in their order, and tells of each who sent it: the same as counting one by one.
    pub(crate) fn add_all(&mut self, entries: &[&Entry<'_>], keep_query: bool, mut sent: impl FnMut(Sender<'_>)) {
        let mut rest = entries;
        while !rest.is_empty() {
            // Sizes are looked at after the same requests, whatever the batches are.
            let (batch, behind) = rest.split_at(rest.len().min(BATCH).min(self.until_look as usize));
            self.add_batch(batch, keep_query, &mut sent);
            self.until_look -= batch.len() as u32;
            if self.until_look == 0 {
                self.fit();
            }
            rest = behind;
        }
    }

    fn add_batch(&mut self, entries: &[&Entry<'_>], keep_query: bool, sent: &mut impl FnMut(Sender<'_>)) {
        let (mut hosts, mut referrers, mut clients) = (Batch::new(), Batch::new(), Batch::new());
        let (mut paths, mut not_found, mut static_files) = (Batch::new(), Batch::new(), Batch::new());
        let mut agents = Batch::new();
        for entry in entries {
            let bytes = entry.bytes;
            self.tallies[METHODS].add_one_of_few(entry.method, bytes);
            self.tallies[PROTOCOLS].add_one_of_few(entry.protocol, bytes);
            if let Some(host) = entry.host {
                hosts.push(host, bytes);
            }
            if let Some(referrer) = entry.referrer {
                referrers.push(referrer, bytes);
            }
            let path = cut(path(entry.target, keep_query));
            let table = match entry.status {
                Some(404) => &mut not_found,
                // What is kept of a path decides, so that equal ones are in one table.
                _ if is_static(path) => &mut static_files,
                _ => &mut paths,
            };
            table.push(path, bytes);
            clients.push(entry.client, bytes);
            agents.push(entry.agent.unwrap_or_default(), bytes);
        }
        let of = [(HOSTS, &hosts), (REFERRERS, &referrers), (PATHS, &paths), (NOT_FOUND, &not_found)];
        for (table, batch) in of.into_iter().chain([(STATIC_FILES, &static_files), (CLIENTS, &clients)]) {
            batch.count(&mut self.tallies[table]);
        }
        self.add_agents(entries, &agents);
        for number in 0..entries.len() {
            sent(Sender { client: clients.key(number), agent: agents.key(number) });
        }
    }

    /// Counts each agent in one of two tables: in that where it is known; a new one is looked at. What is kept of it decides, so that
    /// equal ones are in one table.
    fn add_agents(&mut self, entries: &[&Entry<'_>], batch: &Batch<'_>) {
        let (people, programs) = (batch.look_up(&self.tallies[AGENTS]), batch.look_up(&self.tallies[BOTS]));
        for (number, entry) in entries.iter().enumerate() {
            if batch.count_known(number, &people, &mut self.tallies[AGENTS])
                || batch.count_known(number, &programs, &mut self.tallies[BOTS])
            {
                continue;
            }
            let (hash, agent, bytes) = (batch.key(number).1, entry.agent.map(cut), entry.bytes);
            let key = agent.unwrap_or_default();
            if !self.tallies[AGENTS].add_known(hash, key, bytes) && !self.tallies[BOTS].add_known(hash, key, bytes) {
                let table = if is_bot(agent) { BOTS } else { AGENTS };
                self.tallies[table].add_with_hash(hash, key, Count { requests: 1, bytes });
            }
        }
    }

    /// Adds all counts of `other`, in the order of its keys.
    pub(crate) fn merge(&mut self, other: &Tables) {
        for (at, others) in other.tallies.iter().enumerate() {
            self.tallies[at].add_error(others.error());
            for (number, batch) in others.batches().enumerate() {
                batch.count(&mut self.tallies[at]);
                if ((number + 1) * BATCH).is_multiple_of(LOOK_EVERY as usize) {
                    self.fit();
                }
            }
        }
        self.fit();
    }

    /// Makes the largest tables smaller until all of them together are small enough.
    #[cold]
    fn fit(&mut self) {
        self.until_look = LOOK_EVERY;
        while self.size() > MAX_BYTES {
            if let Some(largest) = self.tallies.iter_mut().max_by_key(|tally| tally.size()) {
                largest.purge();
            }
        }
    }

    /// Bytes of memory that the keys take, about.
    pub fn size(&self) -> usize {
        self.tallies.iter().map(Tally::size).sum()
    }

    /// Forgets all keys, and keeps the memory for others.
    pub(crate) fn clear(&mut self) {
        self.tallies.iter_mut().for_each(Tally::clear);
        self.until_look = LOOK_EVERY;
    }
}
