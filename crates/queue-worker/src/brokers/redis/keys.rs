//! The names of a queue's keys, and the rule that puts them all into one hash slot.

use thiserror::Error;

/// Why a queue cannot have a name.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// No name at all.
    #[error("a queue's name is empty; give one with --queue")]
    Empty,
    /// Blanks that nobody sees.
    #[error(
        "the queue name {name:?} begins or ends with blanks, so that it would be another queue \
         than the one without them; take them away"
    )]
    Blanks {
        /// The name as given.
        name: String,
    },
    /// A key in which another queue keeps something else.
    #[error(
        "{name:?} is a key of the queue {owner:?}, which keeps something else there; give the \
         queue another name"
    )]
    Taken {
        /// The name as given.
        name: String,
        /// The other queue.
        owner: String,
    },
    /// Braces that Redis Cluster would read differently from a reader.
    #[error(
        "the queue name {name:?} has braces that do not make one hash tag; use a name without \
         braces, or one that has more than a tag, like {{eu}}jobs or jobs{{eu}}"
    )]
    Braces {
        /// The name as given.
        name: String,
    },
}

/// All keys of one queue. The list of pending tasks is the name itself; every other key is
/// `{NAME}:...`, which Redis Cluster hashes as `NAME`. A name with a hash tag of its own
/// (`jobs{eu}`, `{eu}jobs`) is its own prefix: `jobs{eu}:...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    name: String,
    prefix: String,
}

impl Keys {
    /// Keys of the queue `name`.
    ///
    /// # Errors
    ///
    /// When the name is empty, or begins or ends with blanks, or is a key of another queue
    /// (`{jobs}:results`), or its braces are not one hash tag, or it is nothing but a tag: `{jobs}`
    /// would share the keys of the queue `jobs`.
    pub fn new(name: &str) -> Result<Keys, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.trim() != name {
            return Err(NameError::Blanks { name: name.to_owned() });
        }
        let prefix = match (name.find('{'), name.find('}')) {
            (None, None) => format!("{{{name}}}:"),
            (Some(open), Some(close))
                if close > open + 1
                    && name.len() > close - open + 1
                    && name.matches('{').count() == 1
                    && name.matches('}').count() == 1 =>
            {
                if let Some(owner) = owner_of(name, close) {
                    return Err(NameError::Taken {
                        name: name.to_owned(),
                        owner: owner.to_owned(),
                    });
                }
                format!("{name}:")
            }
            _ => {
                return Err(NameError::Braces { name: name.to_owned() });
            }
        };
        Ok(Keys { name: name.to_owned(), prefix })
    }

    fn key(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    /// LIST of raw payloads: any producer RPUSHes here.
    #[must_use]
    pub fn pending(&self) -> &str {
        &self.name
    }

    /// ZSET claim id -> expiry in ms of Redis' TIME.
    #[must_use]
    pub fn leases(&self) -> String {
        self.key("leases")
    }

    /// HASH claim id -> `KIND SIZE WORKER TAKEN_MS`.
    #[must_use]
    pub fn owners(&self) -> String {
        self.key("owners")
    }

    /// ZSET task id -> due time in ms.
    #[must_use]
    pub fn delayed(&self) -> String {
        self.key("delayed")
    }

    /// ZSET task id -> time of death in ms.
    #[must_use]
    pub fn dead(&self) -> String {
        self.key("dead")
    }

    /// HASH task id -> record of a task that has failed, see [`super::Record`].
    #[must_use]
    pub fn failed(&self) -> String {
        self.key("failed")
    }

    /// LIST or STREAM of results.
    #[must_use]
    pub fn results(&self) -> String {
        self.key("results")
    }

    /// HASH of counters since the last purge.
    #[must_use]
    pub fn counts(&self) -> String {
        self.key("counts")
    }

    /// STRING that is made once in the queue's life.
    #[must_use]
    pub fn epoch(&self) -> String {
        self.key("epoch")
    }

    /// SET of the keys pushed with `--unique`.
    #[must_use]
    pub fn unique(&self) -> String {
        self.key("unique")
    }

    /// SET of the fields that are the keys of `--unique-by`; empty for a task that is its own key.
    #[must_use]
    pub fn unique_by(&self) -> String {
        self.key("unique_by")
    }

    /// HASH name of a push -> `TASKS DIGEST`: how many tasks of its input are pushed, and what
    /// tells them from those of another input.
    #[must_use]
    pub fn pushes(&self) -> String {
        self.key("pushes")
    }

    /// STRING with the moment, in ms of Redis' TIME, since which the queue is paused.
    #[must_use]
    pub fn paused(&self) -> String {
        self.key("paused")
    }

    /// STRING with the moment, in µs of Redis' TIME, at which the bucket of `--rate` will be full.
    #[must_use]
    pub fn rate(&self) -> String {
        self.key("rate")
    }

    /// SET of the ids of tasks in hand that somebody has cancelled.
    #[must_use]
    pub fn cancelled(&self) -> String {
        self.key("cancelled")
    }

    /// STRING with the number and the answer of a lane's or a pusher's last call.
    #[must_use]
    pub fn call(&self, caller: &str) -> String {
        self.key(&format!("call:{caller}"))
    }

    /// What stands before a claim's id in the key of its LIST.
    #[must_use]
    pub fn claim_prefix(&self) -> String {
        self.key("claim:")
    }

    /// The list in which the rediswq script of the Kubernetes documentation keeps what it works on.
    #[must_use]
    pub fn rediswq_processing(&self) -> String {
        format!("{}:processing", self.name)
    }

    /// What stands before the SHA-224 of a payload in the key of a rediswq lease.
    #[must_use]
    pub fn rediswq_lease_prefix(&self) -> String {
        format!("{}:leased_by_session:", self.name)
    }
}

