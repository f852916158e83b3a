//! The index, count and attempt of this process: flags first, then the engines.

use clap::Args;
use serde::Serialize;

use crate::identity::engine::{Claim, Engine, Told, claims, number};
use crate::identity::environment::{Environment, TOTAL_PARTITIONS};
use crate::identity::error::IdentityError;
use crate::identity::indexes::Indexes;

/// Which share of the work is this process' own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// 0-based, less than `count`.
    pub index: u32,
    /// How many processes share the work; at least 1.
    pub count: u32,
    /// 0 for the first attempt; `None` where the engine does not tell (Kubernetes and Nomad do
    /// not).
    pub attempt: Option<u32>,
    /// Who told the index.
    pub engine: Engine,
}

// The engines' variables are not clap's `env`: that would hide which of them a value comes from,
// and clap knows one a flag. Their names stand at the end of the help text in the form clap itself
// uses, which `settings_markdown` reads.

/// An index whose work is the same whatever the number of partitions, such as a file that bears the
/// index in its name.
///
/// This is what lets an elastic Job grow: its pods keep the `TOTAL_PARTITIONS` that they were made
/// with, so that a count is of no use to the indexes that were added later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UncountedIdentity {
    /// 0-based.
    pub index: u32,
    /// The count that was told, if any, even where the index is at or past it: see
    /// [`Self::is_past_the_count`].
    pub count: Option<u32>,
    /// 0 for the first attempt; `None` where the engine does not tell (Kubernetes and Nomad do
    /// not).
    pub attempt: Option<u32>,
    /// Who told the index.
    pub engine: Engine,
}

impl UncountedIdentity {
    /// Whether the Job has more indexes than the count that was told.
    pub fn is_past_the_count(&self) -> bool {
        self.count.is_some_and(|count| self.index >= count)
    }
}

impl From<Identity> for UncountedIdentity {
    fn from(identity: Identity) -> UncountedIdentity {
        let Identity { index, count, attempt, engine } = identity;
        UncountedIdentity { index, count: Some(count), attempt, engine }
    }
}

/// The flags that come before every engine's variables.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Identity")]
pub struct IdentityArgs {
    /// Which partition is this process' own, from 0
    #[arg(
        long,
        value_name = "N",
        help = "Which partition is this process' own, from 0 [env: JOB_COMPLETION_INDEX, \
                CLOUD_RUN_TASK_INDEX, AWS_BATCH_JOB_ARRAY_INDEX, BATCH_TASK_INDEX, \
                SLURM_ARRAY_TASK_ID, NOMAD_ALLOC_INDEX]"
    )]
    pub index: Option<u32>,

    /// How many partitions there are
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        help = "How many partitions there are [env: TOTAL_PARTITIONS, CLOUD_RUN_TASK_COUNT, \
                AWS_BATCH_JOB_ARRAY_SIZE, BATCH_TASK_COUNT, SLURM_ARRAY_TASK_COUNT]"
    )]
    pub total_partitions: Option<u32>,

    /// Only these partitions, as a Job's .status.failedIndexes names them (1,3-5): the index says
    /// which of them, from 0, is this process' own, and the number of all partitions comes from
    /// TOTAL_PARTITIONS alone
    #[arg(long, env = "JOB_WORKER_INDEXES", value_name = "N,N-N,...", conflicts_with = "index")]
    pub indexes: Option<Indexes>,

    /// Which attempt at this partition this is, from 0
    #[arg(
        long,
        value_name = "N",
        help = "Which attempt at this partition this is, from 0; it is only reported [env: \
                CLOUD_RUN_TASK_ATTEMPT, AWS_BATCH_JOB_ATTEMPT, BATCH_TASK_RETRY_ATTEMPT, \
                SLURM_RESTART_COUNT]"
    )]
    pub attempt: Option<u32>,
}

impl IdentityArgs {
    /// The identity of this process: each flag first, then what the engines say. Without a count
    /// this is an error, and so is an index past it: the work cannot be cut.
    pub fn resolve(&self, environment: &Environment) -> Result<Identity, IdentityError> {
        self.resolve_with(environment, None)
    }

    /// As [`IdentityArgs::resolve`], with `count` where neither a flag nor a variable gives one:
    /// for work whose number of partitions lies in its nature, such as the months of a year.
    pub fn resolve_with_count(
        &self,
        environment: &Environment,
        count: u32,
    ) -> Result<Identity, IdentityError> {
        self.resolve_with(environment, Some(count))
    }

