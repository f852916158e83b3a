//! The tables of most frequent keys.

use crate::bots::is_bot;
use crate::entry::Entry;
use crate::tally::{MAX_KEY_BYTES, Tally};
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

/// Hashes of who sent a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub(crate) client: u64,
    pub(crate) agent: u64,
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

    /// Counts a request.
    #[inline]
    pub(crate) fn add(&mut self, entry: &Entry<'_>, keep_query: bool) -> Sender {
        let bytes = entry.bytes;
        let tallies = &mut self.tallies;
        tallies[METHODS].add(entry.method, bytes);
        tallies[PROTOCOLS].add(entry.protocol, bytes);
        if let Some(host) = entry.host {
            tallies[HOSTS].add(host, bytes);
        }
        if let Some(referrer) = entry.referrer {
            tallies[REFERRERS].add(referrer, bytes);
        }
        let path = path(entry.target, keep_query);
        if entry.status == Some(404) {
            tallies[NOT_FOUND].add(path, bytes);
        } else {
            add_either(tallies, PATHS, STATIC_FILES, path, bytes, is_static);
        }
        let client = tallies[CLIENTS].add(entry.client, bytes);
        let agent = self.add_agent(entry.agent, bytes);
        self.until_look -= 1;
        if self.until_look == 0 {
            self.fit();
        }
        Sender { client, agent }
    }

    #[inline]
    fn add_agent(&mut self, agent: Option<&[u8]>, bytes: u64) -> u64 {
        let is_program = |kept: &[u8]| is_bot(agent.is_some().then_some(kept));
        add_either(&mut self.tallies, AGENTS, BOTS, agent.unwrap_or_default(), bytes, is_program)
    }

    /// Adds all counts of `other`, in the order of its keys.
    pub(crate) fn merge(&mut self, other: &Tables) {
        for (at, others) in other.tallies.iter().enumerate() {
            self.tallies[at].add_error(others.error());
            for position in 0..others.len() {
                self.tallies[at].merge_key(others, position);
                if position as u32 % LOOK_EVERY == LOOK_EVERY - 1 {
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

/// Counts a key in one of two tables: in that where it is known; a new one is looked at. What is kept of a key decides, so that
/// equal keys are in one table.
#[inline]
fn add_either(
    tallies: &mut [Tally; NAMES.len()],
    one: usize,
    other: usize,
    key: &[u8],
    bytes: u64,
    is_other: impl Fn(&[u8]) -> bool,
) -> u64 {
    let key = &key[..key.len().min(MAX_KEY_BYTES)];
    let known = tallies[one].add_known(key, bytes).or_else(|hash| tallies[other].add_hashed(hash, key, bytes));
    known.unwrap_or_else(|_| tallies[if is_other(key) { other } else { one }].add(key, bytes))
}
