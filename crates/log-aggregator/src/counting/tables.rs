//! The tables of most frequent keys.

use arrayvec::ArrayVec;

use super::batch::{BATCH, Batch};
use super::batch_counting::{batches, count};
use super::bots::is_bot;
use super::key::{self, Count, MAX_KEY_BYTES, cut};
use super::recent_keys::Glance;
use super::recent_visitors::Visitor;
use super::site::{OwnSites, site};
use super::table::Table;
use super::target::{is_static, path};
use crate::formats::Entry;

/// About how many bytes all tables of a span may take together. Beyond it the largest one goes over
/// to its sketch before it has its limit of keys: memory must not depend on what the log holds.
pub const MAX_BYTES: usize = 16 << 20;

/// After how many requests, or merged keys, the size of the tables is looked at.
const LOOK_EVERY: u32 = 256;

/// Names of the tables, in the order of [`Tables::named`].
pub const NAMES: [&str; 14] = [
    "methods",
    "protocols",
    "hosts",
    "paths",
    "not_found",
    "static_files",
    "clients",
    "referrers",
    "agents",
    "bots",
    "client_errors",
    "server_errors",
    "sites",
    "entry_pages",
];

/// How many of them, from the first, have batches. The others have few requests.
const BATCHED: usize = 10;

/// Keys up to which the others are exact, at most: there are fewer pages with errors, and scanners
/// that ask for ever new ones get no more memory.
const FEW: usize = 10_000;

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
const CLIENT_ERRORS: usize = 10;
const SERVER_ERRORS: usize = 11;
const SITES: usize = 12;
const ENTRY_PAGES: usize = 13;

/// Tables of the most frequent keys: `paths` are those that are neither static files nor answered
/// by 404, `agents` those of people and `bots` those of programs. The keys of `client_errors` (4xx
/// but 404) and `server_errors` (5xx) are a status and a path, such as `403 /admin`. `sites` are
/// those of referrers without one's own, and the keys of `entry_pages` such a site and the page
/// that a person came to from there.
#[derive(Clone, Debug)]
pub struct Tables {
    tables: [Table; NAMES.len()],
    until_look: u32,
}

impl Tables {
    /// Empty tables that are exact up to `limit` distinct keys each.
    pub fn new(limit: usize) -> Tables {
        let table = |at| Table::new(if at < BATCHED { limit } else { limit.min(FEW) });
        Tables { tables: std::array::from_fn(table), until_look: LOOK_EVERY }
    }

    /// The table of this name, one of [`NAMES`].
    pub fn get(&self, name: &str) -> Option<&Table> {
        NAMES.iter().position(|known| *known == name).map(|at| &self.tables[at])
    }

