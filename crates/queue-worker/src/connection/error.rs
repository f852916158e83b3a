//! What can go wrong with Redis, and what to do about it.

use std::time::Duration;

use redis::{ErrorKind, RedisError};
use thiserror::Error;

/// An error that trying again does not mend.
#[derive(Debug, Error)]
pub enum ConnectionError {
    /// The URL cannot be read.
    #[error("the redis URL is not usable: {why}")]
    Url {
        /// What is wrong, without the password.
        why: String,
    },
    /// A file with a certificate, a user or a password cannot be read.
    #[error("cannot read {path}, given with {flag}")]
    File {
        /// The file.
        path: String,
        /// The flag that named it.
        flag: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// Redis was not reachable or not ready for longer than allowed.
    #[error("redis at {address} was not usable for {:.1} s: {last}{hint}; is it up, and is --redis-down-timeout long enough?", down_for.as_secs_f64())]
    Unavailable {
        /// Where, without user and password.
        address: String,
        /// Since the last success or the start.
        down_for: Duration,
        /// The last failure.
        last: String,
        /// What to look at, empty or beginning with a bracket.
        hint: &'static str,
    },
    /// Redis wants a password.
    #[error(
        "redis at {address} wants a password: set REDIS_PASSWORD, --redis-password-file, or redis://USER:PASSWORD@... as REDIS_URL"
    )]
    PasswordWanted {
        /// Where.
        address: String,
    },
    /// The password or the user is wrong.
    #[error(
        "redis at {address} refuses the user {user} with this password ({said}); check REDIS_USERNAME and REDIS_PASSWORD, or the mounted Secret"
    )]
    WrongPassword {
        /// Where.
        address: String,
        /// The ACL user.
        user: String,
        /// In Redis' words.
        said: String,
    },
    /// The ACL user lacks a permission.
    #[error("the redis user {user} may not do what the queue needs: {said}; grant it with ACL SETUSER {user} {grant}")]
    NoPermission {
        /// The ACL user.
        user: String,
        /// In Redis' words, with the command or the key.
        said: String,
        /// The ACL rule that would help.
        grant: String,
    },
    /// A key of the queue holds another type.
    #[error(
        "a key of the queue holds something else than the queue keeps there ({said}); NAME must be a list and {{NAME}}:... the queue's own: choose another --queue, or move the other data"
    )]
    WrongType {
        /// In Redis' words.
        said: String,
    },
    /// Keys in different slots of a cluster.
    #[error("redis cluster refuses keys of different slots ({said}); {remedy}")]
    CrossSlot {
        /// In Redis' words.
        said: String,
        /// What helps.
        remedy: &'static str,
    },
    /// Redis is full.
    #[error(
        "redis at {address} is full (maxmemory) and takes no new data: {said}; drain the queue, raise maxmemory, or bound the results with --results-limit"
    )]
    Full {
        /// Where.
        address: String,
        /// In Redis' words.
        said: String,
    },
    /// Any other answer.
    #[error("redis at {address} answered with an error: {said}")]
    Other {
        /// Where.
        address: String,
        /// In Redis' words.
        said: String,
    },
}

/// What to do about an error of one try.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Send the script's text.
    SendScript,
    /// Make a new connection and try again; the words go into the log.
    Reconnect(String, &'static str),
    /// Try again on the same connection.
    Wait(String, &'static str),
    /// Give up.
    GiveUp(Fatal),
}

/// Why trying again is no use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fatal {
    PasswordWanted,
    WrongPassword(String),
    NoPermission(String),
    WrongType(String),
    CrossSlot(String),
    Full(String),
    Url(String),
    Other(String),
}