    /// The identity of a process whose work its index alone says. No count is demanded, and one
    /// that is told and does not reach to the index is no error. What cannot be read, or is
    /// told in two ways, still is.
    pub fn resolve_index(
        &self,
        environment: &Environment,
    ) -> Result<UncountedIdentity, IdentityError> {
        let Resolved { index, count, attempt, engine } = self.read(environment)?;
        Ok(UncountedIdentity {
            index: index.value,
            count: count.map(|count| count.value),
            attempt,
            engine,
        })
    }

    fn resolve_with(
        &self,
        environment: &Environment,
        default: Option<u32>,
    ) -> Result<Identity, IdentityError> {
        let Resolved { index, count, attempt, engine } = self.read(environment)?;
        let count = count
            .or(default.map(|value| Told { value, by: format!("the usual count of {value}") }))
            .ok_or_else(|| IdentityError::NoCount {
                index_by: index.by.clone(),
                seen: environment.seen(),
            })?;
        if index.value >= count.value {
            let last = count.value - 1;
            return Err(IdentityError::PastTheCount {
                index_by: index.by,
                count_by: count.by,
                last,
            });
        }
        Ok(Identity { index: index.value, count: count.value, attempt, engine })
    }

    /// What flags and engines say, before anybody asks whether it is enough. The count is at least
    /// 1.
    fn read(&self, environment: &Environment) -> Result<Resolved, IdentityError> {
        // Flags that say everything must work whatever the environment holds.
        let claims = if self.index.is_some() && self.total_partitions.is_some() {
            claims(environment).unwrap_or_default()
        } else {
            claims(environment)?
        };
        let (engine, index) = match self.index {
            Some(value) => (Engine::Flags, Told { value, by: format!("--index {value}") }),
            None => agreed_index(&claims, environment)?,
        };
        let index = match &self.indexes {
            None => index,
            Some(indexes) => one_of(indexes, index)?,
        };
        let count = match self.total_partitions {
            Some(value) => Some(Told { value, by: format!("--total-partitions {value}") }),
            // The engine's own count is that of the few.
            None if self.indexes.is_some() => number(TOTAL_PARTITIONS, environment)?,
            None => agreed_count(&claims, environment)?,
        };
        match count {
            Some(Told { value: 0, by }) => Err(IdentityError::NoPartitions { count_by: by }),
            count => {
                let attempt =
                    self.attempt.or_else(|| claims.iter().find_map(|claim| claim.attempt));
                Ok(Resolved { index, count, attempt, engine })
            }
        }
    }
}

/// What was told, with the words that told it.
struct Resolved {
    index: Told,
    count: Option<Told>,
    attempt: Option<u32>,
    engine: Engine,
}

fn agreed_index(
    claims: &[Claim],
    environment: &Environment,
) -> Result<(Engine, Told), IdentityError> {
    let told = claims.iter().map(|claim| claim.index.clone());
    match agreed("index", "--index", told)? {
        Some(index) => Ok((claims[0].engine, index)),
        None => Err(IdentityError::NoIndex { seen: environment.seen() }),
    }
}

/// The index at the position that was told.
fn one_of(indexes: &Indexes, position: Told) -> Result<Told, IdentityError> {
    let by = format!("{} of --indexes {indexes}", position.by);
    match indexes.nth(position.value) {
        Some(value) => Ok(Told { value, by: format!("{by} is {value}") }),
        None => Err(IdentityError::PastTheIndexes { by, count: indexes.count() }),
    }
}

fn agreed_count(
    claims: &[Claim],
    environment: &Environment,
) -> Result<Option<Told>, IdentityError> {
    let total = number(TOTAL_PARTITIONS, environment)?;
    let told = total.into_iter().chain(claims.iter().filter_map(|claim| claim.count.clone()));
    agreed("number of partitions", "--total-partitions", told)
}

/// The first of the values, after all others have been found equal to it.
fn agreed(
    what: &'static str,
    flag: &'static str,
    mut told: impl Iterator<Item = Told>,
) -> Result<Option<Told>, IdentityError> {
    let Some(first) = told.next() else { return Ok(None) };
    match told.find(|other| other.value != first.value) {
        None => Ok(Some(first)),
        Some(second) => {
            Err(IdentityError::Disagreement { what, first: first.by, second: second.by, flag })
        }
    }
}