/// What stands behind the prefix in the keys of a queue.
const OWN: [&str; 14] = [
    "leases",
    "owners",
    "delayed",
    "dead",
    "failed",
    "results",
    "counts",
    "epoch",
    "unique",
    "pushes",
    "paused",
    "rate",
    "cancelled",
    "unique_by",
];

/// The queue that has a key of this name, whose hash tag ends at `close`.
fn owner_of(name: &str, close: usize) -> Option<&str> {
    let (tag, rest) = name.split_at(close + 1);
    let colon = OWN
        .iter()
        .find_map(|what| rest.strip_suffix(what)?.strip_suffix(':').map(str::len))
        .or_else(|| rest.find(":call:"))
        .or_else(|| rest.find(":claim:"))?;
    let owner = &name[..tag.len() + colon];
    // The queue `jobs` has the keys `{jobs}:...`.
    Some(owner.strip_prefix('{').and_then(|owner| owner.strip_suffix('}')).unwrap_or(owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Redis Cluster hashes of a key: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>
    fn hashed(key: &str) -> &str {
        if let Some(open) = key.find('{')
            && let Some(length) = key[open + 1..].find('}')
            && length > 0
        {
            return &key[open + 1..open + 1 + length];
        }
        key
    }

    #[test]
    fn all_keys_of_a_queue_share_a_slot() {
        for (name, slot) in [
            ("jobs", "jobs"),
            ("jobs{eu}", "eu"),
            ("{eu}jobs", "eu"),
            ("{eu}:in", "eu"),
            ("a:b c", "a:b c"),
        ] {
            let keys = Keys::new(name).unwrap();
            for key in [
                keys.pending().to_owned(),
                keys.leases(),
                keys.owners(),
                keys.delayed(),
                keys.dead(),
                keys.failed(),
                keys.results(),
                keys.counts(),
                keys.epoch(),
                keys.unique(),
                keys.pushes(),
                keys.paused(),
                keys.rate(),
                keys.cancelled(),
                keys.unique_by(),
                keys.call("x-0"),
                keys.claim_prefix() + "x-1",
            ] {
                assert_eq!(hashed(&key), slot, "{key}");
            }
        }
    }

    #[test]
    fn stray_braces_are_refused() {
        for name in ["{jobs}", "jobs{", "jobs}", "a{}b", "a}b{", "a{b}{c}", "{a"] {
            assert!(matches!(Keys::new(name), Err(NameError::Braces { .. })), "{name}");
        }
        assert_eq!(Keys::new(""), Err(NameError::Empty));
    }

    #[test]
    fn a_key_of_another_queue_is_no_name() {
        for queue in ["jobs", "jobs{eu}", "{eu}jobs", "{eu}:in"] {
            let keys = Keys::new(queue).unwrap();
            for key in [
                keys.leases(),
                keys.owners(),
                keys.delayed(),
                keys.dead(),
                keys.failed(),
                keys.results(),
                keys.counts(),
                keys.epoch(),
                keys.unique(),
                keys.pushes(),
                keys.paused(),
                keys.rate(),
                keys.cancelled(),
                keys.unique_by(),
                keys.call("x.0"),
                keys.claim_prefix() + "x.1",
            ] {
                let taken = NameError::Taken { name: key.clone(), owner: queue.to_owned() };
                assert_eq!(Keys::new(&key), Err(taken));
            }
        }
        for name in ["results", "jobs:results", "{eu}:my-results", "results:{eu}", "{eu}results"] {
            assert!(Keys::new(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn blanks_around_a_name_are_refused_and_those_within_are_not() {
        for name in [" jobs", "jobs ", "jobs\n", "\tjobs", " "] {
            assert!(matches!(Keys::new(name), Err(NameError::Blanks { .. })), "{name:?}");
        }
        assert!(Keys::new("night jobs").is_ok());
    }

    #[test]
    fn the_settled_names_hold() {
        let keys = Keys::new("jobs").unwrap();
        assert_eq!(keys.results(), "{jobs}:results");
        assert_eq!(keys.dead(), "{jobs}:dead");
    }
}
