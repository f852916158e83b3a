//! The Lua scripts, put together from the files in `scripts/`: each file is one transition.

use std::sync::LazyLock;

use redis::{Arg, Cmd, ToRedisArgs};

use super::keys::Keys;

/// A script and the hash by which Redis knows it.
#[derive(Debug)]
pub struct Script {
    source: String,
    hash: String,
    /// The names of its arguments, by the lines `local NAME = ARGV[N]` of its source.
    arguments: Vec<String>,
}

/// A call to which the caller adds the arguments, each by the name that the script has for it.
#[derive(Debug)]
pub(crate) struct NamedCall<'a> {
    script: &'a Script,
    command: Cmd,
    given: usize,
}

impl NamedCall<'_> {
    /// Adds the next argument. A name that the script does not have for it is a bug, which any test
    /// that makes the call finds.
    #[must_use]
    pub(crate) fn named(mut self, name: &str, value: impl ToRedisArgs) -> Self {
        debug_assert_eq!(self.script.arguments.get(self.given).map(String::as_str), Some(name));
        self.command.arg(value);
        self.given += 1;
        self
    }

    /// The command, to which only what the script has no names for is to be added.
    #[must_use]
    pub(crate) fn command(self) -> Cmd {
        debug_assert_eq!(self.given, self.script.arguments.len());
        self.command
    }
}

impl Script {
    fn new(parts: &[&str]) -> Script {
        let source = parts.concat();
        let hash = redis::Script::new(&source).get_hash().to_owned();
        let arguments = argument_names(&source);
        Script { source, hash, arguments }
    }

    /// A call by hash.
    pub(crate) fn call<K: AsRef<[u8]>>(&self, keys: &[K]) -> NamedCall<'_> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.hash).arg(keys.len());
        for key in keys {
            command.arg(key.as_ref());
        }
        NamedCall { script: self, command, given: 0 }
    }

    /// A call whose keys are those that `keys.lua` names, as its first argument is.
    pub(crate) fn call_on(&self, keys: &Keys, caller: &str) -> NamedCall<'_> {
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
            keys.pushes(),
            keys.paused(),
            keys.rate(),
            keys.cancelled(),
            keys.unique_by(),
        ];
        self.call(&all).named("claim_prefix", keys.claim_prefix())
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

/// The names of ARGV[1] and those that follow it, as far as a script has names for them.
fn argument_names(source: &str) -> Vec<String> {
    let name = |number: usize| {
        let argument = format!("ARGV[{number}]");
        source.lines().find_map(|line| {
            let (name, value) = line.strip_prefix("local ")?.split_once(" = ")?;
            value.contains(&argument).then(|| name.to_owned())
        })
    };
    (1..).map_while(name).collect()
}

macro_rules! script {
    ($(#[$doc:meta])* $name:ident = $($file:literal)+) => {
        $(#[$doc])*
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(&[$(include_str!(concat!("scripts/", $file))),+]));
    };
}

script!(
    ADVANCE = "permission.lua" "keys.lua" "life.lua" "record.lua" "claim.lua" "cancelled.lua"
        "acknowledge.lua"
        "release.lua" "recover.lua" "later.lua" "rate.lua" "take.lua" "advance.lua"
);
script!(RENEW = "keys.lua" "renew.lua");
script!(PUSH = "permission.lua" "keys.lua" "life.lua" "record.lua" "later.lua" "push.lua");
script!(STATUS = "permission.lua" "keys.lua" "life.lua" "status.lua");
script!(DEAD_RETRY = "permission.lua" "keys.lua" "life.lua" "record.lua" "dead_retry.lua");
script!(DEAD_DROP = "permission.lua" "keys.lua" "dead_drop.lua");
script!(PAUSE = "permission.lua" "keys.lua" "life.lua" "pause.lua");
script!(
    CANCEL = "permission.lua" "keys.lua" "record.lua" "claim.lua" "cancelled.lua" "cancel.lua"
);
script!(PURGE = "keys.lua" "purge.lua");
script!(ADOPT = "permission.lua" "adopt.lua");

/// All of them.
static ALL: [&LazyLock<Script>; 10] =
    [&ADVANCE, &RENEW, &PUSH, &STATUS, &DEAD_RETRY, &DEAD_DROP, &PAUSE, &CANCEL, &PURGE, &ADOPT];

/// The commands that a worker needs: those that its scripts call, and those that call the scripts.
pub(crate) fn commands_of_a_worker() -> Vec<&'static str> {
    commands_of(&[&ADVANCE, &RENEW])
}

/// The commands that any of the scripts needs.
pub(crate) fn all_commands() -> Vec<&'static str> {
    commands_of(&ALL)
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
    ALL.into_iter()
        .find(|script| script.hash.as_bytes() == hash)
        .map(|script| script.in_full(by_hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_says_at_its_head_what_it_is_given_and_what_it_returns() {
        for script in ALL {
            for said in ["\n-- KEYS: ", "\n-- ARGV:", "\n-- Returns "] {
                assert!(script.source.contains(said), "{said:?} in {}", script.source);
            }
        }
    }

    #[test]
    fn arguments_have_the_names_of_the_scripts_locals() {
        assert_eq!(RENEW.arguments, ["claim_prefix", "expected_epoch", "lease_ms"]);
        assert_eq!(ADVANCE.arguments.len(), 24);
        assert_eq!(ADVANCE.arguments[20], "once");
    }
}
