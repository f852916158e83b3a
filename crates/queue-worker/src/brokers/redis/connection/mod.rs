//! Redis as one thing that answers: it reconnects, waits, sends again, and says clearly when it
//! gives up.
//!
//! Every command of the [`super`] may be executed twice without harm, so whatever goes
//! wrong on the way, the answer is to send it again.

mod error;
mod judge;
mod link;
mod probe;
mod settings;
mod target;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{Cmd, Value};
use tracing::debug;
use worker_runtime::Outage;

pub use error::ConnectionError;
pub use settings::ConnectionArgs;
pub use target::Target;

use super::script;
use crate::backoff::Backoff;
use judge::{Fatal, Remedy};
use link::{Link, NoLink};

/// Redis, inner by everything that speaks to it in this process.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    args: ConnectionArgs,
    /// Held while a connection is being made, so that one is made and not one a lane.
    connecting: tokio::sync::Mutex<()>,
    state: Mutex<Current>,
    outage: Outage,
}

#[derive(Default)]
struct Current {
    link: Option<Link>,
    /// Counts the links, so that a late failure does not drop a newer one.
    generation: u64,
}

impl Redis {
    /// Redis as the settings name it. Connects at the first call.
    ///
    /// # Errors
    ///
    /// When the URL cannot be read.
    pub fn new(args: &ConnectionArgs) -> Result<Redis, ConnectionError> {
        // Fails only when a provider is there already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let target = Target::parse(&args.redis_url)?;
        Ok(Redis {
            inner: Arc::new(Inner {
                outage: Outage::new("redis", target.address()),
                target,
                args: args.clone(),
                connecting: tokio::sync::Mutex::new(()),
                state: Mutex::new(Current::default()),
            }),
        })
    }

    /// Where it is, without user and password.
    #[must_use]
    pub fn address(&self) -> String {
        self.inner.target.address()
    }