    /// All tables with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Table)> {
        NAMES.into_iter().zip(&self.tables)
    }

    /// Whether some request has a user agent, or there is none at all. Where no request has one,
    /// all are counted as those of bots.
    pub(crate) fn has_agents(&self) -> bool {
        // A table that is not exact had other keys than the empty one.
        let has_some =
            |table: &Table| table.error() > 0 || table.keys().any(|(agent, _)| !agent.is_empty());
        let (agents, bots) = (&self.tables[AGENTS], &self.tables[BOTS]);
        has_some(agents) || has_some(bots) || bots.is_empty()
    }

    /// The tables to be filled from what was stored.
    pub(crate) fn all_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    /// Counts requests in their order, and reports who sent each of them. The result is the same as
    /// counting them one by one.
    pub(crate) fn add_all(
        &mut self,
        entries: &[&Entry<'_>],
        rules: (bool, &OwnSites),
        mut sent: impl FnMut(Visitor<'_>),
    ) {
        let mut rest = entries;
        while !rest.is_empty() {
            // Sizes are looked at after the same requests, whatever the batches are.
            let (batch, behind) =
                rest.split_at(rest.len().min(BATCH).min(self.until_look as usize));
            self.add_batch(batch, rules, &mut sent);
            self.until_look -= batch.len() as u32;
            if self.until_look == 0 {
                self.fit();
            }
            rest = behind;
        }
    }

    fn add_batch(
        &mut self,
        entries: &[&Entry<'_>],
        (keep_query, own_sites): (bool, &OwnSites),
        sent: &mut impl FnMut(Visitor<'_>),
    ) {
        let mut batches: [Batch<'_>; BATCHED] = std::array::from_fn(|_| Batch::new());
        for entry in entries {
            let bytes = entry.bytes;
            self.tables[METHODS].add_again(entry.method, bytes);
            self.tables[PROTOCOLS].add_again(entry.protocol, bytes);
            if let Some(host) = entry.host {
                self.add_host(cut(host), bytes, &mut batches[HOSTS]);
            }
            if let Some(referrer) = entry.referrer {
                self.add_or_push(REFERRERS, cut(referrer), bytes, &mut batches[REFERRERS]);
            }
            self.add_target(entry, keep_query, &mut batches);
            let client = cut(entry.client);
            let client = (client, batches[CLIENTS].push(client, bytes));
            let (agent, is_bot) = self.add_agent(entry, &mut batches);
            if entry.host.is_some() || !own_sites.is_empty() {
                self.add_site(entry, is_bot, keep_query, own_sites);
            }
            sent(Visitor { client, agent, is_bot });
        }
        for (table, batch) in self.tables.iter_mut().zip(&batches) {
            count(batch, table);
        }
    }

    /// Counts a key at once if it was counted lately; otherwise puts it into the batch.
    #[inline(always)]
    fn add_or_push<'a>(&mut self, table: usize, key: &'a [u8], bytes: u64, batch: &mut Batch<'a>) {
        let glance = Glance::of(key);
        if self.tables[table].add_known(glance, key, bytes).is_none() {
            batch.push_glanced(key, glance, key::hash(key), bytes);
        }
    }

    /// Counts a host in lower case: the case of its letters says nothing, and one host must not be
    /// two keys.
    ///
    /// Source: RFC 9110, 4.2.3.
    #[inline]
    fn add_host<'a>(&mut self, host: &'a [u8], bytes: u64, batch: &mut Batch<'a>) {
        if !host.iter().any(u8::is_ascii_uppercase) {
            return self.add_or_push(HOSTS, host, bytes, batch);
        }
        // Rare enough to be counted by itself, behind those that came before it.
        count(batch, &mut self.tables[HOSTS]);
        *batch = Batch::new();
        self.tables[HOSTS].add_counted(&host.to_ascii_lowercase(), Count { requests: 1, bytes });
    }

    /// Counts a request's path in the table where it belongs.
    #[inline]
    fn add_target<'a>(&mut self, entry: &Entry<'a>, keep_query: bool, batches: &mut [Batch<'a>]) {
        let (target, bytes) = (entry.target, entry.bytes);
        match entry.status {
            Some(404) => {}
            Some(status @ 400..=599) => self.add_failure(status, entry, keep_query),
            _ => {}
        }
        if entry.status != Some(404) {
            // A target that is a key of these tables is its own path.
            let glance = Glance::of(target);
            if [PATHS, STATIC_FILES]
                .into_iter()
                .any(|table| self.tables[table].add_known(glance, target, bytes).is_some())
            {
                return;
            }
        }
        let path = cut(path(target, keep_query));
        let table = match entry.status {
            Some(404) => NOT_FOUND,
            // What is kept of a path decides, so that equal keys are in one table.
            _ if is_static(path) => STATIC_FILES,
            _ => PATHS,
        };
        self.add_or_push(table, path, bytes, &mut batches[table]);
    }

    /// Counts an answer that is an error, by its status and path.
    #[inline(never)]
    fn add_failure(&mut self, status: u16, entry: &Entry<'_>, keep_query: bool) {
        let digits = [status / 100, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8);
        let key = two_words(&digits, path(entry.target, keep_query));
        let table = if status < 500 { CLIENT_ERRORS } else { SERVER_ERRORS };
        self.tables[table].add_counted(&key, Count { requests: 1, bytes: entry.bytes });
    }

    /// Counts the site of a request's referrer, and the page where a person came in from there.
    #[inline]
    fn add_site(&mut self, entry: &Entry<'_>, is_bot: bool, keep_query: bool, own: &OwnSites) {
        let site = entry.referrer.and_then(site).filter(|site| !own.have(site, entry.host));
        if let Some(site) = site {
            self.add_foreign_site(&site.to_ascii_lowercase(), entry, is_bot, keep_query);
        }
    }

    #[cold]
    fn add_foreign_site(&mut self, site: &[u8], entry: &Entry<'_>, is_bot: bool, keep_query: bool) {
        let count = Count { requests: 1, bytes: entry.bytes };
        self.tables[SITES].add_counted(site, count);
        let page = path(entry.target, keep_query);
        let is_answered = entry.status.is_none_or(|status| status < 400);
        if !is_bot && is_answered && !is_static(page) {
            self.tables[ENTRY_PAGES].add_counted(&two_words(site, page), count);
        }
    }

    /// Counts a request's agent in one of two tables: in the one that has it already, so that only
    /// a new agent is examined. Gives its text with its hash, and whether it is a bot's. What is
    /// kept of it decides, so that equal keys are in one table.
    #[inline]
    fn add_agent<'a>(
        &mut self,
        entry: &Entry<'a>,
        batches: &mut [Batch<'a>],
    ) -> ((&'a [u8], u64), bool) {
        let agent = entry.agent.map(cut);
        let text = agent.unwrap_or_default();
        let glance = Glance::of(text);
        for table in [AGENTS, BOTS] {
            if let Some(hash) = self.tables[table].add_known(glance, text, entry.bytes) {
                return ((text, hash), table == BOTS);
            }
        }
        let hash = key::hash(text);
        let known = [AGENTS, BOTS].into_iter().find(|table| self.tables[*table].has(hash, text));
        let table = known.unwrap_or_else(|| if is_bot(agent) { BOTS } else { AGENTS });
        batches[table].push_glanced(text, glance, hash, entry.bytes);
        ((text, hash), table == BOTS)
    }

    /// Adds all counts of `other`, in the order of its keys.
    pub(crate) fn merge(&mut self, other: &Tables) {
        for (at, others) in other.tables.iter().enumerate() {
            self.tables[at].add_error(others.error());
            for (number, batch) in batches(others).enumerate() {
                count(&batch, &mut self.tables[at]);
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
            if let Some(largest) = self.tables.iter_mut().max_by_key(|table| table.size()) {
                largest.purge();
            }
        }
    }

    /// About how many bytes of memory the keys take.
    pub fn size(&self) -> usize {
        self.tables.iter().map(Table::size).sum()
    }

    /// Forgets all keys, and keeps the memory for others.
    pub(crate) fn clear(&mut self) {
        self.tables.iter_mut().for_each(Table::clear);
        self.until_look = LOOK_EVERY;
    }
}

/// A key of two words, of which the first has no blank.
fn two_words(one: &[u8], other: &[u8]) -> ArrayVec<u8, MAX_KEY_BYTES> {
    let mut key = ArrayVec::new_const();
    key.extend(one.iter().copied().take(MAX_KEY_BYTES - 1));
    key.push(b' ');
    key.extend(other[..other.len().min(key.remaining_capacity())].iter().copied());
    key
}