/// Judges an error by its code, or by the code inside: Redis before 7 wraps what a script's command said.
pub(super) fn judge(error: &RedisError) -> Remedy {
    let said = words(error);
    let has = |code: &str| {
        error.code() == Some(code)
            || said.contains(&format!("-{code} "))
            || said.contains(&format!(": {code} "))
            || said.starts_with(&format!("{code} "))
    };
    if has("NOSCRIPT") {
        Remedy::SendScript
    } else if has("NOAUTH") {
        Remedy::GiveUp(Fatal::PasswordWanted)
    } else if has("WRONGPASS") || error.kind() == ErrorKind::AuthenticationFailed {
        Remedy::GiveUp(Fatal::WrongPassword(said))
    } else if has("NOPERM") || said.contains("no permissions") || said.contains("can't run this command") {
        Remedy::GiveUp(Fatal::NoPermission(said))
    } else if has("WRONGTYPE") {
        Remedy::GiveUp(Fatal::WrongType(said))
    } else if has("CROSSSLOT") || has("MOVED") || said.contains("non local key") {
        Remedy::GiveUp(Fatal::CrossSlot(said))
    } else if has("OOM") {
        Remedy::GiveUp(Fatal::Full(said))
    } else if has("READONLY") || said.contains("read only replica") {
        Remedy::Reconnect(said, " (this is a replica: point REDIS_URL at the primary, or use redis+sentinel://)")
    } else if has("LOADING") {
        Remedy::Wait(said, " (it reads its data from disk)")
    } else if has("MASTERDOWN") || has("NOREPLICAS") {
        Remedy::Wait(said, " (a replica without its primary)")
    } else if has("CLUSTERDOWN") || has("TRYAGAIN") {
        Remedy::Wait(said, " (the cluster is not whole)")
    } else if has("BUSY") {
        Remedy::Wait(said, " (another script runs for too long)")
    } else if has("MISCONF") {
        Remedy::Wait(said, " (it cannot save to its disk)")
    } else {
        match error.kind() {
            ErrorKind::InvalidClientConfig => Remedy::GiveUp(Fatal::Url(said)),
            ErrorKind::Io
            | ErrorKind::Parse
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Remedy::Reconnect(said, ""),
            _ => Remedy::GiveUp(Fatal::Other(said)),
        }
    }
}

fn words(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    }
}

/// The ACL rule that the words of a NOPERM ask for.
pub(super) fn grant(said: &str) -> String {
    let command = said.split_once("run the '").and_then(|(_, rest)| rest.split_once('\'')).map(|(command, _)| command);
    if let Some(command) = command {
        return format!("+{command}");
    }
    if said.contains(" key") {
        return "~NAME ~{NAME}:*".to_owned();
    }
    "+@read +@write +@scripting +time".to_owned()
}

#[cfg(test)]
mod tests {
    use redis::make_extension_error;

    use super::*;

    fn server(code: &str, detail: &str) -> Remedy {
        judge(&make_extension_error(code.into(), Some(detail.into())))
    }

    #[test]
    fn what_a_script_met_is_found_inside_the_error_of_redis_6() {
        let said = "Error running script (call to f_9): @user_script:12: -OOM command not allowed when used memory > 'maxmemory'.";
        assert!(matches!(server("ERR", said), Remedy::GiveUp(Fatal::Full(_))));
        let said = "Error running script (call to f_1): @user_script:29: WRONGTYPE Operation against a key holding the wrong kind of value";
        assert!(matches!(server("ERR", said), Remedy::GiveUp(Fatal::WrongType(_))));
    }

    #[test]
    fn what_passes_is_waited_for_and_what_does_not_is_an_error() {
        assert_eq!(server("NOAUTH", "Authentication required."), Remedy::GiveUp(Fatal::PasswordWanted));
        assert!(matches!(
            server("WRONGPASS", "invalid username-password pair"),
            Remedy::GiveUp(Fatal::WrongPassword(_))
        ));
        assert!(matches!(server("LOADING", "Redis is loading the dataset in memory"), Remedy::Wait(..)));
        assert!(matches!(server("MISCONF", "errors writing to the AOF"), Remedy::Wait(..)));
        assert!(matches!(server("READONLY", "You can't write against a read only replica."), Remedy::Reconnect(..)));
        assert_eq!(server("NOSCRIPT", "No matching script."), Remedy::SendScript);
        assert!(matches!(server("ERR", "unknown command 'EVALSHA'"), Remedy::GiveUp(Fatal::Other(_))));
    }

    #[test]
    fn a_missing_permission_names_the_rule_that_helps() {
        assert_eq!(grant("NOPERM User worker has no permissions to run the 'lrange' command"), "+lrange");
        assert_eq!(grant("NOPERM No permissions to access a key"), "~NAME ~{NAME}:*");
    }
}
