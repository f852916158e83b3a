//! Whether Redis may drop keys by itself when its memory is short.

use redis::Value;

use crate::{Queue, QueueError, brokers::redis::connection::ConnectionError};

/// What Redis says of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Eviction {
    /// Its memory is not bounded, or it refuses new data rather than drop any.
    Never,
    /// Its `maxmemory-policy`: `allkeys-...` drops any key, `volatile-...` those with a TTL.
    Policy(String),
    /// It does not say.
    Unknown {
        /// Why not.
        why: &'static str,
        /// In its words.
        said: String,
    },
}

/// Asks it.
///
/// # Errors
///
/// When Redis cannot be used at all.
pub(super) async fn policy(queue: &Queue) -> Result<Eviction, QueueError> {
    let mut command = redis::cmd("INFO");
    command.arg("memory");
    match queue.redis().send(&command).await {
        Ok(value) => {
            let mut text = String::new();
            gather(&value, &mut text);
            Ok(of_info(&text))
        }
        Err(ConnectionError::NoPermission { said, .. }) => {
            Ok(Eviction::Unknown { why: "INFO is not permitted", said })
        }
        Err(ConnectionError::NoCommand { said, .. }) => {
            Ok(Eviction::Unknown { why: "this redis has no INFO", said })
        }
        Err(error) => Err(error.into()),
    }
}

fn of_info(text: &str) -> Eviction {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let is_bounded = field("maxmemory:").is_some_and(|bytes| bytes != "0");
    match field("maxmemory_policy:") {
        Some(policy)
            if is_bounded
                && (policy.starts_with("allkeys-") || policy.starts_with("volatile-")) =>
        {
            Eviction::Policy(policy.to_owned())
        }
        _ => Eviction::Never,
    }
}

/// All text in an answer; a cluster answers for each node.
fn gather(value: &Value, text: &mut String) {
    match value {
        Value::BulkString(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
        Value::SimpleString(line) | Value::VerbatimString { text: line, .. } => text.push_str(line),
        Value::Array(values) => values.iter().for_each(|value| gather(value, text)),
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| gather(value, text)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bounded_memory_with_an_evicting_policy_drops_keys() {
        let info = |bytes: &str, policy: &str| {
            of_info(&format!("# Memory\r\nmaxmemory:{bytes}\r\nmaxmemory_policy:{policy}\r\n"))
        };
        assert_eq!(info("0", "allkeys-lru"), Eviction::Never);
        assert_eq!(info("1000", "noeviction"), Eviction::Never);
        assert_eq!(info("1000", "allkeys-lru"), Eviction::Policy("allkeys-lru".to_owned()));
        assert_eq!(info("1000", "volatile-ttl"), Eviction::Policy("volatile-ttl".to_owned()));
        assert_eq!(of_info(""), Eviction::Never);
    }
}
