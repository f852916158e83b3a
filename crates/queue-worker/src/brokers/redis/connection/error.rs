//! What can go wrong with Redis, and what to do about it.

use std::time::Duration;

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
    #[error(
        "redis at {address} was not usable for {:.1} s: {last}{hint}; is it up, and is \
         --redis-down-timeout long enough?",
        down_for.as_secs_f64()
    )]
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
        "redis at {address} wants a password: set REDIS_PASSWORD, --redis-password-file, or \
         redis://USER:PASSWORD@... as REDIS_URL"
    )]
    PasswordWanted {
        /// Where.
        address: String,
    },
    /// The password or the user is wrong.
    #[error(
        "redis at {address} refuses the user {user} with this password ({said}); check \
         REDIS_USERNAME and REDIS_PASSWORD, or the mounted Secret"
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
    #[error(
        "the redis user {user} may not do what the queue needs: {said}; grant it with ACL SETUSER \
         {user} {grant}"
    )]
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
        "a key of the queue holds something else than the queue keeps there ({said}): either \
         workers of one queue differ in --results, so that {{NAME}}:results is a list for one and \
         a stream for another: give all of them the same; or it is another program's data, and \
         NAME must be a list and {{NAME}}:... the queue's own: choose another --queue"
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
    /// The server has no such command, or does not let scripts call it.
    #[error(
        "redis at {address} does not have {commands}, which the queue needs ({said}); let it be \
         called by its own name (rename-command), or use a Redis of version 6.2 or newer, or a \
         Valkey"
    )]
    NoCommand {
        /// Where.
        address: String,
        /// The commands' names.
        commands: String,
        /// In Redis' words.
        said: String,
    },
    /// The server refuses what every try would ask again.
    #[error("redis at {address} refuses this: {said}; {remedy}")]
    Server {
        /// Where.
        address: String,
        /// In its words.
        said: String,
        /// What helps.
        remedy: &'static str,
    },
    /// Redis is full.
    #[error(
        "redis at {address} is full (maxmemory) and takes no new data: {said}; drain the queue, \
         raise maxmemory, or bound the results with --results-limit"
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
