//! What to do about an error that Redis, or the way to it, has answered with. Pure.

use redis::{ErrorKind, RedisError};

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
    NoCommand(String),
    Server(String, &'static str),
    Full(String),
    Url(String),
    Other(String),
}

/// Judges an error by its code, or by the code inside: Redis before 7 wraps what a script's command
/// said.
pub(super) fn judge(error: &RedisError) -> Remedy {
    let said = words(error);
    if let Some(remedy) = judge_words(&said) {
        return remedy(said);
    }
    let has = |code: &str| {
        error.code() == Some(code)
            || said.contains(&format!("-{code} "))
            || said.contains(&format!(": {code} "))
            || said.starts_with(&format!("{code} "))
    };
    if has("NOSCRIPT") {
        Remedy::SendScript
    } else if has("NOAUTH") || said.contains("unauthenticated ") {
        Remedy::GiveUp(Fatal::PasswordWanted)
    } else if has("WRONGPASS")
        || said.contains("called without any password configured")
        || said.contains("no password is set")
        || error.kind() == ErrorKind::AuthenticationFailed
    {
        Remedy::GiveUp(Fatal::WrongPassword(said))
    } else if has("NOPERM")
        || said.contains("no permissions")
        || said.contains("can't run this command")
    {
        Remedy::GiveUp(Fatal::NoPermission(said))
    } else if has("WRONGTYPE") {
        Remedy::GiveUp(Fatal::WrongType(said))
    } else if has("CROSSSLOT") || has("MOVED") || said.contains("non local key") {
        Remedy::GiveUp(Fatal::CrossSlot(said))
    } else if has("OOM") {
        Remedy::GiveUp(Fatal::Full(said))
    } else if has("READONLY") || said.contains("read only replica") {
        Remedy::Reconnect(
            said,
            " (this is a replica: point REDIS_URL at the primary, or use redis+sentinel://)",
        )
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
            ErrorKind::Io if said.contains("reset by peer") || said.contains("broken pipe") => {
                Remedy::Reconnect(
                    said,
                    " (a server that has reached its maxclients closes new connections at once)",
                )
            }
            ErrorKind::InvalidClientConfig => Remedy::GiveUp(Fatal::Url(said)),
            ErrorKind::Io
            | ErrorKind::Parse
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Remedy::Reconnect(said, ""),
            // What a server says that is not known here may pass: a quota, a proxy without its
            // server. An error of a script of ours does not.
            _ if error.code().is_some() && !said.contains("user_script") => Remedy::Wait(said, ""),
            _ => Remedy::GiveUp(Fatal::Other(said)),
        }
    }
}

/// What is known by its words alone: plain `ERR`, or the words of servers that only speak Redis'
/// language.
fn judge_words(said: &str) -> Option<fn(String) -> Remedy> {
    let lower = said.to_ascii_lowercase();
    let has = |words: &str| lower.contains(words);
    Some(
        if has("unknown command")
            || has("unknown redis command")
            || has("invalid command passed to redis.acl_check")
        {
            |said| Remedy::GiveUp(Fatal::NoCommand(said))
        } else if has("db index is out of range")
            || has("refused to switch database")
            || has("select is not allowed")
        {
            |said| {
                let remedy = "there is no such database: see the number behind the last / of \
                              REDIS_URL; a Redis has 0 to 15 if it is not set up otherwise \
                              (databases), and a cluster 0 alone";
                Remedy::GiveUp(Fatal::Server(said, remedy))
            }
        } else if has("undeclared key") {
            |said| {
                let remedy = "its scripts may use only the keys that they are called with: start \
                              Dragonfly with --default_lua_flags=allow-undeclared-keys, or use a \
                              Redis or Valkey";
                Remedy::GiveUp(Fatal::Server(said, remedy))
            }
        } else if has("max request size exceeded") {
            |said| {
                Remedy::GiveUp(Fatal::Server(
                    said,
                    "a call is larger than it takes: lower --max-claim, or push smaller tasks",
                ))
            }
        } else if has("protected mode") {
            |said| {
                let remedy = "it takes no connections from other machines without a password: set \
                              requirepass and REDIS_PASSWORD, or protected-mode no in a network \
                              of its own";
                Remedy::GiveUp(Fatal::Server(said, remedy))
            }
        } else if has("cluster support disabled") {
            |said| {
                Remedy::GiveUp(Fatal::Server(
                    said,
                    "this is a single server: write redis://HOST:PORT as REDIS_URL",
                ))
            }
        } else if has("wrong number of arguments") || has("err syntax error") {
            |said| {
                Remedy::GiveUp(Fatal::Server(
                    said,
                    "the queue needs a Redis of version 6.2 or newer, or a Valkey",
                ))
            }
        } else if has("max daily request limit") {
            |said| Remedy::Wait(said, " (the server's quota is used up)")
        } else if has("max number of clients") {
            |said| Remedy::Reconnect(said, " (raise maxclients, or run fewer workers)")
        } else if has("unblocked") {
            |said| Remedy::Reconnect(said, " (the server changed its role)")
        } else {
            return None;
        },
    )
}

