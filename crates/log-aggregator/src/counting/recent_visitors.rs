//! Who was there just now.

use xxhash_rust::xxh3::xxh3_64;

/// Visitors that are remembered; a power of two. Most requests are of someone who has just been
/// there.
const VISITORS: usize = 4096;

/// Agents that are remembered; a power of two.
const AGENTS: usize = 256;

/// Who sent a request: the client's and the agent's text, each with the hash that its table has of
/// it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor<'a> {
    pub(crate) client: (&'a [u8], u64),
    pub(crate) agent: (&'a [u8], u64),
}

/// The visitors that were noted last. That two are taken for one is as unlikely as any collision of
/// 64 bits.
#[derive(Clone, Debug)]
pub(crate) struct RecentVisitors {
    /// By what the tables' hashes come to; nobody is 0.
    visitors: Box<[u64]>,
    /// Agents by their tables' hashes, with those that are the same in every process; none is 0.
    agents: Box<[(u64, u64)]>,
}

impl RecentVisitors {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        RecentVisitors { visitors: vec![0; VISITORS].into(), agents: vec![(0, 0); AGENTS].into() }
    }

    /// The hash of a visitor, which is the same in every process; `None` where it was given for
    /// this day just now. The same client with the same agent on one day is one visitor; this
    /// is GoAccess' meaning, too.
    #[inline]
    pub(crate) fn visitor(&mut self, day: usize, sender: &Visitor<'_>) -> Option<u64> {
        let here = together(sender.client.1, sender.agent.1);
        // The day is a part of what is remembered, so that no one is forgotten at midnight.
        let who = here ^ ((day as u64 + 1) << 58);
        let seen = &mut self.visitors[(here >> 40) as usize % VISITORS];
        if *seen == who && who != 0 {
            return None;
        }
        *seen = who;
        Some(together(xxh3_64(sender.client.0), self.agent(sender.agent)))
    }

    /// The hash of an agent that is the same in every process. Agents are few and long.
    #[inline]
    fn agent(&mut self, (text, hash): (&[u8], u64)) -> u64 {
        let known = &mut self.agents[hash as usize % AGENTS];
        if known.0 != hash || hash == 0 {
            *known = (hash, xxh3_64(text));
        }
        known.1
    }

    /// Forgets everybody, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.visitors.fill(0);
    }
}

/// One hash of two.
#[inline]
fn together(client: u64, agent: u64) -> u64 {
    // Odd factors lose nothing, and the two must not cancel each other out.
    (client.rotate_left(32) ^ agent).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::super::key::hash;
    use super::*;

    #[test]
    fn a_visitor_is_new_once_a_day_and_has_one_hash_whoever_came_between() {
        let mut seen = RecentVisitors::new();
        let sender = |client: &'static str, agent: &'static str| Visitor {
            client: (client.as_bytes(), hash(client.as_bytes())),
            agent: (agent.as_bytes(), hash(agent.as_bytes())),
        };
        let (one, other) = (sender("192.0.2.1", "curl/8"), sender("192.0.2.1", "Mozilla/5.0"));
        let first = seen.visitor(0, &one).unwrap();
        assert_eq!(seen.visitor(0, &one), None);
        assert_eq!(seen.visitor(1, &one), Some(first));
        assert_ne!(seen.visitor(1, &other).unwrap(), first);
        seen.clear();
        assert_eq!(seen.visitor(1, &one), Some(first));
        // What months merge by must never change.
        assert_eq!(first, together(xxh3_64(b"192.0.2.1"), xxh3_64(b"curl/8")));
    }
}
