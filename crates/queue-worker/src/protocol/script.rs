//! The Lua scripts, put together from the files in `src/scripts/`: each file is one transition.

use std::sync::LazyLock;

use redis::{Arg, Cmd};

use super::Keys;

/// A script and the hash by which Redis knows it.
#[derive(Debug)]
pub struct Script {
    source: String,
    hash: String,
}

impl Script {
    fn new(parts: &[&str]) -> Script {
        let source = parts.concat();
        let hash = redis::Script::new(&source).get_hash().to_owned();
        Script { source, hash }
    }

    /// A call by hash, to which the caller adds the arguments.
    pub(crate) fn call<K: AsRef<[u8]>>(&self, keys: &[K]) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.hash).arg(keys.len());
        for key in keys {
            command.arg(key.as_ref());
        }
        command
    }

    /// A call whose first argument is the claims' prefix and whose keys are the eleven that
    /// `keys.lua` names.
    pub(crate) fn call_on(&self, keys: &Keys, caller: &str) -> Cmd {
        let all = [
            keys.pending().to_owned(),
            keys.leases(),
            keys.owners(),
            keys.delayed(),
            keys.dead(),
            keys.failed(),
            keys.results(),
            keys.counts(),
            keys.epoch(),
            keys.call(caller),
            keys.unique(),
        ];
        let mut command = self.call(&all);
        command.arg(keys.claim_prefix());
        command
    }

    /// The same call with the script's text, for a server that does not know the hash.
    fn in_full(&self, by_hash: &Cmd) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(&self.source);
        for argument in by_hash.args_iter().skip(2) {
            if let Arg::Simple(bytes) = argument {
                command.arg(bytes);
            }
        }
        command
    }
}

macro_rules! script {
    ($(#[$doc:meta])* $name:ident = $($file:literal)+) => {
        $(#[$doc])*
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(&[$(include_str!(concat!("../scripts/", $file))),+]));
    };
}

script!(ADVANCE = "permission.lua" "keys.lua" "life.lua" "record.lua" "claim.lua" "acknowledge.lua" "release.lua" "recover.lua" "take.lua" "advance.lua");
script!(RENEW = "keys.lua" "renew.lua");
script!(PUSH = "permission.lua" "keys.lua" "life.lua" "push.lua");
script!(STATUS = "permission.lua" "keys.lua" "life.lua" "status.lua");
script!(DEAD_RETRY = "permission.lua" "keys.lua" "life.lua" "record.lua" "dead_retry.lua");
script!(DEAD_DROP = "permission.lua" "keys.lua" "dead_drop.lua");
script!(PURGE = "keys.lua" "purge.lua");
script!(ADOPT = "permission.lua" "adopt.lua");

/// The commands that a worker needs: those that its scripts call, and those that call the scripts.
pub(crate) fn commands_of_a_worker() -> Vec<&'static str> {
    commands_of(&[&ADVANCE, &RENEW])
}

/// The commands that any of the scripts needs.
pub(crate) fn all_commands() -> Vec<&'static str> {
    commands_of(&[&ADVANCE, &RENEW, &PUSH, &STATUS, &DEAD_RETRY, &DEAD_DROP, &PURGE, &ADOPT])
}

/// What the text of scripts calls: no list that somebody could forget to keep.
fn commands_of(scripts: &[&'static LazyLock<Script>]) -> Vec<&'static str> {
    let mut commands = vec!["EVALSHA", "EVAL"];
    for script in scripts {
        for before in ["redis.call('", "call_with('"] {
            let called =
                script.source.split(before).skip(1).filter_map(|rest| rest.split_once('\''));
            commands.extend(called.map(|(name, _)| name));
        }
    }
    commands.sort_unstable();
    commands.dedup();
    commands
}

/// The call in full for a call by hash, `None` when it is not a call of one of these scripts.
pub(crate) fn in_full(by_hash: &Cmd) -> Option<Cmd> {
    let Some(Arg::Simple(hash)) = by_hash.args_iter().nth(1) else {
        return None;
    };
    [&ADVANCE, &RENEW, &PUSH, &STATUS, &DEAD_RETRY, &DEAD_DROP, &PURGE, &ADOPT]
        .into_iter()
        .find(|script| script.hash.as_bytes() == hash)
        .map(|script| script.in_full(by_hash))
}