/// The command that an answer names as unknown, if it names one.
pub(super) fn unknown_command(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("unknown command ")?;
    let quote = rest.chars().next().filter(|c| "'`".contains(*c))?;
    rest[1..].split(quote).next()
}

fn words(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        _ => error.to_string(),
    }
}

/// The ACL rule that the words of a NOPERM ask for.
pub(super) fn grant(said: &str) -> String {
    let command = said
        .split_once("run the '")
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(command, _)| command);
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
        let said = "Error running script (call to f_9): @user_script:12: -OOM command not allowed \
                    when used memory > 'maxmemory'.";
        assert!(matches!(server("ERR", said), Remedy::GiveUp(Fatal::Full(_))));
        let said = "Error running script (call to f_1): @user_script:29: WRONGTYPE Operation \
                    against a key holding the wrong kind of value";
        assert!(matches!(server("ERR", said), Remedy::GiveUp(Fatal::WrongType(_))));
    }

    #[test]
    fn what_passes_is_waited_for_and_what_does_not_is_an_error() {
        assert_eq!(
            server("NOAUTH", "Authentication required."),
            Remedy::GiveUp(Fatal::PasswordWanted)
        );
        // What it says of a command with more than ten arguments.
        let long = server("ERR", "Protocol error: unauthenticated multibulk length");
        assert_eq!(long, Remedy::GiveUp(Fatal::PasswordWanted));
        assert!(matches!(
            server("WRONGPASS", "invalid username-password pair"),
            Remedy::GiveUp(Fatal::WrongPassword(_))
        ));
        assert!(matches!(
            server("LOADING", "Redis is loading the dataset in memory"),
            Remedy::Wait(..)
        ));
        assert!(matches!(server("MISCONF", "errors writing to the AOF"), Remedy::Wait(..)));
        assert!(matches!(
            server("READONLY", "You can't write against a read only replica."),
            Remedy::Reconnect(..)
        ));
        assert_eq!(server("NOSCRIPT", "No matching script."), Remedy::SendScript);
        assert!(matches!(
            server("ERR", "unknown command 'EVALSHA'"),
            Remedy::GiveUp(Fatal::NoCommand(_))
        ));
        // What nobody here has heard of may pass, unless it is a fault of our own.
        assert!(matches!(server("ERR", "upstream failure"), Remedy::Wait(..)));
        let ours = "user_script:12: attempt to index a nil value";
        assert!(matches!(server("ERR", ours), Remedy::GiveUp(Fatal::Other(_))));
    }

    #[test]
    fn servers_that_only_speak_its_language_are_understood_by_their_words() {
        for said in [
            "Error running script (call to f00): @user_script:9: script tried accessing \
             undeclared key, key: {t}:x",
            "max request size exceeded. Limit: 1048576 bytes, Actual: 1233422 bytes",
            "This instance has cluster support disabled",
            "DB index is out of range",
        ] {
            assert!(matches!(server("ERR", said), Remedy::GiveUp(Fatal::Server(..))), "{said}");
        }
        assert!(matches!(
            server("DENIED", "Redis is running in protected mode"),
            Remedy::GiveUp(Fatal::Server(..))
        ));
        for said in
            ["max daily request limit exceeded. Limit: 10000", "max number of clients reached"]
        {
            assert!(!matches!(server("ERR", said), Remedy::GiveUp(_)), "{said}");
        }
        assert!(matches!(
            server("UNBLOCKED", "force unblock from blocking operation"),
            Remedy::Reconnect(..)
        ));
        let script = "Unknown Redis command called from script script: 8499, on @user_script:21.";
        assert!(matches!(server("ERR", script), Remedy::GiveUp(Fatal::NoCommand(_))));
    }

    #[test]
    fn an_unknown_command_is_named_where_the_server_names_it() {
        assert_eq!(
            unknown_command("ERR unknown command 'INFO', with args beginning with: 'memory'"),
            Some("INFO")
        );
        assert_eq!(unknown_command("ERR unknown command `EVAL`, with args"), Some("EVAL"));
        assert_eq!(unknown_command("ERR Unknown Redis command called from script"), None);
    }

    #[test]
    fn a_missing_permission_names_the_rule_that_helps() {
        assert_eq!(
            grant("NOPERM User worker has no permissions to run the 'lrange' command"),
            "+lrange"
        );
        assert_eq!(grant("NOPERM No permissions to access a key"), "~NAME ~{NAME}:*");
    }
}