    /// Whether it is a cluster.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        matches!(self.inner.target, Target::Cluster { .. })
    }

    /// Whether it does not answer at this moment: the last try has failed.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.inner.outage.is_on()
    }

    /// Sends a command until it is answered.
    ///
    /// # Errors
    ///
    /// When trying again is no use, or Redis was down for longer than `--redis-down-timeout`.
    pub async fn send(&self, command: &Cmd) -> Result<Value, ConnectionError> {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(3));
        let mut full: Option<Cmd> = None;
        let mut is_first = true;
        let mut other_scheme = None;
        loop {
            let (generation, error) = match self.link().await {
                Ok((generation, mut link)) => {
                    match link.send(full.as_ref().unwrap_or(command)).await {
                        Ok(Value::ServerError(error)) => (generation, error.into()),
                        Ok(value) => {
                            self.inner.outage.ends();
                            return Ok(value);
                        }
                        Err(error) => (generation, error),
                    }
                }
                Err(NoLink::Settings(error)) => return Err(error),
                Err(NoLink::Redis(error)) => (0, error),
            };
            // A server may close what has been idle (timeout, proxies). A connection that was lost
            // between two calls is no news.
            if std::mem::take(&mut is_first) && generation > 0 && error.is_connection_dropped() {
                debug!(
                    redis = self.address(),
                    error = %error,
                    "the connection was lost; a new one is made"
                );
                self.drop_link(generation);
                continue;
            }
            let (said, hint) = match judge::judge(&error) {
                Remedy::SendScript if full.is_none() => {
                    full = script::in_full(command);
                    if full.is_some() {
                        continue;
                    }
                    (error.to_string(), "")
                }
                Remedy::SendScript => (error.to_string(), ""),
                Remedy::Reconnect(said, hint) => {
                    self.drop_link(generation);
                    // Once: the port will not learn another language while it is waited for.
                    if generation == 0 && other_scheme.is_none() {
                        other_scheme = Some(self.other_scheme().await);
                    }
                    (said, other_scheme.flatten().unwrap_or(hint))
                }
                Remedy::Wait(said, hint) => (said, hint),
                Remedy::GiveUp(Fatal::NoCommand(said)) => return Err(self.no_command(said).await),
                Remedy::GiveUp(fatal) => return Err(self.fatal(fatal)),
            };
            let down_for = self.inner.outage.fails(&format!("{said}{hint}"), Duration::ZERO);
            if down_for >= self.inner.args.redis_down_timeout {
                return Err(ConnectionError::Unavailable {
                    address: self.address(),
                    down_for,
                    last: said,
                    hint,
                });
            }
            let left = self.inner.args.redis_down_timeout - down_for;
            let delay = backoff.next(rand::random());
            tokio::time::sleep(delay.min(left)).await;
        }
    }

    /// Looks whether the server has all commands that a worker's scripts call, before the first of
    /// them takes a task that it could not settle.
    ///
    /// # Errors
    ///
    /// When some are missing, or as [`Redis::send`]. A server that does not answer such a question
    /// is not asked further.
    pub async fn check_commands(&self) -> Result<(), ConnectionError> {
        if self.is_cluster() {
            return Ok(());
        }
        match self.send(&command_info(&script::commands_of_a_worker())).await {
            Ok(value) => {
                let missing = missing(&script::commands_of_a_worker(), &value);
                if missing.is_empty() {
                    return Ok(());
                }
                let said = "COMMAND INFO does not know them".to_owned();
                Err(ConnectionError::NoCommand { address: self.address(), commands: missing, said })
            }
            Err(
                ConnectionError::NoCommand { .. }
                | ConnectionError::NoPermission { .. }
                | ConnectionError::Server { .. }
                | ConnectionError::Other { .. },
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The error about a command that is not there. A script's error does not name it, so the
    /// server is asked.
    async fn no_command(&self, said: String) -> ConnectionError {
        let mut commands = judge::unknown_command(&said).map(str::to_owned).unwrap_or_default();
        if commands.is_empty()
            && let Some((_, mut link)) = self.current()
            && let Ok(value) = link.send(&command_info(&script::all_commands())).await
        {
            commands = missing(&script::all_commands(), &value);
        }
        if commands.is_empty() {
            commands.push_str("a command");
        }
        ConnectionError::NoCommand { address: self.address(), commands, said }
    }

    /// What is to be said of a port that speaks TLS where it should not, or does not where it
    /// should.
    async fn other_scheme(&self) -> Option<&'static str> {
        match &self.inner.target {
            Target::Single(info) => probe::other_scheme(info.addr()).await,
            Target::Sentinel { sentinels, .. } => probe::other_scheme(sentinels.first()?).await,
            Target::Cluster { nodes } => probe::other_scheme(nodes.first()?.addr()).await,
        }
    }

    async fn link(&self) -> Result<(u64, Link), NoLink> {
        if let Some(link) = self.current() {
            return Ok(link);
        }
        let _connecting = self.inner.connecting.lock().await;
        if let Some(link) = self.current() {
            return Ok(link);
        }
        let link = link::connect(&self.inner.target, &self.inner.args).await?;
        let mut state = self.state();
        state.generation += 1;
        state.link = Some(link.clone());
        Ok((state.generation, link))
    }

    fn current(&self) -> Option<(u64, Link)> {
        let state = self.state();
        state.link.clone().map(|link| (state.generation, link))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Current> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_link(&self, generation: u64) {
        let mut state = self.state();
        if state.generation == generation {
            state.link = None;
        }
    }

    fn fatal(&self, fatal: Fatal) -> ConnectionError {
        let address = self.address();
        match fatal {
            Fatal::PasswordWanted => ConnectionError::PasswordWanted { address },
            Fatal::WrongPassword(said) => {
                ConnectionError::WrongPassword { address, user: self.user(), said }
            }
            Fatal::NoPermission(said) => ConnectionError::NoPermission {
                user: self.user(),
                grant: judge::grant(&said),
                said,
            },
            Fatal::WrongType(said) => ConnectionError::WrongType { said },
            Fatal::CrossSlot(said) => ConnectionError::CrossSlot {
                said,
                remedy: if self.is_cluster() {
                    "the keys of this command cannot be used together in a cluster"
                } else {
                    "this server is a cluster's node: write redis+cluster://... as REDIS_URL"
                },
            },
            // Told by who can ask for its name.
            Fatal::NoCommand(said) => {
                ConnectionError::NoCommand { address, commands: "a command".to_owned(), said }
            }
            Fatal::Server(said, remedy) => ConnectionError::Server { address, said, remedy },
            Fatal::Full(said) => ConnectionError::Full { address, said },
            Fatal::Url(why) => ConnectionError::Url { why },
            Fatal::Other(said) => ConnectionError::Other { address, said },
        }
    }

    fn user(&self) -> String {
        let of_url = match &self.inner.target {
            Target::Single(info) | Target::Sentinel { login: info, .. } => {
                info.redis_settings().username().map(str::to_owned)
            }
            Target::Cluster { nodes } => {
                nodes.first().and_then(|info| info.redis_settings().username().map(str::to_owned))
            }
        };
        of_url
            .or_else(|| self.inner.args.login().ok().and_then(|login| login.user))
            .unwrap_or_else(|| "default".to_owned())
    }
}

/// Asks which of these commands there are.
fn command_info(names: &[&str]) -> Cmd {
    let mut command = redis::cmd("COMMAND");
    command.arg("INFO").arg(names);
    command
}

/// The names of those that are missing, by the answer to [`command_info`].
fn missing(names: &[&str], value: &Value) -> String {
    let Value::Array(known) = value else { return String::new() };
    let is_missing = |known: &Value| match known {
        Value::Nil => true,
        Value::Array(parts) => parts.is_empty(),
        _ => false,
    };
    let pairs = names.iter().zip(known).filter(|(_, known)| is_missing(known));
    pairs.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
